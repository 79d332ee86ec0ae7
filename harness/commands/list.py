"""`sockharness list`: the cases that a run would have."""

from __future__ import annotations

import click

from harness import plan
from harness.commands.paths import loaded


@click.command("list")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--claims", is_flag=True, help="Scenarios with their claims, not cases.")
def command(paths: tuple[str, ...], claims: bool) -> int:
    """List the cases that a run would have, an id a line."""
    cases = scenarios = 0
    for file in loaded(paths or ("scenarios",)):
        if file.problems:
            click.echo(file.explain(), err=True)
            return 2
        for scenario in file.scenarios:
            scenarios += 1
            if claims:
                click.echo(f"{scenario.id}: {scenario.claim}")
            for case in plan.cases([scenario]):
                cases += 1
                if not claims:
                    click.echo(case.id)
    click.echo(f"{scenarios} scenarios, {cases} cases", err=True)
    return 0 if cases else 5
