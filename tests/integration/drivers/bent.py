"""The polite driver with one thing bent: `bent.py BEND`. A bend is a function of this file, which
changes the class."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from typing import Any

from polite import Driver


def no_operations() -> None:
    Driver.hello["operations"] = []


def made_up_operation() -> None:
    Driver.hello["operations"] += ["listne"]


def no_runtime() -> None:
    Driver.hello["runtime"] = ""


def no_os() -> None:
    del Driver.hello["os"]


def replies_twice() -> None:
    say = Driver.say

    def twice(self: Driver, message: dict[str, Any]) -> None:
        say(self, message)
        if "reply" in message:
            say(self, message)

    Driver.say = twice  # type: ignore


def replies_again_later() -> None:
    say = Driver.say

    def bent(self: Driver, message: dict[str, Any]) -> None:
        say(self, message)
        if message.get("id") == 20:
            threading.Timer(0.02, say, (self, message)).start()

    Driver.say = bent  # type: ignore


def dies_a_moment_later() -> None:
    say = Driver.say

    def bent(self: Driver, message: dict[str, Any]) -> None:
        say(self, message)
        if message.get("reply") == "unsupported":
            os._exit(5)

    Driver.say = bent  # type: ignore


def swallows_some() -> None:
    take = Driver.take

    def some(self: Driver, request: dict[str, Any]) -> None:
        if request["id"] != 7:
            take(self, request)

    Driver.take = some  # type: ignore


def _reply_to_unknown_operations(said: dict[str, Any]) -> None:
    do = Driver.do

    def bent(self: Driver, request: dict[str, Any]) -> dict[str, Any]:
        return do(self, request) if hasattr(Driver, "do_" + request["op"]) else said

    Driver.do = bent  # type: ignore


def unknown_operation_is_an_error() -> None:
    _reply_to_unknown_operations({"reply": "error", "error": "ENOSYS", "message": "what?"})


def unknown_handle_is_an_error() -> None:
    reply = Driver.reply

    def bent(self: Driver, request: dict[str, Any]) -> dict[str, Any]:
        said = reply(self, request)
        if said["reply"] == "broken":
            said = dict(said, reply="error", error="EBADF", message="")
        return said

    Driver.reply = bent  # type: ignore


def unknown_handle_is_the_end() -> None:
    reply = Driver.reply

    def bent(self: Driver, request: dict[str, Any]) -> dict[str, Any]:
        said = reply(self, request)
        if said["reply"] == "broken":
            self.say(said)
            os._exit(1)
        return said

    Driver.reply = bent  # type: ignore


def dies_of_nonsense() -> None:
    def bent(self: Driver, line: bytes) -> None:
        self.take(json.loads(line))

    Driver.take_line = bent  # type: ignore


def strict_about_fields() -> None:
    reply = Driver.reply

    def bent(self: Driver, request: dict[str, Any]) -> dict[str, Any]:
        if set(request) - {"id", "op", "handle", "args", "start"}:
            return {"id": request["id"], "reply": "broken", "traceback": "unknown field"}
        return reply(self, request)

    Driver.reply = bent  # type: ignore


def _bend_times(bend: Any) -> None:
    reply = Driver.reply

    def bent(self: Driver, request: dict[str, Any]) -> dict[str, Any]:
        said = reply(self, request)
        return dict(said, at=bend(*said["at"]))

    Driver.reply = bent  # type: ignore


def times_in_seconds() -> None:
    _bend_times(lambda begin, end: [begin / 1e9, end / 1e9])


def times_in_microseconds() -> None:
    _bend_times(lambda begin, end: [begin // 1000, end // 1000])


def times_of_the_day() -> None:
    _bend_times(lambda _begin, _end: [time.time_ns(), time.time_ns()])


def times_swapped() -> None:
    _bend_times(lambda begin, end: [end, begin - 1])


def no_started_event() -> None:
    say = Driver.say

    def bent(self: Driver, message: dict[str, Any]) -> None:
        if "event" not in message:
            say(self, message)

    Driver.say = bent  # type: ignore


def started_on_the_main_thread() -> None:
    def bent(self: Driver, request: dict[str, Any]) -> None:
        if request.get("start"):
            self.run(request)
        else:
            self.say(self.reply(request))

    Driver.take = bent  # type: ignore


def wrong_thread() -> None:
    threading.get_native_id = lambda: 1


def one_at_a_time() -> None:
    reply, turn = Driver.reply, threading.Lock()

    def bent(self: Driver, request: dict[str, Any]) -> dict[str, Any]:
        if not request.get("start"):
            return reply(self, request)
        with turn:
            return reply(self, request)

    Driver.reply = bent  # type: ignore


def reset_without_stuck() -> None:
    do_reset = Driver.do_reset

    def bent(self: Driver, handle: str, args: dict[str, Any]) -> dict[str, Any]:
        do_reset(self, handle, args)
        return {}

    Driver.do_reset = bent  # type: ignore


def reset_keeps_a_socket() -> None:
    do_reset = Driver.do_reset

    def bent(self: Driver, handle: str, args: dict[str, Any]) -> dict[str, Any]:
        self.kept = socket.create_server(("127.0.0.1", 0))  # type: ignore
        return do_reset(self, handle, args)

    Driver.do_reset = bent  # type: ignore


def reset_forgets_who_waits() -> None:
    def bent(self: Driver, _handle: str, _args: dict[str, Any]) -> dict[str, Any]:
        self.handles.clear()
        return {"stuck": 0}

    # A reference of its own keeps each listener open.
    Driver.kept = []  # type: ignore
    do_listen = Driver.do_listen

    def listen(self: Driver, handle: str, args: dict[str, Any]) -> dict[str, Any]:
        said = do_listen(self, handle, args)
        self.kept.append(self.handles[handle])  # type: ignore
        return said

    Driver.do_listen = listen  # type: ignore
    Driver.do_reset = bent  # type: ignore


def prints() -> None:
    do_reset = Driver.do_reset

    def bent(self: Driver, handle: str, args: dict[str, Any]) -> dict[str, Any]:
        os.write(self.out, b"resetting now\n")
        return do_reset(self, handle, args)

    Driver.do_reset = bent  # type: ignore


def deaf_while_blocked() -> None:
    Driver.watch = lambda self: None  # type: ignore


def never_ends() -> None:
    def main(self: Driver) -> None:
        self.say({"hello": self.hello})
        while True:
            line = sys.stdin.buffer.readline()
            if line:
                self.take_line(line)
            time.sleep(0.001)

    Driver.main = main  # type: ignore


def receives_too_little() -> None:
    do_recv = Driver.do_recv

    def bent(self: Driver, handle: str, args: dict[str, Any]) -> dict[str, Any]:
        return do_recv(self, handle, dict(args, size=3))

    Driver.do_recv = bent  # type: ignore


def send_tells_no_count() -> None:
    do_send = Driver.do_send

    def bent(self: Driver, handle: str, args: dict[str, Any]) -> dict[str, Any]:
        do_send(self, handle, args)
        return {}

    Driver.do_send = bent  # type: ignore


def claims_what_it_has_not() -> None:
    Driver.hello["operations"] += ["dup"]


def cannot_accept() -> None:
    def bent(self: Driver, _handle: str, _args: dict[str, Any]) -> dict[str, Any]:
        raise OSError(95, "Operation not supported")

    Driver.do_accept = bent  # type: ignore


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    Driver().main()
