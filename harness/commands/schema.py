"""`sockharness schema`: the JSON Schema of scenario files, on standard output."""

from __future__ import annotations

import json

import click

from harness.language.reference import reference
from harness.language.schema import schema


def text() -> str:
    """The schema as it is committed beside the scenarios."""
    return json.dumps(schema(), indent=1) + "\n"


@click.command("schema")
@click.option("--reference", "page", is_flag=True, help="The operations in Markdown instead.")
def command(page: bool) -> int:
    """Print the JSON Schema that editors complete scenarios with.

    A scenario file names it in its first line: # yaml-language-server: $schema=PATH
    """
    click.echo(reference() if page else text(), nl=False)
    return 0
