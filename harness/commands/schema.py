"""`sockharness schema`: the JSON Schema of scenario files, on standard output."""

from __future__ import annotations

import json

import click

from harness.language.schema import schema


def text() -> str:
    """The schema as it is committed beside the scenarios."""
    return json.dumps(schema(), indent=1) + "\n"


@click.command("schema")
def command() -> int:
    """Print the JSON Schema that editors complete scenarios with.

    A scenario file names it in its first line: # yaml-language-server: $schema=PATH
    """
    click.echo(text(), nl=False)
    return 0
