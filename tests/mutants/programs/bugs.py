"""All wrong servers: what the modules of this folder put into the table."""

from __future__ import annotations

import wrong_datagrams  # noqa: F401
import wrong_echo  # noqa: F401
import wrong_echo_bytes  # noqa: F401
import wrong_life  # noqa: F401
import wrong_paths  # noqa: F401
import wrong_services  # noqa: F401
from wrong import BUGS

__all__ = ["BUGS"]
