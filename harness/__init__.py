"""sockharness: checks what sockets really do, and times them honestly."""

__version__ = "0.1.0"
