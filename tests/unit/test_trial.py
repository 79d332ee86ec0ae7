"""The pure parts of the trial of programs: sentences, targets, requests, findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.records.model import CaseRecord, Failure
from harness.trial import client_trial, corpus, findings, leniency, life, module, settings
from harness.trial import trial as _fills_the_table  # noqa: F401
from harness.trial.look import LOOKS
from harness.trial.request import Request, mode_of, requests_of
from harness.trial.sentences import Sentence, as_spec, named, parse
from harness.trial.target import Target, WrongUse, address_of, text_of, words_of
from harness.verdicts import Verdict

SENTENCES = {"echo.1": Sentence("echo.1", "Every byte comes back.", 3)}


def record(verdict: Verdict, *sentences: str, expected: str = "bytes") -> CaseRecord:
    """A record with this verdict."""
    failure = None
    if verdict in ("fail", "inconclusive"):
        failure = Failure(
            file="f", line=1, column=1, source="", step="s", expected=expected, actual="none"
        )
    return CaseRecord(
        id="service.x[tcp4]",
        scenario="service.x",
        family="service",
        claim="So it is.",
        spec=as_spec(*sentences),
        transport="tcp4",
        implementations={"server": "program", "client": "socket"},
        verdict=verdict,
        data=verdict,
        file="f",
        line=1,
        seconds=0.5,
        failure=failure,
    )


# --- sentences ------------------------------------------------------------------------------------


def test_sentences_are_read_whole() -> None:
    """A sentence may go on over several lines, and ends where the next or other text begins."""
    page = "# Title\n\n- **a.1** One\n  and a half.\n- **a.2** Two.\n\n  no part of it\n"
    assert parse(page) == {
        "a.1": Sentence("a.1", "One and a half.", 3),
        "a.2": Sentence("a.2", "Two.", 5),
    }


def test_two_sentences_have_two_numbers() -> None:
    """A number that stands twice is an error of the page."""
    with pytest.raises(ValueError, match=r"a\.1"):
        parse("- **a.1** One.\n- **a.1** Two.\n")


def test_every_sentence_is_checked_and_every_check_names_one() -> None:
    """The page of the contracts and what is checked say the same."""
    checked: set[str] = set()
    silent = []
    for scenario in corpus.service_scenarios():
        checked |= set(named(scenario.spec))
        silent += [] if named(scenario.spec) else [scenario.id]
    for one in LOOKS.values():
        checked |= set(one.sentences)
    checked |= {module.SENTENCE, *client_trial.SENTENCES}
    assert silent == []
    assert set(corpus.contracts()) - checked == set()
    assert checked - set(corpus.contracts()) == set()


# --- targets --------------------------------------------------------------------------------------


def test_placeholders_are_filled_in_word_by_word() -> None:
    """An address with blanks stays one word, and other braces are left alone."""
    words = words_of("serve '{path}' --to={service} 'awk {print}'", "unix-stream")
    target = Target("echo", "unix-stream", words)
    assert target.argv({"path": "/a b"}) == ["serve", "/a b", "--to=echo", "awk {print}"]


@pytest.mark.parametrize(
    ("command", "transport", "said"),
    [
        ("serve 7", "tcp4", r"does not say \{port\}"),
        ("serve {port}", "unix-stream", r"does not say \{path\}"),
        ("  ", "tcp4", "empty"),
        ("serve '{port}", "tcp4", "cannot be split"),
    ],
)
def test_commands_that_cannot_be_tried(command: str, transport: str, said: str) -> None:
    """A command must take the address, and be one."""
    with pytest.raises(WrongUse, match=said):
        words_of(command, transport)


def test_addresses_are_read_and_told() -> None:
    """HOST:PORT, with brackets where the host has colons; a path is what it is."""
    for text, transport in (
        ("127.0.0.1:7", "tcp4"),
        ("[::1]:7", "tcp6"),
        ("/tmp/s", "unix-stream"),
    ):
        assert text_of(address_of(text, transport)) == text
    for wrong in ("7", "host:", "host:0", "host:70000", "host:x"):
        with pytest.raises(WrongUse):
            address_of(wrong, "tcp4")


# --- requests -------------------------------------------------------------------------------------


def test_each_service_on_each_of_its_transports() -> None:
    """A contract is not tried on a transport that it says nothing of."""
    request = Request(
        server="s {port}{path}", service=("echo", "greet"), transport=("udp4", "unix-stream")
    )
    assert [(one.service, one.transport) for one in request.targets()] == [
        ("echo", "udp4"),
        ("echo", "unix-stream"),
        ("greet", "unix-stream"),
    ]
    with pytest.raises(WrongUse, match="greet is about tcp4"):
        Request(server="s {port}", service=("greet",), transport=("udp4",)).targets()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "given: nothing"),
        ({"server": "s {port}", "connect": "h:1"}, "--server and --connect"),
        ({"server": "s {port}", "service": ("ecko",)}, "did you mean"),
        ({"server": "s {port}", "transport": ("tcp",)}, "no transport `tcp`"),
        ({"server": "s {port}"}, "--service"),
        ({"connect": "192.0.2.1:7", "service": ("echo",)}, "--allow-remote"),
        ({"connect": "example.net:7", "service": ("echo",)}, "--allow-remote"),
    ],
)
def test_requests_that_make_no_sense(given: dict[str, object], said: str) -> None:
    """What is missing, too much, mistyped or on another machine is told in one sentence."""
    with pytest.raises(WrongUse, match=said):
        Request(**given).targets()  # type: ignore[arg-type]


def test_near_and_allowed_addresses() -> None:
    """Loopback needs no leave, and leave may be given."""
    for connect in ("127.1.2.3:7", "localhost:7"):
        assert Request(connect=connect, service=("echo",)).targets()
    assert Request(connect="192.0.2.1:7", service=("echo",), allow_remote=True).targets()


def test_requests_from_a_file() -> None:
    """A file says the same words, one or a list, with hyphens."""
    (request,) = requests_of(
        {
            "a": {
                "server": "s {path}",
                "service": "echo",
                "transport": ["unix-stream"],
                "path-mode": "600",
                "one-by-one": True,
            }
        },
        "file",
    ).values()
    (target,) = request.targets()
    assert (target.path_mode, target.one_by_one) == (0o600, True)
    assert mode_of("0660") == 0o660


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"servr": "s"}, r"file: a: there is no key `servr`; did you mean"),
        ({"server": 7}, "`server` cannot be 7"),
        ("s", "a program is a table"),
        ({"service": "echo"}, "given: nothing"),
        ({"server": "s", "one-by-one": "yes"}, "`one-by-one` cannot be"),
        ({"server": "s", "path-mode": "rw"}, "no permissions"),
        ({"server": "s", "path-mode": 384}, "stands in quotes"),
        ({"server": "s", "ready-within": -1}, "more than 0"),
    ],
)
def test_wrong_tables_are_told_with_their_place(table: object, said: str) -> None:
    """The file and the program stand before what is wrong."""
    with pytest.raises(WrongUse, match=said):
        requests_of({"a": table}, "file")


def test_programs_of_both_kinds_of_file(tmp_path: object) -> None:
    """A YAML counts before pyproject.toml, which counts only when it lists programs."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    toml, small = folder / "pyproject.toml", folder / "sockharness.yaml"
    toml.write_text("[project]\nname = 'x'\n")
    assert settings.find(folder) is None
    toml.write_text("[tool.sockharness.programs.a]\nserver = 's {port}'\nservice = 'echo'\n")
    assert settings.find(folder) == toml
    small.write_text("programs:\n  b: {connect: 'localhost:7', service: [echo, discard]}\n")
    assert settings.find(folder) == small
    assert list(settings.programs(toml)) == ["a"]
    assert settings.programs(small)["b"].service == ("echo", "discard")
    for text, said in (
        ("programs: [1", r"sockharness\.yaml:1:13: expected"),
        ("programs: 7", r"sockharness\.yaml: `programs` is a table"),
        ("programms: {}", "no key `programms`; did you mean `programs`"),
    ):
        small.write_text(text)
        with pytest.raises(WrongUse, match=said):
            settings.programs(settings.find(folder) or small)


