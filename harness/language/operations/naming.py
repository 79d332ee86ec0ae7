"""The table of operations: making sockets, naming them, looking names up."""

from __future__ import annotations

from harness.language.operations.common import ADDRESS, NAME, PEER, TO
from harness.language.operations.entry import TRANSPORTS, Argument, Field, Operation

TABLE = (
    Operation(
        "socket",
        "Make a socket of the case's transport.",
        {
            "transport": Argument(
                "choice", "another transport than the case's", choices=TRANSPORTS
            ),
            "protocol": Argument("integer", "the third argument of socket(2)"),
        },
        opens=True,
    ),
    Operation(
        "socketpair",
        "Make two connected unix sockets; the second is named by `as`.",
        {"transport": Argument("choice", "another transport than the case's", choices=TRANSPORTS)},
        makes=True,
        opens=True,
    ),
    Operation(
        "bind",
        "Give the socket a local address.",
        {"address": ADDRESS},
        {"name": NAME},
        "name",
        opens=True,
    ),
    Operation(
        "listen",
        "Accept connections from now on. A socket that is not bound yet is bound first.",
        {
            "backlog": Argument(
                "integer", "how many may wait for accept; the library's default if missing"
            ),
            "address": ADDRESS,
        },
        {"name": NAME},
        "name",
        opens=True,
    ),
    Operation(
        "accept",
        "Take the next waiting connection; `as` names it.",
        {},
        {"peer": PEER, "name": NAME},
        "peer",
        makes=True,
    ),
    Operation(
        "connect",
        "Connect, or set a datagram socket's peer.",
        {"to": TO},
        {"name": NAME},
        "name",
        opens=True,
    ),
    Operation(
        "disconnect",
        "connect(2) to AF_UNSPEC: a datagram socket forgets its peer.",
        {},
        {},
    ),
    Operation(
        "getsockname",
        "The socket's own name.",
        {},
        {
            "name": NAME,
            "parts": Field(
                "integer", "how many parts the library's form of the name has; a path is one"
            ),
        },
        "name",
    ),
    Operation("getpeername", "The other side's name.", {}, {"peer": PEER}, "peer"),
    Operation(
        "getaddrinfo",
        "Look a host and a service name up.",
        {
            "host": Argument("scalar", "", required=True),
            "port": Argument("scalar", "", required=True),
            "flags": Argument("flags", "AI_* flags, one name or a list"),
            "transport": Argument(
                "choice", "another transport than the case's", choices=TRANSPORTS
            ),
        },
        {"name": Field("name", "the first answer for that transport")},
        "name",
        bare=True,
    ),
)
