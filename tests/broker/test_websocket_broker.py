"""MQTT over WebSocket at the port of the embedded broker (section 6), for browsers and MQTTX."""

from collections.abc import AsyncIterator

import pytest
from gate import KEYRING, gate_of, guarded_embedded
from served import Site, serving
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.typing import Origin, Subprotocol

from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    Packet,
    PingreqPacket,
    PingrespPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_simulator.broker.limits import BrokerLimits

pytestmark = pytest.mark.live
MQTT = [Subprotocol("mqtt")]
HELLO = encode(ConnectPacket("browser"))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as site:
        yield site


def url(site: Site) -> str:
    return f"ws://127.0.0.1:{site.broker.port}/mqtt"


async def packets(socket: ClientConnection, count: int) -> list[Packet]:
    """Return the next packets, which may be anywhere in the frames."""
    reader, found = PacketReader(Sender.SERVER), list[Packet]()
    while len(found) < count:
        frame = await socket.recv()
        assert isinstance(frame, bytes)
        found += reader.feed(frame)
    return found


async def test_a_browser_and_a_hub_exchange_messages_at_one_port(site: Site) -> None:
    hub = await site.joined("hub", "to/hub")
    async with connect(url(site), subprotocols=MQTT) as browser:
        await browser.send(HELLO)
        await browser.send(encode(SubscribePacket(1, (("to/browser", 0),))))
        await browser.send(encode(PublishPacket("to/hub", b"from the browser")))
        await hub.arrived(lambda got: got.payload == b"from the browser")
        await hub.publish("to/browser", bytes(100_000))

        answers = await packets(browser, 3)

        assert browser.subprotocol == "mqtt"
        assert answers == [
            ConnackPacket(session_present=False),
            SubackPacket(1, (0,)),
            PublishPacket("to/browser", bytes(100_000)),
        ]


async def test_packets_and_frames_need_not_coincide(site: Site) -> None:
    stream = HELLO + encode(PingreqPacket()) * 3
    async with connect(url(site), subprotocols=MQTT) as browser:
        await browser.send(stream[:5])
        await browser.send(b"")
        await browser.send([stream[5:9], stream[9:11], stream[11:]])  # one message in three frames

        answers = await packets(browser, 4)

    assert answers == [ConnackPacket(session_present=False), *[PingrespPacket()] * 3]


async def test_a_text_frame_closes_the_connection(site: Site) -> None:
    async with connect(url(site), subprotocols=MQTT) as browser:
        await browser.send("MQTT in a text frame")

        with pytest.raises(ConnectionClosed):
            await browser.recv()


async def test_a_will_is_sent_when_a_browser_is_closed(site: Site) -> None:
    watcher = await site.joined("watcher", "will")
    async with connect(url(site), subprotocols=MQTT) as browser:
        await browser.send(b"\x10\x18\x00\x04MQTT\x04\x06\x00\x3c\x00\x00\x00\x04will\x00\x04gone")
        await packets(browser, 1)

    await watcher.arrived(lambda got: got.payload == b"gone")


@pytest.mark.parametrize("offered", [None, [Subprotocol("chat")]])
async def test_the_subprotocol_mqtt_is_needed(site: Site, offered: list[Subprotocol] | None) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connect(url(site), subprotocols=offered)

    assert caught.value.response.status_code == 400


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:5173", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("https://example.org", False),
        ("https://localhost.example.org", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_without_passwords_only_pages_of_this_machine_may_connect(
    site: Site, origin: str, allowed: bool
) -> None:
    status = 101
    try:
        async with connect(url(site), subprotocols=MQTT, origin=Origin(origin)) as page:
            await page.send(HELLO)
            await packets(page, 1)
    except InvalidStatus as refused:
        status = refused.response.status_code

    assert status == (101 if allowed else 403)


async def test_with_passwords_pages_of_all_origins_may_connect() -> None:
    broker, _ = guarded_embedded()
    hello = encode(ConnectPacket("mqttx", username="bench", password=KEYRING.bench.encode()))
    async with (
        gate_of(broker) as gate,
        connect(
            f"ws://127.0.0.1:{gate.port}/mqtt", subprotocols=MQTT, origin=Origin("https://mqttx.app")
        ) as page,
    ):
        await page.send(hello)

        assert await packets(page, 1) == [ConnackPacket(session_present=False)]


@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 4"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 4"),
        (b"GET nonsense\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 1000, b""),
    ],
    ids=["no host", "no upgrade", "not HTTP", "too many headers"],
)
async def test_an_http_request_that_is_not_for_a_websocket_is_closed_and_logged(
    site: Site, request_bytes: bytes, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    client = await site.opened()
    client.send(request_bytes)

    status = await client.read_line()
    await client.end()

    assert status.startswith(answer)
    assert "WebSocket" in caplog.text


async def test_a_frame_before_the_connect_is_as_small_as_a_connect() -> None:
    limits = BrokerLimits(max_connect_bytes=1_000, max_packet_bytes=5_000)
    async with serving(limits) as site, connect(url(site), subprotocols=MQTT) as browser:
        await browser.send(bytes(2_000))

        with pytest.raises(ConnectionClosed) as raised:
            await browser.recv()
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG


async def test_a_frame_after_the_connect_has_a_whole_packet() -> None:
    limits = BrokerLimits(max_connect_bytes=1_000, max_packet_bytes=5_000)
    packet = PublishPacket("t", bytes(4_997))
    async with serving(limits) as site, connect(url(site), subprotocols=MQTT) as browser:
        await browser.send(HELLO)
        await packets(browser, 1)

        await browser.send(encode(packet))
        await browser.send(encode(PingreqPacket()))

        assert await packets(browser, 1) == [PingrespPacket()]
