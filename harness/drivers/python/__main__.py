"""Start of the driver: `python -I -S harness/drivers/python [--scratch DIR]`.

Kept this short because Python compiles this file at every start, and caches the others.
"""

import sys

from driver import main

main(sys.argv[1:])
