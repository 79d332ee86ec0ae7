"""Files of scenarios as tests write them, and the one thing that is wrong with them."""

from __future__ import annotations

import textwrap

from harness.language.loader import Loaded

GOOD = """\
scenarios:
- id: echo.one
  claim: What is sent comes back.
  transports: [tcp4]
  steps:
  - server: listen
  - together:
    - server: accept
      as: conn
    - client: connect
  - client: send
    data: hello
  - conn: recv
    expect: {data: hello}
"""


def with_steps(steps: str, head: str = "") -> str:
    """A file with one scenario of these steps."""
    indented = textwrap.indent(textwrap.dedent(steps), "  ")
    return (
        "scenarios:\n- id: a.b\n  claim: It is so.\n  transports: [tcp4]\n"
        + textwrap.indent(textwrap.dedent(head), "  ")
        + "  steps:\n"
        + indented
    )


def only_message(loaded: Loaded) -> str:
    """The single problem of a file, as text."""
    assert len(loaded.problems) == 1, loaded.explain()
    return loaded.explain()


MATRIX = with_steps(
    """\
    - server: listen
      backlog: ${n}
    """,
    "matrix: {n: [0, 5]}\n",
)
