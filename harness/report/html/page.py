"""One page of HTML: template, style, script and data in one file that asks for nothing else.

Markup is made of our own assets alone. The data comes as base64, whose letters mean nothing to
HTML, and the few texts of records that stand in the markup itself are escaped. The page's
Content-Security-Policy permits our script and our style by their digests and nothing else: no
network, no other script, no script made of text.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.records.results import Results
from harness.report.html.bundle import joined
from harness.report.html.model import page_data
from harness.report.html.pack import packed
from harness.report.html.texts import shown
from harness.reproducing import whole

MOST = 1_000_000  # bytes of a page
_ASSETS = Path(__file__).with_name("assets")
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def page(several: Sequence[Results], most: int = MOST) -> bytes:
    """Return the page for some records, of at most `most` bytes where that can be."""
    script, style = _script(), (_ASSETS / "page.css").read_text(encoding="utf-8")
    data = page_data(several)
    data["parts"] = _parts(data["evidence"])
    frame = (_ASSETS / "page.html").read_text(encoding="utf-8")
    parts = {
        "policy": _POLICY.format(script=_digest(script), style=_digest(style)),
        "title": _text(_title(data)),
        "style": style,
        "summary": _text(_summary(data)),
        "script": script,
    }
    around = len(_filled(frame, {**parts, "data": ""}).encode("utf-8", "replace"))
    parts["data"] = packed(data, most - around)
    return _filled(frame, parts).encode("utf-8", "replace")


def _parts(evidence: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What belongs behind the beginnings of scripts, each part once."""
    needed = dict.fromkeys(name for one in evidence for name in one.get("script_needs", ()))
    return {name: whole.part(name) for name in needed if name in whole.PARTS}


def _script() -> str:
    modules = {path.name: path.read_text(encoding="utf-8") for path in _ASSETS.glob("*.js")}
    return joined(modules, "main.js")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _filled(frame: str, parts: dict[str, str]) -> str:
    """Put the parts in their places; each place is there once, and no part is looked into."""
    pieces = []
    for name, part in parts.items():
        before, found, frame = frame.partition("{{" + name + "}}")
        assert found, f"page.html has no place for {name} behind the place before"
        pieces += [before, part]
    return "".join([*pieces, frame])


def _text(text: str) -> str:
    return html.escape(shown(text, 300))


def _title(data: dict[str, Any]) -> str:
    names = {one["who"] for one in data["sides"]}
    return f"sockharness: {', '.join(sorted(names)[:4])}{' …' if len(names) > 4 else ''}"


def _summary(data: dict[str, Any]) -> str:
    """What the page says where scripts are off."""
    cases = sum(one["cases"] for one in data["records"])
    unexpected = sum(one["unexpected"] for one in data["records"])
    return (
        f"{cases} cases of {len(data['claims'])} claims in {len(data['records'])} records, "
        f"{unexpected} of them to be looked at; {len(data['timing']['lines'])} latencies."
    )
