"""Running the trial against a wrong program: a server, a client or a module."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.engine.settings import Settings
from harness.records.model import CaseRecord
from harness.trial.client_trial import ClientTrial
from harness.trial.module import SENTENCE, ModuleTrial
from harness.trial.sentences import named
from harness.trial.target import Target
from harness.trial.trial import Pointless
from harness.trial.trial import Trial as ServerTrial
from harness.trial.trials import Trial
from tests.mutants.programs.client import BUGS as CLIENTS

HERE = Path(__file__).parent
MODULES = HERE / "modules"
sys.path.insert(0, str(HERE))
from bugs import BUGS  # type: ignore[import-not-found]  # noqa: E402

__all__ = ["BUGS", "CAUGHT", "CLIENTS", "WRONG_MODULES", "caught", "client_trial", "tried"]

# What hangs is caught; waiting long for it is wasted.
PATIENCE = Settings(deadline=2.0)
CAUGHT = ("fail", "inconclusive", "varies")
# Module, and the scenarios that are to catch it, by the beginning of their names.
WRONG_MODULES = {
    "sendall_sends_once": "partial-write.peer-close-cuts-blocked-sendall",
    "recv_waits_for_all": "partial-read.",
    "shutdown_closes": "shutdown.",
    "connect_ex_raises": "connect.",
    "names_cut": "accept.names",
    "errors_hidden": "close.",
    "peek_takes": "flags.",
    "eof_is_an_error": "close.",
    "timeouts_ignored": "timeouts.",
    "close_keeps_open": "close.",
    "errno_of_its_own": "connect.",
    "datagrams_cut": "echo.",
}
_UDP = ("datagrams_cut",)


def target(name: str) -> Target:
    """The target of a server's bug; `none` has the right server of echo over TCP."""
    service, transport = BUGS[name][:2] if name != "none" else ("echo", "tcp4")
    words = [sys.executable, str(HERE / "server.py"), name, service, transport]
    words += ["{path}"] if transport.startswith("unix") else ["{host}", "{port}"]
    mode = 0o600 if name == "path-for-everybody" else None
    return Target(service, transport, tuple(words), path_mode=mode)


def sentence(name: str) -> str:
    """The sentence that a bug breaks."""
    if name in WRONG_MODULES:
        return SENTENCE
    return str(CLIENTS[name] if name in CLIENTS else BUGS[name].sentence)


def client_trial(name: str) -> ClientTrial:
    """The trial of a client with a bug, or `none`."""
    words = (sys.executable, str(HERE / "client.py"), name, "{host}", "{port}")
    return ClientTrial(Target("client", "tcp4", words), promises_within=5.0)


def module_trial(name: str) -> ModuleTrial:
    """The trial of a module, which is found in the current folder: that becomes its own."""
    os.chdir(MODULES)
    return ModuleTrial(name, ["udp4" if name in _UDP else "tcp4"], Settings(deadline=1.5))


def trial(name: str) -> Trial:
    """The trial of a program with a bug."""
    if name in WRONG_MODULES:
        return module_trial(name)
    if name in CLIENTS:
        return client_trial(name)
    return ServerTrial(target(name), PATIENCE, ready_within=3.0)


def tried(name: str, whole: bool = False) -> Iterator[CaseRecord]:
    """Make the checks that are about the sentence which a bug breaks, or all of them; of a module
    those of the scenarios that are to catch it."""
    begin = WRONG_MODULES.get(name, "")
    with trial(name) as made:
        for check in made.checks():
            if whole or (sentence(name) in check.sentences and check.id.startswith(begin)):
                try:
                    yield check.run()
                except Pointless:
                    return


def caught(name: str, record: CaseRecord) -> bool:
    """Whether a record tells of the sentence that the bug breaks."""
    return record.verdict in CAUGHT and not record.foretold and sentence(name) in named(record.spec)