# --- findings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((), 0),
        (("pass", "unsupported"), 0),
        (("pass", "varies"), 6),
        (("varies", "broken"), 3),
        (("broken", "fail"), 1),
        (("pass", "inconclusive"), 1),
    ],
)
def test_exit_status(verdicts: tuple[Verdict, ...], status: int) -> None:
    """A broken sentence weighs more than our own fault, that more than a variation."""
    assert findings.status(record(verdict) for verdict in verdicts) == status


def test_findings_name_their_sentences() -> None:
    """What does not pass is told with verdict, sentence, expected and actual."""
    told = findings.as_json("p", [record("pass"), record("fail", "echo.1")], SENTENCES, ["x: y"])
    assert (told["verdict"], told["checks"], told["not-made"]) == ("broken", 2, ["x: y"])
    (finding,) = told["findings"]
    assert finding["sentences"] == [{"id": "echo.1", "text": "Every byte comes back."}]
    assert (finding["verdict"], finding["expected"], finding["actual"]) == ("fail", "bytes", "none")


def test_the_last_words_of_a_report() -> None:
    """The contract as a whole, then each sentence that is not simply kept."""
    lines = findings.in_words("p", [record("pass"), record("varies", "echo.1")], SENTENCES)
    assert lines[0] == "p: the contract is kept, with variations"
    assert lines[1].split() == ["varies", "echo.1", "Every", "byte", "comes", "back."]


