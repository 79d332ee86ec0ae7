"""sockperf's ping-pong as one that takes turns, though it knows of none.

Its two processes are stopped (SIGSTOP) and go on (SIGCONT) for as long as a turn of the others
takes. The trip during which it was stopped is long, one in each turn; it is one in some fifty, and
neither p50 nor the middle fifth see it. Its own log has the time of every trip (`--full-log`), so
the same figures are made of its samples as of all others.
"""

from __future__ import annotations

import csv
import os
import re
import signal
import socket
import subprocess
import time
from array import array
from pathlib import Path

import psutil

# Switches of a client whose test has begun; before that it sends a few messages to warm up.
BEGUN = 1000
STARTS_WITHIN = 20.0


class NoSockperf(Exception):
    """It is not installed, or it did not begin; the text says which."""


class Sockperf:
    """One launch: a server and a client on these CPUs. End it with `samples` or `close`."""

    def __init__(
        self,
        transport: str,
        size: int,
        cpus: tuple[int, int],
        batch: bool,
        seconds: float,
        log: Path,
    ) -> None:
        port = _free_port(transport)
        tcp = ["--tcp"] if transport == "tcp4" else []
        where = [*tcp, "-i", "127.0.0.1", "-p", str(port)]
        self._log = log
        self._batch = batch
        self._server = self._start(["server", *where], cpus[0])
        self._wait_for_port(transport, port)
        kept = ["--full-rtt", "--full-log", str(log), "-t", str(int(seconds) + 1)]
        self._client = self._start(["ping-pong", *where, "-m", str(size), *kept], cpus[1])
        self._wait_for_trips()
        self.stop()

    def _start(self, words: list[str], cpu: int) -> psutil.Popen:
        program = psutil.Popen(
            ["sockperf", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        program.cpu_affinity([cpu])
        if self._batch:
            os.sched_setscheduler(program.pid, os.SCHED_BATCH, os.sched_param(0))
        return program

    def _wait_for_port(self, transport: str, port: int) -> None:
        table = Path("/proc/net/tcp" if transport == "tcp4" else "/proc/net/udp")
        _until(lambda: f":{port:04X} " in table.read_text(), "its server does not listen")

    def _wait_for_trips(self) -> None:
        _until(
            lambda: self._client.num_ctx_switches().voluntary > BEGUN, "its client does not begin"
        )

    @property
    def processes(self) -> tuple[psutil.Popen, psutil.Popen]:
        """The server and the client; each has a `pid`."""
        return self._server, self._client

    def stop(self) -> None:
        """End a turn."""
        for program in (self._client, self._server):
            program.send_signal(signal.SIGSTOP)

    def play(self, seconds: float) -> None:
        """Let it have the CPU for so long."""
        for program in (self._server, self._client):
            program.send_signal(signal.SIGCONT)
        time.sleep(seconds)
        self.stop()

    def samples(self) -> array[int]:
        """End it and return its round trips in ns."""
        self._server.send_signal(signal.SIGCONT)
        self._client.send_signal(signal.SIGCONT)
        self._client.send_signal(signal.SIGINT)
        self._client.wait(STARTS_WITHIN)
        self.close()
        return _read(self._log)

    def close(self) -> None:
        """End it whatever it does."""
        for program in (self._client, self._server):
            if program.poll() is None:
                program.kill()
            program.wait()


def _read(log: Path) -> array[int]:
    """The trips of the log: lines of `number, sent, received, µs` behind its heading."""
    with log.open() as file:
        rows = [row for row in csv.reader(file) if len(row) == 4 and row[0].isdigit()]
    return array("I", (round(1000 * float(row[3])) for row in rows))


def _until(true: object, otherwise: str) -> None:
    assert callable(true)
    end = time.monotonic() + STARTS_WITHIN
    while not true():
        if time.monotonic() > end:
            raise NoSockperf(otherwise)
        time.sleep(0.01)


def _free_port(transport: str) -> int:
    """A port that is free now. sockperf takes none itself."""
    kind = socket.SOCK_STREAM if transport == "tcp4" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def version() -> str:
    """What is installed. Raise NoSockperf."""
    try:
        said = subprocess.run(
            ["sockperf", "--version"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise NoSockperf("sockperf is not installed (Debian has it)") from None
    found = re.search(r"version ([\d.]+)", said.stdout)
    return f"sockperf {found[1]}" if found else "sockperf"
