"""A server with one bug: `python server.py BUG SERVICE TRANSPORT HOST PORT` (or PATH); BUG may be
`none`."""

from __future__ import annotations

import sys

from bugs import BUGS  # type: ignore[import-not-found]
from right import Server  # type: ignore[import-not-found]

if __name__ == "__main__":
    name, service, transport, *words = sys.argv[1:]
    (BUGS[name].server if name != "none" else Server)(service, transport, words).run()
