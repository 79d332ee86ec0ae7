"""Start of a library's driver: `python -I harness/drivers/libraries MODULE [WORD] [--scratch DIR]`.

MODULE is a file of this folder; WORD is for it. The modules of the reference driver are found too.
"""

import importlib
import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(sys.path[0])), "python"))


def main() -> None:
    """Hand over to the module that was named."""
    module, rest = sys.argv[1], sys.argv[2:]
    words = rest[: rest.index("--scratch")] if "--scratch" in rest else rest
    importlib.import_module(module).main(words, rest[len(words) :])


main()
