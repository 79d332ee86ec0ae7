"""The page as a file: its scripts joined, its data packed, nothing in it that could be markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.commands import report
from harness.records.lines import encode
from harness.report.html import bundle
from harness.report.html import page as making
from harness.report.html.model import page_data
from harness.report.html.pack import packed
from harness.report.html.page import MOST, page
from harness.report.html.texts import shown, shown_value
from harness.reproducing import whole
from tests.unit.record_samples import FAILED, FAILURE, HEADER, PASSED, SCENARIO
from tests.unit.report_samples import HOSTILE, bench, case, hostile, matrix, results

ASSETS = sorted(Path(making.__file__).with_name("assets").iterdir())
SCRIPTS = [path for path in ASSETS if path.suffix == ".js"]


def unpacked(text: str) -> Any:
    """The data of a page as its script sees it."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


class Markup(HTMLParser):
    """The elements of a page with their attributes, and what stands in each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        self.texts.setdefault(attributes.get("id") or tag, data)


# Scripts


def test_scripts_are_joined_behind_what_they_import() -> None:
    """Imports and the word `export` fall away, nothing else does."""
    modules = {
        "main.js": 'import { one, two } from "./lib.js";\n\none(two);\n',
        "lib.js": "export function one(x) {}\nexport const two = 2;\nconst own = 3;\n",
        "unused.js": "export const never = 1;\n",
    }
    assert bundle.joined(modules, "main.js") == (
        "function one(x) {}\nconst two = 2;\nconst own = 3;\n\none(two);\n"
    )


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"main.js": 'import { x } from "./gone.js";\n'}, "there is no gone.js"),
        (
            {"main.js": 'import { x } from "./a.js";\n', "a.js": "export const y = 1;\n"},
            "a.js exports no x",
        ),
        (
            {
                "main.js": 'import { x } from "./a.js";\nconst own = 1;\n',
                "a.js": "export const x = 1;\nfunction own() {}\n",
            },
            "own is in a.js and in main.js",
        ),
        (
            {
                "main.js": 'import { x } from "./a.js";\nexport const y = 1;\n',
                "a.js": 'import { y } from "./main.js";\nexport const x = 1;\n',
            },
            "imports itself",
        ),
        ({"main.js": 'import all from "./main.js";\n'}, "not on one line of our form"),
    ],
)
def test_scripts_that_cannot_be_joined_are_refused(modules: dict[str, str], said: str) -> None:
    """A missing module or name, a name twice, a circle, another form of import."""
    with pytest.raises(bundle.Unjoinable, match=said):
        bundle.joined(modules, "main.js")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_make_no_markup_and_no_requests(path: Path) -> None:
    """Nothing is read as markup or as script, nothing is asked for; the policy forbids it too."""
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
        r"|srcdoc|\beval\b|new Function|\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon|import\("
    )
    text = path.read_text()
    assert re.findall(forbidden, text) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []
    assert "</script" not in text.lower()
    assert "<!--" not in text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_and_say_what_they_are_for(path: Path) -> None:
    """A file opens with its purpose, has one idea, and lines that can be read."""
    lines = path.read_text().splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 220
    assert max(map(len, lines)) <= 100


# The file


def test_the_page_is_one_file_that_permits_nothing_but_itself() -> None:
    """No element asks for anything; the policy names our script and our style by digest."""
    text = page([bench()]).decode()
    markup = Markup(text)
    assert not {"src", "href", "srcset", "data"} & {
        name for tag, attributes in markup.elements for name in attributes if tag != "a"
    }
    policy = next(a["content"] for _, a in markup.elements if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        inside = text.partition(f"<{tag}")[2].partition(">")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_a_hostile_record_adds_no_element() -> None:
    """The same elements whatever the record says; its texts come back whole from the data."""
    plain, attacked = (Markup(page([one]).decode()) for one in (results([PASSED]), hostile()))
    assert [tag for tag, _ in attacked.elements] == [tag for tag, _ in plain.elements]
    data = unpacked(attacked.texts["data"])
    assert data["claims"][0]["claim"] == shown(HOSTILE)
    assert data["evidence"][0]["script"] == HOSTILE


def test_what_scripts_have_in_common_is_there_once() -> None:
    """Parts that no script has are not looked for, whatever a record names."""
    needs = ("player", "python", "../../pyproject.toml", "end")
    failure = replace(FAILURE, script="x = 1", script_needs=needs)
    failed = [case(f"a.{at}", verdict="fail", failure=failure) for at in range(3)]
    text = page([results(failed)]).decode()
    parts = unpacked(Markup(text).texts["data"])["parts"]
    assert parts == {name: whole.part(name) for name in needs if name[0] != "."}
    assert len(text) < MOST / 2


def test_every_sign_of_a_text_is_to_be_seen() -> None:
    """What is invisible is spelled out, line ends stay, nothing is endless."""
    assert shown("a\u202eb\u2028c\x00\ud800\nd") == "a\\u202eb\\u2028c\\x00\\ud800\nd"
    assert shown("x" * 30, 10) == "xxxxxxxxxx… 20 more signs are in the record"
    nested: Any = "x"
    for _ in range(50):
        nested = [nested]
    assert len(json.dumps(shown_value(nested))) < 500
    assert shown_value({"n": 2**60, "ok": True, "f": 1.5}) == {
        "n": str(2**60),
        "ok": True,
        "f": 1.5,
    }


def test_the_page_says_what_it_is_where_scripts_are_off() -> None:
    """Figures in a sentence, and that more needs JavaScript."""
    markup = Markup(page([results([FAILED, PASSED])]).decode())
    assert "2 cases of 1 claims in 1 records, 1 of them to be looked at" in markup.texts["plain"]
    assert "needs JavaScript" in markup.texts["trouble"]


# Size


def test_where_room_is_short_the_last_evidence_is_given_up_first() -> None:
    """The worst keep their timelines, all keep what was expected and what came."""
    data = page_data([matrix(60, 8)])
    whole = packed(data, 10**9)
    room = (len(whole) + len(packed(data, 0))) // 2
    text = packed(data, room)
    assert len(text) <= room
    kept = unpacked(text)["evidence"]
    kept = [one for one in kept if isinstance(one, dict)]
    short = ["short" in one for one in kept if "expected" in one]
    assert short == sorted(short)
    assert 0 < sum(short) < len(short)
    assert all("actual" in one for one in kept if "expected" in one)
    assert [one for one in unpacked(whole)["evidence"] if isinstance(one, dict)] == [
        one for one in data["evidence"] if one.keys() != {"why"}
    ]


def test_a_reason_that_many_cases_share_is_there_once() -> None:
    """Thousands are unsupported for a few reasons."""
    lacking = [case(f"a.{at}", verdict="unsupported", why="it has none") for at in range(9)]
    data = unpacked(packed(page_data([results(lacking)]), 10**9))
    assert data["whys"] == ["it has none"]
    assert data["evidence"] == [0] * 9


def test_without_any_room_the_verdicts_are_still_there() -> None:
    """The least is what cannot be left out."""
    data = page_data([matrix(60, 8)])
    least = unpacked(packed(data, 0))
    assert least["cells"] == data["cells"]
    assert not any("calls" in one for one in least["evidence"] if isinstance(one, dict))


# The command


def write(path: Path, *records: Any) -> Path:
    """A file of results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(encode(record) for record in (HEADER, *records)))
    return path


