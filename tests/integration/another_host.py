"""Another host, as near as one machine has it: a network namespace with an sshd and its own clock.

It is reached by a pair of virtual interfaces alone, with addresses of the range for benchmarks
(RFC 2544) and unique local ones. sshd runs in a time namespace, so CLOCK_MONOTONIC there is a day
ahead. Keys, settings and names are made for each run and go with it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = ("ip", "unshare", "mount", "ssh", "ssh-keygen", "/usr/sbin/sshd")
AHEAD = 86400  # seconds
PORT = 2222  # nobody else listens in a namespace that was made just now

CONFIG = """\
ListenAddress {address}
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
StrictModes no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
"""
# sshd wants an empty folder of root's below /run, which not every machine has.
START = "mount -t tmpfs none /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f {config}"


@dataclass(frozen=True)
class Host:
    """Where it is, where we are for it, and the words that run a command there."""

    ssh: tuple[str, ...]
    theirs: tuple[str, str]
    ours: tuple[str, str]

    def driver(self, *command: str) -> str:
        """The implementation `there`, which this command is when it is run there."""
        return f"there=cmd:{shlex.join([*self.ssh, shlex.join(command)])}"


@contextlib.contextmanager
def another_host(folder: Path) -> Iterator[Host]:
    """Make it, lend it, take it away. Skips where that is not allowed, or a program is missing."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f"there is no {', '.join(missing)}")
    name = f"sh{os.getpid()}"
    net = f"198.18.{os.getpid() % 250}"
    six = f"fd00:{os.getpid() % 65536:x}:"
    ours, theirs = (f"{net}.1", f"{six}:1"), (f"{net}.2", f"{six}:2")
    with contextlib.ExitStack() as stack:
        try:
            _run("ip", "netns", "add", name)
            stack.callback(_run, "ip", "netns", "del", name)
            _run("unshare", "--time", "--mount", "true")
            _wire(name, ours, theirs)
        except subprocess.CalledProcessError as problem:
            pytest.skip(f"no namespaces can be made: {problem.stderr.decode().strip()}")
        stack.callback(_run, "ip", "link", "del", f"{name}a")
        stack.enter_context(_sshd(name, folder, theirs[0]))
        yield Host(_client(folder, theirs[0]), theirs, ours)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _wire(name: str, ours: tuple[str, str], theirs: tuple[str, str]) -> None:
    _run("ip", "link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b")
    _run("ip", "link", "set", f"{name}b", "netns", name)
    for there, end, (four, six) in (((), "a", ours), (("-n", name), "b", theirs)):
        _run("ip", *there, "address", "add", f"{four}/24", "dev", f"{name}{end}")
        # Without looking for doubles, which takes a second or two.
        _run("ip", *there, "address", "add", f"{six}/64", "dev", f"{name}{end}", "nodad")
        _run("ip", *there, "link", "set", f"{name}{end}", "up")
    _run("ip", "-n", name, "link", "set", "lo", "up")


@contextlib.contextmanager
def _sshd(name: str, folder: Path, address: str) -> Iterator[None]:
    for key in ("host", "key"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key))
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(address=address, port=PORT, folder=folder))
    daemon = subprocess.Popen(
        [
            *("unshare", "--time", "--monotonic", str(AHEAD), "--mount", "--fork", "--kill-child"),
            *("ip", "netns", "exec", name, "sh", "-c", START.format(config=config)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _listening(daemon)
        yield
    finally:
        os.killpg(daemon.pid, signal.SIGKILL)
        left = subprocess.run(("ip", "netns", "pids", name), capture_output=True, check=False)
        for pid in left.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        daemon.communicate()


def _listening(daemon: subprocess.Popen[bytes]) -> None:
    """Wait until it says so."""
    assert daemon.stderr is not None
    said = b""
    for line in daemon.stderr:
        said += line
        if line.startswith(b"Server listening"):
            return
    pytest.skip(f"sshd does not start here: {said.decode().strip()}")


def _client(folder: Path, address: str) -> tuple[str, ...]:
    kind, key, *_ = (folder / "host.pub").read_text().split()
    (folder / "known").write_text(f"[{address}]:{PORT} {kind} {key}\n")
    options = [f"UserKnownHostsFile={folder}/known", "BatchMode=yes", "ConnectTimeout=20"]
    return (
        *("ssh", "-F", "none", "-T", "-i", f"{folder}/key", "-p", str(PORT)),
        *(word for option in options for word in ("-o", option)),
        f"root@{address}",
    )
