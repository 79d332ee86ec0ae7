"""What sock_diag tells of this process's own sockets, and what a failure keeps of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from harness.engine import sock_diag
from harness.engine.socket_views import Snapshot
from harness.records.evidence import SocketView

T = TypeVar("T")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sock_diag")


def eventually(look: Callable[[], T | None]) -> T:
    """What `look` finds; the kernel may need a moment on a busy machine."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
    raise AssertionError("it did not come true")


def named(names: dict[str, socket.socket]) -> dict[str, SocketView]:
    """The kernel's view of these sockets, by their names."""
    handles = {sock.fileno(): name for name, sock in names.items()}
    views = Snapshot.take().of_process(os.getpid(), "server", handles)
    return {view.handle: view for view in views if view.handle}


def test_queues_and_directions_of_tcp() -> None:
    """What waits to be accepted, what nobody has read, who has shut down what, bytes sent."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=7) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)

        def waits() -> SocketView | None:
            view = named({"listener": listener})["listener"]
            return view if view.receive_queue == 1 else None

        assert eventually(waits).send_queue == 7
        conn, _ = listener.accept()
        with conn:

            def arrived() -> SocketView | None:
                view = named({"conn": conn})["conn"]
                return view if view.shut == "reading" else None

            view = eventually(arrived)
            sent = named({"client": client})["client"]
    assert (view.state, view.tcp and view.tcp["bytes_received"]) == ("CLOSE_WAIT", 6)
    assert view.receive_queue == 6  # the FIN takes a place in the numbers of TCP
    assert sent.shut == "writing"
    assert sent.tcp is not None
    assert sent.tcp["bytes_sent"] >= 5  # more when something was sent again


def test_a_timer_runs_while_nobody_answers() -> None:
    """A full receiver leaves bytes unsent, and the kernel waits to probe the window."""
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as listener,
        socket.create_connection(listener.getsockname()[:2]) as client,
    ):
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                client.send(bytes(1 << 16))

        def probing() -> SocketView | None:
            view = named({"client": client})["client"]
            return view if view.timer and "probe the window" in view.timer else None

        view = eventually(probing)
    assert (view.send_queue or 0) > 0


def test_unix_sockets_have_states_and_queues_too() -> None:
    """psutil tells no state of them."""
    one, other = socket.socketpair()
    with one, other:
        one.send(b"abc")
        other.shutdown(socket.SHUT_WR)
        views = named({"one": one, "other": other})
    assert (views["other"].state, views["other"].receive_queue) == ("ESTABLISHED", 3)
    assert (views["other"].shut, views["one"].shut) == ("writing", "reading")


def test_a_socket_in_no_table_is_closed() -> None:
    """One that is neither bound nor connected, when somebody knows its descriptor."""
    with socket.socket() as fresh:
        assert named({"fresh": fresh})["fresh"].state == "CLOSE"


def test_sockets_that_no_process_holds() -> None:
    """One that waits to be accepted, and one that was closed; foreign ones are left out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = listener.getsockname()
        client = socket.create_connection(server)
        here, there = (f"{host}:{port}" for host, port in (client.getsockname(), server))
        both = {here: "client", there: "server"}

        def states(own: str) -> list[str | None]:
            return [v.state for v in Snapshot.take().unheld(both) if v.local == own]  # type: ignore[arg-type]

        # On its way the connection is SYN_RECV for a moment.
        assert eventually(lambda: "ESTABLISHED" in states(there) or None)
        conn, _ = listener.accept()
        assert states(there) == []
        client.close()
        assert eventually(lambda: states(here) or None)[0] in ("FIN_WAIT1", "FIN_WAIT2")
        assert list(Snapshot.take().unheld({here: "client"})) == []
        conn.close()


def test_another_network_is_not_guessed_at() -> None:
    """The tables seen from here have nothing of a process in another network namespace."""
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("needs root and unshare for a network namespace")
    program = "import socket; s = socket.socket(); print(s.fileno(), flush=True); input()"
    with subprocess.Popen(
        ["unshare", "--net", sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        fd = int(other.stdout.readline())
        views = Snapshot.take().of_process(other.pid, "server", {fd: "far"})
        other.communicate("\n")
    assert views == [SocketView(handle="far", side="server", fd=fd)]


def test_elsewhere_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without sock_diag costs the details, not the report."""
    monkeypatch.setattr(sys, "platform", "darwin")
    snapshot = Snapshot.take()
    assert snapshot.note == "queues, timers and TCP_INFO are told on Linux only"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        (view,) = (
            v
            for v in snapshot.of_process(os.getpid(), "server", {listener.fileno(): "x"})
            if v.handle
        )
    assert (view.state, view.receive_queue) == ("LISTEN", None)


def test_a_kernel_that_refuses_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may forbid netlink."""

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", refused)
    with pytest.raises(sock_diag.Unavailable, match="cannot be asked: Operation not permitted"):
        sock_diag.sockets()
