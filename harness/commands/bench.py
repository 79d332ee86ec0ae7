"""`sockharness bench`: how fast sockets are, for several implementations in one run."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from harness.commands.choosing import on_trial, python_option
from harness.commands.formats import HELP, Format, Wanted, stdout_is_taken
from harness.commands.keeping import Keeper
from harness.commands.measures import Part, Seconds
from harness.commands.pairing import paired, reference_of, with_someone
from harness.commands.workloads import timed_cases
from harness.drivers import registry
from harness.language.operations import TRANSPORTS
from harness.measuring import gate, placement
from harness.measuring.benching import Bench
from harness.measuring.campaign import Campaign
from harness.measuring.entrants import entrants
from harness.measuring.launches import Course, Turns
from harness.measuring.stopping import Rule
from harness.plan import Case, Pair
from harness.records.results import Results
from harness.report.bench import progress
from harness.report.terminal import console, report

UNEXPECTED, INTERRUPTED, FAULT = 1, 2, 3

# Launches that others spoiled and that are played once more, at most.
SPARE = 10

# Seconds of a launch: a base, and more for each who takes part, so that all get their turns.
LAUNCH, EACH = 0.4, 0.15


@click.command("bench", context_settings={"max_content_width": 100})
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--impl",
    multiple=True,
    metavar="NAME[@INTERPRETER]",
    help="On trial: both sides, or the other one of what is named below. Repeatable.",
)
@python_option
@click.option("--server", multiple=True, metavar="NAME", help="The server. Repeatable.")
@click.option("--client", multiple=True, metavar="NAME", help="The client. Repeatable.")
@click.option(
    "--transport", multiple=True, type=click.Choice(TRANSPORTS), help="Only this one. Repeatable."
)
@click.option(
    "--size", "sizes", multiple=True, type=click.IntRange(1, 1 << 24), help="Bytes. Repeatable."
)
@click.option(
    "--placement",
    "place",
    type=click.Choice(placement.NAMES),
    default=placement.NAMES[0],
    show_default=True,
    help="Where the two ends run.",
)
@click.option("--no-hold", is_flag=True, help="two-cpus: leave the idle states alone.")
@click.option(
    "--precision", type=Part(), default="2%", show_default=True, help="Half-width to reach."
)
@click.option(
    "--budget", type=Seconds(), default="60s", show_default=True, help="Time it may take."
)
@click.option("--reference", metavar="NAME", help="Held against this one; default: the first.")
@click.option("--fail-if-slower", "limit", type=Part(), help="Exit 1 when slower by more.")
@click.option(
    "--inconclusive-exit",
    type=click.IntRange(0, 255),
    default=0,
    help="Exit so when the gate cannot tell (0).",
)
@click.option("-v", "verbose", is_flag=True, help="A line for each launch.")
@click.option("--seed", help="Of the order of turns; default: a new one for each run.")
@click.option("--results", "where", metavar="FOLDER", default="results", help="`none`: no record.")
@click.option("--format", "formats", type=Format(), multiple=True, help=HELP)
def command(scenarios: tuple[str, ...], formats: tuple[Wanted, ...], **options: Any) -> int:
    """Time implementations against each other, all in one run, in turns.

    SCENARIO is a file, FILE::ID or the id of a timed scenario; without one, a round trip of 64
    bytes over TCP. Each is held against the reference with an interval; a difference inside the
    noise of the run has no winner.
    """
    pairs = paired(on_trial(with_someone(options, options["pythons"]), options["pythons"]))
    cases = timed_cases(scenarios, set(options["transport"]), options["sizes"], pairs)
    bench = _bench(cases, pairs, options)
    keeper = Keeper(options["where"])
    try:
        done = _played(bench, options["verbose"])
    except KeyboardInterrupt:
        keeper.keep((), interrupted=True)
        raise
    results = keeper.keep(bench.records(done), interrupted=done.reason == "interrupted")
    return _shown(results, formats, keeper.trouble) or status(
        results, options["limit"], options["inconclusive_exit"]
    )


def _bench(cases: Sequence[Case], pairs: Sequence[Pair], options: dict[str, Any]) -> Bench:
    reference = reference_of(pairs, options["reference"])
    try:
        found = entrants(cases, reference)
    except registry.Unresolved as problem:
        raise click.UsageError(str(problem)) from None
    course = Course(
        placement.choose(options["place"], hold=not options["no_hold"]),
        LAUNCH + EACH * len(found),
        Turns(),
        options["seed"] or f"{random.getrandbits(32):08x}",
        time.monotonic,
    )
    rule = Rule(precision=options["precision"], budget=options["budget"])
    return Bench(found, course, rule, spare=SPARE)


def _played(bench: Bench, verbose: bool) -> Campaign:
    """Play, and say how far it is: on a terminal, or when asked to."""

    def told(done: Campaign) -> None:
        line = progress(bench.measurement(done))
        click.echo(line if verbose else f"\r\x1b[K{line}", nl=verbose, err=True)

    if not verbose and not sys.stderr.isatty():
        return bench.play()
    try:
        return bench.play(told)
    finally:
        click.echo("" if verbose else "\r\x1b[K", nl=False, err=True)


def _shown(results: Results, formats: Sequence[Wanted], trouble: str | None) -> int:
    """Show what was found. Return 3 when the record is not whole."""
    out = console(file=sys.stderr if stdout_is_taken(formats) else sys.stdout)
    report(results, out, heading=False)
    for one in formats:
        one.deliver([results])
    if trouble is not None:
        click.echo(f"Error: the record is not whole: {trouble}", err=True)
        return FAULT
    return 0


def status(results: Results, limit: float | None, inconclusive: int) -> int:
    """The exit status: of the run, then of the gate, which says what it found."""
    if results.stopped:
        return INTERRUPTED
    if any(case.unexpected for case in results.cases):
        return UNEXPECTED
    if limit is None:
        return 0
    found = gate.of(results.comparisons, limit)
    click.echo(gate.sentence(found, limit), err=True)
    return gate.exit_status(gate.worst(found.values()), inconclusive)
