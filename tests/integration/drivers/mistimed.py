"""The reference driver with one thing bent in its workloads: `mistimed.py BEND`. A bend is a
function of this file, which changes the modules of that driver."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3] / "harness" / "drivers" / "python"))
import driver
import timing
import timing_connect
import timing_fan_in
import timing_paced
import timing_ping
import timing_stream


def counts_from_sending() -> None:
    has_left, judge = timing_paced.Paced.has_left, timing_paced.Paced.judge
    lates: list[int] = []

    def leaves(self: Any, late: int) -> None:
        has_left(self, late)
        lates.append(late)

    def judged(self: Any, data: bytes, end: int) -> None:
        judge(self, data, end - lates.pop(0))

    timing_paced.Paced.has_left, timing_paced.Paced.judge = leaves, judged


def moves_its_schedule() -> None:
    has_left = timing_paced.Paced.has_left

    def bent(self: Any, late: int) -> None:
        has_left(self, late)
        self.begin += late

    timing_paced.Paced.has_left = bent


def waits_for_each_answer() -> None:
    step = timing_paced.Paced._step

    def bent(self: Any, trips: int) -> None:
        if self.sent > self.answered:
            self._receive()
        else:
            step(self, trips)

    timing_paced.Paced._step = bent


def believes_what_comes() -> None:
    judge = timing_paced.Paced.judge

    def bent(self: Any, data: bytes, end: int) -> None:
        judge(self, self.messages[(self.played + self.answered) % 8], end)

    timing_paced.Paced.judge = bent


def tells_no_lateness() -> None:
    timing_paced.Paced.said = lambda self: {"kept": self.answered - self.drop}


def sends_always_the_same() -> None:
    timing_ping.pattern = lambda size, number: timing.pattern(size, 0)


def keeps_no_sample() -> None:
    timing.Player.keep = lambda self, took: None


def keeps_what_is_dropped() -> None:
    def bent(self: Any, trips: int, drop: int) -> None:
        self.go(trips)

    timing.Player.play = bent


def answers_once() -> None:
    def bent(sock: Any, size: int, receive: Any) -> None:
        buffer = bytearray(size)
        receive(buffer)
        sock.sendall(buffer)

    sys.modules["timing_pong"]._answer_stream = bent  # type: ignore


def reads_anything() -> None:
    def bent(sock: Any, size: int) -> None:
        while data := sock.recv(size):
            if data[0] == 255:
                sock.sendall(bytes(8))

    timing_stream._read = bent


def says_one_byte() -> None:
    timing_connect.count = lambda number: b"\0"


def is_told_nothing_by_the_reader() -> None:
    timing_stream.WRONG = b"no word!"


def believes_the_crowd() -> None:
    trip = timing_fan_in.Crowd._trip

    def bent(self: Any, sock: Any) -> int:
        try:
            return int(trip(self, sock))
        except timing.WrongBytes:
            return 1

    timing_fan_in.Crowd._trip = bent


globals()[sys.argv.pop(1)]()
driver.main(sys.argv[1:])
