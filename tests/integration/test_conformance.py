"""A sample of the matrix: every implementation that ships, in each part it can play.

The whole matrix takes a quarter of an hour (results/README.md). This sample has claims that all
keep, claims that some deviate from, and the services.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.drivers import registry
from tests.integration.starts import argv

ROOT = Path(__file__).parents[2]
FILES = ("close", "greet", "service", "shutdown")
CLAIMS = (
    "close.half-close-then-reply",
    "close.write-after-peer-close-unix",
    "greet.one-client-only",
    "service.chargen-stalls-only-who-does-not-read",
    "service.echo-udp-two-clients",
    "service.live-path-is-not-stolen",
    "shutdown.repeat",
    "shutdown.wr-then-send",
)


@pytest.mark.parametrize("name", registry.known())
def test_it_does_what_is_listed_and_nothing_else(name: str) -> None:
    """As both sides, and on either side of the reference; known deviations show."""
    argv(name)  # skips where there is none
    files = [f"scenarios/{file}.yaml" for file in FILES]
    some = ["--transport", "tcp4", "--transport", "udp4", "--transport", "unix-stream"]
    command = ["run", *files, "-k", " or ".join(CLAIMS), "--impl", name, "--roles", *some]
    done = subprocess.run(
        [sys.executable, "-m", "harness", *command, "--results", "none"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* passed", done.stdout)
