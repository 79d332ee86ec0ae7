"""Echo with trio: `by_trio.py HOST PORT`."""

from __future__ import annotations

import sys

import trio


async def converse(stream: trio.SocketStream) -> None:
    try:
        async for data in stream:
            await stream.send_all(data)
    except trio.BrokenResourceError:
        return


async def main() -> None:
    await trio.serve_tcp(converse, int(sys.argv[2]), host=sys.argv[1])


trio.run(main)
