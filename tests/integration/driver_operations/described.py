"""Received bytes as a driver must describe them."""

from __future__ import annotations

from typing import Any

from harness.drivers.python.payload import describe, make
from tests.integration.driver_client import Driver


def data(payload: object) -> dict[str, Any]:
    """What a driver must say of having received this payload."""
    return describe(make(payload))


def drained(driver: Driver, handle: str) -> tuple[Any, Any]:
    """What a drain has read, and whether it came to the end."""
    values = driver.ok("drain", handle)
    return values["data"], values["eof"]
