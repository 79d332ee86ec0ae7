"""Control messages: what sendmsg takes and recvmsg gives, by the protocol's words.

In requests: {"fds": [handles], "times": n} (the list n times over, once when missing),
{"credentials": {"pid", "uid", "gid"}} (missing ones are our own), {"level", "type", "value":
integer} or {"level", "type", "hex"}. In replies: {"type": "SCM_RIGHTS", "handles": [...], "count":
n}, {"type": "SCM_CREDENTIALS", "pid", "uid", "gid"}, {"type", "value"} for those that are one
integer (IP_TTL ...), {"type"} with the fields that `ip_messages.py` knows, and {"level", "type",
"hex"} for every other.
"""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import sys
from array import array
from typing import Any, Dict, List, Tuple

import ip_messages
from calls_makefile import File
from constants import constant, control_message, level_name
from registry import BadRequest, Unsupported, integer

_CREDENTIALS = struct.Struct("iII")  # pid, uid, gid
CREDENTIALS = _CREDENTIALS.size
_INTEGERS = [
    "IP_TTL",
    "IP_TOS",
    "IPV6_HOPLIMIT",
    "IPV6_TCLASS",
    "SO_RXQ_OVFL",
    "TCP_INQ",
    "UDP_GRO",
]  # an int each, but for IP_TOS, which is one byte

Message = Tuple[int, int, bytes]


def to_library(session: Any, items: Any) -> List[Message]:
    """Return the control messages of a request as sendmsg takes them."""
    if not isinstance(items, list):
        raise BadRequest("ancillary is a list of control messages, not %r" % (items,))
    return [_message(session, item) for item in items]


def as_reply(session: Any, messages: List[Message], name: str) -> List[Dict[str, Any]]:
    """Return the control messages that came; descriptors become handles name, name2, name3 ..."""
    said: List[Dict[str, Any]] = []
    arrived = 0
    for level, kind, data in messages:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            names = [_adopt(session, fd, name, arrived + n) for n, fd in enumerate(_numbers(data))]
            arrived += len(names)
            said.append({"type": "SCM_RIGHTS", "handles": names, "count": len(names)})
        else:
            said.append(_as_reply(level, kind, data))
    return said


def _message(session: Any, item: Any) -> Message:
    if not isinstance(item, dict):
        raise BadRequest("a control message is a mapping, not %r" % (item,))
    if "fds" in item:
        numbers = array("i", [session.socket(handle).fileno() for handle in item["fds"]])
        numbers *= integer(item, "times", 1)
        return socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers.tobytes()
    if "credentials" in item:
        return socket.SOL_SOCKET, constant("SCM_CREDENTIALS"), _credentials(item["credentials"])
    if "type" not in item or ("hex" not in item) == ("value" not in item):
        raise BadRequest("a control message has fds, credentials, or type with hex or value")
    level = item["level"] if "level" in item else level_name(item["type"])
    return _number(level), _number(item["type"]), _data(item)


def _data(item: Dict[str, Any]) -> bytes:
    if "hex" in item:
        return bytes.fromhex(item["hex"])
    return struct.pack("i", item["value"])


def credentials_as_reply(data: bytes) -> Dict[str, Any]:
    """Return a struct ucred by its fields."""
    return dict(zip(("pid", "uid", "gid"), _CREDENTIALS.unpack(data)))


def _credentials(given: Any) -> bytes:
    own = {"pid": os.getpid(), "uid": os.getuid(), "gid": os.getgid()}
    own.update(given or {})
    return _CREDENTIALS.pack(own["pid"], own["uid"], own["gid"])


def _number(name: Any) -> int:
    return name if isinstance(name, int) else constant(name)


def _numbers(data: bytes) -> List[int]:
    numbers = array("i")
    # A truncated message may end in the middle of a number.
    numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
    return list(numbers)


def _adopt(session: Any, fd: int, name: str, position: int) -> str:
    full = name if position == 0 else "%s%d" % (name, position + 1)
    is_socket = stat.S_ISSOCK(os.fstat(fd).st_mode)
    session.add(full, socket.socket(fileno=fd) if is_socket else File(io.FileIO(fd, "r+")))
    return full


def _as_reply(level: int, kind: int, data: bytes) -> Dict[str, Any]:
    if level == socket.SOL_SOCKET and kind == _scm_credentials() and len(data) == 12:
        return {"type": "SCM_CREDENTIALS", **credentials_as_reply(data)}
    level_said, kind_said = control_message(level, kind)
    if kind_said in _INTEGERS and len(data) in (1, 4):
        return {"type": kind_said, "value": int.from_bytes(data, sys.byteorder)}
    fields = ip_messages.fields(kind_said, data)
    if fields is not None:
        return {"type": kind_said, **fields}
    return {"level": level_said, "type": kind_said, "hex": data.hex()}


def _scm_credentials() -> int:
    try:
        return constant("SCM_CREDENTIALS")
    except Unsupported:
        return -1
