"""The table of operations: signals, and which process gets them."""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

_SIGNAL = Argument("text", "the signal's name, such as SIGPIPE", required=True)

TABLE = (
    Operation(
        "signal",
        "What the handle's process does from now on when a signal comes; undone after the case.",
        {
            "signal": _SIGNAL,
            "action": Argument(
                "choice",
                "`count` catches it, for `caught` to tell",
                required=True,
                choices=("default", "ignore", "count"),
            ),
            "restart": Argument("boolean", "SA_RESTART: what it interrupts goes on by itself"),
        },
        {"before": Field("text", "what it did until now")},
        bare=True,
    ),
    Operation(
        "caught",
        "How often a signal was caught since `signal` began to count.",
        {"signal": _SIGNAL},
        {"count": Field("integer", "")},
        bare=True,
    ),
    Operation(
        "f_setown",
        "fcntl(2) F_SETOWN: SIGURG and SIGIO for this socket go to its process.",
        {},
        {},
    ),
    Operation(
        "set_async",
        "fcntl(2) O_ASYNC: SIGIO tells the owner that the socket has become ready.",
        {"on": Argument("boolean", "", required=True)},
    ),
)