def run(*words: object) -> tuple[int, str]:
    """Exit status and output of the command."""
    done = CliRunner().invoke(report.command, [str(word) for word in words])
    return done.exit_code, done.output


def test_files_folders_and_patterns_become_one_page(tmp_path: Path) -> None:
    """A folder gives every record below it; what is named twice counts once."""
    write(tmp_path / "jobs/a/run-1.jsonl", SCENARIO, FAILED)
    write(tmp_path / "jobs/b/run-1.jsonl", PASSED)
    alone = write(tmp_path / "more/run-2.jsonl", PASSED)
    output = tmp_path / "report.html"
    status, said = run(tmp_path / "jobs", tmp_path / "more" / "*.jsonl", alone, "-o", output)
    assert (status, said.split(",")[0]) == (0, f"{output}: 3 records")
    data = unpacked(Markup(output.read_text()).texts["data"])
    assert len(data["records"]) == 3
    assert [one["text"] for one in data["sources"]] == [SCENARIO.text]


def test_without_a_name_it_is_the_newest_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `show`; the page is report.html."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "results/run-20261120-070000-aaaaaa.jsonl", FAILED)
    write(tmp_path / "results/run-20261120-080000-aaaaaa.jsonl", PASSED)
    assert run()[0] == 0
    data = unpacked(Markup(Path("report.html").read_text()).texts["data"])
    assert [one["name"] for one in data["records"]] == ["run-20261120-080000-aaaaaa"]


def test_a_file_that_is_no_record_is_named_and_the_others_are_shown(tmp_path: Path) -> None:
    """The page is made of what there is, and the status says that something is missing."""
    good = write(tmp_path / "good.jsonl", PASSED)
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    output = tmp_path / "r.html"
    status, said = run(good, bad, "-o", output)
    assert status == report.NOT_RESULTS
    assert f"Error: {bad}:1: not a results file" in said
    assert output.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.jsonl", "no such file or directory"),
        ("empty", "no results file (*.jsonl) is in this folder or below it"),
        ("empty/*.jsonl", "nothing matches this pattern"),
        ("newer.jsonl", "format 99 is newer than this sockharness"),
    ],
)
def test_without_a_record_there_is_a_sentence_and_no_page(
    tmp_path: Path, name: str, said: str
) -> None:
    """Nothing there, nothing in it, nothing that can be read."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "newer.jsonl").write_text('{"kind": "header", "format": 99}\n')
    status, output = run(tmp_path / name, "-o", tmp_path / "r.html")
    assert status != 0
    assert said in output
    assert output.count("\n") == 1
    assert not (tmp_path / "r.html").exists()


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    good = write(tmp_path / "good.jsonl", PASSED)
    status, output = run(good, "-o", tmp_path / "gone" / "r.html")
    assert status != 0
    assert f"{tmp_path}/gone/r.html: cannot be written: no such file or directory" in output
