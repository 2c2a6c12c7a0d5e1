"""The events of a tap as JSON and as lines."""

import json

import msgspec
import pytest
from tapped_streams import CLIENT_ID, CONNECT, HUB, NAME, PASSWORD, PREFIX, TappedStreams, event

from hubsim_contract.mqtt.codec.packets import (
    ConnectPacket,
    PacketKind,
    PingreqPacket,
    PubackPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
    UnsubscribePacket,
)
from hubsim_server.tap_output import TapFilter
from hubsim_simulator.tap.tap_events import Forward, ForwardEnd, Reset, TapEvent
from hubsim_simulator.tap.tap_records import as_json, as_line

DESIRED = f"{PREFIX}/hubs/{HUB}/desired"
BEGINS_WITH_TIME = "22:13:20.000000  "


def events(tapped: TappedStreams) -> list[TapEvent]:
    return [each for each in tapped.effects if not isinstance(each, Forward | ForwardEnd | Reset)]


def lines(tapped: TappedStreams) -> list[str]:
    return [str(as_line(each, {HUB: NAME})).removeprefix(BEGINS_WITH_TIME) for each in events(tapped)]


def journey() -> TappedStreams:
    tapped = TappedStreams("drop PUBACK to front-door", "hold SUBACK for 1 s").connected()
    tapped.client(SubscribePacket(1, ((DESIRED, 1),)), event(1, 2))
    tapped.broker(
        SubackPacket(1, (1,)), PubackPacket(2), PublishPacket(DESIRED, b'{"hub":7}', 1, True, True, 3)
    )
    tapped.wait(1)
    tapped.client(b"\x36\x02\x00\x00", b"\xf0\x00", UnsubscribePacket(4, ("x",)), PingreqPacket())
    tapped.client(b"\x30\xff\xff\xff\xff\x01")
    tapped.end(Sender.CLIENT)
    tapped.effects += tapped.tap.cut(tapped.number, "the test ends", tapped.at)
    return tapped


def test_a_connection_as_lines() -> None:
    shown = "\n".join(lines(journey()))

    assert shown.splitlines()[:7] == [
        "#1                --  opened       from 127.0.0.1 port 50000",
        (
            f"#1 {CLIENT_ID}   ->  CONNECT      clean, keepalive 60 s, user {HUB} with a password, "
            f"will {PREFIX}/hubs/{HUB}/presence q1 retain"
        ),
        f"#1 {CLIENT_ID}   <-  CONNACK      accepted",
        f"#1 {CLIENT_ID}   ->  SUBSCRIBE    id 1  {DESIRED} q1",
        (
            f"#1 {CLIENT_ID}   ->  PUBLISH      events of front-door  q1 id 2  "
            "boot=1 number=1 kind=lid_opened at_ms=1 detail="
        ),
        f"#1 {CLIENT_ID}   <-  SUBACK       id 1  q1  desired of front-door  fault: hold SUBACK for 1000 ms",
        f"#1 {CLIENT_ID}   <-  PUBACK       id 2  events of front-door  fault: drop PUBACK to front-door",
    ]
    assert (
        'desired of front-door  q1 id 3 retain dup  {"hub":7}  violates MQ-7.shape: not a desired message'
        in shown
    )
    assert "released     5 bytes" in shown
    assert "malformed: the QoS is 3 [MQTT-3.3.1-4]" in shown
    assert "RESERVED" in shown
    assert "undecoded    30 ff ff ff ff 01  the remaining length has more than four bytes" in shown
    assert shown.endswith("cut            the test ends")


def test_a_message_without_a_subject_is_named_by_its_kind_alone() -> None:
    tapped = TappedStreams().connected()
    tapped.broker(PublishPacket(f"{PREFIX}/cloud/presence", b'{"online":true}', 0, True, False, None))

    assert "PUBLISH      cloud_presence  q0" in lines(tapped)[-1]


def test_a_connection_as_json() -> None:
    written = [json.loads(msgspec.json.encode(as_json(each))) for each in events(journey())]

    assert [each["event"] for each in written] == (
        ["opened"] + ["packet"] * 7 + ["released"] + ["packet"] * 4 + ["undecoded", "ended", "cut"]
    )
    connect, _, _, published, suback, puback, desired = written[1:8]
    assert (connect["password"], connect["username"], connect["will"]["retain"]) == (True, HUB, True)
    assert json.loads(published["payload"])["kind"] == "lid_opened"
    assert (published["message"], published["subject"], published["direction"]) == (
        "events",
        HUB,
        "to_broker",
    )
    assert (suback["codes"], suback["about"], suback["action"]) == ([1], [DESIRED], "hold")
    assert puback["fault"] == "drop PUBACK to front-door"
    assert desired["violation"].startswith("MQ-7.shape: ")
    assert written[9]["rule"] == "MQTT-3.3.1-4"


def test_no_output_has_a_password_even_when_the_tap_keeps_them() -> None:
    tapped = TappedStreams(keep_passwords=True).connected()

    written = [msgspec.json.encode(as_json(each)).decode() for each in events(tapped)]

    assert PASSWORD.decode() not in "".join(lines(tapped) + written)
    assert PASSWORD.hex() not in "".join(lines(tapped) + written)


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nb", "\x9b31m", "\u202e"])
def test_a_peer_cannot_change_the_terminal(text: str) -> None:
    tapped = TappedStreams()

    tapped.client(ConnectPacket(text, username=text), PublishPacket(text, text.encode()))
    tapped.client(SubscribePacket(1, ((text, 0),)))

    assert all(line.isprintable() for line in lines(tapped))


def test_long_payloads_are_cut_in_lines_and_whole_in_json() -> None:
    tapped = TappedStreams().connected()

    tapped.client(PublishPacket("t", b"x" * 5_000), PublishPacket("t", b"\xff" * 5_000))

    text, binary = lines(tapped)[-2:]
    assert text.endswith("... (5000 bytes)")
    assert binary.endswith("... (5000 bytes)")
    assert max(len(text), len(binary)) < 300
    assert as_json(events(tapped)[-2])["payload"] == "x" * 5_000
    assert as_json(events(tapped)[-1])["payload_hex"] == "ff" * 5_000


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (TapFilter(clients=("hub-*",), kinds=frozenset({PacketKind.CONNACK})), ["CONNACK"]),
        (TapFilter(topics=(f"{PREFIX}/hubs/+/events",)), ["PUBLISH", "PUBACK"]),
        (TapFilter(hubs=frozenset({"FFFFFFFF"})), []),
        (TapFilter(clients=("other",)), []),
    ],
)
def test_the_filter_selects_packets(wanted: TapFilter, kinds: list[str]) -> None:
    tapped = TappedStreams().connected()
    tapped.client(event(1, 2))
    tapped.broker(PubackPacket(2))

    shown = [each for each in events(tapped) if wanted.shows(each, HUB)]

    assert [as_json(each)["kind"] for each in shown] == kinds


def test_the_filter_of_a_hub_shows_what_other_clients_send_about_it() -> None:
    tapped = TappedStreams()
    tapped.client(ConnectPacket("cloud"), PublishPacket(DESIRED, b""), PingreqPacket())

    shown = [each for each in events(tapped) if TapFilter(hubs=frozenset({HUB})).shows(each, None)]

    assert [as_json(each)["kind"] for each in shown] == ["PUBLISH"]
    assert CONNECT.username == HUB
