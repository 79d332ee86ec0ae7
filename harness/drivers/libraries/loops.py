"""Operations of many calls, done in the library's loop as one piece of work.

Each way through the portal costs more than many a call: a mebibyte sent in pieces of 13 bytes would
take ten seconds of waking threads.
"""

from __future__ import annotations

import inspect
import itertools
from typing import Any, Callable, List, Tuple

import calls_receiving
import calls_sending


async def settled(result: Any) -> Any:
    """Return what a call gave, awaited if it has to be."""
    return await result if inspect.isawaitable(result) else result


def put_in() -> None:
    """Have the operations of the reference driver use these."""
    calls_sending._send_pieces = _in_loop(_send_pieces, "sendall")
    calls_receiving._read = _in_loop(_read, "recv")
    calls_receiving._read_all = _in_loop(_read_all, "recv")


def _in_loop(work: Callable[..., Any], needed: str) -> Callable[..., Any]:
    """The work as a function of a bridged socket, which says so when it has not what is needed."""

    def function(sock: Any, *arguments: Any) -> Any:
        getattr(sock, needed)
        return sock.portal.run(work, sock.inner, *arguments)

    return function


async def _send_pieces(inner: Any, data: memoryview, chunk: int, asked: int) -> None:
    for first in range(0, len(data), chunk):
        await settled(inner.sendall(data[first : first + chunk], asked))


async def _read(inner: Any, size: int, chunk: int) -> Tuple[bytes, int]:
    """Read until `size` bytes have come, or the end; return them and the number of calls."""
    parts: List[bytes] = []
    calls = 0
    while size > 0:
        part = await settled(inner.recv(min(size, chunk)))
        calls += 1
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts), calls


async def _read_all(inner: Any, chunks: List[int]) -> Tuple[bytes, int]:
    """Read to the end, asking for these sizes in turn; return all and the number of calls."""
    parts: List[bytes] = []
    for chunk in itertools.cycle(chunks):
        parts.append(await settled(inner.recv(chunk)))
        if not parts[-1]:
            break
    return b"".join(parts), len(parts)
