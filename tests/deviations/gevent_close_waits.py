"""gevent: os.close of a socket's descriptor takes effect when its loop next wakes.

Since 25.8.1 os.close, once patched, is done by a check watcher. The loop looks at those after it
has waited for events, so one that has nothing else to do does not come to it, and the other side of
the connection is told nothing.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys

CHILD = """
import sys
if sys.argv[2] == "patched":
    from gevent import monkey
    monkey.patch_all()
    from gevent.socket import wait_read
else:
    def wait_read(fd):
        select.select([fd], [], [])
import os, select, socket
sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
wait_read(0)
os.read(0, 1)
os.close(sock.detach())
os.write(1, b".")
wait_read(0)
"""


def told(how: str) -> str:
    """What the other side learns before and after the one who closed gets something to do."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [sys.executable, "-c", CHILD, str(server.getsockname()[1]), how]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            conn, _ = server.accept()
            os.write(child.stdin.fileno(), b"c")
            child.stdout.read(1)
            before = heard(conn, 0.3)
            child.stdin.close()
            return f"{before}, woken: {heard(conn, 10)}"


def heard(conn: socket.socket, seconds: float) -> str:
    """Whether the end comes in that time."""
    conn.settimeout(seconds)
    try:
        return "the end" if conn.recv(1) == b"" else "data"
    except TimeoutError:
        return "nothing"


if __name__ == "__main__":
    print("os.close:         ", told("plain"))
    print("gevent's os.close:", told("patched"))
