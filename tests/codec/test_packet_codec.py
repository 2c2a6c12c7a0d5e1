"""The codec of MQTT packets: round trips, streams in any division, and totality for any bytes."""

from itertools import islice

import pytest
from drawn_packets import FROM_SIDE, STREAMS
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_contract.mqtt.codec.decoding import FrameReader, PacketReader, decode
from hubsim_contract.mqtt.codec.encoding import encode, puback_bytes, publish_bytes
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    MalformedPacket,
    Packet,
    PacketTooLarge,
    PacketWill,
    PubackPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
    UnsubscribePacket,
    UnsupportedProtocol,
)
from hubsim_contract.wire.errors import LocalError

PINGREQ = b"\xc0\x00"


def read(data: bytes, sender: Sender = Sender.CLIENT) -> list[Packet]:
    return list(PacketReader(sender).feed(data))


def joined(packets: list[Packet]) -> bytes:
    return b"".join(map(encode, packets))


# ------------------------------------------------------------------ any packets, any division


@given(STREAMS)
def test_packets_come_back_as_they_were(stream: tuple[Sender, list[Packet]]) -> None:
    sender, packets = stream

    assert read(joined(packets), sender) == packets
    assert [decode(encode(packet), sender) for packet in packets] == packets


@given(STREAMS)
@settings(max_examples=40)
def test_a_stream_divided_in_two_at_any_place_gives_the_same_packets(
    stream: tuple[Sender, list[Packet]],
) -> None:
    sender, packets = stream
    data = joined(packets)

    for place in range(len(data) + 1):
        reader = PacketReader(sender)
        read_packets = [*reader.feed(data[:place]), *reader.feed(data[place:])]

        assert read_packets == packets
        assert not reader.incomplete


@given(STREAMS, st.lists(st.integers(1, 7), min_size=1))
def test_a_stream_in_small_chunks_gives_the_same_packets(
    stream: tuple[Sender, list[Packet]], sizes: list[int]
) -> None:
    sender, packets = stream
    data, reader, read_packets, place = joined(packets), PacketReader(sender), list[Packet](), 0

    while place < len(data):
        size = sizes[place % len(sizes)]
        read_packets += reader.feed(data[place : place + size])
        place += size

    assert read_packets == packets


@given(STREAMS)
def test_the_frames_of_a_stream_are_the_bytes_of_its_packets(stream: tuple[Sender, list[Packet]]) -> None:
    _, packets = stream

    assert list(FrameReader().feed(joined(packets))) == [encode(packet) for packet in packets]


@given(st.sampled_from(Sender), st.binary(max_size=200))
@settings(max_examples=1000)
def test_any_bytes_give_packets_or_the_known_error(sender: Sender, data: bytes) -> None:
    try:
        packets = read(data, sender)
    except MalformedPacket:
        return
    assert read(joined(packets), sender) == packets


@given(st.data())
@settings(max_examples=500)
def test_a_damaged_packet_gives_packets_or_the_known_error(data: st.DataObject) -> None:
    sender = data.draw(st.sampled_from(Sender))
    raw = bytearray(encode(data.draw(FROM_SIDE[sender])))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    try:
        packets = read(bytes(raw), sender)
    except MalformedPacket:
        return
    assert read(joined(packets), sender) == packets


@given(STREAMS, st.sampled_from([b"\x00\x00", b"\xf0\x00", b"\x36\x05\x00\x01a\x00\x01"]))
def test_packets_before_a_fault_are_read(stream: tuple[Sender, list[Packet]], fault: bytes) -> None:
    sender, packets = stream
    reading = PacketReader(sender).feed(joined(packets) + fault)

    assert list(islice(reading, len(packets))) == packets
    with pytest.raises(MalformedPacket):
        next(reading)


# ------------------------------------------------------------------ limits


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_remaining_lengths_at_each_border_come_back(size: int) -> None:
    packet = PublishPacket("t", bytes(max(size - 3, 0)))

    assert read(encode(packet)) == [packet]


