"""A tiny honest driver: a few operations on tcp4, and some that only tests of the engine want.

Run by any interpreter from CPython 3.8 on. It keeps the whole protocol, so that a test which breaks
one thing of it (see `bent.py`) shows what the engine makes of just that.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    Values = dict[str, Any]


class Driver:
    """Handles, and one method for each operation: `do_NAME(handle, args)` returns the values."""

    hello: ClassVar[dict[str, Any]] = {
        "protocol": 1,
        "implementation": "polite",
        "version": "1",
        "runtime": sys.version.split()[0],
        "os": sys.platform,
        "pid": os.getpid(),
        "operations": ["listen", "accept", "connect", "send", "recv", "close", "fileno"],
        "transports": ["tcp4"],
        "services": [],
        "workloads": [],
    }

    def __init__(self) -> None:
        self.handles: dict[str, socket.socket] = {}
        self.running = 0
        self.out = os.dup(1)
        os.dup2(2, 1)
        self.writing = threading.Lock()
        self.lock = threading.Lock()

    def say(self, message: dict[str, Any]) -> None:
        with self.writing:
            os.write(self.out, json.dumps(message).encode() + b"\n")

    def main(self) -> None:
        threading.Thread(target=self.watch, daemon=True).start()
        self.say({"hello": self.hello})
        for line in sys.stdin.buffer:
            self.take_line(line)
        os._exit(0)

    def take_line(self, line: bytes) -> None:
        try:
            request = json.loads(line)
        except ValueError:
            self.say({"id": 0, "reply": "broken", "traceback": "not JSON", "at": [0, 0]})
        else:
            self.take(request)

    def watch(self) -> None:
        """End at EOF on standard input, also when the main thread is blocked."""
        hung_up = select.poll()
        hung_up.register(0, 0)
        hung_up.poll()
        os._exit(0)

    def take(self, request: dict[str, Any]) -> None:
        if request.get("start"):
            threading.Thread(target=self.run, args=(request,), daemon=True).start()
        else:
            self.say(self.reply(request))

    def run(self, request: dict[str, Any]) -> None:
        self.running += 1
        self.say({"id": request["id"], "event": "started", "thread": threading.get_native_id()})
        reply = self.reply(request)
        self.running -= 1
        self.say(reply)

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        begin = time.monotonic_ns()
        try:
            said = self.do(request)
        except OSError as problem:
            name = "EBADF" if problem.errno == 9 else str(problem.errno)
            said = {"reply": "error", "error": name, "message": str(problem)}
        except Exception:
            said = {"reply": "broken", "traceback": traceback.format_exc()}
        return dict(said, id=request["id"], at=[begin, time.monotonic_ns()])

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        operation = getattr(self, "do_" + request["op"], None)
        if operation is None:
            return {"reply": "unsupported", "what": "no operation " + request["op"]}
        values = operation(request.get("handle"), request.get("args", {}))
        return {"reply": "ok", "values": values or {}}

    def do_reset(self, _handle: str, _args: Values) -> Values:
        for handle in self.handles.values():
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)
            handle.close()
        self.handles.clear()
        give_up = time.monotonic() + 1
        while self.running and time.monotonic() < give_up:
            time.sleep(0.001)
        return {"stuck": self.running}

    def do_listen(self, handle: str, _args: Values) -> Values:
        listener = self.handles[handle] = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        return {"name": self.name(listener.getsockname())}

    def do_accept(self, handle: str, args: Values) -> Values:
        conn, peer = self.handles[handle].accept()
        self.handles[args["as"]] = conn
        return {"peer": self.name(peer), "name": self.name(conn.getsockname())}

    def do_connect(self, handle: str, args: Values) -> Values:
        self.handles[handle] = socket.create_connection((args["to"]["host"], args["to"]["port"]))
        return {"name": self.name(self.handles[handle].getsockname())}

    def do_send(self, handle: str, args: Values) -> Values:
        return {"count": self.handles[handle].send(args["data"].encode())}

    def do_recv(self, handle: str, args: Values) -> Values:
        data = self.handles[handle].recv(args["size"])
        return {"data": {"size": len(data), "head": data[:64].hex()}}

    def do_close(self, handle: str, _args: Values) -> None:
        self.handles.pop(handle).close()

    def do_fileno(self, handle: str, _args: Values) -> Values:
        return {"fd": self.handles[handle].fileno()}

    @staticmethod
    def name(address: Any) -> Values:
        return {"host": address[0], "port": address[1]}

    # --- not of the protocol: what the tests of blocking want ----------------------------------

    def do_spin(self, _handle: str, args: Values) -> None:
        """Use the processor, so that the call returns late without having slept."""
        give_up = time.monotonic() + args["seconds"]
        while time.monotonic() < give_up:
            pass

    def do_lock(self, _handle: str, _args: Values) -> None:
        """Sleep where no socket is: in a lock of one's own."""
        self.lock.acquire()
        self.lock.acquire()

    def do_slices(self, handle: str, _args: Values) -> None:
        """Wait as some libraries do: a little while, again and again."""
        waiting = select.poll()
        waiting.register(self.handles[handle], select.POLLIN)
        while not waiting.poll(10):
            pass

    def do_log(self, _handle: str, args: Values) -> None:
        """Write to the log, and say how much that was."""
        os.write(2, args["text"].encode())

    def do_data(self, _handle: str, args: Values) -> Values:
        """Take an argument of any size, and give it back."""
        return {"text": args["text"]}


if __name__ == "__main__":
    Driver().main()