def test_a_trial_that_was_stopped_early_says_nothing_good() -> None:
    """What was not seen may be broken; what was found is."""
    for verdict, word in (("pass", "not known"), ("varies", "not known"), ("fail", "broken")):
        records = [record(verdict, "echo.1")]  # type: ignore[arg-type]
        assert findings.as_json("p", records, SENTENCES, complete=False)["verdict"] == word
        assert findings.in_words("p", records, SENTENCES, False)[0].endswith(word)


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        ([0.1] * 25, ""),
        ([45.0] * 25, "25 of 25 take 45 ms"),
        ([0.1] * 15 + [44.0] * 10, "10 of 25 take 44 ms or more, all the same step"),
        ([0.1] * 22 + [44.0] * 3, ""),  # once in a while is no pattern
        ([0.1] * 8 + [36.0, 44.0, 53.0, 80.0] * 4 + [9.0], ""),  # a busy machine
    ],
)
def test_a_timer_is_told_from_a_busy_machine(milliseconds: list[float], said: str) -> None:
    """All answers are late, or some by one step."""
    found = life.by_a_timer([one / 1000 for one in milliseconds])
    assert found.startswith(said) if said else not found


# --- leniency -------------------------------------------------------------------------------------


def test_one_client_after_another_is_a_variation_where_it_was_said() -> None:
    """What a sequential server cannot keep is no failure when it said so, and only that."""
    plain = Target("echo", "tcp4", ("s",))
    sequential = replace(plain, one_by_one=True)
    assert leniency.judged(record("fail", "life.6"), plain).verdict == "fail"
    assert leniency.judged(record("fail", "life.6"), sequential).verdict == "varies"
    assert leniency.judged(record("fail", "echo.1"), sequential).verdict == "fail"
    assert leniency.judged(record("pass", "life.6"), sequential).verdict == "pass"


def test_only_late() -> None:
    """A bound of time is tried again, nothing else is."""
    assert leniency.only_late(record("fail", expected="its end within 200.0 ms"))
    assert not leniency.only_late(record("fail", expected="eof"))
    assert not leniency.only_late(record("pass"))
