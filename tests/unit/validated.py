"""Results held against their schema by a validator that is not ours."""

from __future__ import annotations

from typing import Any

import jsonschema

from harness.records.schema import schema


def valid(value: object, part: str | None = None) -> None:
    """Assert that a validator which is not ours takes it."""
    whole: dict[str, Any] = schema()
    here = (
        whole
        if part is None
        else {"definitions": whole["definitions"], "$ref": f"#/definitions/{part}"}
    )
    jsonschema.Draft7Validator(here).validate(value)
