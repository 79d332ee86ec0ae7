"""Ping-pong as one writes it by hand, in the clothes of a driver: what the harness is held against.

    python -I -S by_hand.py --scratch DIR

It knows just the requests that set up one lane of ping-pong, one connection a process. The loops
have nothing of the harness: one thread, blocking calls, no look at the bytes, nobody to interrupt
them. What the reference driver's round trip takes longer is what the harness adds.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from array import array
from time import perf_counter_ns
from typing import Any, Dict, Tuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "python"))

import placing

FAMILIES: Dict[str, Tuple[int, int]] = {
    "tcp4": (socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM),
    "udp4": (socket.AF_INET, socket.SOCK_DGRAM),
    "udp6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "unix-stream": (socket.AF_UNIX, socket.SOCK_STREAM),
    "unix-dgram": (socket.AF_UNIX, socket.SOCK_DGRAM),
}
Arguments = Dict[str, Any]


class Player:
    """One end of one connection."""

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch
        self.sock: Any = None
        self.size = 0
        self.samples = array("I")

    def place(self, args: Arguments) -> Any:
        return placing.place(None, None, args)

    def listen(self, args: Arguments) -> Any:
        name = self.bind(args)
        self.sock.listen(1)
        return name

    def bind(self, args: Arguments) -> Any:
        family, kind = FAMILIES[args["transport"]]
        self.sock = socket.socket(family, kind)
        if family == socket.AF_UNIX:
            path = os.path.join(self.scratch, "socket")
            self.sock.bind(path)
            return {"name": path}
        self.sock.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        return {"name": list(self.sock.getsockname()[:2])}

    def accept(self, args: Arguments) -> Any:
        self.sock, _ = self.sock.accept()
        return {}

    def connect(self, args: Arguments) -> Any:
        if self.sock is None:
            self.sock = socket.socket(*FAMILIES[args["transport"]])
        self.sock.connect(args["to"] if isinstance(args["to"], str) else tuple(args["to"]))
        return {}

    def pong(self, args: Arguments) -> Any:
        self._prepare(args)
        buffer = bytearray(self.size)
        view = memoryview(buffer)
        recv_into, send = self.sock.recv_into, self.sock.sendall
        while True:
            got = recv_into(buffer)
            while got < self.size:
                more = recv_into(view[got:])
                if not more:
                    return {}
                got += more
            send(buffer)

    def ping_open(self, args: Arguments) -> Any:
        self._prepare(args)
        return {}

    def turn(self, args: Arguments) -> Any:
        self.samples += self._play(args["trips"])[args["drop"] :]
        return {"trips": args["trips"]}

    def _play(self, trips: int) -> array[int]:
        message = b"x" * self.size
        buffer = bytearray(self.size)
        view = memoryview(buffer)
        samples = array("I", bytes(4 * trips))
        recv_into, send = self.sock.recv_into, self.sock.sendall
        for trip in range(trips):
            begin = perf_counter_ns()
            send(message)
            got = recv_into(buffer)
            while got < self.size:
                got += recv_into(view[got:])
            samples[trip] = perf_counter_ns() - begin
        return samples

    def fetch(self, args: Arguments) -> Any:
        samples, self.samples = self.samples, array("I")
        if sys.byteorder == "big":
            samples.byteswap()
        return {"samples": base64.b64encode(samples.tobytes()).decode()}

    def _prepare(self, args: Arguments) -> None:
        self.size = args["size"]
        if "nodelay" in args:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(args["nodelay"]))


OPERATIONS = [name for name in vars(Player) if not name.startswith("_")]
HELLO = {
    "protocol": 1,
    "implementation": "by-hand",
    "version": "1",
    "runtime": " ".join((sys.implementation.name, sys.version.split()[0])),
    "os": sys.platform,
    "pid": os.getpid(),
    "operations": OPERATIONS,
    "transports": list(FAMILIES),
    "workloads": OPERATIONS,
}


def main(scratch: str) -> None:
    """Do what standard input says, until its end."""
    player = Player(scratch)
    print(json.dumps({"hello": HELLO}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        args = asked.get("args", {})
        reply = {"id": asked["id"], "at": [0, 0]}
        if asked["op"] not in OPERATIONS or args.get("busy"):
            print(json.dumps({**reply, "reply": "unsupported", "what": "not by hand"}), flush=True)
            continue
        if asked.get("start"):
            print(json.dumps({"id": asked["id"], "event": "started", "thread": 0}), flush=True)
        values = getattr(player, asked["op"])(args)
        print(json.dumps({**reply, "reply": "ok", "values": values}), flush=True)


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--scratch") + 1])
