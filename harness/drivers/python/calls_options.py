"""Operations on options and modes: setsockopt, getsockopt, blocking mode, timeouts.

Never set here is what nobody asked for. Durations are seconds.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any, Dict, Tuple

import failures
from ancillary import CREDENTIALS, credentials_as_reply
from constants import constant, level_name
from registry import BadRequest, Unsupported, Values, boolean, integer, operation, text

_LINGER = struct.Struct("ii")  # on, whole seconds
_TIMEVAL = struct.Struct("@ll")  # seconds, microseconds
_TIMES = ("SO_RCVTIMEO", "SO_SNDTIMEO")
_PROGRAMS = ("SO_ATTACH_FILTER", "SO_ATTACH_REUSEPORT_CBPF")


@operation("setsockopt")
def setsockopt(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    level, option = _numbers(args)
    if args["option"] in _PROGRAMS:
        program = _bytes(args.get("value"))
        value, kept = _filter_program(program)
        session.call(sock.setsockopt, level, option, value)
        del kept
        return None
    session.call(sock.setsockopt, level, option, _value(args))
    return None


@operation("getsockopt")
def getsockopt(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    level, option = _numbers(args)
    if "length" in args:
        data = session.call(sock.getsockopt, level, option, integer(args, "length"))
        return {"value": {"hex": data.hex()}}
    if args["option"] == "SO_LINGER":
        data = session.call(sock.getsockopt, level, option, _LINGER.size)
        return {"value": list(_LINGER.unpack(data))}
    if args["option"] in _TIMES:
        whole, micro = _TIMEVAL.unpack(session.call(sock.getsockopt, level, option, _TIMEVAL.size))
        return {"value": {"time": whole + micro / 1e6}}
    if args["option"] == "SO_PEERCRED":
        data = session.call(sock.getsockopt, level, option, CREDENTIALS)
        return {"value": credentials_as_reply(data)}
    return {"value": session.call(sock.getsockopt, level, option)}


@operation("so_error")
def so_error(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    sock = session.socket(handle)
    pending = session.call(sock.getsockopt, socket.SOL_SOCKET, socket.SO_ERROR)
    return {"value": failures.of_number(pending)}


@operation("setblocking")
def setblocking(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    session.call(session.socket(handle).setblocking, boolean(args, "on"))
    return None


@operation("getblocking")
def getblocking(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"value": session.call(session.socket(handle).getblocking)}


@operation("settimeout")
def settimeout(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    if "timeout" not in args:
        raise BadRequest("the argument 'timeout' is missing; it is a number of seconds or none")
    timeout = args["timeout"]
    session.call(session.socket(handle).settimeout, None if timeout == "none" else timeout)
    return None


@operation("gettimeout")
def gettimeout(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"value": session.call(session.socket(handle).gettimeout)}


@operation("drop_incoming")
def drop_incoming(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    """A filter of one instruction, `ret 0`: keep no byte of any packet."""
    sock = session.socket(handle)
    if not sys.platform.startswith("linux"):
        raise Unsupported("a filter on a single socket is known for Linux only")
    if boolean(args, "on"):
        value, kept = _filter_program(struct.pack("=HBBI", 6, 0, 0, 0))
        session.call(sock.setsockopt, socket.SOL_SOCKET, constant("SO_ATTACH_FILTER"), value)
        del kept
    else:
        session.call(sock.setsockopt, socket.SOL_SOCKET, constant("SO_DETACH_FILTER"), 0)
    return None


@operation("inheritable")
def inheritable(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    return {"value": session.call(session.socket(handle).get_inheritable)}


@operation("set_inheritable")
def set_inheritable(session: Any, handle: Any, args: Dict[str, Any]) -> Values:
    session.call(session.socket(handle).set_inheritable, boolean(args, "on"))
    return None


def _numbers(args: Dict[str, Any]) -> Tuple[int, int]:
    option = text(args, "option")
    level = text(args, "level") if "level" in args else level_name(option)
    return constant(level), constant(option)


def _value(args: Dict[str, Any]) -> Any:
    value = args.get("value")
    if isinstance(value, int):  # a bool is one
        return int(value)
    if isinstance(value, dict) and set(value) == {"group", "interface"}:
        return _membership(value["group"], value["interface"])
    if isinstance(value, dict) and len(value) == 1:
        if "hex" in value:
            return _bytes(value)
        if "linger" in value:
            on, seconds = value["linger"]
            return _LINGER.pack(int(on), int(seconds))
        if "ports" in value:  # of IP_LOCAL_PORT_RANGE: a 32-bit number made of two
            low, high = value["ports"]
            return struct.pack("=I", high << 16 | low)
        if "interface" in value:
            return _interface(value["interface"])
        if "time" in value:
            return _TIMEVAL.pack(*divmod(round(value["time"] * 1000000), 1000000))
    raise BadRequest(
        "a value is a number, a boolean, {hex}, {linger}, {time}, {ports}, {interface} or"
        " {group, interface}, not %r" % (value,)
    )


def _interface(name: str) -> bytes:
    """As multicast options take it: IPv4 by its address, IPv6 by its number, of the name."""
    if name[:1].isdigit():
        return socket.inet_aton(name)
    if not hasattr(socket, "if_nametoindex"):
        raise Unsupported("this library has no socket.if_nametoindex")
    return struct.pack("@I", socket.if_nametoindex(name))


def _membership(group: str, interface: Any) -> bytes:
    """Return a struct ip_mreq, or ipv6_mreq where the group is one of IPv6."""
    if ":" not in group:
        return socket.inet_aton(group) + socket.inet_aton(interface)
    number = struct.pack("@I", interface) if type(interface) is int else _interface(interface)
    return socket.inet_pton(socket.AF_INET6, group) + number


def _bytes(value: Any) -> bytes:
    if not isinstance(value, dict) or list(value) != ["hex"]:
        raise BadRequest("this option takes {hex: ...}, not %r" % (value,))
    return bytes.fromhex(value["hex"])


def _filter_program(instructions: bytes) -> Tuple[bytes, Any]:
    """Return a struct sock_fprog, and what must live until the kernel has read it.

    The kernel wants a count and a pointer; a scenario can only write the instructions themselves.
    """
    import ctypes

    kept = ctypes.create_string_buffer(instructions, len(instructions))
    return struct.pack("@HP", len(instructions) // 8, ctypes.addressof(kept)), kept
