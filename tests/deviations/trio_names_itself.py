"""trio: bind("") on a unix socket, which is to name itself, ends in an IndexError.

trio looks at the first character of the address, to tell abstract names from paths.
"""

from __future__ import annotations

import socket

import trio  # type: ignore[import-not-found]


def plain() -> str:
    """The kind of name that a plain socket gets."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("")
        return "abstract" if sock.getsockname()[:1] == b"\0" else repr(sock.getsockname())


async def bind() -> str:
    """What trio's bind says."""
    with trio.socket.socket(trio.socket.AF_UNIX) as sock:
        try:
            await sock.bind("")
        except IndexError as failure:
            return f"{type(failure).__name__}: {failure}"
        return repr(sock.getsockname())


if __name__ == "__main__":
    print("socket:", plain())
    print("trio:  ", trio.run(bind))