def test_a_packet_above_the_limit_is_refused_before_its_body_arrives() -> None:
    reader = PacketReader(Sender.CLIENT, limit_bytes=100)

    with pytest.raises(PacketTooLarge) as caught:
        list(reader.feed(b"\x30\x65"))

    assert (caught.value.size_bytes, caught.value.limit_bytes) == (101, 100)


def test_a_limit_can_change_between_two_chunks() -> None:
    packet = PublishPacket("t", bytes(200))
    reader = PacketReader(Sender.CLIENT, limit_bytes=100)
    assert list(reader.feed(PINGREQ))

    reader.limit_bytes = 300

    assert list(reader.feed(encode(packet))) == [packet]


def test_a_large_packet_in_many_chunks_is_not_scanned_again_for_each_chunk() -> None:
    packet = PublishPacket("t", bytes(1_000_000))
    raw, reader, found = encode(packet), PacketReader(Sender.CLIENT), list[Packet]()

    for place in range(0, len(raw), 100):
        found += reader.feed(raw[place : place + 100])

    assert found == [packet]


# ------------------------------------------------------------------ each fault, with its rule


@pytest.mark.parametrize(
    ("rule", "sender", "data"),
    [
        ("section 2.2.1", Sender.CLIENT, b"\x00\x00"),
        ("section 2.2.1", Sender.CLIENT, b"\xf0\x00"),
        ("section 2.2.1", Sender.CLIENT, b"\x20\x02\x00\x00"),
        ("section 2.2.1", Sender.SERVER, PINGREQ),
        ("MQTT-2.2.2-2", Sender.CLIENT, b"\xc1\x00"),
        ("MQTT-2.2.2-2", Sender.CLIENT, b"\x80\x06\x00\x01\x00\x01a\x00"),
        ("MQTT-2.2.2-2", Sender.CLIENT, b"\x60\x02\x00\x01"),
        ("section 2.2.3", Sender.CLIENT, b"\xc0\x01\x00"),
        ("section 2.2.3", Sender.CLIENT, b"\x30\xff\xff\xff\xff"),
        ("section 2.2.3", Sender.CLIENT, b"\x40\x01\x01"),
        ("section 2.2.3", Sender.CLIENT, b"\x32\x03\x00\x01a"),
        ("section 1.5.3", Sender.CLIENT, b"\x30\x03\x00\x05a"),
        ("MQTT-1.5.3-1", Sender.CLIENT, b"\x30\x05\x00\x03\xed\xa0\x80"),
        ("MQTT-1.5.3-2", Sender.CLIENT, b"\x30\x05\x00\x03a\x00b"),
        ("MQTT-2.3.1-1", Sender.CLIENT, b"\x32\x05\x00\x01a\x00\x00"),
        ("MQTT-2.3.1-1", Sender.CLIENT, b"\x40\x02\x00\x00"),
        ("MQTT-3.3.1-4", Sender.CLIENT, b"\x36\x05\x00\x01a\x00\x01"),
        ("MQTT-3.3.1-2", Sender.CLIENT, b"\x38\x03\x00\x01a"),
        ("MQTT-3.1.2-1", Sender.CLIENT, b"\x10\x0c\x00\x04MQTX\x04\x02\x00\x3c\x00\x00"),
        ("section 3.1.2", Sender.CLIENT, b"\x10\x07\x00\x04MQTT\x04"),
        ("MQTT-3.1.2-3", Sender.CLIENT, b"\x10\x0c\x00\x04MQTT\x04\x03\x00\x3c\x00\x00"),
        ("MQTT-3.1.2-11", Sender.CLIENT, b"\x10\x0c\x00\x04MQTT\x04\x22\x00\x3c\x00\x00"),
        ("MQTT-3.1.2-14", Sender.CLIENT, b"\x10\x10\x00\x04MQTT\x04\x1e\x00\x3c\x00\x00\x00\x00\x00\x00"),
        ("MQTT-3.1.2-22", Sender.CLIENT, b"\x10\x0e\x00\x04MQTT\x04\x42\x00\x3c\x00\x00\x00\x00"),
        ("MQTT-3.1.3-1", Sender.CLIENT, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x00\x00"),
        ("MQTT-3.8.3-3", Sender.CLIENT, b"\x82\x02\x00\x01"),
        ("MQTT-3-8.3-4", Sender.CLIENT, b"\x82\x06\x00\x01\x00\x01a\x03"),
        ("section 3.8.3", Sender.CLIENT, b"\x82\x05\x00\x01\x00\x01a"),
        ("MQTT-3.10.3-2", Sender.CLIENT, b"\xa2\x02\x00\x01"),
        ("section 3.2.2.1", Sender.SERVER, b"\x20\x02\x02\x00"),
        ("section 3.2.2.3", Sender.SERVER, b"\x20\x02\x00\x06"),
        ("MQTT-3.2.2-4", Sender.SERVER, b"\x20\x02\x01\x05"),
        ("MQTT-3.9.3-2", Sender.SERVER, b"\x90\x03\x00\x01\x03"),
        ("MQTT-3.9.3-2", Sender.SERVER, b"\x90\x02\x00\x01"),
    ],
)
def test_a_malformed_packet_is_refused_with_the_rule_that_it_breaks(
    rule: str, sender: Sender, data: bytes
) -> None:
    with pytest.raises(MalformedPacket) as caught:
        read(data, sender)

    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("level", "data"),
    [
        (5, b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00"),
        (3, b"\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00"),
    ],
)
def test_another_version_of_mqtt_is_a_separate_error(level: int, data: bytes) -> None:
    with pytest.raises(UnsupportedProtocol) as caught:
        read(data)

    assert caught.value.level == level


def test_a_byte_order_mark_is_kept() -> None:
    packet = PublishPacket("\ufefft", b"")

    assert read(encode(packet)) == [packet]  # MQTT-1.5.3-3


@pytest.mark.parametrize("frame", [b"", b"\xc0", PINGREQ * 2, PINGREQ + b"\x00"])
def test_bytes_that_are_not_exactly_one_packet_are_not_a_frame(frame: bytes) -> None:
    with pytest.raises(MalformedPacket, match="exactly one packet"):
        decode(frame, Sender.CLIENT)


def test_no_text_of_a_connect_contains_its_password() -> None:
    packet = ConnectPacket("hub", username="hub", password=b"secret")

    assert "secret" not in f"{packet!r} {packet}"


# ------------------------------------------------------------------ packets that must not be sent


@pytest.mark.parametrize(
    "packet",
    [
        PublishPacket("t", b"", qos=1),
        PublishPacket("t", b"", qos=3, packet_id=1),
        PublishPacket("t", b"", dup=True),
        PublishPacket("t", b"", packet_id=1),
        PublishPacket("a\0b", b""),
        PublishPacket("\ud800", b""),
        PublishPacket("t" * 65_536, b""),
        PublishPacket("t", bytes(268_435_455)),
        PubackPacket(0),
        PubackPacket(65_536),
        ConnectPacket("hub", password=b"secret"),
        ConnectPacket("hub", keepalive_s=65_536),
        ConnectPacket("hub", will=PacketWill("t", b"", qos=3)),
        ConnectPacket("hub", will=PacketWill("t", bytes(65_536))),
        ConnackPacket(session_present=True, code=ConnectCode.NOT_AUTHORISED),
        SubscribePacket(1, ()),
        SubscribePacket(0, (("t", 1),)),
        SubscribePacket(1, (("t", 3),)),
        SubackPacket(1, ()),
        SubackPacket(1, (3,)),
        UnsubscribePacket(1, ()),
    ],
    ids=lambda packet: type(packet).__name__,
)
def test_a_forbidden_packet_cannot_be_encoded(packet: Packet) -> None:
    with pytest.raises(LocalError):
        encode(packet)


def test_the_short_forms_give_the_same_bytes() -> None:
    packet = PublishPacket("t", b"x", 1, retain=True, dup=True, packet_id=7)

    assert publish_bytes("t", b"x", 1, True, True, 7) == encode(packet)
    assert puback_bytes(7) == encode(PubackPacket(7))
