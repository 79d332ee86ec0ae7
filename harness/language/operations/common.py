"""Arguments and fields that many operations share."""

from __future__ import annotations

from harness.language.operations.entry import Argument, Field

FLAGS = Argument("flags", "MSG_* flags, one name or a list")
# Larger than any datagram, so that a step which does not speak of sizes gets all there is.
SIZE = Argument("integer", "at most so many bytes; 65536 when missing", default=65536)
DATA_OUT = Argument("payload", "the bytes to send", required=True)
DATA_IN = Field("data", "the bytes received")
SPLIT = Argument("integer", "hand each payload over in buffers of so many bytes")
COUNT = Field("integer", "bytes that the call took")
TO = Argument("address", "the destination; the server's own name when missing")
ADDRESS = Argument("address", "the local address; when missing the transport's loopback and port 0")
NAME = Field("name", "the socket's own name")
PEER = Field("name", "the other side's name")
LEVEL = Argument("text", "the option's level; found from the option's prefix when missing")
