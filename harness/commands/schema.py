"""`sockharness schema`: the JSON Schemas of scenario files and of results, on standard output."""

from __future__ import annotations

import json

import click

from harness.language.reference import reference
from harness.language.schema import schema
from harness.records import schema as results


def text() -> str:
    """The schema as it is committed beside the scenarios."""
    return json.dumps(schema(), indent=1) + "\n"


def results_text() -> str:
    """The schema as it is committed beside the results."""
    return json.dumps(results.schema(), indent=1) + "\n"


@click.command("schema")
@click.option("--reference", "page", is_flag=True, help="The operations in Markdown instead.")
@click.option("--results", "of_results", is_flag=True, help="The schema of results instead.")
def command(page: bool, of_results: bool) -> int:
    """Print the JSON Schema that editors complete scenarios with.

    A scenario file names it in its first line: # yaml-language-server: $schema=PATH
    """
    if page and of_results:
        raise click.UsageError("--reference is of scenarios; give it without --results")
    click.echo(reference() if page else results_text() if of_results else text(), nl=False)
    return 0
