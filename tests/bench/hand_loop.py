"""A ping-pong over TCP as one writes it by hand: the yardstick for the harness's own loop.

    hand_loop.py server SIZE         prints its port, then answers until EOF
    hand_loop.py client SIZE PORT    reads commands from standard input:
        turn TRIPS DROP      plays, then prints `done`
        fetch                prints the samples (ns) as base64 of uint32, and forgets them

Blocking sockets, one thread, nothing of the harness. Who starts it decides where it runs.
"""

from __future__ import annotations

import base64
import socket
import sys
from array import array
from time import perf_counter_ns


def main(role: str, size: str, *rest: str) -> None:
    """Play the part."""
    if role == "server":
        serve(int(size))
    else:
        obey(int(size), int(rest[0]))


def serve(size: int) -> None:
    """Answer one client until it is gone."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    conn, _ = listener.accept()
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = bytearray(size)
    view = memoryview(buffer)
    recv_into, sendall = conn.recv_into, conn.sendall
    while True:
        got = recv_into(buffer)
        while got < size:
            more = recv_into(view[got:])
            if not more:
                return
            got += more
        sendall(buffer)


def obey(size: int, port: int) -> None:
    """Connect, then play whenever a line on standard input says so."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    samples = array("I")
    print("ready", flush=True)
    for line in sys.stdin:
        command, *numbers = line.split()
        if command == "turn":
            trips, drop = map(int, numbers)
            samples += play(sock, size, trips)[drop:]
            print("done", flush=True)
        else:
            print(base64.b64encode(samples.tobytes()).decode(), flush=True)
            samples = array("I")


def play(sock: socket.socket, size: int, trips: int) -> array[int]:
    """Play round trips and return the time of each in ns."""
    message = b"x" * size
    buffer = bytearray(size)
    view = memoryview(buffer)
    samples = array("I", bytes(4 * trips))
    recv_into, sendall = sock.recv_into, sock.sendall
    for trip in range(trips):
        begin = perf_counter_ns()
        sendall(message)
        got = recv_into(buffer)
        while got < size:
            got += recv_into(view[got:])
        samples[trip] = perf_counter_ns() - begin
    return samples


if __name__ == "__main__":
    main(*sys.argv[1:])
