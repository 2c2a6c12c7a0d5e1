"""Captures of the tap, read by another implementation of pcapng, Ethernet, IP and TCP."""

import io
from typing import Any

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapped_streams import CONNACK, CONNECT, PASSWORD, TappedStreams, event

from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import PingreqPacket, PubackPacket, PublishPacket, Sender
from hubsim_simulator.tap.pcapng import MQTT_PORT, PcapngWriter
from hubsim_simulator.tap.tap_events import TapTime, TcpAddress

AT = TapTime(0, 1_700_000_000_123_456)


def capture(tapped: TappedStreams) -> bytes:
    stream = io.BytesIO()
    writer = PcapngWriter(stream)
    for effect in tapped.effects:
        writer.observe(effect, AT)
    return stream.getvalue()


def segments(data: bytes) -> list[tuple[float, Any]]:
    """Return the instant and the IP packet of each frame, with its checksums verified."""
    found = []
    for instant, raw in dpkt.pcapng.Reader(io.BytesIO(data)):
        packet = dpkt.ethernet.Ethernet(raw).data
        tcp = packet.data
        pseudo = packet.src + packet.dst + len(bytes(tcp)).to_bytes(4, "big") + (6).to_bytes(4, "big")
        assert dpkt.dpkt.in_cksum(pseudo + bytes(tcp)) == 0
        if isinstance(packet, dpkt.ip.IP):
            assert dpkt.dpkt.in_cksum(packet.pack_hdr()) == 0
            assert packet.len == len(bytes(packet))
        else:
            assert packet.plen == len(bytes(tcp))
        found.append((instant, packet))
    return found


def streams(data: bytes) -> dict[Sender, bytes]:
    """Return the bytes of both directions, joined by their sequence numbers as a receiver does."""
    joined = dict.fromkeys(Sender, b"")
    expected: dict[Sender, int] = {}
    for _, packet in segments(data):
        tcp = packet.data
        sender = Sender.SERVER if tcp.sport == MQTT_PORT else Sender.CLIENT
        if tcp.flags & dpkt.tcp.TH_SYN:
            expected[sender] = tcp.seq + 1
            continue
        assert tcp.seq == expected[sender]
        joined[sender] += tcp.data
        expected[sender] = (tcp.seq + len(tcp.data) + bool(tcp.flags & dpkt.tcp.TH_FIN)) % 2**32
    return joined


def flags(data: bytes) -> list[int]:
    return [packet.data.flags & 0b111 for _, packet in segments(data) if packet.data.flags & 0b111]


def test_the_streams_of_a_capture_are_those_of_the_client() -> None:
    tapped = TappedStreams("drop PUBACK to front-door").connected()
    tapped.client(event(1, 1), event(2, 2))
    tapped.broker(PubackPacket(1), PubackPacket(2))

    data = capture(tapped)

    masked = encode(CONNECT).replace(PASSWORD, b"*" * len(PASSWORD))
    assert streams(data) == {
        Sender.CLIENT: masked + encode(event(1, 1)) + encode(event(2, 2)),
        Sender.SERVER: encode(CONNACK) + encode(PubackPacket(2)),
    }
    assert b"fault: drop PUBACK" not in data  # the client never received it
    assert all(instant == pytest.approx(1_700_000_000.123456, abs=1e-6) for instant, _ in segments(data))


def test_a_comment_marks_the_packets_of_a_fault() -> None:
    tapped = TappedStreams("double PUBLISH", "corrupt CONNACK").connected()
    tapped.client(event(1))

    data = capture(tapped)

    assert b"fault: double PUBLISH" in data
    assert data.count(b"fault: corrupt CONNACK") == 1
    assert streams(data)[Sender.SERVER] == b"\x20\x02\x00\xff"


def test_passwords_are_written_only_on_request() -> None:
    tapped = TappedStreams(keep_passwords=True).connected()

    assert PASSWORD in capture(tapped)


@pytest.mark.parametrize(
    ("ending", "expected"), [("ended", [2, 2, 1, 1]), ("reset", [2, 2, 4]), ("cut", [2, 2, 4])]
)
def test_the_end_of_a_connection_is_in_the_capture(ending: str, expected: list[int]) -> None:
    tapped = TappedStreams(*(["cut PINGREQ"] if ending == "cut" else [])).connected()
    if ending == "cut":
        tapped.client(PingreqPacket())
    else:
        tapped.end(Sender.CLIENT, reset=ending == "reset")
        tapped.end(Sender.SERVER)

    assert flags(capture(tapped)) == expected


def test_held_packets_are_before_the_end_of_the_stream() -> None:
    tapped = TappedStreams("hold PUBACK for 1 s").connected()
    tapped.client(event(1))
    tapped.broker(PubackPacket(1))
    tapped.end(Sender.SERVER)
    tapped.wait(1)
    tapped.end(Sender.CLIENT)

    data = capture(tapped)

    assert streams(data)[Sender.SERVER] == encode(CONNACK) + encode(PubackPacket(1))
    assert flags(data) == [2, 2, 1, 1]


@given(
    st.lists(st.integers(0, 70_000), min_size=1, max_size=3),
    st.sampled_from(("127.0.0.1", "::1", "fe80::1%lo")),
)
def test_packets_of_any_size_and_both_versions_of_ip_are_readable(sizes: list[int], host: str) -> None:
    tapped = TappedStreams()
    tapped.effects.clear()
    tapped.number, tapped.effects = tapped.tap.opened(TcpAddress(host, 40_000), AT)
    packets = [PublishPacket("t", b"x" * size) for size in sizes]

    tapped.client(CONNECT, *packets)

    expected = len(encode(CONNECT)) + sum(len(encode(packet)) for packet in packets)
    assert len(streams(capture(tapped))[Sender.CLIENT]) == expected
