"""Which implementations a command is about; none of them is started here."""

from __future__ import annotations

import click
import pytest

from harness.commands.choosing import on_trial
from harness.drivers import interpreters, registry
from harness.drivers.registry import Implementation, Unresolved


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two interpreters, without a C compiler, and gevent for one of them alone."""

    def resolve(name: str) -> Implementation:
        if name in ("c", "gevent@pypy3"):
            raise Unresolved(f"there is no {name}")
        return Implementation(name, ("python",))

    monkeypatch.setattr(registry, "resolve", resolve)
    monkeypatch.setattr(interpreters, "names", lambda: ("3.9", "pypy3"))


def of(pythons: tuple[str, ...] = (), **roles: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What is on trial, without the roles that nobody has."""
    return {role: names for role, names in on_trial(roles, pythons).items() if names}


def test_an_interpreter_alone_is_about_the_reference() -> None:
    """`--python 3.9` needs no `--impl socket`."""
    assert of(("3.9", "3.8")) == {"impl": ("socket@3.9", "socket@3.8")}
    assert of() == {}


def test_every_role_is_multiplied() -> None:
    """Servers and clients as well; what names its interpreter keeps it."""
    assert of(("all",), server=("trio", "gevent@3.8"), client=("c2",)) == {
        "server": ("trio@3.9", "trio@pypy3", "gevent@3.8"),
        "client": ("c2",),
    }


def test_what_all_cannot_have_is_left_out_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """`all` means all that this machine has, and says what it has not."""
    assert of(("all",), impl=("gevent", "c")) == {"impl": ("gevent@3.9",)}
    assert capsys.readouterr().err == (
        "left out: there is no gevent@pypy3\nleft out: there is no c\n"
    )
    everybody = of((), impl=("all",))["impl"]
    assert set(everybody) == set(registry.known()) - {"c"}


def test_what_was_asked_for_by_name_must_be_there() -> None:
    """A run that silently tries less would be taken for a good one."""
    with pytest.raises(click.UsageError, match="there is no gevent@pypy3"):
        of(("3.9", "pypy3"), impl=("gevent",))
    with pytest.raises(click.UsageError, match=r"there is no c$"):
        of(("all",), impl=("c",))
