"""Real programs, each with how it is started, what it promises, and what it is known not to keep.

`tests/integration/test_real_programs.py` holds this table to be true, `python -m tests.real.repeat`
tries each many times and makes the page of it, `results/programs.md`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from harness.drivers import registry
from harness.trial.request import Request

FOLDER = Path(__file__).parents[1] / "integration" / "programs_real"
SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")
TCP = ("tcp4",)
BOTH = ("tcp4", "tcp6")


class Missing(Exception):
    """It is not to be had here; the text says what is missing."""


@dataclass(frozen=True)
class Real:
    """One program. `{dir}`, `{python}` and `{needs}` in its command are filled in here.

    `needs`: programs of which one is enough, `python:LIBRARY`, or `compiled:FILE FLAGS`. `broken`:
    the sentences that it is known not to keep, or to vary in, each with the reason; `at_times`:
    those that it does not always keep. `hopeless`: it fails so much that
    to try all of it takes long.
    """

    command: str
    service: tuple[str, ...] = ("echo",)
    transport: tuple[str, ...] = TCP
    needs: str = ""
    about: str = ""
    broken: Mapping[str, str] = field(default_factory=dict)
    at_times: Mapping[str, str] = field(default_factory=dict)
    client: bool = False
    version: tuple[str, ...] = ()
    isolated: bool = False
    hopeless: bool = False

    def request(self) -> Request:
        """What `sockharness check` is asked for. Raise Missing."""
        if self.isolated and not _namespaces():
            raise Missing("mount namespaces")
        command = self.command.replace("{dir}", str(FOLDER)).replace("{needs}", self.found())
        command = command.replace("{python}", self.found() or sys.executable)
        if self.client:
            return Request(client=command, transport=self.transport)
        return Request(server=command, service=self.service, transport=self.transport)

    def found(self) -> str:
        """The path of what it needs. Raise Missing."""
        kind, _, rest = self.needs.rpartition(":")
        if not self.needs:
            return ""
        if kind == "python":
            return _python_with(rest)
        return _compiled(rest) if kind == "compiled" else _program(self.needs)

    def known(self) -> set[str]:
        """The sentences that it may break."""
        return {*self.broken, *self.at_times}


@cache
def _program(names: str) -> str:
    for name in names.split(" or "):
        found = shutil.which(name) or shutil.which(name, path=":".join(SBIN))
        if found is not None:
            return found
    raise Missing(names)


@cache
def _python_with(library: str) -> str:
    """The interpreter of the driver for this library, which has its packages."""
    try:
        return registry.resolve(library).argv[0]
    except registry.Unresolved as problem:
        raise Missing(f"{library}: {problem}") from None


@cache
def _compiled(source: str) -> str:
    name, *flags = source.split()
    compiler = shutil.which("cc")
    if compiler is None:
        raise Missing("a C compiler")
    made = Path(tempfile.mkdtemp(prefix="sockharness-real-")) / "program"
    subprocess.run([compiler, "-O1", *flags, "-o", str(made), str(FOLDER / name)], check=True)
    return str(made)


@cache
def _namespaces() -> bool:
    unshare = shutil.which("unshare")
    return (
        unshare is not None and not subprocess.run([unshare, "-m", "true"], check=False).returncode
    )


@contextmanager
def scratch() -> Iterator[None]:
    """A folder for what programs write down, which they cannot remove themselves. Short, for paths
    of sockets, and open to whatever user a program becomes."""
    with tempfile.TemporaryDirectory(prefix="real-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        os.environ["SCRATCH"] = folder
        try:
            yield
        finally:
            del os.environ["SCRATCH"]


def version(real: Real) -> str:
    """What the program says of its version, in one word; empty when it is not asked."""
    if not real.version:
        return ""
    words = [word.replace("{needs}", real.found()) for word in real.version]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else ""


_PY = "{python} {dir}"
_AT = "{host} {port}"
_CHILDREN = "processes for clients that are connected run on until those leave"
_ENDS = "the first client that resets ends the program"
_SOCAT = "{needs} TCP4-LISTEN:{port},bind={host},reuseaddr,fork,backlog=128"
_SOCAT_RESET = "a reset is an end like any other: status 0, and no word"
_EARLY_END = (
    "once in hundreds of times the end of its program is seen before the line, which is lost"
)
_NAGLE = "each of two writes comes back by itself, the second behind Nagle's algorithm"
_NAPS = (
    "the end of a child interrupts its `select`, after which it sleeps for a second: too few "
    "connections to tell"
)
_BACKLOG = "its accept queue is shorter than a hundred: some clients wait for TCP to try again"


def _inetd(service: str, broken: Mapping[str, str] | None = None) -> Real:
    return Real(
        f"{sys.executable} {{dir}}/inetd.py {{needs}} {{service}} {{transport}} {_AT}",
        service=(service,),
        needs="inetutils-inetd or inetd",
        broken={"life.3": _CHILDREN, **(broken or {})} if service != "daytime" else broken or {},
        at_times={
            "life.5": f"a backlog of 10: {_BACKLOG}",
            **dict.fromkeys(("life.9", "life.10", "life.11", "life.13"), _NAPS),
            "echo.12": _NAGLE,
        },
        isolated=True,
    )


PROGRAMS: Mapping[str, Real] = {
    "socketserver": Real(
        f"{_PY}/by_socketserver.py {{transport}} {_AT}",
        transport=("tcp4", "tcp6", "udp4"),
        about="threads; `SO_REUSEADDR` and a backlog of 128 set",
    ),
    "socketserver-unix": Real(
        f"{_PY}/by_socketserver.py {{transport}} {{path}}", transport=("unix-stream",)
    ),
    "socketserver-defaults": Real(
        f"{_PY}/by_socketserver.py defaults {_AT}",
        hopeless=True,
        about="as it comes",
        broken={
            "life.2": "without `allow_reuse_address` it does not start again while connections of "
            "the last one linger",
        },
        at_times={"life.5": f"a backlog of 5: {_BACKLOG}"},
    ),
    "asyncio": Real(f"{_PY}/by_asyncio.py asyncio {_AT}", transport=BOTH, about="streams"),
    "selectors": Real(f"{_PY}/by_selectors.py {_AT}", about="one loop for all"),
    "uvloop": Real(
        f"{_PY}/by_asyncio.py uvloop {_AT}", needs="python:uvloop-streams", about="streams"
    ),
    "trio": Real(f"{_PY}/by_trio.py {_AT}", needs="python:trio"),
    "gevent": Real(f"{_PY}/by_gevent.py {_AT}", needs="python:gevent"),
    "twisted": Real(f"{_PY}/by_twisted.py {_AT}", needs="python:twisted"),
    "node": Real(
        f"{{needs}} {{dir}}/node.js {_AT}",
        needs="node",
        version=("{needs}", "--version"),
        about="`allowHalfOpen` and an `error` handler set",
    ),
    "node-pipe": Real(
        f"{{needs}} {{dir}}/node.js pipe {_AT}",
        hopeless=True,
        needs="node",
        version=("{needs}", "--version"),
        about="`createServer(c => c.pipe(c))`",
        broken={"life.7": f"{_ENDS}: nobody listens to its `error`"},
        at_times=dict.fromkeys(
            ("echo.6", "life.6", "life.9", "life.10", "life.11", "life.12", "life.13"), _ENDS
        ),
    ),
    "c": Real(
        f"{{needs}} {_AT}",
        needs="compiled:echo.c -DNODELAY=1",
        about="a process for each client; `TCP_NODELAY` set",
    ),
    "c-delayed": Real(
        f"{{needs}} {_AT}",
        needs="compiled:echo.c -DNODELAY=0",
        about="the same without `TCP_NODELAY`",
        at_times={"echo.12": "a request in two writes may be answered in steps of 44 ms"},
    ),
    "socat": Real(
        f"{_SOCAT},nodelay EXEC:/bin/cat",
        needs="socat",
        version=("{needs}", "-V"),
        about="`TCP4-LISTEN,fork,backlog=128 EXEC:/bin/cat`",
        broken={"life.3": _CHILDREN},
    ),
    "socat-pipe": Real(
        f"{_SOCAT},nodelay PIPE",
        needs="socat",
        version=("{needs}", "-V"),
        about="`TCP4-LISTEN,fork,backlog=128 PIPE`",
        broken={"life.3": _CHILDREN},
        at_times={
            "echo.5": "the process that fills the pipe is the one that empties it: with a client "
            "that does not read it blocks for ever",
            "echo.6": "as echo.5, of which it is told along",
        },
    ),
    "socat-discard": Real(
        f"{_SOCAT.replace('{needs}', '{needs} -u')} OPEN:/dev/null",
        service=("discard",),
        needs="socat",
        version=("{needs}", "-V"),
        about="`-u TCP4-LISTEN,fork,backlog=128 OPEN:/dev/null`",
        broken={"life.3": _CHILDREN},
    ),
    "socat-daytime": Real(
        f"{_SOCAT},crlf EXEC:/bin/date",
        service=("daytime",),
        needs="socat",
        version=("{needs}", "-V"),
        about="`TCP4-LISTEN,fork,backlog=128,crlf EXEC:/bin/date`",
        at_times={
            "daytime.2": "what the client sends goes to a program that may have ended; then its "
            "line is lost",
            **dict.fromkeys(["daytime.1", "life.9", "life.10", "life.11", "life.13"], _EARLY_END),
        },
    ),
    "ncat": Real(
        "{needs} --listen --keep-open --max-conns 200 --exec /bin/cat {host} {port}",
        hopeless=True,
        needs="ncat",
        version=("{needs}", "--version"),
        about="`--keep-open --max-conns 200 --exec /bin/cat`",
        broken={
            "echo.1": "with a megabyte it writes to the program and reads nothing of it: both wait",
            "echo.4": "at the client's half-close it closes, whatever is pending",
        },
        at_times={
            "life.3": _CHILDREN,
            "life.5": f"a backlog of 10: {_BACKLOG}",
            **dict.fromkeys(("echo.3", "echo.5", "echo.6"), "as echo.1"),
            "echo.12": _NAGLE,
        },
    ),
    "nginx": Real(
        f"{sys.executable} {{dir}}/behind.py nginx {_AT}",
        needs="nginx",
        version=("{needs}", "-v"),
        about="stream proxy before an echo server; `proxy_half_close on`",
    ),
    "nginx-defaults": Real(
        f"{sys.executable} {{dir}}/behind.py nginx-defaults {_AT}",
        hopeless=True,
        needs="nginx",
        version=("{needs}", "-v"),
        about="the same without `proxy_half_close`",
        broken={"echo.4": "at the client's half-close it closes both sides, whatever is pending"},
        at_times=dict.fromkeys(("echo.1", "echo.5", "echo.6", "echo.7", "life.7"), "as echo.4"),
    ),
    "haproxy": Real(
        f"{sys.executable} {{dir}}/behind.py haproxy {_AT}",
        needs="haproxy",
        version=("{needs}", "-v"),
        about="`mode tcp` before an echo server",
    ),
    "inetd-echo": _inetd("echo"),
    "inetd-discard": _inetd("discard"),
    "inetd-chargen": _inetd("chargen"),
    "inetd-daytime": _inetd(
        "daytime",
        {
            "daytime.2": "it closes without having read what the client sent: a reset follows its "
            "line, and may undo it"
        },
    ),
    "inetd-udp": Real(
        f"{sys.executable} {{dir}}/inetd.py {{needs}} {{service}} {{transport}} {_AT}",
        hopeless=True,
        service=("echo", "discard", "chargen", "daytime"),
        transport=("udp4",),
        needs="inetutils-inetd",
        about="(OpenBSD's inetd answers no datagram from 127.0.0.0/8, on purpose)",
        isolated=True,
        broken={
            "echo.8": "of a datagram the first 8192 bytes are answered",
            "echo.9": "as echo.8",
        },
    ),
    "socat-client": Real(
        "{needs} - TCP4:{host}:{port}",
        needs="socat",
        version=("{needs}", "-V"),
        about="`- TCP4:HOST:PORT`",
        client=True,
        broken={
            "client.2": "half a second after the end of its input it gives up (`-t 0.5`)",
            "client.6": _SOCAT_RESET,
        },
    ),
    "socat-client-patient": Real(
        "{needs} -t 5 -T 8 - TCP4:{host}:{port}",
        needs="socat",
        version=("{needs}", "-V"),
        about="`-t 5 -T 8 - TCP4:HOST:PORT`",
        client=True,
        broken={"client.6": _SOCAT_RESET},
    ),
    "ncat-client": Real(
        "{needs} {host} {port}",
        needs="ncat",
        version=("{needs}", "--version"),
        about="`HOST PORT`",
        client=True,
        broken={"client.7": "it waits for ever for a server that says nothing"},
    ),
}
