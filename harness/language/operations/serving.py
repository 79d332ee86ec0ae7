"""The table of operations: the small standard services."""

from __future__ import annotations

from harness.language.operations.common import ADDRESS, NAME
from harness.language.operations.entry import SERVICES, Argument, Operation

TABLE = (
    Operation(
        "serve",
        "Serve one of the small standard services in the background, many clients at once.",
        {
            "service": Argument("choice", "which", required=True, choices=SERVICES),
            "address": ADDRESS,
            "backlog": Argument("integer", "how many may wait for accept"),
            "greeting": Argument("payload", "what `greet` says"),
        },
        {"name": NAME},
        "name",
        opens=True,
    ),
)
