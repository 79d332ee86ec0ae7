"""A client program on trial: a server is played to it, and what it does with that is looked at.

Each play is a conversation with one connection, and one thing that the client must do then. The
client is a program like any other (`process.py`): it ends with the look.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.trial import watching
from harness.trial.diary import Diary, Watched
from harness.trial.look import Finding, Varies, Wrong
from harness.trial.process import Program
from harness.trial.site import Site, ending
from harness.trial.visiting import RESET

MESSAGE = "a question: Grüße, 世界\r\nwithout a newline at its end".encode()
ANSWER = "an answer: Grüße, 世界 🌍\r\n".encode() + bytes(range(256))
MEGABYTES = bytes(range(256)) * 20_000
KEPT = 8 << 20
PATIENCE = 5.0  # seconds in which a client has done what it has to, once all is played
PLAYED_WITHIN = 30.0
LATE = 1.0


@dataclass
class Ran:
    """What a client did: `received` by the server, `ended` its half-close seen, `printed` by it.
    `status` is None for one that ran on, `spent` the share of a processor while it waited."""

    received: bytearray = field(default_factory=bytearray)
    ended: bool = False
    printed: bytes = b""
    errors: str = ""
    status: int | None = None
    seconds: float = 0.0
    spent: float = 0.0


Play = Callable[[socket.socket, Ran], None]


@dataclass(frozen=True)
class Act:
    """One look: what is played, and what is demanded of the client then."""

    name: str
    sentence: str
    claim: str
    play: Play | None
    demand: Callable[[Ran], None]
    silent: bool = False


def perform(act: Act, site: Site, promises_within: float) -> Ran:
    """Play to the client and return what it did."""
    ran = Ran()
    played = None
    with site.plain() as listener, tempfile.TemporaryFile() as message:
        message.write(MESSAGE)
        message.seek(0)
        if act.play is not None:
            listener.bind(site.name)
            listener.listen(8)
            listener.settimeout(PATIENCE)
            parts = (listener, act.play, ran, site.diary)
            played = threading.Thread(target=_serve, args=parts, daemon=True)
            played.start()
        argv = site.target.argv(site.address)
        program = Program.start(argv, stdin=message, keep=KEPT, apart=True)
        begun = time.monotonic()
        try:
            if act.silent:
                ran.spent = _spent(program, ran)
            elif played is not None:
                _wait_for_the_end(played, program)
            ran.status = program.wait(promises_within if act.silent else PATIENCE)
            ran.seconds = time.monotonic() - begun
            how = "it runs on" if ran.status is None else ending(ran.status)
            site.diary.note("client", "program", "run", f"run -> {how}", begun)
        finally:
            program.close()
    ran.printed = program.printed.kept
    ran.errors = program.errors.kept.decode("utf-8", "replace") if program.errors else ""
    return ran


def _wait_for_the_end(played: threading.Thread, program: Program) -> None:
    """Wait until all is played; what is played takes its time on a busy machine."""
    deadline = time.monotonic() + PLAYED_WITHIN
    while played.is_alive() and program.wait(0.02) is None and time.monotonic() < deadline:
        pass


def _serve(listener: socket.socket, play: Play, ran: Ran, diary: Diary) -> None:
    with contextlib.suppress(OSError), Watched.taken(diary, listener.accept()[0]) as conn:
        conn.settimeout(PATIENCE)
        play(conn, ran)


def _spent(program: Program, ran: Ran) -> float:
    """The share of a processor that it takes while nothing comes; the better of two looks."""
    deadline = time.monotonic() + PATIENCE
    while not ran.ended and program.wait(0.05) is None and time.monotonic() < deadline:
        pass  # it may take its time to start, and to say what it has to
    return min(watching.spinning(program.pids(), program.wait) for _ in range(2))


# --- plays ----------------------------------------------------------------------------------------


def _listen(conn: socket.socket, ran: Ran) -> None:
    """Take in what the client says, until it half-closes; one that floods is left alone."""
    while chunk := conn.recv(65536):
        ran.received += chunk
        if len(ran.received) > KEPT:
            raise ConnectionAbortedError("it floods")
    ran.ended = True


def _answer(data: bytes) -> Play:
    def play(conn: socket.socket, ran: Ran) -> None:
        _listen(conn, ran)
        conn.sendall(data)

    return play


def _in_pieces(conn: socket.socket, ran: Ran) -> None:
    _listen(conn, ran)
    with contextlib.suppress(OSError):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in ANSWER:
        conn.sendall(bytes([byte]))
        time.sleep(0.001)


def _late(conn: socket.socket, ran: Ran) -> None:
    _listen(conn, ran)
    time.sleep(LATE)
    conn.sendall(ANSWER[:20])
    time.sleep(LATE)
    conn.sendall(ANSWER[20:])


def _first(conn: socket.socket, ran: Ran) -> None:
    """Answer and half-close before anything was asked."""
    conn.sendall(ANSWER)
    conn.shutdown(socket.SHUT_WR)
    _listen(conn, ran)


def _reset(conn: socket.socket, ran: Ran) -> None:
    conn.sendall(ANSWER[:10])
    time.sleep(0.1)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _silent(conn: socket.socket, ran: Ran) -> None:
    _listen(conn, ran)
    time.sleep(3600)


# --- demands --------------------------------------------------------------------------------------


def _prints(answer: bytes) -> Callable[[Ran], None]:
    def demand(ran: Ran) -> None:
        if ran.printed != answer:
            raise Wrong(_shown(answer), _shown(ran.printed), answer, ran.printed)

    return demand


def _shown(data: bytes) -> str:
    return f"{len(data)} bytes {data[:40]!r}{'…' if len(data) > 40 else ''} printed"


def _sends_all(ran: Ran) -> None:
    if bytes(ran.received) != MESSAGE:
        came = bytes(ran.received)
        raise Wrong(f"{len(MESSAGE)} bytes sent", f"{len(came)}, or others", MESSAGE, came)
    if not ran.ended:
        raise Wrong("its half-close after the message", "it goes on")
    if not ran.printed:  # one that just ends gives EOF too
        raise Wrong("its half-close after the message", "its end, before an answer could come")


def _ends_well(ran: Ran) -> None:
    if ran.status != 0:
        how = "it runs on" if ran.status is None else ending(ran.status)
        raise Wrong("status 0 after the server's close", how)


def _ends_without_a_word(ran: Ran) -> None:
    _prints(b"")(ran)
    _ends_well(ran)


def _complains(ran: Ran) -> None:
    if not ran.status:
        how = "it runs on" if ran.status is None else "status 0"
        raise Wrong("an end with another status than 0", how)
    if not ran.errors.strip():
        raise Wrong("a sentence on standard error", "nothing")


def _gives_up(ran: Ran) -> None:
    if ran.status is None:
        raise Wrong(
            "an end within the time that it promises", f"it waits after {ran.seconds:.0f} s"
        )


def _sleeps(ran: Ran) -> None:
    if ran.spent > watching.SPINNING:
        raise Varies("no processor time while it waits", f"{ran.spent:.0%} of a processor")


ACTS = (
    Act("prints-the-answer", "client.1", "It prints the answer and nothing else.",
        _answer(ANSWER), _prints(ANSWER)),
    Act("prints-pieces", "client.1", "It prints an answer that comes byte by byte.",
        _in_pieces, _prints(ANSWER)),
    Act("prints-an-early-answer", "client.1", "It prints an answer that comes before its question.",
        _first, _prints(ANSWER)),
    Act("waits-for-a-late-answer", "client.2", "It prints an answer that comes late, in parts.",
        _late, _prints(ANSWER)),
    Act("prints-no-answer", "client.3", "A close without an answer is an orderly end.",
        _answer(b""), _ends_without_a_word),
    Act("prints-megabytes", "client.3", "It prints an answer of megabytes.",
        _answer(MEGABYTES), _prints(MEGABYTES)),
    Act("sends-all", "client.4", "It sends what it is given, whole, and then half-closes.",
        _answer(ANSWER), _sends_all),
    Act("ends-well", "client.5", "It ends with status 0 when the server has closed.",
        _answer(ANSWER), _ends_well),
    Act("complains-of-a-reset", "client.6", "It says when the connection was reset.",
        _reset, _complains),
    Act("complains-when-refused", "client.6", "It says when nobody listens.",
        None, _complains),
    Act("gives-up", "client.7", "It does not wait for ever for a server that says nothing.",
        _silent, _gives_up, silent=True),
    Act("sleeps-while-it-waits", "client.8", "It takes no processor time while it waits.",
        _silent, _sleeps, silent=True),
)  # fmt: skip


def wanted(act: Act, ran: Ran) -> Finding | None:
    """What is wrong with what the client did."""
    try:
        act.demand(ran)
    except Finding as finding:
        return finding
    return None


def acts(transport: str) -> Iterator[Act]:
    """The looks for a transport: a unix socket knows no reset that carries no data."""
    yield from (act for act in ACTS if transport != "unix-stream" or act.play is not _reset)
