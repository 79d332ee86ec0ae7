"""`sockharness run`: pytest with our plugin and defaults, nothing of the project around it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.choosing import on_trial, python_option
from harness.commands.formats import HELP, Format, Wanted, stdout_is_taken
from harness.commands.paths import checked
from harness.language.operations import TRANSPORTS

if TYPE_CHECKING:
    import pytest

    from harness.records.results import Results


@click.command("run", context_settings={"max_content_width": 100})
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-k", "expression", metavar="EXPR", help="Only cases whose id matches, as in pytest.")
@click.option("-m", "markers", metavar="EXPR", help="Only cases with these tags, as in pytest.")
@click.option("-x", "stop", is_flag=True, help="Stop at the first unexpected verdict.")
@click.option("-n", "workers", metavar="N", help="Run in N processes (needs pytest-xdist).")
@click.option("-v", "verbose", count=True, help="A line for each case.")
@click.option(
    "--impl",
    multiple=True,
    metavar="NAME[@INTERPRETER]",
    help="Implementation on trial as both sides: socket@3.9, ./driver, or `all` that ship."
    " Repeatable.",
)
@python_option
@click.option("--roles", is_flag=True, help="Try each --impl as server and as client alone too.")
@click.option(
    "--server", multiple=True, metavar="NAME", help="On trial as the server only. Repeatable."
)
@click.option(
    "--client", multiple=True, metavar="NAME", help="On trial as the client only. Repeatable."
)
@click.option(
    "--cross",
    multiple=True,
    metavar="NAME",
    help="Try it with each other one given so, in both roles; give several.",
)
@click.option(
    "--server-host",
    multiple=True,
    metavar="ADDRESS",
    help="Where the server binds instead of to loopback, when it runs elsewhere.",
)
@click.option("--client-host", multiple=True, metavar="ADDRESS", help="The same for the client.")
@click.option(
    "--transport", multiple=True, type=click.Choice(TRANSPORTS), help="Only this one. Repeatable."
)
@click.option("--results", metavar="FOLDER", help="Where the record goes; `none` for no record.")
@click.option("--format", "formats", type=Format(), multiple=True, help=HELP)
@click.option(
    "--capture", is_flag=True, help="Keep the packets of each case that fails, for Wireshark."
)
@click.option(
    "--scripts",
    metavar="FOLDER",
    help="Write a stand-alone script for each case that fails: it shows it without sockharness.",
)
@click.option("--deviations", is_flag=True, help="With --scripts: for known deviations too.")
@click.option("--junitxml", metavar="FILE", help="Write a JUnit report too.")
@click.option("--slow-factor", type=float, metavar="X", help="Multiply every patience by X.")
@click.option("--step-deadline", type=float, metavar="SECONDS", help="When a call hangs.")
@click.option(
    "--placement",
    type=click.Choice(["one-cpu", "two-cpus", "free"]),
    help="Where the processes of a timed workload run.",
)
@click.option("--latency-seconds", type=float, metavar="SECONDS", help="Time for latency tables.")
def command(
    paths: tuple[str, ...], formats: tuple[Wanted, ...], pythons: tuple[str, ...], **options: object
) -> int:
    """Run scenarios and show what the sockets did.

    PATH is a file, a folder (default: scenarios) or one case, FILE::ID as a failure names it.
    Where json or markdown takes standard output, what people read goes to standard error.
    """
    cases = [str(path) for path in checked(paths or ("scenarios",))]
    from harness.plugin.live import Live, watched  # brings pytest along: not for --help

    options.update(on_trial(options, pythons))
    catcher = _Catcher()
    for_people = sys.stderr if stdout_is_taken(formats) else sys.stdout
    plugins: list[object] = [catcher]
    words = _arguments(options)
    if watched(for_people) and "-v" not in words:
        plugins.append(Live(for_people))
        words += ["-o", "console_output_style=classic"]
    with contextlib.redirect_stdout(for_people):
        code = _run([*words, *cases], plugins)
    if catcher.results is not None:
        for one in formats:
            one.deliver([catcher.results])
    sys.stdout.flush()
    return code


class _Catcher:
    """Takes the results out of a run of pytest that is about to end."""

    results: Results | None = None

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        from harness.plugin.recording import RECORDING

        recording = config.stash.get(RECORDING, None)
        if recording is not None and recording.records:
            self.results = recording.results()


def _run(arguments: Sequence[str], plugins: Sequence[object]) -> int:
    import pytest

    # Other plugins that happen to be installed cost half a second and have no business here.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    code = pytest.main(list(arguments), plugins=plugins)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        click.echo("no case was selected", err=True)
    return int(code)


def _arguments(options: dict[str, object]) -> list[str]:
    """The words for pytest: our defaults, then what the user chose."""
    words = [
        # Settings of whatever project we happen to stand in are not for these cases.
        *("-c", str(Path(__file__).with_name("run.ini")), "--rootdir", "."),
        *("-p", "no:cacheprovider", "-p", "harness.plugin"),
        # What watches over Python under test, three times a case, has nothing to see here.
        *("-p", "no:logging", "-p", "no:warnings"),
        *("-p", "no:threadexception", "-p", "no:unraisableexception"),
        *("-p", "pytest_timeout", "-p", "pytest_benchmark.plugin"),
        *("-q", "--tb=short", "--no-header", "-rN", "--benchmark-quiet"),
    ]
    words += ["-v", "-v"] if options.pop("verbose") else []
    words += ["-x"] if options.pop("stop") else []
    # pytest has a --capture of its own.
    words += ["--capture-packets"] if options.pop("capture") else []
    for name in ("roles", "deviations"):
        words += [f"--{name}"] if options.pop(name) else []
    for name, flag in (("expression", "-k"), ("markers", "-m"), ("workers", "-n")):
        value = options.pop(name)
        words += [flag, str(value)] if value is not None else []
    words += ["-p", "xdist.plugin"] if "-n" in words else []
    for name, given in options.items():
        values = given if isinstance(given, tuple) else (given,)
        for value in values:
            words += [f"--{name.replace('_', '-')}", str(value)] if value is not None else []
    return words
