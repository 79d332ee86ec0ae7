"""The reference page of the operations, in Markdown, made from the table. Pure.

The committed copy beside the scenarios is compared with this by a test.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.language.operations import OPERATIONS, TABLES, Argument, Operation
from harness.language.steps import KERNEL_OPERATIONS
from harness.language.workloads import WORKLOADS, Kind, Option

FILE_NAME = "REFERENCE.md"

_HEAD = """\
# Operations

Made by `sockharness schema --reference` from the tables in `harness/language/`; do not edit. How a
scenario is written stands in [README.md](README.md).

An argument in **bold** must be given. `save: NAME` keeps the reply field in **bold**.
"""


def reference() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_page()])


def _page() -> Iterator[str]:
    for table in TABLES:
        yield f"## {_title(table.__doc__ or '')}\n"
        for operation in table.TABLE:
            yield from _entry(OPERATIONS[operation.name])
    yield "## The system's own view: `kernel`\n"
    for operation in KERNEL_OPERATIONS.values():
        yield from _entry(operation)
    yield "## Workloads: what stands in place of steps\n"
    for kind, workload in WORKLOADS.items():
        yield from _workload(kind, workload)


def _title(doc: str) -> str:
    """`The table of operations: sending.` -> `Sending`."""
    text = doc.partition(":")[2].strip().partition("\n")[0].rstrip(".")
    return text[:1].upper() + text[1:]


def _entry(operation: Operation) -> Iterator[str]:
    yield f"### {operation.name}\n"
    yield operation.doc + "\n"
    if operation.arguments or operation.makes:
        yield "| argument | kind | |\n|---|---|---|"
        for name, spec in operation.arguments.items():
            shown = f"**{name}**" if spec.required else name
            yield f"| {shown} | {_kind(spec)} | {_cell(spec.doc)} |"
        if operation.makes:
            yield "| **as** | handle | the name of what it makes |"
        yield ""
    if operation.reply:
        yield "| reply | kind | |\n|---|---|---|"
        for name, field in operation.reply.items():
            shown = f"**{name}**" if name == operation.primary else name
            yield f"| {shown} | {field.kind} | {_cell(field.doc)} |"
        yield ""


def _workload(kind: str, workload: Kind) -> Iterator[str]:
    yield f"### {kind}\n"
    yield f"{workload.doc} Over {', '.join(workload.transports)}.\n"
    if workload.options:
        yield "| option | unless said | |\n|---|---|---|"
        for name, option in workload.options.items():
            yield f"| {name} | {_shown(option.default)} | {_cell(_option(option))} |"
        yield ""


def _option(option: Option) -> str:
    words = ", ".join(f"`{word}`" for word in option.choices)
    return f"{option.doc}: {words}" if words else option.doc


def _shown(default: bool | int | str) -> str:
    return str(default).lower()


def _kind(spec: Argument) -> str:
    return ", ".join(f"`{word}`" for word in spec.choices) if spec.choices else spec.kind


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
