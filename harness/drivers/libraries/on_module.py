"""`module:NAME`: the reference driver with a `socket`-compatible module in the place of `socket`.

The module is found as a program in the current folder would find it. Everything that the driver
does, constants and names included, then goes through it.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import List


def main(words: List[str], arguments: List[str]) -> None:
    """Be the driver. The one word is the module's name."""
    sys.path.append(os.getcwd())
    module = importlib.import_module(words[0])
    sys.modules["socket"] = module

    from driver import Nature
    from driver import main as be_a_driver

    be_a_driver(arguments, Nature("module:" + words[0], str(getattr(module, "__version__", ""))))
