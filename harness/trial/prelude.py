"""The beginning of every script that reproduces a finding: clients with the calls of the scenarios.

Standard library only, for it is copied into a script that goes to the program's maintainer, who has
no harness. Exit status 1: the fault shows. 0: it does not.
"""

import contextlib
import hashlib
import os
import re
import select
import socket
import struct
import sys
import tempfile
import threading
import time

PATIENCE = 5.0  # seconds for a call that should not take any
FAMILIES = {
    "tcp4": (socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM),
    "udp4": (socket.AF_INET, socket.SOCK_DGRAM),
    "udp6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "unix-stream": (socket.AF_UNIX, socket.SOCK_STREAM),
    "unix-dgram": (socket.AF_UNIX, socket.SOCK_DGRAM),
}


def server():
    """The address that the script was given."""
    return sys.argv[1] if len(sys.argv) == 2 else (sys.argv[1], int(sys.argv[2]))


class Client:
    """One client; its methods are the steps of a scenario."""

    def __init__(self, transport):
        self.sock = socket.socket(*FAMILIES[transport])
        self.sock.settimeout(PATIENCE)

    def bind(self):
        family = self.sock.family
        if family == socket.AF_UNIX:
            self.sock.bind(os.path.join(tempfile.mkdtemp(), "client"))
        else:
            self.sock.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))

    def connect(self):
        self.sock.connect(server())

    def send(self, data):
        self.sock.sendall(data)

    sendall = send

    def sendto(self, data):
        self.sock.sendto(data, server())

    def fill(self):
        """Send the counting pattern until nothing more is taken; return how much was."""
        self.sock.setblocking(False)
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                count += self.sock.send(bytes(i % 251 for i in range(count, count + 65536)))
        self.sock.settimeout(PATIENCE)
        return count

    def shutdown(self, how):
        self.sock.shutdown({"read": 0, "write": 1, "both": 2}[how])

    def recv(self, size=65536):
        return self.sock.recv(size)

    def recvfrom(self, size=65536):
        data, peer = self.sock.recvfrom(size)
        if peer != server() and peer[:2] != server():
            fault(f"an answer from {server()!r}", f"one from {peer!r}")
        return data

    def recv_exactly(self, size):
        data = b""
        while len(data) < size and (more := self.sock.recv(size - len(data))):
            data += more
        return data

    def recv_until_eof(self):
        data, end = b"", time.monotonic() + PATIENCE
        while (more := self.sock.recv(65536)) and time.monotonic() < end:
            data += more
        return data

    def so_error(self):
        return self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def quiet(self, seconds):
        if select.select([self.sock], [], [], seconds)[0]:
            fault("nothing more", repr(self.sock.recv(65536)) + " (b'' is its end)")

    def abort(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


class Begun:
    """A call in a thread of its own."""

    def __init__(self, call, *arguments):
        self.result = self.problem = None
        self.thread = threading.Thread(target=self.run, args=(call, arguments), daemon=True)
        self.thread.start()

    def run(self, call, arguments):
        try:
            self.result = call(*arguments)
        except OSError as problem:
            self.problem = problem

    def end(self):
        self.thread.join(2 * PATIENCE)
        if self.problem is not None:
            raise self.problem
        return self.result


def made(described):
    """The bytes of a payload as scenarios describe it."""
    if isinstance(described, str):
        return described.encode()
    if isinstance(described, list):
        return b"".join(made(part) for part in described)
    if "hex" in described:
        return bytes.fromhex(described["hex"])
    if "counting" in described:
        return bytes(i % 251 for i in range(described["counting"]))
    if "seeded" in described:
        return hashlib.shake_128(str(described.get("seed", "")).encode()).digest(
            described["seeded"]
        )
    unit = made(described["repeat"])
    return (unit * (described["size"] // len(unit) + 1))[: described["size"]]


def expect(got, *wanted):
    """Compare what came with what may come: payloads, prefixes, sizes, patterns."""
    if not any(fits(got, one) for one in wanted):
        fault(" or ".join(shown(one) for one in wanted), shown(got))


def fits(got, wanted):
    if not isinstance(wanted, dict) or not {"prefix-of", "size", "matches"} & set(wanted):
        return got == (wanted if isinstance(wanted, (bytes, int)) else made(wanted))
    if "repeat" in wanted:
        return got == made(wanted)
    if "prefix-of" in wanted and not made(wanted["prefix-of"]).startswith(got):
        return False
    size = wanted.get("size", len(got))
    least, most = (
        (size.get("min", 0), size.get("max", 1 << 62)) if isinstance(size, dict) else (size, size)
    )
    text = got[:64].decode("utf-8", "replace")  # a pattern is about the beginning
    return least <= len(got) <= most and re.search(wanted.get("matches", ""), text) is not None


def shown(what):
    text = repr(what)
    return text if len(text) < 200 else f"{text[:80]} ... ({len(what)} bytes)"


def within(seconds, begun):
    """See that a step did not take longer than it may."""
    took = time.monotonic() - begun
    if took > seconds + 0.1:
        fault(f"its end within {seconds:g} s", f"{took:g} s")


def fault(expected, actual):
    print(f"THE FAULT SHOWS, in line {sys._getframe(2).f_lineno}")
    print("  expected", expected)
    print("  actual  ", actual)
    os._exit(1)


def script(steps):
    """Run the steps; a call that fails or does not return is a fault, too."""
    try:
        steps()
    except OSError as problem:
        print(f"THE FAULT SHOWS: {type(problem).__name__}: {problem}")
        os._exit(1)
    print("the fault does not show")


# --- the scenario ---------------------------------------------------------------------------------
