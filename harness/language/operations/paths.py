"""The table of operations: files beside which unix sockets have their names.

They concern the actor's process: the step begins with `server` or `client`, whether or not there is
such a handle. A relative path is inside the driver's own folder, which is emptied after each case.
"""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field, Operation

_PATH = Argument("text", "the path; `$server.path` is that of a bound socket", required=True)
_MODE = Argument("integer", "permission bits, such as 0o600", required=True)
_MADE = {"path": Field("text", "the absolute path")}

TABLE = (
    Operation(
        "creat",
        "Make a regular file.",
        {"path": _PATH, "data": Argument("payload", "what is in it; nothing when missing")},
        _MADE,
        bare=True,
    ),
    Operation("mkdir", "Make a directory.", {"path": _PATH}, _MADE, bare=True),
    Operation(
        "symlink",
        "Make a symbolic link.",
        {"path": _PATH, "target": Argument("text", "where it points to", required=True)},
        _MADE,
        bare=True,
    ),
    Operation("chmod", "Set a file's permissions.", {"path": _PATH, "mode": _MODE}, bare=True),
    Operation("unlink", "Remove a file's name.", {"path": _PATH}, bare=True),
    Operation(
        "rename",
        "Give a file another name.",
        {"path": _PATH, "to": Argument("text", "the new path", required=True)},
        bare=True,
    ),
    Operation(
        "stat",
        "What the file system says of a path.",
        {"path": _PATH},
        {
            "kind": Field("text", "socket, file, directory or other"),
            "mode": Field("integer", "permission bits"),
        },
        "kind",
        bare=True,
    ),
)
