"""A `socket`-compatible module that is right: everything from the standard library."""

from socket import *  # noqa: F403
