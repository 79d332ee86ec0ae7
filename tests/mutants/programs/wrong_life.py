"""Servers that are right on the wire and wrong in their life."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import threading
import time
from typing import Any

from right import Server, Sock
from wrong import RESET, bug


@bug("all-interfaces", "echo", "tcp4", "life.1")
class AllInterfaces(Server):
    """Takes no notice of the host that it is given."""

    def bind(self, sock: Sock) -> None:
        sock.bind(("", self.address[1]))


@bug("all-interfaces-v6", "echo", "tcp6", "life.1")
class AllInterfacesV6(Server):
    """Binds :: where ::1 was asked for."""

    def bind(self, sock: Sock) -> None:
        sock.bind(("::", self.address[1]))


@bug("all-interfaces-udp", "echo", "udp4", "life.1")
class AllInterfacesUdp(Server):
    """The same for datagrams."""

    def bind(self, sock: Sock) -> None:
        sock.bind(("", self.address[1]))


@bug("a-second-port", "daytime", "tcp4", "life.1")
class ASecondPort(Server):
    """Has a port for debugging open."""

    def listen(self) -> Sock:
        self.other = socket.create_server(("127.0.0.1", 0))
        return super().listen()


@bug("another-port", "greet", "tcp4", "life.1")
class AnotherPort(Server):
    """Listens at a port of its own choice."""

    def bind(self, sock: Sock) -> None:
        sock.bind(("127.0.0.1", 0))


@bug("no-reuseaddr", "echo", "tcp4", "life.2")
class NoReuseaddr(Server):
    """Does not set SO_REUSEADDR."""

    def reuse(self, sock: Sock) -> None:
        pass


@bug("ignores-sigterm", "echo", "tcp4", "life.3")
class IgnoresSigterm(Server):
    """Has a handler for SIGTERM that does nothing."""

    def on_sigterm(self) -> None:
        pass


@bug("waits-for-its-clients", "echo", "tcp4", "life.3")
class WaitsForItsClients(Server):
    """Ends when the last client has left, and not before."""

    conns = 0

    def serve(self, conn: Sock) -> None:
        self.conns += 1
        super().serve(conn)
        self.conns -= 1

    def on_sigterm(self) -> None:
        threading.Thread(target=self.when_all_have_gone, daemon=True).start()

    def when_all_have_gone(self) -> None:
        while self.conns:
            time.sleep(0.01)
        os._exit(0)


@bug("leaves-a-child", "echo", "tcp4", "life.3")
class LeavesAChild(Server):
    """Has a worker process which it does not end."""

    def listen(self) -> Sock:
        sock = super().listen()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            while True:
                signal.pause()
        return sock


@bug("leaves-a-helper", "echo", "unix-stream", "life.3")
class LeavesAHelper(Server):
    """Has started another program in a session of its own."""

    def listen(self) -> Sock:
        subprocess.Popen(["sleep", "60"], start_new_session=True)
        return super().listen()


@bug("ends-with-an-error", "echo", "tcp4", "life.4")
class EndsWithAnError(Server):
    """Ends on SIGTERM with status 1."""

    def status(self) -> int:
        return 1


@bug("slow-to-accept", "greet", "tcp4", "life.5")
class SlowToAccept(Server):
    """Does something slow for each client before it accepts the next."""

    backlog = 1

    def begin(self, conn: Sock) -> None:
        time.sleep(0.25)
        super().begin(conn)


@bug("fifty-clients", "echo", "tcp4", "life.5")
class FiftyClients(Server):
    """Has room for fifty clients, and closes on the others."""

    conns = 0

    def serve(self, conn: Sock) -> None:
        self.conns += 1
        if self.conns <= 50:
            super().serve(conn)
        conn.close()
        self.conns -= 1


@bug("one-after-another", "echo", "tcp4", "life.6")
class OneAfterAnother(Server):
    """Serves one client after another, though many were promised."""

    def begin(self, conn: Sock) -> None:
        self.serve(conn)


@bug("eight-workers", "echo", "tcp4", "life.6")
class EightWorkers(Server):
    """Has eight threads, each of which is kept by a client that says nothing."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.free = threading.Semaphore(8)

    def begin(self, conn: Sock) -> None:
        self.free.acquire()
        super().begin(conn)

    def close(self, conn: Sock) -> None:
        conn.close()
        self.free.release()


