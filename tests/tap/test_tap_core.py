"""The core of the tap forwards every byte, decoded or not, and applies faults to whole packets."""

from itertools import pairwise

import pytest
from drawn_packets import STREAMS
from hypothesis import given
from hypothesis import strategies as st
from tapped_streams import CLIENT_ID, CONNACK, CONNECT, HUB, PASSWORD, PREFIX, TappedStreams, event

from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectCode,
    Packet,
    PacketKind,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_simulator.tap.tap_core import MAX_HELD_BYTES, MAX_PACKET_BYTES
from hubsim_simulator.tap.tap_events import ConnectionCut, PacketReleased

CLIENT, BROKER = Sender.CLIENT, Sender.SERVER
RECEIVERS = {CLIENT: BROKER, BROKER: CLIENT}
MQTT_5_CONNECT = bytes.fromhex("101800044d51545405c2003c00000161000175000568656c6c6f")
CUTS = st.lists(st.integers(0, 3_000), max_size=8)


def divided(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[begin:end] for begin, end in pairwise(bounds)]


@given(STREAMS, CUTS)
def test_packets_in_any_division_are_forwarded_unchanged_and_seen_once(
    stream: tuple[Sender, list[Packet]], places: list[int]
) -> None:
    sender, packets = stream
    data = b"".join(map(encode, packets))
    tapped = TappedStreams(keep_passwords=True)

    for chunk in divided(data, places):
        tapped.send(sender, chunk)

    assert tapped.got(RECEIVERS[sender]) == data
    assert [seen.packet for seen in tapped.packets] == packets
    assert [seen.frame for seen in tapped.packets] == [encode(packet) for packet in packets]


@given(st.sampled_from(Sender), st.binary(max_size=400), CUTS, st.booleans())
def test_any_bytes_are_forwarded_unchanged(
    sender: Sender, data: bytes, places: list[int], connected: bool
) -> None:
    tapped = TappedStreams("drop PUBACK to nobody always")
    if connected:
        tapped.connected()
    before = tapped.got(RECEIVERS[sender])

    for chunk in divided(data, places):
        tapped.send(sender, chunk)
    tapped.end(sender)

    assert tapped.got(RECEIVERS[sender]) == before + data
    assert tapped.ends(RECEIVERS[sender]) == 1


@given(STREAMS, st.integers(0, 2_000), st.integers(0, 255), CUTS)
def test_damaged_packets_are_forwarded_unchanged(
    stream: tuple[Sender, list[Packet]], place: int, value: int, places: list[int]
) -> None:
    sender, packets = stream
    data = bytearray(b"".join(map(encode, packets)))
    if data:
        data[place % len(data)] = value
    tapped = TappedStreams()

    for chunk in divided(bytes(data), places):
        tapped.send(sender, chunk)
    tapped.end(sender)

    assert tapped.got(RECEIVERS[sender]) == bytes(data)


def test_an_impossible_length_makes_only_its_direction_undecodable() -> None:
    tapped = TappedStreams().connected()

    tapped.client(b"\x30\xff\xff\xff\xff\x01", b"more")
    tapped.client(PingreqPacket())
    tapped.broker(PingrespPacket())

    assert [seen.kind for seen in tapped.packets][2:] == [PacketKind.PINGRESP]
    assert [seen.begins for seen in tapped.undecoded] == [True, False]
    assert "more than four bytes" in tapped.undecoded[0].reason
    assert tapped.got(BROKER).endswith(b"more" + encode(PingreqPacket()))


def test_packets_after_a_malformed_one_are_decoded() -> None:
    tapped = TappedStreams().connected()

    tapped.client(b"\x36\x02\x00\x00", PingreqPacket())

    malformed, ping = tapped.packets[2:]
    assert malformed.malformed is not None
    assert malformed.malformed.rule == "MQTT-3.3.1-4"
    assert ping.packet == PingreqPacket()


def test_a_packet_that_is_too_large_passes_undecoded_and_the_next_one_is_decoded() -> None:
    tapped = TappedStreams().connected()
    large = encode(PublishPacket("t", bytes(MAX_PACKET_BYTES)))

    for chunk in divided(large + encode(PingreqPacket()), list(range(0, MAX_PACKET_BYTES, 60_000))):
        tapped.client(chunk)

    assert [seen.kind for seen in tapped.packets[2:]] == [PacketKind.PINGREQ]
    assert "too large" in tapped.undecoded[0].reason
    assert tapped.got(BROKER) == encode(CONNECT) + large + encode(PingreqPacket())


