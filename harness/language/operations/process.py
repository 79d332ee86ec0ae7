"""The table of operations: the actor's process itself.

The step begins with `server` or `client`, whether or not there is such a handle. What is changed
here is put back after the case.
"""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

TABLE = (
    Operation(
        "seteuid",
        "Go on as another user: the effective user id of the whole process.",
        {"user": Argument("scalar", "a user's name or number", required=True)},
        bare=True,
    ),
    Operation(
        "setrlimit",
        "Lower the process's limit of open files (RLIMIT_NOFILE) so that only so many more "
        "descriptors can be opened. Said again, with another number, it is set anew.",
        {"spare_descriptors": Argument("integer", "how many more", required=True)},
        {"limit": Field("integer", "the limit itself: one more than the largest descriptor")},
        bare=True,
    ),
    Operation(
        "umask",
        "Set which permission bits new files do not get; undone after the case.",
        {"mask": Argument("integer", "such as 0o077", required=True)},
        {"before": Field("integer", "the mask until now")},
        bare=True,
    ),
    Operation(
        "whoami",
        "The number of the process, and its effective user and group.",
        {},
        {
            "pid": Field("integer", ""),
            "uid": Field("integer", ""),
            "gid": Field("integer", ""),
        },
        bare=True,
    ),
)
