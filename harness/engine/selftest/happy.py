"""The simplest way to see each operation do what it is for, within one driver.

Made from the table of operations: an operation that has no line in RECIPES is done on the receiving
end of a connected pair to which five bytes were sent, with the smallest arguments that its entry
allows. So a new operation is tried by itself; it needs a line here only when that is no sense.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.language.operations import OPERATIONS, TRANSPORTS, Operation

CONNECTED = ("tcp4", "tcp6", "unix-stream", "unix-seqpacket")
DATAGRAM = ("udp4", "udp6", "unix-dgram")
STREAM = ("tcp4", "tcp6", "unix-stream")
TCP = ("tcp4", "tcp6")
UNIX = ("unix-stream", "unix-dgram", "unix-seqpacket")
IP = ("tcp4", "tcp6", "udp4", "udp6")

SENT = b"ping!"


@dataclass(frozen=True)
class Request:
    """One request. `to: NAME` stands for the name of that handle, and `fd: fd` for the descriptor,
    as the last reply gave it; `transport` is filled in where the operation takes one."""

    op: str
    handle: str
    args: Mapping[str, Any] = field(default_factory=dict)


_LISTENER = (Request("listen", "server"),)
_CLIENT = (*_LISTENER, Request("connect", "client", {"to": "server"}))
_PAIR = (*_CLIENT, Request("accept", "server", {"as": "conn"}))
_BOUND = (Request("bind", "server"),)
_BOTH_BOUND = (*_BOUND, Request("bind", "client"))
_DATAGRAM_PAIR = (
    *_BOTH_BOUND,
    Request("connect", "client", {"to": "server"}),
    Request("connect", "server", {"to": "client"}),
)
_DATA = (Request("send", "client", {"data": SENT.decode()}),)


@dataclass(frozen=True)
class Recipe:
    """How to try one operation.

    `scene` is what there has to be before: `nothing`, a `server` (listening, or bound), a `client`
    connected to it, a `pair`, a pair with `data` sent to it, a pair whose client has sent and
    `ended`; then what `before` says. `handle` is the one it is done on; `conn` is the receiving
    end, whatever it is called. `data` is what it receives. `on` is where it makes sense."""

    scene: str = "data"
    handle: str = "conn"
    args: Mapping[str, Any] = field(default_factory=dict)
    on: Sequence[str] = TRANSPORTS
    data: bytes | None = None
    before: Sequence[Request] = ()


_PATH = {"path": "tried"}
_FILE = (Request("creat", "server", _PATH),)
_STREAM_FILE = (Request("makefile", "conn", {"as": "file"}),)
_EPOLL = (Request("epoll_create", "watch"),)
_WATCHED = (*_EPOLL, Request("epoll_ctl", "watch", {"action": "add", "of": "conn"}))
_DETACHED = (Request("detach", "conn"),)
_CHILD = (Request("fork", "conn", {"as": "child"}),)

RECIPES: Mapping[str, Recipe] = {
    "socket": Recipe("nothing", "fresh"),
    "socketpair": Recipe("nothing", "one", on=UNIX),
    "bind": Recipe("nothing", "fresh"),
    "listen": Recipe("nothing", "fresh", on=CONNECTED),
    "accept": Recipe("client", "server", on=CONNECTED),
    "connect": Recipe("server", "client", {"to": "server"}),
    "disconnect": Recipe("pair", "client", on=("udp4", "udp6")),
    "getaddrinfo": Recipe("nothing", "fresh", {"port": 7}, IP),
    "send": Recipe("pair", "client"),
    "sendall": Recipe("pair", "client"),
    "sendto": Recipe("server", "client", {"to": "server"}, DATAGRAM),
    "sendmsg": Recipe("pair", "client", {"data": ["ping", "!"]}),
    # A datagram socket on loopback never fills: its receiver throws away.
    "fill": Recipe("pair", "client", on=CONNECTED),
    "recv": Recipe(data=SENT),
    "recvfrom": Recipe(data=SENT),
    "recv_into": Recipe(data=SENT),
    "recvmsg": Recipe(data=SENT),
    "recv_exactly": Recipe(args={"size": 4}, on=STREAM, data=SENT[:4]),
    "recv_until_eof": Recipe("ended", on=STREAM, data=SENT),
    "drain": Recipe(data=SENT),
    "readv": Recipe(args={"buffers": [2, 3]}, data=SENT),
    "recvmsg_into": Recipe(args={"buffers": [2, 3]}, data=SENT),
    "recvmmsg": Recipe(data=SENT),
    "sendfile": Recipe("pair", "client", {**_PATH, "size": 5}, STREAM, before=_FILE),
    "socket_sendfile": Recipe("pair", "client", _PATH, STREAM, before=_FILE),
    "close_fd": Recipe("pair", "server", {"fd": "fd"}, before=_DETACHED),
    "shutdown": Recipe("pair", "client", {"how": "write"}, CONNECTED),
    "setsockopt": Recipe("pair", args={"option": "SO_RCVBUF", "value": 65536}),
    "getsockopt": Recipe("pair", args={"option": "SO_RCVBUF"}),
    "quiet": Recipe("pair", args={"for": 0.01}),
    "at_mark": Recipe("pair", on=TCP),
    "tcp_info": Recipe("pair", on=TCP),
    "epoll_create": Recipe("nothing", "fresh"),
    "epoll_ctl": Recipe("data", "watch", {"action": "add", "of": "conn"}, CONNECTED, before=_EPOLL),
    "epoll_wait": Recipe("data", "watch", on=CONNECTED, before=_WATCHED),
    "serve": Recipe("nothing", "fresh"),
    "creat": Recipe("nothing", "server", _PATH),
    "mkdir": Recipe("nothing", "server", _PATH),
    "symlink": Recipe("nothing", "server", {**_PATH, "target": "nowhere"}),
    "chmod": Recipe("nothing", "server", {**_PATH, "mode": 0o600}, before=_FILE),
    "unlink": Recipe("nothing", "server", _PATH, before=_FILE),
    "rename": Recipe("nothing", "server", {**_PATH, "to": "moved"}, before=_FILE),
    "stat": Recipe("nothing", "server", _PATH, before=_FILE),
    "open": Recipe("nothing", "fresh", _PATH, before=_FILE),
    "pipe": Recipe("nothing", "one"),
    "umask": Recipe("nothing", "server", {"mask": 0o077}),
    # It asks for a right that few have, and changes the whole process.
    "seteuid": Recipe(on=()),
    "fork": Recipe("pair"),
    "child_exit": Recipe("pair", "child", before=_CHILD),
    "signal": Recipe("nothing", "server", {"signal": "SIGUSR2", "action": "count"}),
    "caught": Recipe("nothing", "server", {"signal": "SIGUSR2"}),
    "makefile": Recipe("pair", on=STREAM),
    "file_read": Recipe("data", "file", {"size": 5}, STREAM, SENT, _STREAM_FILE),
    "file_readline": Recipe("ended", "file", {}, STREAM, SENT, _STREAM_FILE),
    "file_write": Recipe("pair", "file", {}, STREAM, before=_STREAM_FILE),
    "file_flush": Recipe("pair", "file", {}, STREAM, before=_STREAM_FILE),
    "connect_ex": Recipe("server", "client", {"to": "server"}),
    "create_server": Recipe("nothing", "fresh", on=TCP),
    "raw": Recipe("pair", "client", {"call": "shutdown", "arguments": ["fd", 1]}, CONNECTED),
}

# Fields of a reply that need not be there: of a listener, or of an IP socket alone.
SOMETIMES: Mapping[str, Sequence[str]] = {
    "tcp_info": ("queued", "limit"),
    "getsockname": ("parts",),
}

_SMALLEST: Mapping[str, Any] = {
    "integer": 1,
    "boolean": True,
    "text": "x",
    "scalar": "127.0.0.1",
    "payload": "ping!",
    "payloads": ["ping!"],
    "duration": 1.0,
}


def recipe(name: str) -> Recipe:
    """Return how to try an operation of the table."""
    return RECIPES.get(name, Recipe())


def requests(name: str, transport: str, service: str = "echo") -> Iterator[Request]:
    """Yield what to ask for in order to try an operation; the last one is the trial itself.

    A `serve` serves that service."""
    how = recipe(name)
    args = {**_smallest(OPERATIONS[name]), **how.args}
    if OPERATIONS[name].makes:
        args["as"] = "other"
    if name == "serve":
        args["service"] = service
    if name == "getaddrinfo":
        args["host"] = "::1" if transport.endswith("6") else "127.0.0.1"
        args["transport"] = transport
    for request in (*_scene(how.scene, transport), *how.before, Request(name, how.handle, args)):
        yield _fitted(request, transport)


def _scene(name: str, transport: str) -> Sequence[Request]:
    pair = _DATAGRAM_PAIR if transport in DATAGRAM else _PAIR
    # A unix datagram socket has no name that it could send from before it is bound.
    bound = _BOTH_BOUND if transport == "unix-dgram" else _BOUND
    scenes: Mapping[str, Sequence[Request]] = {
        "nothing": (),
        "server": bound if transport in DATAGRAM else _LISTENER,
        "client": _CLIENT,
        "pair": pair,
        "data": (*pair, *_DATA),
        "ended": (*pair, *_DATA, Request("close", "client")),
    }
    return scenes[name]


def _fitted(request: Request, transport: str) -> Request:
    """The request for that transport: of datagram sockets the server itself receives."""
    conn = "server" if transport in DATAGRAM else "conn"
    handle = conn if request.handle == "conn" else request.handle
    opens = {"transport": transport} if OPERATIONS[request.op].opens else {}
    return Request(request.op, handle, {**opens, **request.args})


def _smallest(operation: Operation) -> dict[str, Any]:
    """Arguments that the entry asks for, and those which a driver is always sent."""
    return {
        name: _SMALLEST[argument.kind] if argument.default is None else argument.default
        for name, argument in operation.arguments.items()
        if (argument.required or argument.default is not None) and argument.kind in _SMALLEST
    }