@bug("ends-on-a-reset", "echo", "tcp4", "life.7")
class EndsOnAReset(Server):
    """Lets the error of a client that resets end the program."""

    def on_error(self, problem: OSError) -> None:
        os._exit(1)


@bug("killed-by-sigpipe", "echo", "unix-stream", "life.7")
class KilledBySigpipe(Server):
    """Leaves SIGPIPE as it is, which kills a program that writes to a client that is gone."""

    def run(self) -> None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        super().run()


@bug("ends-on-silent-clients", "echo", "tcp4", "life.7")
class EndsOnSilentClients(Server):
    """Divides by what it received, which is nothing when a client just leaves."""

    def echo(self, conn: Sock) -> None:
        data = conn.recv(65536)
        if not data:
            os._exit(1)
        conn.sendall(data)
        super().echo(conn)


@bug("idle-for-a-second", "echo", "tcp4", "life.8")
class IdleForASecond(Server):
    """Closes on a client that says nothing for a second."""

    idle = 0.9

    def echo(self, conn: Sock) -> None:
        while select.select([conn], [], [], self.idle)[0] and (data := conn.recv(65536)):
            conn.sendall(data)


@bug("idle-for-two-seconds", "echo", "unix-stream", "life.8")
class IdleForTwoSeconds(IdleForASecond):
    """Closes on a client that says nothing for two seconds."""

    idle = 2.0


@bug("leaks-descriptors", "daytime", "tcp4", "life.9")
class LeaksDescriptors(Server):
    """Opens a log for each client, and keeps it."""

    def serve(self, conn: Sock) -> None:
        os.open("/dev/null", os.O_WRONLY)
        super().serve(conn)


@bug("leaks-after-resets", "echo", "tcp4", "life.9")
class LeaksAfterResets(Server):
    """Does not close what ended by an error."""

    def on_error(self, problem: OSError) -> None:
        os.dup(self.listener.fileno())


@bug("keeps-what-it-received", "echo", "tcp4", "life.10")
class KeepsWhatItReceived(Server):
    """Keeps all that it received in a list."""

    log: list[bytes]

    def run(self) -> None:
        self.log = []
        super().run()

    def answer(self, conn: Sock, data: bytes) -> None:
        self.log.append(data)
        conn.sendall(data)


@bug("leaks-threads", "echo", "tcp4", "life.11")
class LeaksThreads(Server):
    """A thread that writes, for each client, is never told to end."""

    def echo(self, conn: Sock) -> None:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        super().echo(conn)


@bug("leaves-zombies-waiting", "greet", "tcp4", "life.11")
class LeavesProcesses(Server):
    """Forks for each client a child that does not end."""

    def greet(self, conn: Sock) -> None:
        if self.rare():
            subprocess.Popen(["sleep", "60"])
        super().greet(conn)

    count = 0

    def rare(self) -> bool:
        self.count += 1
        return self.count % 5 == 0


@bug("busy-after-a-half-close", "echo", "tcp4", "life.12")
class BusyAfterAHalfClose(Server):
    """Polls a connection that has ended, again and again."""

    def close(self, conn: Sock) -> None:
        conn.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            select.select([conn], [], [], 0.1)
        conn.close()


@bug("always-busy", "discard", "udp4", "life.12")
class AlwaysBusy(Server):
    """Asks again and again whether something has come."""

    def receive(self, sock: Sock) -> tuple[bytes, object]:
        while not select.select([sock], [], [], 0)[0]:
            pass
        return sock.recvfrom(65536)


@bug("two-hundred-in-a-life", "discard", "tcp4", "life.13")
class TwoHundredInALife(Server):
    """Has a table of two hundred entries, and takes none out."""

    count = 0

    def begin(self, conn: Sock) -> None:
        self.count += 1
        if self.count > 200:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            conn.close()
        else:
            super().begin(conn)
