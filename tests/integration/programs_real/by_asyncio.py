"""Echo with asyncio's streams, over its own loop or another: `by_asyncio.py LOOP HOST PORT`."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def main() -> None:
    server = await asyncio.start_server(converse, sys.argv[2], int(sys.argv[3]), backlog=128)
    await server.serve_forever()


if sys.argv[1] == "uvloop":
    importlib.import_module("uvloop").install()
asyncio.run(main())