def test_another_version_of_mqtt_is_shown_by_kinds_only() -> None:
    tapped = TappedStreams()

    tapped.client(MQTT_5_CONNECT, b"\x30\x05\x00\x01t\x00x")
    tapped.broker(b"\x20\x03\x00\x00\x00")

    assert [seen.kind for seen in tapped.packets] == [
        PacketKind.CONNECT,
        PacketKind.PUBLISH,
        PacketKind.CONNACK,
    ]
    assert [seen.packet for seen in tapped.packets] == [None, None, None]
    assert "level 5" in str(tapped.packets[0].malformed)
    assert tapped.got(BROKER).startswith(MQTT_5_CONNECT)


# ------------------------------------------------------------------ passwords


@pytest.mark.parametrize(
    "data",
    [
        encode(CONNECT),
        MQTT_5_CONNECT.replace(b"hello", PASSWORD[:5]),
        encode(CONNECT)[:-4] + b"\xff\xff\xff\xff",
        encode(CONNECT)[:1] + bytes([encode(CONNECT)[1] + 1]) + encode(CONNECT)[2:] + b"x",
        b"POST /" + PASSWORD * 10,
        b"\xf0\x15" + PASSWORD,
        b"\x10\xff\xff\xff\xff" + PASSWORD,
        encode(CONNECT)[:-1],
        encode(CONNECT) + encode(CONNECT)[:-1],
    ],
)
def test_no_event_has_a_password(data: bytes) -> None:
    tapped = TappedStreams()

    tapped.client(data)
    tapped.end(CLIENT)

    shown = b"".join([each.frame for each in tapped.packets] + [each.data for each in tapped.undecoded])
    assert len(shown) == len(data)
    assert not any(PASSWORD[at : at + 5] in shown for at in range(len(PASSWORD) - 5))
    assert "horse" not in repr(tapped.effects[:2])
    assert tapped.got(BROKER) == data


def test_passwords_are_kept_on_request() -> None:
    tapped = TappedStreams(keep_passwords=True).connected()

    assert tapped.packets[0].frame == encode(CONNECT)
    assert tapped.packets[0].packet == CONNECT


# ------------------------------------------------------------------ what a packet is about


def test_acknowledgements_are_about_the_topics_that_they_acknowledge() -> None:
    tapped = TappedStreams().connected()
    desired = f"{PREFIX}/hubs/{HUB}/desired"

    tapped.client(SubscribePacket(7, ((desired, 1),)), event(1, packet_id=7))
    tapped.broker(PublishPacket(desired, b"{}", 1, packet_id=7))
    tapped.broker(PubackPacket(7))
    tapped.client(PubackPacket(7))
    tapped.broker(PubackPacket(7))

    assert [seen.topics for seen in tapped.packets[-3:]] == [(f"{PREFIX}/hubs/{HUB}/events",), (desired,), ()]


# ------------------------------------------------------------------ faults


def test_a_dropped_puback_does_not_reach_the_client_and_the_next_one_does() -> None:
    tapped = TappedStreams("drop PUBACK to front-door").connected()

    tapped.client(event(1, 1), event(2, 2))
    tapped.broker(PubackPacket(1), PubackPacket(2))

    assert tapped.got(CLIENT) == encode(CONNACK) + encode(PubackPacket(2))
    assert [seen.fault is not None for seen in tapped.packets[-2:]] == [True, False]


def test_a_fault_counts_over_connections() -> None:
    tapped = TappedStreams("drop CONNACK to hub-* 2 times")

    received = []
    for _ in range(3):
        tapped.open()
        tapped.connected()
        received.append(tapped.got(CLIENT))

    assert received == [b"", b"", encode(CONNACK)]


def test_a_doubled_packet_arrives_twice() -> None:
    tapped = TappedStreams("double events from front-door").connected()

    tapped.client(event(1))

    assert tapped.got(BROKER) == encode(CONNECT) + encode(event(1)) * 2


def test_a_corrupt_packet_has_one_byte_inverted() -> None:
    tapped = TappedStreams("corrupt CONNACK")

    tapped.connected()

    assert tapped.got(CLIENT) == b"\x20\x02\x00\xff"


def test_a_corrupt_byte_is_selected() -> None:
    tapped = TappedStreams("corrupt CONNACK byte 2")

    tapped.connected()

    assert tapped.got(CLIENT) == b"\x20\x02\xff\x00"


def test_later_packets_overtake_a_held_one() -> None:
    tapped = TappedStreams("hold CONNACK for 5 s")
    tapped.connected()
    tapped.broker(PingrespPacket())

    tapped.wait(4.999)
    early = tapped.got(CLIENT)
    tapped.wait(0.001)

    assert early == encode(PingrespPacket())
    assert tapped.got(CLIENT) == early + encode(CONNACK)
    assert [each.size_bytes for each in tapped.effects if isinstance(each, PacketReleased)] == [4]


