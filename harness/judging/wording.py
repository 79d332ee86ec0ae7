"""Replies and expectations in words, for people: `error ECONNRESET`, `8 bytes 'question'`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness import conditions
from harness.drivers.python import payload
from harness.judging.matching import Known, made, resolve
from harness.language.model import Expectation, Outcome
from harness.language.outcomes import is_payload
from harness.protocol import Reply


def describe_reply(reply: Reply, transport: str) -> str:
    """A reply in words: `error ECONNRESET`, `8 bytes 'question'`, `eof`."""
    if reply.kind == "error":
        return f"error {reply.error}" + (f" ({reply.text})" if reply.text else "")
    if reply.kind != "ok":
        return f"{reply.kind}: {reply.text.strip().splitlines()[-1] if reply.text else ''}"
    parts = []
    for name, value in reply.values.items():
        if name == "data":
            parts.append(describe_data(value, transport))
        else:
            parts.append(f"{name} {describe_value(value)}")
    return ", ".join(parts) or "ok"


def describe_data(data: Mapping[str, Any], transport: str) -> str:
    """Received bytes in words."""
    if data["size"] == 0:
        return "an empty datagram" if transport in conditions.GROUPS["dgram"] else "eof"
    digest = data.get("sha256")
    tail = f", SHA-256 {digest[:12]}…" if digest else ""
    return f"{_bytes_text(bytes.fromhex(data['head']), data['size'])}{tail}"


def _bytes_text(head: bytes, size: int) -> str:
    shown = readable(head[:40])
    more = " …" if size > 40 else ""
    return f"{size} byte{'' if size == 1 else 's'} {shown}{more}"


def readable(data: bytes) -> str:
    """Bytes as quoted text when they are text, else in hex."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return hexed(data)
    return repr(text) if all(c.isprintable() or c in "\t\r\n" for c in text) else hexed(data)


def hexed(data: bytes) -> str:
    """Bytes in hex, two digits each."""
    return f"hex {data.hex(' ')}"


def describe_payload(descriptor: Any) -> str:
    """What is to be sent, as the scenario says it: `'question'`, `counting 70000`."""
    if isinstance(descriptor, str):
        return repr(descriptor)
    if isinstance(descriptor, Mapping):
        return " ".join(f"{key} {value}" for key, value in descriptor.items())
    if isinstance(descriptor, list):
        return " + ".join(describe_payload(part) for part in descriptor)
    return str(descriptor)


def describe_value(value: Any) -> str:
    """A reply's value in words; an address as people write it."""
    if isinstance(value, Mapping):
        return _describe_address(value) or _describe_parts(value)
    if isinstance(value, list):
        return "|".join(describe_value(item) for item in value) or "none"
    return str(value)


def _describe_address(value: Mapping[str, Any]) -> str | None:
    """None when it is no address; an abstract name as `ss` shows it."""
    if set(value) == {"path"}:
        return str(value["path"]) or "(unnamed)"
    if set(value) == {"abstract"}:
        return f"@{value['abstract']}"
    if "host" not in value or not set(value) <= {"host", "port", "flowinfo", "scope"}:
        return None
    host = f"[{value['host']}]" if ":" in str(value["host"]) else str(value["host"])
    return f"{host}:{value['port']}" if "port" in value else host


def _describe_parts(value: Mapping[str, Any]) -> str:
    """A control message by its type, `SCM_RIGHTS count 2`, as any other mapping by its keys."""
    return " ".join(
        describe_value(one) if key == "type" else f"{key} {describe_value(one)}"
        for key, one in value.items()
    )


def describe_set(expectation: Expectation, known: Known) -> str:
    texts = [_named(name, describe_outcome(o, known)) for name, o in expectation.strict.items()]
    text = " or ".join(texts)
    if expectation.also:
        allowed = " or ".join(
            _named(name, describe_outcome(o, known)) for name, o in expectation.also.items()
        )
        text += f" (allowed too: {allowed})"
    return text


def _named(name: str, text: str) -> str:
    return f"{text} [{name}]" if name else text


def describe_outcome(outcome: Outcome, known: Known) -> str:
    """What was expected, in words: `error EPIPE`, `8 bytes 'question'`."""
    if outcome.word == "error":
        return "error " + " or ".join(outcome.errors)
    if outcome.word != "ok":
        return outcome.word
    parts = [_describe_field(name, one, known) for name, one in outcome.fields.items()]
    return ", ".join(parts) or "ok"


def _describe_field(name: str, expected: Any, known: Known) -> str:
    if name == "data" and is_payload(expected):
        whole = made(expected, known)
        return _bytes_text(whole[: payload.HEAD], len(whole))
    return f"{name} {_describe_matcher(resolve(expected, known))}"


def _describe_matcher(expected: Any) -> str:
    if isinstance(expected, Mapping) and expected and "host" not in expected:
        return ", ".join(f"{word} {_describe_matcher(one)}" for word, one in expected.items())
    return describe_value(expected)
