"""Programs that mean harm, by name: `python programs_hostile.py NAME HOST PORT`."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time


def listener() -> socket.socket:
    return socket.create_server((sys.argv[2], int(sys.argv[3])), backlog=128)


def flood() -> None:
    """Sends without end, to each client."""

    def pour(conn: socket.socket) -> None:
        try:
            while True:
                conn.sendall(bytes(1 << 20))
        except OSError:
            return

    server = listener()
    while True:
        threading.Thread(target=pour, args=(server.accept()[0],), daemon=True).start()


def never() -> None:
    """Takes connections, and never answers."""
    server, kept = listener(), []
    while True:
        kept.append(server.accept()[0])


def forks() -> None:
    """Forks children and grandchildren in sessions of their own, which ignore every signal."""
    server = listener()
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            os.fork()
            stubborn()
            while True:
                time.sleep(1)
    stubborn()
    while True:
        server.accept()[0].close()


def daemon() -> None:
    """Goes into the background, as daemons do, and serves nobody there."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            never()
    os._exit(0)


def stubborn() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)


def stubborn_and_silent() -> None:
    """Ignores every signal that can be ignored."""
    stubborn()
    never()


def exits() -> None:
    """Ends at once."""
    sys.exit("I do not want to")


def chatty() -> None:
    """Writes without end to its standard output, and echoes."""

    def babble() -> None:
        while True:
            os.write(1, b"babble " * 8000)

    threading.Thread(target=babble, daemon=True).start()
    server = listener()
    while True:
        conn = server.accept()[0]
        conn.sendall(conn.recv(100))
        conn.close()


def slow() -> None:
    """Echoes, to one client after the other, and takes its time."""
    server = listener()
    while True:
        with server.accept()[0] as conn:
            time.sleep(0.02)
            with contextlib.suppress(OSError):
                while data := conn.recv(65536):
                    conn.sendall(data)


# --- clients --------------------------------------------------------------------------------------


def connected() -> socket.socket:
    return socket.create_connection((sys.argv[2], int(sys.argv[3])))


def client_floods() -> None:
    """Sends without end."""
    conn = connected()
    while True:
        conn.sendall(bytes(1 << 20))


def client_babbles() -> None:
    """Prints without end."""
    connected()
    while True:
        os.write(1, b"babble " * 8000)


def client_stays() -> None:
    """Leaves children behind that ignore every signal, and does not end either."""
    connected()
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
    stubborn()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")]()
