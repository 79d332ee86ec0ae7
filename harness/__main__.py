"""The command line: one subcommand a file under `commands/`, loaded when it is asked for.

Exit codes, the same for every command: 0 as expected, 1 unexpected verdicts, 2 interrupted or a
scenario that does not load, 3 a fault of the harness, 4 wrong usage, 5 nothing selected.
"""

from __future__ import annotations

import importlib
import sys

import click

import harness

# The order of the help. Each module has a click command called `command`.
COMMANDS = {
    "run": "Run scenarios and show what the sockets did.",
    "check": "Try a server, a client or a module by its contract.",
    "bench": "Time implementations against each other, in one run.",
    "compare": "Compare stored records of timed runs.",
    "list": "List the cases that a run would have.",
    "coverage": "Tell what the scenarios touch, and what they never do.",
    "check-scenarios": "Read scenario files and tell everything that is wrong in them.",
    "schema": "Print the JSON Schema that editors complete scenarios with.",
    "show": "Show the record of a run again.",
    "report": "Make one page of records, for a browser.",
    "diff": "Show what differs between two implementations or two records.",
    "expect": "Tell, or list, the deviations that a run showed and nobody has explained.",
    "doctor": "Tell what on this machine would spoil a run.",
    "smoke": "Test a driver against the protocol.",
}
INTERRUPTED, FAULT, USAGE = 2, 3, 4


class _Lazy(click.Group):
    """A group whose commands are imported one by one: `--help` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harness.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(harness.__version__, prog_name="sockharness")
def cli() -> None:
    """Checks what sockets really do, and times them honestly."""


def main() -> None:
    """Run the command line; the only place that turns problems into exit codes."""
    try:
        code = cli.main(prog_name="sockharness", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`sockharness list | head`).
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
