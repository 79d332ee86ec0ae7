"""An internal service of inetd at any address: `inetd.py INETD SERVICE TRANSPORT HOST PORT`.

inetd knows its services by name, and the port from /etc/services alone. So it gets an /etc/services
of its own, in a mount namespace that nobody else sees.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from pathlib import Path

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 1 << 18


def bind_mount(source: str, target: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    if done or libc.mount(source.encode(), target.encode(), None, MS_BIND, None):
        sys.exit(f"no mount namespace: {os.strerror(ctypes.get_errno())}")


def main(program: str, service: str, transport: str, host: str, port: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="inetd-", dir=os.environ.get("SCRATCH", "/tmp")))
    protocol = transport[:3]
    how = "stream tcp nowait" if protocol == "tcp" else "dgram udp wait"
    (folder / "services").write_text(f"{service} {port}/{protocol}\n")
    (folder / "conf").write_text(f"{host}:{service} {how} root internal\n")
    bind_mount(str(folder / "services"), "/etc/services")
    # -d keeps it in the foreground; -R: more connections a minute than it allows by itself.
    os.execv(program, [program, "-d", "-R", "100000", str(folder / "conf")])


main(*sys.argv[1:])