def test_later_packets_wait_for_a_stalled_one() -> None:
    tapped = TappedStreams("stall CONNACK for 5 s")
    tapped.connected()
    tapped.broker(PingrespPacket())

    tapped.wait(4.999)
    early = tapped.got(CLIENT)
    tapped.wait(0.001)

    assert early == b""
    assert tapped.got(CLIENT) == encode(CONNACK) + encode(PingrespPacket())


def test_the_end_of_a_stream_waits_for_held_packets() -> None:
    tapped = TappedStreams("hold SUBACK for 5 s").connected()
    tapped.broker(SubackPacket(1, (1,)))
    tapped.end(BROKER)

    before = tapped.ends(CLIENT)
    tapped.wait(5)

    assert (before, tapped.ends(CLIENT)) == (0, 1)
    assert tapped.got(CLIENT) == encode(CONNACK) + encode(SubackPacket(1, (1,)))


@pytest.mark.parametrize("action", ["hold", "stall"])
def test_packets_held_without_a_duration_are_dropped_when_both_sides_have_ended(action: str) -> None:
    tapped = TappedStreams(f"{action} any to front-door")
    tapped.connected()

    tapped.end(BROKER)
    open_before = tapped.tap.open_connections
    tapped.end(CLIENT)

    assert (open_before, tapped.tap.open_connections) == (1, 0)
    assert (tapped.ends(CLIENT), tapped.ends(BROKER)) == (1, 1)
    assert tapped.tap.due_us() is None
    assert tapped.got(CLIENT) == b""


def test_held_packets_are_released_on_request() -> None:
    tapped = TappedStreams("hold CONNACK")
    tapped.connected()

    tapped.effects += tapped.tap.release(tapped.at)

    assert tapped.got(CLIENT) == encode(CONNACK)


def test_a_cut_resets_both_sides_and_nothing_follows() -> None:
    tapped = TappedStreams("cut PUBACK after 1").connected()

    tapped.client(event(1, 1), event(2, 2))
    tapped.broker(PubackPacket(1), PubackPacket(2), PingrespPacket())
    tapped.client(PingreqPacket())

    assert tapped.was_reset
    assert tapped.tap.open_connections == 0
    assert tapped.got(CLIENT) == encode(CONNACK) + encode(PubackPacket(1))
    assert tapped.got(BROKER).endswith(encode(event(2, 2)))


def test_more_held_bytes_than_the_limit_cut_the_connection() -> None:
    tapped = TappedStreams("stall PUBLISH from front-door").connected()
    publish = PublishPacket("t", bytes(MAX_PACKET_BYTES - 10))

    for _ in range(MAX_HELD_BYTES // MAX_PACKET_BYTES + 1):
        tapped.client(publish)

    (cut,) = [each for each in tapped.effects if isinstance(each, ConnectionCut)]
    assert "hold back more than" in cut.reason
    assert tapped.was_reset


def test_a_reset_of_one_side_resets_the_other() -> None:
    tapped = TappedStreams().connected()

    tapped.end(CLIENT, reset=True)

    assert tapped.was_reset
    assert tapped.tap.open_connections == 0


def test_a_half_closed_connection_still_forwards_the_other_direction() -> None:
    tapped = TappedStreams().connected()

    tapped.end(CLIENT)
    tapped.broker(ConnackPacket(session_present=False, code=ConnectCode.SERVER_UNAVAILABLE))

    assert tapped.got(CLIENT).endswith(b"\x03")
    assert tapped.ends(BROKER) == 1
    assert tapped.packets[-1].client_id == CLIENT_ID


def test_an_injected_packet_comes_between_those_of_its_side() -> None:
    tapped = TappedStreams().connected()
    before = len(tapped.got(CLIENT))
    first, second = encode(event(1)), encode(event(2))
    injected = encode(PublishPacket("elsewhere", b"x"))

    tapped.send(BROKER, first + second[:5])
    tapped.effects += tapped.tap.inject(tapped.number, BROKER, injected, tapped.at)
    tapped.send(BROKER, second[5:])

    assert tapped.got(CLIENT)[before:] == first + injected + second
    assert PublishPacket("elsewhere", b"x") in [seen.packet for seen in tapped.packets]


def test_nothing_is_injected_into_a_connection_that_has_ended() -> None:
    tapped = TappedStreams().connected()
    tapped.end(BROKER)

    assert tapped.tap.inject(tapped.number, BROKER, encode(event(1)), tapped.at) == []
    assert tapped.tap.inject(99, BROKER, encode(event(1)), tapped.at) == []
