"""Clients, right (`none`) or with one bug: `python client.py BUG HOST PORT`, a message on stdin."""

from __future__ import annotations

import os
import socket
import sys

# Bug: the sentence that it breaks.
BUGS = {
    "reads-once": "client.1",
    "replaces-broken-characters": "client.1",
    "prints-in-text-mode": "client.1",
    "prints-a-status-line": "client.1",
    "stops-when-nothing-is-there": "client.2",
    "gives-up-after-a-second": "client.2",
    "takes-no-answer-for-an-error": "client.3",
    "buffer-of-a-megabyte": "client.3",
    "sends-first-line-only": "client.4",
    "does-not-half-close": "client.4",
    "waits-for-more-after-eof": "client.5",
    "ends-with-one": "client.5",
    "decodes-each-piece": "client.1",
    "adds-a-newline": "client.1",
    "sends-what-fits-a-buffer": "client.4",
    "takes-a-reset-for-an-end": "client.6",
    "hides-errors": "client.6",
    "complains-without-a-word": "client.6",
    "waits-for-ever": "client.7",
    "polls": "client.8",
}


def main(bug: str, host: str, port: int) -> int:
    """Send standard input, print the answer; the exit status."""
    conn = socket.create_connection((host, port), timeout=3)
    if bug == "waits-for-ever":
        conn.settimeout(None)
    message = sys.stdin.buffer.read()
    if bug == "sends-what-fits-a-buffer":
        message = message[:32]
    conn.sendall(message.partition(b"\n")[0] if bug == "sends-first-line-only" else message)
    if bug != "does-not-half-close":
        conn.shutdown(socket.SHUT_WR)
    if bug == "prints-a-status-line":
        print("connected", flush=True)
    if bug == "stops-when-nothing-is-there":
        conn.settimeout(0.3)
    if bug == "gives-up-after-a-second":
        conn.settimeout(0.8)
    answer = read(conn, bug)
    if bug == "takes-no-answer-for-an-error" and not answer:
        raise OSError("no answer")
    if bug == "adds-a-newline":
        answer += b"\n"
    show(answer, bug)
    if bug == "waits-for-more-after-eof":
        sys.stdout.flush()
        while not conn.recv(1):
            os.sched_yield()
    return bug == "ends-with-one"


def read(conn: socket.socket, bug: str) -> bytes:
    """Read until EOF."""
    if bug == "polls":
        conn.setblocking(False)
    answer = b""
    while True:
        try:
            chunk = conn.recv(65536)
        except BlockingIOError:
            continue
        except ConnectionResetError:
            if bug == "takes-a-reset-for-an-end":
                return answer
            raise
        except TimeoutError:
            if bug == "stops-when-nothing-is-there":
                return answer
            raise
        if bug == "decodes-each-piece":
            chunk = chunk.decode("utf-8", "ignore").encode() if chunk else chunk
        answer += chunk
        if not chunk or bug == "reads-once":
            return answer[: 1 << 20] if bug == "buffer-of-a-megabyte" else answer


def show(answer: bytes, bug: str) -> None:
    """Print the answer."""
    if bug == "replaces-broken-characters":
        answer = answer.decode("utf-8", "replace").encode()
    if bug == "prints-in-text-mode":
        answer = answer.replace(b"\r\n", b"\n")
    sys.stdout.buffer.write(answer)


def guarded(bug: str, host: str, port: str) -> int:
    """The same, with errors told as a program should."""
    try:
        return main(bug, host, int(port))
    except OSError as problem:
        if bug == "hides-errors":
            return 0
        if bug != "complains-without-a-word":
            print(f"client: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(guarded(*sys.argv[1:]))
