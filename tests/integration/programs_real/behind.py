"""Echo behind a TCP proxy: `behind.py PROXY HOST PORT`; `nginx-defaults` lacks what echo needs.

The echo server is a child at a unix path and ends with its parent, which becomes the proxy.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import tempfile
from pathlib import Path

NGINX = """
daemon off; pid {folder}/pid; error_log stderr crit;
load_module {modules}/ngx_stream_module.so;
events {{ worker_connections 1024; }}
stream {{ server {{
    listen {host}:{port} backlog=128; proxy_pass unix:{folder}/echo; {half_close}
}} }}
"""
HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen echo
    bind {host}:{port} backlog 128
    server behind unix@{folder}/echo
"""
PR_SET_PDEATHSIG = 1


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(path: str, ready: int) -> None:
    server = await asyncio.start_unix_server(converse, path, backlog=128)
    os.close(ready)
    await server.serve_forever()


def echo(path: str) -> None:
    """Start the echo server, and wait until it listens."""
    waiting, ready = os.pipe()
    if os.fork() == 0:
        os.close(waiting)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        asyncio.run(serve(path, ready))
    os.close(ready)
    os.read(waiting, 1)
    os.close(waiting)


def main(proxy: str, host: str, port: str) -> None:
    folder = tempfile.mkdtemp(prefix="behind-", dir=os.environ.get("SCRATCH", "/tmp"))
    os.chmod(folder, 0o755)  # workers of nginx are another user
    echo(f"{folder}/echo")
    os.chmod(f"{folder}/echo", 0o777)
    half_close = "" if proxy.endswith("defaults") else "proxy_half_close on; tcp_nodelay on;"
    text = (HAPROXY if proxy == "haproxy" else NGINX).format(
        folder=folder,
        modules="/usr/lib/nginx/modules",
        host=host,
        port=port,
        half_close=half_close,
    )
    (Path(folder) / "conf").write_text(text)
    words = ["haproxy", "-db", "-f"] if proxy == "haproxy" else ["nginx", "-p", folder, "-c"]
    os.execvp(words[0], [*words, f"{folder}/conf"])


main(*sys.argv[1:])
