"""The table of operations: epoll, Linux's set of descriptors that one call waits for."""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "epoll_create",
        "Make an epoll, which watches nothing yet. It is a handle like others: it can be polled, "
        "watched by another epoll and closed.",
        opens=True,
    ),
    Operation(
        "epoll_ctl",
        "Watch a handle, change what is asked about it, or watch it no more.",
        {
            "action": Argument("choice", "", required=True, choices=("add", "modify", "delete")),
            "of": Argument("handle", "the handle, in the same process", required=True),
            "events": Argument("events", "what to ask for; IN when missing"),
            "edge": Argument("boolean", "EPOLLET: report what is new, not what still holds"),
            "oneshot": Argument("boolean", "EPOLLONESHOT: after one report wait for `modify`"),
            "exclusive": Argument("boolean", "EPOLLEXCLUSIVE: not all who wait need be woken"),
        },
    ),
    Operation(
        "epoll_wait",
        "One epoll_wait(2).",
        {
            "timeout": Argument("duration", "how long to wait; 0ms when missing"),
            "maxevents": Argument("integer", "report at most so many handles"),
        },
        {
            "ready": Field("any", "a list of {handle: [events]}, in the kernel's order"),
            "count": Field("integer", "how many are ready"),
        },
        "ready",
    ),
)
