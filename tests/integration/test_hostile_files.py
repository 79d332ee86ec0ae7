"""Files from strangers: reading one costs little, whatever it holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Measured are 0.2 s and 35 MB at most, with 60 MB of addresses; the rest is room for a slower
# machine. What these bounds keep out takes minutes or gigabytes.
CPU_SECONDS = 10
MEGABYTES = 200

MIB = 1 << 20

# Reads the file in a process whose processor time and memory the kernel bounds.
PROGRAM = f"""
import json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({MEGABYTES * MIB}, {MEGABYTES * MIB}))
from harness.language.problems import render_all
from harness.language.reader import read_file
result = read_file(sys.argv[1])
text = render_all(result.problems, "f.yaml", result.source)
print(json.dumps({{"problems": len(result.problems), "text": len(text)}}))
"""


def laughs(levels: int) -> str:
    """Nine lines which stand for 10**9 values."""
    first = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    return first + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, levels)
    )


HOSTILE: dict[str, Callable[[], str]] = {
    "brackets": lambda: "[" * MIB,
    "braces": lambda: "{a: " * (MIB // 4),
    "balanced brackets": lambda: "[" * (MIB // 2) + "]" * (MIB // 2),
    "brackets on lines": lambda: "[\n" * (MIB // 2),
    "dashes": lambda: "- " * (MIB // 2),
    "question marks": lambda: "? " * (MIB // 2),
    "indentation": lambda: "".join(f"{' ' * n}a:\n" for n in range(1400)),
    "billion laughs": lambda: laughs(9),
    "anchors": lambda: "".join(f"- &a{n} x\n" for n in range(80_000)),
    "anchors in one another": lambda: (
        "- &a0 x\n" + "".join(f"- &a{n} [x, *a{n - 1}]\n" for n in range(1, 40_000))
    ),
    "aliases": lambda: "- &a x\n" + "- *a\n" * 200_000,
    "values": lambda: "[" + "1," * (MIB // 2 - 1) + "]",
    "the same key": lambda: "a: 1\n" * 200_000,
    "other keys": lambda: "".join(f"{n:x}k: 1\n" for n in range(100_000)),
    "integer": lambda: "a: " + "9" * 100_000,
    "short integer": lambda: "a: " + "9" * 60_000,
    "hexadecimal": lambda: "a: 0x" + "f" * 60_000,
    "float": lambda: "a: 1e" + "9" * 60_000,
    "key": lambda: "k" * (MIB - 10) + ": 1",
    "keys": lambda: ("k" * 2000 + ": 1\n") * 500,
    "flow keys": lambda: "{" + ("k" * 1000 + " ") * 1000,
    "quoted": lambda: '"' + "x" * (MIB - 2) + '"',
    "open quote": lambda: "a: '" + "x\n" * (MIB // 2 - 4),
    "escapes": lambda: '"' + "\\u0041" * (MIB // 6 - 2) + '"',
    "block": lambda: "a: |\n" + "  x\n" * (MIB // 4 - 4),
    "comments": lambda: "#\n" * (MIB // 2),
    "blank": lambda: "\n" * MIB,
    "tags": lambda: "- !a x\n" * 140_000,
    "tag": lambda: "!" + "a" * (MIB - 2),
    "directives": lambda: "%FOO\n" * 200_000,
    "documents": lambda: "---\n" * (MIB // 4),
    "combining marks": lambda: "a: [b" + "\u0301" * (MIB // 2 - 8),
    "control characters": lambda: "\x1b" * MIB,
    "a hundred megabytes": lambda: "a: b\n" * 20 * MIB,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_cheaply(name: str, tmp_path: Path) -> None:
    """Each is refused with a message of bounded length, in bounded time and memory."""
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE[name](), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, check=True
    )
    seen = json.loads(done.stdout)
    assert seen["problems"] > 0
    assert seen["text"] < 20_000
