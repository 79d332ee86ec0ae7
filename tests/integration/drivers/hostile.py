"""Programs that are bad drivers, each in its own way: `hostile.py WAY`, a function of this file."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

HELLO = {
    "protocol": 1,
    "implementation": "hostile",
    "version": "1",
    "runtime": "",
    "os": "linux",
    "pid": os.getpid(),
    "operations": [],
    "transports": [],
}


def say(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def greet_and_wait() -> int:
    say({"hello": HELLO})
    return int(json.loads(os.read(0, 65536).splitlines()[0])["id"])


def for_ever() -> None:
    while True:
        time.sleep(60)


def exits_at_once() -> None:
    os.write(2, b"No module named 'socket'\n")
    sys.exit(3)


def never_greets() -> None:
    for_ever()


def greets_in_prose() -> None:
    os.write(1, b"Welcome to my driver!\n")
    for_ever()


def wrong_protocol() -> None:
    say({"hello": dict(HELLO, protocol=2)})
    for_ever()


def endless_line() -> None:
    while True:
        os.write(1, b"x" * 65536)


def half_a_greeting() -> None:
    os.write(1, b'{"hello": {"proto')
    sys.exit(0)


def dies_mid_request() -> None:
    greet_and_wait()
    os.write(2, b"about to crash\n")
    os.kill(os.getpid(), signal.SIGSEGV)


def half_a_reply() -> None:
    number = greet_and_wait()
    os.write(1, (f'{{"id":{number},"reply":"o').encode())
    sys.exit(0)


def hangs() -> None:
    greet_and_wait()
    for_ever()


def floods_stdout() -> None:
    greet_and_wait()
    for _ in range(1600):
        os.write(1, b"junk\n" * 13107)
    for_ever()


def floods_stderr() -> None:
    number = greet_and_wait()
    for _ in range(1600):
        os.write(2, b"junk\n" * 13107)
    os.write(2, b"the end\n")
    say({"id": number, "reply": "ok", "values": {}, "at": [1, 2]})
    for_ever()


def answers_twice() -> None:
    number = greet_and_wait()
    for _ in range(2):
        say({"id": number, "reply": "ok", "values": {}, "at": [1, 2]})
    for_ever()


def answers_what_nobody_asked() -> None:
    greet_and_wait()
    say({"id": 999, "reply": "ok", "values": {}, "at": [1, 2]})
    for_ever()


def nests_too_deep() -> None:
    greet_and_wait()
    os.write(1, b"[" * 500000 + b"\n")
    for_ever()


def dies_leaving_a_child_with_the_pipes() -> None:
    number = greet_and_wait()
    if os.fork() == 0:
        for_ever()
    say({"id": number, "reply": "ok", "values": {}, "at": [1, 2]})
    os._exit(4)


def dies_between_requests() -> None:
    say({"id": greet_and_wait(), "reply": "ok", "values": {}, "at": [1, 2]})
    time.sleep(0.05)  # until the reply is taken in
    os.write(2, b"good bye\n")
    sys.exit(6)


def ignores_everything() -> None:
    """Neither SIGTERM nor EOF on its standard input."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    greet_and_wait()
    if os.fork() == 0:
        for_ever()
    for_ever()


def closes_stdout() -> None:
    greet_and_wait()
    os.close(1)
    for_ever()


def never_reads() -> None:
    say({"hello": HELLO})
    for_ever()


def stops_reading() -> None:
    say({"hello": HELLO})
    os.close(0)
    for_ever()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
