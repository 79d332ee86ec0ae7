"""The table of operations: looking at a socket without changing it."""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "poll",
        "One poll(2).",
        {
            "events": Argument("events", "what to ask for; IN and OUT when missing"),
            "timeout": Argument("duration", "how long to wait; 0ms when missing"),
        },
        {"events": Field("events", "the events that are set, in the order of poll(2)")},
        "events",
    ),
    Operation(
        "select",
        "One select(2) on this handle.",
        {"timeout": Argument("duration", "how long to wait; 0ms when missing")},
        {"ready": Field("any", "of read, write, except: those that are set")},
        "ready",
    ),
    Operation(
        "quiet",
        "Nothing to read, no error and no hang-up for a while.",
        {"for": Argument("duration", "how long; 100ms when missing")},
        {"events": Field("events", "what came, if anything did")},
        "events",
    ),
    Operation(
        "fileno", "The descriptor's number; -1 when closed.", {}, {"fd": Field("integer", "")}
    ),
    Operation("fionread", "Bytes ready to read (FIONREAD).", {}, {"count": Field("integer", "")}),
    Operation(
        "outq",
        "Bytes sent but not taken by the peer (SIOCOUTQ).",
        {},
        {"count": Field("integer", "")},
    ),
    Operation(
        "at_mark",
        "Whether the read position is at the urgent mark (SIOCATMARK).",
        {},
        {"value": Field("boolean", "")},
    ),
    Operation(
        "tcp_info",
        "The kernel's TCP_INFO: state, and for a listener the accept queue.",
        {},
        {
            "state": Field("text", "ESTABLISHED, CLOSE_WAIT ..."),
            "queued": Field("integer", "listener: connections waiting for accept"),
            "limit": Field("integer", "listener: the backlog in force"),
        },
        "state",
    ),
    Operation(
        "inheritable", "Whether the descriptor survives exec.", {}, {"value": Field("boolean", "")}
    ),
)
