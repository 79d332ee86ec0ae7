"""The table of operations: system calls as they are, past the library on trial."""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

# A scenario file may come from anybody, so only calls that can do no harm outside of sockets.
CALLS = (
    "accept", "bind", "connect", "epoll_ctl", "epoll_wait", "getpeername", "getsockname",
    "getsockopt", "listen", "poll", "read", "recv", "recvfrom", "recvmsg", "select", "send",
    "sendmsg", "sendto", "setsockopt", "shutdown", "write",
)  # fmt: skip

TABLE = (
    Operation(
        "raw",
        "One call of the C library, with arguments that a language's own socket library would not "
        "let through. The call is made once: what a signal interrupts ends with EINTR. A "
        "descriptor that `accept` gives becomes the handle named by `as`.",
        {
            "call": Argument("choice", "which", required=True, choices=CALLS),
            "arguments": Argument(
                "any",
                "a list: `fd` (this handle's descriptor), numbers, null, {int: n} (a pointer to "
                "it), {sockaddr: address}, or a payload such as {hex} (a pointer to these bytes)",
                required=True,
            ),
        },
        {
            "result": Field("integer", "what the call returned"),
            "buffers": Field(
                "any", "what the pointers point to after the call: numbers, and bytes in hex"
            ),
        },
        "result",
    ),
    Operation(
        "fcntl",
        "The descriptor's flags as F_GETFL and F_GETFD give them.",
        {},
        {"flags": Field("any", "of O_NONBLOCK, O_APPEND, O_ASYNC, FD_CLOEXEC: those that are set")},
        "flags",
    ),
)
