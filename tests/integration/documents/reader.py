"""A reader of our pages, as a test plays one: a folder to work in, commands typed as they stand.

Commands that take minutes are typed with a smaller scope, which `SHORTER` makes plain.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.integration.commands import clean_environment
from tests.pages import ROOT

# A command that begins so becomes another: `{}` is the whole of it, `{rest}` what goes on.
SHORTER: Mapping[str, str] = {
    "sockharness run scenarios -n 8": "sockharness run scenarios/greet.yaml -n 2{rest}",
    # A bound that no noise reaches: whether a gate tells well is for other tests.
    "sockharness run scenarios/close.yaml --impl": "{} -k half-close",
    "sockharness bench --python": "sockharness bench --impl socket --budget 2s --results before",
    "sockharness compare before.jsonl after.jsonl": "sockharness compare before before{rest}",
    "sockharness run scenarios -k 'not latency' --impl all": (
        "sockharness run scenarios/greet.yaml -k tcp4 --impl socket-nonblocking --results DIR"
    ),
    "sockharness run scenarios --server 'box=cmd": "{} -k 'greet and tcp4'",
    "sockharness bench": "{} --budget 2s --fail-if-slower 100%",
    "sockharness compare": "{} --fail-if-slower 100%",
    "sockharness check --module": "{} -k greet.",
    "sockharness check --client": "{} -k client.ends-well",
    "sockharness check": "{} -k echo.",
    "sockharness run scenarios/echo.yaml scenarios/close.yaml": "{} -k one-message",
    "sockharness smoke --impl NAME --python all": "sockharness smoke --impl NAME",
}
# Names on the pages that stand for something of the reader's, and what the test puts there.
STANDS_FOR: Mapping[str, str] = {
    "127.0.0.1:7": "$ECHO",
    "NAME": "socket-nonblocking",
    # A machine of one's own: `ssh` and `scp` go nowhere here.
    "192.0.2.7": "127.0.0.1",
    "192.0.2.1": "127.0.0.1",
}

PROGRAMS = {
    "echod": """\
#!/usr/bin/env python3
import os, socket, sys, threading
if len(sys.argv) == 2:
    server = socket.socket(socket.AF_UNIX)
    old = os.umask(0o177)
    server.bind(sys.argv[1])
    os.umask(old)
    server.listen(128)
else:
    family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family, backlog=128)

def answer(conn):
    with conn:
        try:
            while data := conn.recv(65536):
                conn.sendall(data)
        except OSError:
            pass

print(f"127.0.0.1:{server.getsockname()[1]}" if len(sys.argv) > 2 else "", flush=True)
while True:
    threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()
""",
    "ask": """\
#!/usr/bin/env python3
import socket, sys
message = sys.stdin.buffer.read()
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as conn:
    conn.sendall(message)
    conn.shutdown(socket.SHUT_WR)
    while data := conn.recv(65536):
        sys.stdout.buffer.write(data)
""",
    "driver": f"""\
#!/bin/sh
exec {sys.executable} -I -S {ROOT}/harness/drivers/python "$@"
""",
}


TOOLS = {
    "sockharness": f'#!/bin/sh\nexec {sys.executable} -m harness "$@"\n',
    "python": f'#!/bin/sh\nexec {sys.executable} "$@"\n',
    "python3": f'#!/bin/sh\nexec {sys.executable} "$@"\n',
    "ssh": '#!/bin/sh\nshift\nexec "$@"\n',
    "scp": '#!/bin/sh\nrm -rf "${3#*:}"\nexec cp "$1" "$2" "${3#*:}"\n',
}


def furnish(folder: Path) -> None:
    """Make a folder what a reader has: the scenarios, programs of the reader's, a record."""
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    for name, text in PROGRAMS.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "some").mkdir()
    (folder / "some" / "package.py").write_text("from socket import *\nfrom socket import socket\n")
    shutil.copytree(ROOT / "harness/drivers/python", folder / "harness/drivers/python")
    (folder / ".tools").mkdir()
    (folder / "results").mkdir()
    for name, text in TOOLS.items():
        (folder / ".tools" / name).write_text(text)
        (folder / ".tools" / name).chmod(0o755)


def typed(folder: Path, script: str, *codes: int) -> str:
    """Run a script of the shell as a reader would type it, and return what it printed."""
    environment = clean_environment() | {
        "PATH": f"{folder / '.tools'}:{os.environ['PATH']}",
        "PYTHONPATH": f"{folder}:{ROOT}",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=250,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode in (codes or (0,)), f"{script}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def shortened(command: str) -> str:
    """A command with the scope that a test has time for."""
    for beginning, instead in SHORTER.items():
        if command.startswith(beginning):
            bare, hash_, remark = command.partition("  #")
            return instead.format(bare, rest=bare[len(beginning) :]) + hash_ + remark
    return command
