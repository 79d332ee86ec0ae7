"""What the header of a results file says of the machine: the facts that a result depends on.

Read from files under /proc and /sys and from the interpreter; no process is started. A fact that
cannot be had, on another system or in a container that hides it, is None, never an error: a header
must not stop a run. It does not know who asks, nor the revision, which the caller brings along.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from harness import __version__
from harness.records.model import Header

# Only what changes how sockets behave or how fast they are.
SYSCTLS = (
    "net.core.somaxconn",
    "net.core.rmem_default",
    "net.core.rmem_max",
    "net.core.wmem_default",
    "net.core.wmem_max",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_abort_on_overflow",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.ip_local_port_range",
    "net.ipv6.bindv6only",
    "net.unix.max_dgram_qlen",
)

# A file or a word in /proc/1/cgroup that a container leaves, and what it is then called.
_CONTAINER_FILES = {".dockerenv": "docker", "run/.containerenv": "podman"}
_CONTAINER_WORDS = ("kubepods", "docker", "lxc", "containerd", "libpod")


def header(
    command: Sequence[str],
    *,
    revision: str | None = None,
    drivers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Header:
    """Return the header of a run that begins now."""
    return Header(
        command=tuple(command),
        started=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        revision=revision,
        environment=facts(),
        drivers=drivers or {},
    )


def typed() -> list[str]:
    """The command line as the user typed it; `python -m harness` is called by our name."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.name
    return ["sockharness" if name == "harness" else name, *sys.argv[1:]]


def facts(root: Path = Path("/")) -> dict[str, Any]:
    """Return all facts, None for each that is not to be had. Files are looked up below `root`."""
    known: dict[str, Callable[[], Any]] = {
        "harness": lambda: __version__,
        "python": lambda: f"{platform.python_implementation()} {platform.python_version()}",
        "host": platform.node,
        "os": lambda: sys.platform,
        "kernel": platform.release,
        "machine": platform.machine,
        "cpu": lambda: _cpu_model(root),
        "cpus": os.cpu_count,
        "affinity": lambda: sorted(os.sched_getaffinity(0)),
        "governor": lambda: _governor(root),
        "cpu_quota": lambda: _cpu_quota(root),
        "container": lambda: _container(root),
        "clock_resolution_ns": lambda: round(time.clock_getres(time.CLOCK_MONOTONIC) * 1e9),
        "nofile": _nofile,
        "sysctls": lambda: {name: _or_none(partial(_sysctl, root, name)) for name in SYSCTLS},
    }
    return {name: _or_none(ask) for name, ask in known.items()}


def _or_none(ask: Callable[[], Any]) -> Any:
    """Ask for a fact. Whatever goes wrong, a header without it is better than no header."""
    try:
        answer = ask()
    except Exception:
        return None
    return None if answer == "" else answer


def _cpu_model(root: Path) -> str | None:
    text = (root / "proc/cpuinfo").read_text()
    found = re.search(r"^(?:model name|Processor|cpu model)\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else None


def _governor(root: Path) -> str | None:
    """Return what scales the clock of the processors; several names when they differ."""
    found = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor")
    return " ".join(sorted({path.read_text().strip() for path in found})) or None


def _cpu_quota(root: Path) -> float | None:
    """Return how many processors the control group may use; None when there is no bound."""
    quota, period = (root / "sys/fs/cgroup/cpu.max").read_text().split()
    return None if quota == "max" else int(quota) / int(period)


def _container(root: Path) -> str | None:
    for name, kind in _CONTAINER_FILES.items():
        if (root / name).exists():
            return kind
    text = (root / "proc/1/cgroup").read_text()
    return next((word for word in _CONTAINER_WORDS if word in text), None)


def _nofile() -> list[int | None]:
    import resource  # not on every system, so not asked for before it is needed

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [None if limit == resource.RLIM_INFINITY else limit for limit in limits]


def _sysctl(root: Path, name: str) -> int | list[int]:
    text = (root / "proc/sys" / name.replace(".", "/")).read_text()
    numbers = [int(word) for word in text.split()]
    return numbers[0] if len(numbers) == 1 else numbers
