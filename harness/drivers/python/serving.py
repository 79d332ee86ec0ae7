"""The small standard services, in the background: what `serve` starts and `close` or `reset` stops.

A service is a program of its own, not a call on trial. It therefore does what a good server does
and the plain operations never do: it sets SO_REUSEADDR on a listener that it makes, replaces a
stale unix path and removes its own, and sets TCP_NODELAY, so that no answer waits for an ACK.

Ending: a byte in a pipe wakes the threads that poll; close() would not wake the others, so their
sockets are shut down (which does). Nothing is left of a service that was stopped.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import threading
from contextlib import suppress
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

import addresses
from calls_naming import bind_if_unbound
from constants import constant
from conversations import ANSWERS, CONVERSATIONS, RECORD
from payload import make
from registry import BadRequest, Unsupported, Values, integer, operation, text

GREETING = b"hello\r\n"
PAUSE = 0.05  # between tries to accept while there is no descriptor for it
ASIDE = 0.001  # between tries to answer a unix datagram whose receiver is full


class Service:
    """One service on one socket, with all its threads and connections."""

    def __init__(self, name: str, sock: socket.socket, greeting: bytes) -> None:
        self._greeting = greeting
        self._converse = CONVERSATIONS[name]
        self._answer = ANSWERS[name]
        self._sock = sock
        self._path = _own_path(sock)
        self._woken, self._wake = os.pipe()
        self._lock = threading.Lock()
        self._connections: Set[socket.socket] = set()
        self._threads: Set[threading.Thread] = set()

    def start(self) -> None:
        """Serve from now on, in the background."""
        self._sock.setblocking(False)  # one that polls must not wait inside accept
        if self._sock.type == socket.SOCK_DGRAM:
            self._main = _thread(self._serve_datagrams, self._receiver())
        else:
            self._main = _thread(self._serve_connections)
        self._main.start()

    def stop(self) -> None:
        """End it: nothing of it is left, but for the socket given."""
        os.write(self._wake, b".")
        self._main.join()
        with self._lock:
            threads = list(self._threads)
            for conn in self._connections:
                with suppress(OSError):
                    conn.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        os.close(self._wake)
        os.close(self._woken)
        if self._path is not None:
            with suppress(OSError):
                os.unlink(self._path)

    # --- connections ------------------------------------------------------------------------------

    def _serve_connections(self) -> None:
        while self._readable():
            try:
                conn, _ = self._sock.accept()
            except OSError as failure:
                if failure.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._stopped_within(PAUSE)
                continue
            self._begin(conn)

    def _begin(self, conn: socket.socket) -> None:
        thread = _thread(self._converse_and_close, conn)
        with self._lock:
            self._connections.add(conn)
            self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:  # no more threads: this client is turned away, the others are not
            self._end(conn, thread)

    def _converse_and_close(self, conn: socket.socket) -> None:
        try:
            conn.setblocking(True)
            if not addresses.is_unix(conn.family):
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._converse(conn, self._greeting)
        except OSError:
            pass  # the client reset or vanished: its affair
        self._end(conn, threading.current_thread())

    def _end(self, conn: socket.socket, thread: threading.Thread) -> None:
        with self._lock:
            self._connections.discard(conn)
            self._threads.discard(thread)
            conn.close()

    # --- datagrams --------------------------------------------------------------------------------

    def _serve_datagrams(self, receive: Callable[[], Any]) -> None:
        while self._readable():
            try:
                data, control, peer = receive()
                answer = self._answer(data, self._greeting)
                if peer and answer is not None:
                    self._send(answer, control, peer)
            except OSError:
                continue  # nothing there after all, or the asker is gone

    def _receiver(self) -> Callable[[], Any]:
        """Return what receives (data, control messages, peer).

        A socket bound to the wildcard learns by a control message which address a datagram was
        sent to; handed back with the answer, it makes that address the answer's source.
        """
        option = _packet_info_option(self._sock)
        if option is None:
            return self._plain
        self._sock.setsockopt(*option, 1)
        return self._with_address

    def _plain(self) -> Any:
        data, peer = self._sock.recvfrom(RECORD)
        return data, [], peer

    def _with_address(self) -> Any:
        data, control, _, peer = self._sock.recvmsg(RECORD, 256)
        return data, control, peer

    def _send(self, answer: bytes, control: List[Any], peer: Any) -> None:
        """Send one datagram; wait while its receiver has no room, as a stream would."""
        while True:
            try:
                if control:
                    self._sock.sendmsg([answer], control, 0, peer)
                else:
                    self._sock.sendto(answer, peer)
                return
            except BlockingIOError:
                if self._stopped_within(ASIDE):
                    return

    # --- waiting ----------------------------------------------------------------------------------

    def _readable(self) -> bool:
        """Wait for something on the socket; false when the service is to stop."""
        poll = select.poll()
        poll.register(self._sock.fileno(), select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        return self._woken not in [fd for fd, _ in poll.poll()]

    def _stopped_within(self, wait: float) -> bool:
        return bool(select.select([self._woken], [], [], wait)[0])


@operation("serve")
def serve(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    name = text(args, "service")
    if name not in CONVERSATIONS:
        raise BadRequest("there is no service %r" % name)
    greeting = make(args["greeting"]) if "greeting" in args else GREETING
    backlog = (integer(args, "backlog"),) if "backlog" in args else ()
    new = handle not in session.holdings.sockets
    sock = session.open(handle, args)
    try:
        if new:
            session.call(_prepare, sock, args.get("address"))
        bind_if_unbound(session, handle, args, sock)
        if sock.type != socket.SOCK_DGRAM:
            session.call(sock.listen, *backlog)
    except BaseException:
        if new:  # so that the name is free for another try
            sock.close()
            session.forget(handle)
        raise
    service = Service(name, sock, greeting)
    service.start()
    session.on_stop(handle, service.stop)
    return {"name": addresses.as_reply(sock.getsockname())}


def _prepare(sock: socket.socket, address: Any) -> None:
    if not addresses.is_unix(sock.family):
        if sock.type == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    elif address and address.get("path") and _is_stale(sock, address["path"]):
        os.unlink(address["path"])


def _is_stale(sock: socket.socket, path: str) -> bool:
    """Tell whether the path is a socket's that nobody has open any more."""
    if not os.path.exists(path):
        return False
    with socket.socket(sock.family, sock.type) as probe:
        return probe.connect_ex(path) == errno.ECONNREFUSED and stat.S_ISSOCK(os.stat(path).st_mode)


def _own_path(sock: socket.socket) -> Optional[str]:
    name = addresses.as_reply(sock.getsockname()) or {}
    return name.get("path") or None


def _packet_info_option(sock: socket.socket) -> Optional[Tuple[int, int]]:
    """Return the option by which a socket on the wildcard learns where a datagram was sent to."""
    wildcards = {
        "0.0.0.0": ("IPPROTO_IP", "IP_PKTINFO"),
        "::": ("IPPROTO_IPV6", "IPV6_RECVPKTINFO"),
    }
    name = sock.getsockname()
    try:
        level, option = wildcards[name[0]] if isinstance(name, tuple) else ("", "")
        return constant(level), constant(option)
    except (KeyError, BadRequest, Unsupported):
        return None


def _thread(function: Callable[..., None], *arguments: Any) -> threading.Thread:
    return threading.Thread(target=function, args=arguments, daemon=True)
