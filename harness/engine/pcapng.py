"""Packets, which of them belong to some sockets, and the file that Wireshark opens. Pure.

The format is pcapng (draft-ietf-opsawg-pcapng): blocks of four-byte words. A section, one interface
with nanoseconds, and an enhanced packet block for each packet. The section's comment says which
case it is.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_MAGIC = 0x1A2B3C4D
_LINK_ETHERNET = 1  # loopback has Ethernet headers, with addresses that are zero
_COMMENT, _USER_APPLICATION, _IF_NAME, _IF_TSRESOL = 1, 4, 2, 9
_ETHERNET = 14
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58
_FRAGMENT, _HOPS, _DESTINATION = 44, 0, 60  # IPv6 headers that may stand before the next one


@dataclass(frozen=True)
class Packet:
    """A packet with its Ethernet header, and when it came: nanoseconds since 1970."""

    at: int
    content: bytes


def of_sockets(packets: Iterable[Packet], names: Collection[str], transport: str) -> list[Packet]:
    """The packets from or to sockets with these names, such as `127.0.0.1:4000` and `[::]:4000`,
    and errors (ICMP) about such packets. Of the transport only TCP or UDP counts: a case on both
    versions of IP is a case on one."""
    protocol = _UDP if transport.startswith("udp") else _TCP
    known = set(names)
    return [packet for packet in packets if known & set(_ends(packet.content, protocol))]


def _ends(frame: bytes, protocol: int) -> Iterator[str]:
    kind = int.from_bytes(frame[12:14], "big")
    if kind in (_IPV4, _IPV6):
        yield from _ends_of_ip(frame[_ETHERNET:], protocol)


def _ends_of_ip(packet: bytes, protocol: int) -> Iterator[str]:
    """The names that sockets at both ends may have: the address, or any address."""
    found = _transport(packet)
    if found is None:
        return
    carried, payload = found
    if carried == protocol and len(payload) >= 4:
        for address, port in zip(
            _addresses(packet), struct.unpack(">HH", payload[:4]), strict=True
        ):
            yield from _names(address, port)
    elif carried in (_ICMP, _ICMP6):
        # An error brings the packet that it is about.
        yield from _ends_of_ip(payload[8:], protocol)


def _addresses(packet: bytes) -> tuple[bytes, bytes]:
    if packet[0] >> 4 == 4:
        return packet[12:16], packet[16:20]
    return packet[8:24], packet[24:40]


def _names(address: bytes, port: int) -> Iterator[str]:
    host = str(ip_address(address))
    if len(address) == 4:
        yield f"{host}:{port}"
        yield f"0.0.0.0:{port}"
        yield f"[::ffff:{host}]:{port}"
    else:
        yield f"[{host}]:{port}"
    yield f"[::]:{port}"


def _transport(packet: bytes) -> tuple[int, bytes] | None:
    """The protocol above IP and what it carries; None for what is no IP, or a later fragment."""
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        if int.from_bytes(packet[6:8], "big") & 0x1FFF:
            return None
        return packet[9], packet[4 * (packet[0] & 15) :]
    if len(packet) >= 40 and packet[0] >> 4 == 6:
        following, rest = packet[6], packet[40:]
        while following in (_FRAGMENT, _HOPS, _DESTINATION) and len(rest) >= 8:
            # Of a fragment header, which has no length, that byte is reserved and zero.
            following, rest = rest[0], rest[8 * (rest[1] + 1) :]
        return following, rest
    return None


def pcapng(packets: Iterable[Packet], comment: str) -> bytes:
    """Return the whole file."""
    section = struct.pack("=IHHq", _MAGIC, 1, 0, -1)
    options = _option(_COMMENT, comment.encode()) + _option(_USER_APPLICATION, b"sockharness")
    interface = struct.pack("=HHI", _LINK_ETHERNET, 0, 0)
    about = _option(_IF_NAME, b"lo") + _option(_IF_TSRESOL, b"\x09")
    blocks = [
        _block(_SECTION, section + options + _END),
        _block(_INTERFACE, interface + about + _END),
    ]
    return b"".join([*blocks, *map(_packet, packets)])


_END = struct.pack("=HH", 0, 0)


def _packet(packet: Packet) -> bytes:
    size = len(packet.content)
    whole = max(size, _whole(packet.content[_ETHERNET:]))
    head = struct.pack("=IIIII", 0, packet.at >> 32, packet.at & 0xFFFFFFFF, size, whole)
    return _block(_PACKET, head + _padded(packet.content))


def _whole(packet: bytes) -> int:
    """How long the frame of an IP packet is, of which perhaps the beginning alone was kept."""
    if packet[0] >> 4 == 4:
        return _ETHERNET + int.from_bytes(packet[2:4], "big")
    return _ETHERNET + 40 + int.from_bytes(packet[4:6], "big")


def _option(code: int, value: bytes) -> bytes:
    value = value[:0xFFFF]
    return struct.pack("=HH", code, len(value)) + _padded(value)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)


def _block(kind: int, body: bytes) -> bytes:
    """A block says its length before and behind, so that a file can be read backwards."""
    length = len(body) + 12
    return struct.pack("=II", kind, length) + body + struct.pack("=I", length)
