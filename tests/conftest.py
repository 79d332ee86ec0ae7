"""What all tests share: how property tests search."""

from __future__ import annotations

from hypothesis import settings

# A deadline on an example is a test of the machine's load; and an example that nobody has tried yet
# belongs into a search, not into the run that decides.
settings.register_profile("sockharness", deadline=None, derandomize=True)
settings.load_profile("sockharness")
