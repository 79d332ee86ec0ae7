"""Which packets belong to a case, and the file that they are written to."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine import packets
from harness.engine.captures import Captures
from harness.engine.packets import NoPackets
from harness.engine.pcapng import Packet, of_sockets, pcapng
from tests.unit.record_samples import FAILED, PASSED

TCP, UDP, ICMP, ICMP6, FRAGMENT = 6, 17, 1, 58, 44


def ip4(protocol: int, payload: bytes, fragment: int = 0) -> bytes:
    """An IPv4 packet with four bytes of options."""
    head = struct.pack(">BBHHHBBH", 0x46, 0, 24 + len(payload), 0, fragment, 64, protocol, 0)
    return head + bytes([127, 0, 0, 1, 127, 0, 0, 2, 0, 0, 0, 0]) + payload


def ip6(protocol: int, payload: bytes) -> bytes:
    """An IPv6 packet."""
    head = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
    return head + bytes(15) + b"\1" + bytes(15) + b"\1" + payload


def frame(packet: bytes, kind: int | None = None) -> Packet:
    """A packet with its Ethernet header."""
    kind = kind or (0x0800 if packet[0] >> 4 == 4 else 0x86DD)
    return Packet(1_700_000_000_123_456_789, bytes(12) + kind.to_bytes(2, "big") + packet)


def ports(source: int, target: int) -> bytes:
    """The beginning of a TCP or UDP header."""
    return struct.pack(">HH", source, target) + bytes(16)


@pytest.mark.parametrize(
    ("packet", "transport", "name"),
    [
        (ip4(TCP, ports(4000, 9)), "tcp4", "127.0.0.1:4000"),
        (ip4(TCP, ports(4000, 9)), "tcp4", "127.0.0.2:9"),
        (ip4(UDP, ports(9, 4000)), "udp4", "0.0.0.0:4000"),
        (ip4(UDP, ports(9, 4000)), "udp6", "[::]:4000"),
        (ip4(UDP, ports(9, 4000)), "udp6", "[::ffff:127.0.0.2]:4000"),
        (ip6(TCP, ports(4000, 9)), "tcp6", "[::1]:4000"),
        (ip6(FRAGMENT, bytes([UDP, 0, 0, 1, 0, 0, 0, 1]) + ports(9, 4000)), "udp6", "[::1]:4000"),
        (ip6(0, bytes([TCP, 0, 0, 0, 0, 0, 0, 0]) + ports(9, 4000)), "tcp6", "[::]:4000"),
        (ip4(ICMP, bytes(8) + ip4(UDP, ports(4000, 9))), "udp4", "127.0.0.1:4000"),
        (ip6(ICMP6, bytes(8) + ip6(UDP, ports(4000, 9))), "udp6", "[::1]:4000"),
    ],
)
def test_a_packet_is_known_by_either_end(packet: bytes, transport: str, name: str) -> None:
    """In both versions of IP, behind options and extensions, in an error about it; by the address
    or by any address."""
    own = frame(packet)
    assert of_sockets([own], {name}, transport) == [own]
    assert of_sockets([own], {name + "1"}, transport) == []


@pytest.mark.parametrize(
    ("name", "transport"),
    [
        ("127.0.0.3:4000", "tcp4"),  # another address of loopback
        ("127.0.0.2:4000", "tcp4"),  # the port of the other end
        ("[::1]:4000", "tcp6"),
        ("127.0.0.1:4000", "udp4"),
    ],
)
def test_a_port_alone_is_not_enough(name: str, transport: str) -> None:
    """Another address and another protocol have ports of the same numbers."""
    assert of_sockets([frame(ip4(TCP, ports(4000, 9)))], {name}, transport) == []


@pytest.mark.parametrize(
    "packet",
    [
        frame(ip4(TCP, ports(4000, 9), fragment=2)),
        frame(ip4(89, ports(4000, 9))),
        frame(ip4(TCP, ports(4000, 9)), kind=0x0806),
        frame(ip4(TCP, b"\x0f\xa0")),
        Packet(0, b""),
        frame(b"\x45"),
        frame(b"\x60"),
    ],
)
def test_what_has_no_ports_is_nobodys(packet: Packet) -> None:
    """A later fragment, another protocol, what is torn."""
    everybody = {f"{host}:{port}" for host in ("0.0.0.0", "[::]") for port in (0, 9, 4000)}
    assert of_sockets([packet], everybody, "tcp4") == []


def blocks(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The blocks of a file, by their kinds; their two lengths agree."""
    while content:
        kind, length = struct.unpack_from("=II", content)
        assert length % 4 == 0
        assert struct.unpack_from("=I", content, length - 4) == (length,)
        yield kind, content[8 : length - 4]
        content = content[length:]


def test_the_file_has_a_section_an_interface_and_the_packets() -> None:
    """Times are nanoseconds; a packet is filled up to words, and its own length is kept."""
    packet = frame(ip4(TCP, ports(4000, 9) + b"x"))
    (section, one), (interface, other), (kind, body) = blocks(pcapng([packet], "echo.one[tcp4]"))
    assert (section, interface, kind) == (0x0A0D0D0A, 1, 6)
    assert one.startswith(struct.pack("=I", 0x1A2B3C4D))
    assert b"echo.one[tcp4]" in one
    assert b"lo" in other
    _, high, low, size, whole = struct.unpack_from("=IIIII", body)
    assert (high << 32 | low) == packet.at
    assert size == whole == len(packet.content)
    assert body[20 : 20 + size] == packet.content


def test_of_a_long_packet_its_length_is_kept() -> None:
    """The kernel keeps the beginning; Wireshark says how much there was."""
    for packet in (frame(ip4(TCP, ports(4000, 9) + bytes(5000))), frame(ip6(TCP, bytes(5000)))):
        cut = Packet(packet.at, packet.content[:100])
        *_, (_, body) = blocks(pcapng([cut], "echo.one[tcp4]"))
        assert struct.unpack_from("=II", body, 12) == (100, len(packet.content))


def test_without_privileges_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It names what is missing; a passing case has nothing to say."""

    def refused() -> None:
        raise NoPackets("packets cannot be read: it takes root")

    monkeypatch.setattr(packets, "_opened", refused)
    captures = Captures(tmp_path)
    captures.begin("tcp4")
    failed = captures.end(FAILED, {"127.0.0.1:40217"})
    assert failed.failure is not None
    assert failed.failure.capture is None
    assert failed.failure.capture_note == "packets cannot be read: it takes root"
    assert captures.end(PASSED, set()) == PASSED
    captures.close()


@pytest.mark.parametrize(
    ("system", "error", "sentence"),
    [
        ("darwin", OSError(), "packets are read on Linux only"),
        ("linux", PermissionError(1, "no"), r"not permitted \(it takes root, or the capability"),
    ],
)
def test_why_packets_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, system: str, error: OSError, sentence: str
) -> None:
    """Another system, or a user who may not."""

    def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "AF_PACKET", 17, raising=False)
    with pytest.raises(NoPackets, match=sentence):
        packets.Capture()
