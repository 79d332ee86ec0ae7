"""Tools that are run to their end, and what is told when they fail."""

from __future__ import annotations

import pytest

from harness.drivers import tools


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo fine; echo '  x error: it is broken'; echo '   because'; exit 1", "x error: it is"),
        ("echo first; echo last; exit 3", "last"),
        ("exit 3", "/bin/sh ended with exit status 3"),
    ],
)
def test_a_tool_that_fails_says_why_on_one_line(script: str, said: str) -> None:
    """From the word error on, or the last line, or its status."""
    with pytest.raises(tools.Failed) as caught:
        tools.run(["/bin/sh", "-c", script])
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_tool_that_is_not_there_says_so() -> None:
    """Not a traceback."""
    with pytest.raises(tools.Failed, match="/no/such/tool: No such file or directory"):
        tools.run(["/no/such/tool"])
