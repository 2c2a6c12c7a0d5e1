"""The MQTT port on a real broker: every effect, every event, and the ends of a connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from held_port import held_port

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
    Will,
)
from hubsim_contract.mqtt.stream_port import StreamPort
from hubsim_contract.wire.errors import LocalError
from hubsim_simulator.broker.embedded import EmbeddedBroker

pytestmark = pytest.mark.live
BOUND_S = 10
EventT = TypeVar("EventT")


OpenPort = Callable[[BrokerUrl, Callable[[PortEvent], None]], AiomqttPort | StreamPort]


def open_stream(url: BrokerUrl, deliver: Callable[[PortEvent], None]) -> StreamPort:
    return StreamPort(MqttConnector(url), deliver)


class Station:
    """A port with its events, and a queue of those that were not read."""

    open_port: OpenPort

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.events: list[PortEvent] = []
        self._unread: asyncio.Queue[PortEvent] = asyncio.Queue()
        self.port = self.open_port(BrokerUrl.parse(url), self._on_event)

    def _on_event(self, event: PortEvent) -> None:
        self.events.append(event)
        self._unread.put_nowait(event)

    async def next(self, kind: type[EventT]) -> EventT:
        """Return the next event of this kind, and skip others."""
        async with asyncio.timeout(BOUND_S):
            while True:
                event = await self._unread.get()
                if isinstance(event, kind):
                    return event

    async def connect(self, will: Will | None = None, *, clean: bool = True) -> Connected:
        self.port.perform(Connect(self.name, clean, 60, will))
        return await self.next(Connected)

    async def subscribe(self, *filters: str) -> None:
        self.port.perform(Subscribe(filters))
        await self.next(Subscribed)


@pytest.fixture(autouse=True, params=[AiomqttPort, open_stream], ids=["aiomqtt", "stream"])
def adapter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with every adapter: a core cannot distinguish them."""
    monkeypatch.setattr(Station, "open_port", staticmethod(request.param), raising=False)


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker()
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def station(broker: EmbeddedBroker) -> AsyncIterator[Callable[[str], Station]]:
    made: list[Station] = []

    def make(name: str) -> Station:
        made.append(Station(broker.url, name))
        return made[-1]

    yield make
    for each in made:
        await each.port.aclose()


Make = Callable[[str], Station]


async def test_a_message_travels_from_one_station_to_another(station: Make) -> None:
    hub, cloud = station("hub"), station("cloud")
    await hub.connect()
    await cloud.connect()
    await cloud.subscribe("hubs/+/reported")

    hub.port.perform(Publish("hubs/1/reported", b"\x00state", token=7))

    assert await hub.next(Published) == Published(7)
    assert await cloud.next(Received) == Received("hubs/1/reported", b"\x00state", retained=False)


async def test_publishes_keep_their_order_and_each_token_is_answered(station: Make) -> None:
    hub, cloud = station("hub"), station("cloud")
    await hub.connect()
    await cloud.connect()
    await cloud.subscribe("t/#")

    for number in range(1, 301):
        hub.port.perform(Publish(f"t/{number % 3}", str(number).encode(), token=number))
    tokens = [(await hub.next(Published)).token for _ in range(300)]
    arrived = [int((await cloud.next(Received)).payload) for _ in range(300)]

    assert sorted(tokens) == list(range(1, 301))
    assert arrived == list(range(1, 301))


async def test_a_publish_without_a_token_is_not_answered(station: Make) -> None:
    hub = station("hub")
    await hub.connect()

    hub.port.perform(Publish("t", b"silent"))
    hub.port.perform(Publish("t", b"answered", token=2))
    await hub.next(Published)

    assert [event for event in hub.events if isinstance(event, Published)] == [Published(2)]


async def test_a_retained_message_is_marked_and_an_empty_one_clears_it(station: Make) -> None:
    cloud, hub, late = station("cloud"), station("hub"), station("late")
    await cloud.connect()
    cloud.port.perform(Publish("desired", b"v1", retain=True, token=1))
    await cloud.next(Published)

    await hub.connect()
    await hub.subscribe("desired")
    first = await hub.next(Received)
    cloud.port.perform(Publish("desired", b"", retain=True, token=2))
    await cloud.next(Published)
    await hub.next(Received)
    await late.connect()
    await late.subscribe("desired", "end")
    cloud.port.perform(Publish("end", b""))

    assert first == Received("desired", b"v1", retained=True)
    assert await late.next(Received) == Received("end", b"")


async def test_a_severed_connection_is_reported_and_its_will_is_sent(station: Make) -> None:
    hub, cloud = station("hub"), station("cloud")
    await cloud.connect()
    await cloud.subscribe("presence")
    await hub.connect(Will("presence", b"offline"))

    hub.port.sever()

    await hub.next(ConnectionLost)
    assert await cloud.next(Received) == Received("presence", b"offline")


async def test_a_message_that_is_being_sent_when_the_connection_is_severed_uses_no_socket_afterwards(
    station: Make,
) -> None:
    hub, complaints = station("hub"), list[dict[str, object]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
    await hub.connect()

    hub.port.perform(Publish("t", b"half sent"))
    hub.port.sever()
    await hub.next(ConnectionLost)

    assert complaints == []


async def test_a_disconnect_sends_no_will_and_has_no_answer(station: Make) -> None:
    hub, cloud = station("hub"), station("cloud")
    await cloud.connect()
    await cloud.subscribe("presence")
    await hub.connect(Will("presence", b"offline"))

    hub.port.perform(Publish("presence", b"going"))
    hub.port.perform(Disconnect())
    hub.port.perform(Connect("hub", clean=True, keepalive_s=60))
    await hub.next(Connected)
    hub.port.perform(Publish("presence", b"back"))

    assert [(await cloud.next(Received)).payload for _ in range(2)] == [b"going", b"back"]
    assert hub.events == [Connected(), Connected()]


async def test_after_a_loss_the_same_port_connects_again(station: Make) -> None:
    hub = station("hub")
    await hub.connect()
    hub.port.sever()
    await hub.next(ConnectionLost)

    await hub.connect()
    hub.port.perform(Publish("t", b"x", token=5))

    assert await hub.next(Published) == Published(5)


async def test_a_connection_reports_no_events_after_its_loss(station: Make) -> None:
    hub, cloud = station("hub"), station("cloud")
    await cloud.connect()
    await hub.connect()
    await hub.subscribe("flood")

    for _ in range(200):
        cloud.port.perform(Publish("flood", b"x"))
    await hub.next(Received)
    hub.port.perform(Publish("t", b"x", token=1))
    hub.port.sever()
    await hub.next(ConnectionLost)
    cloud.port.perform(Publish("t", b"y", token=9))
    await cloud.next(Published)

    assert isinstance(hub.events[-1], ConnectionLost)


async def test_the_end_of_the_broker_is_a_loss(station: Make, broker: EmbeddedBroker) -> None:
    hub = station("hub")
    await hub.connect()

    await broker.restart()

    await hub.next(ConnectionLost)
    await hub.connect()


async def test_a_missing_broker_is_a_failed_connect() -> None:
    with held_port() as port:
        hub = Station(f"mqtt://127.0.0.1:{port}", "hub")

        hub.port.perform(Connect("hub", clean=True, keepalive_s=60))

        failed = await hub.next(ConnectFailed)
    assert f"mqtt://127.0.0.1:{port}" in failed.reason
    assert "refused" in failed.reason
    await hub.port.aclose()


async def test_a_broker_that_hangs_up_before_it_answers_is_a_failed_connect() -> None:
    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    hub = Station(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", "hub")

    hub.port.perform(Connect("hub", clean=True, keepalive_s=60))

    assert (await hub.next(ConnectFailed)).reason
    await hub.port.aclose()
    server.close()


async def test_a_cut_while_the_broker_does_not_answer_fails_the_connect_at_once() -> None:
    seen: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        seen.put_nowait(writer)

    server = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    hub = Station(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", "hub")
    hub.port.perform(Connect("hub", clean=True, keepalive_s=60))
    writer = await asyncio.wait_for(seen.get(), BOUND_S)

    hub.port.sever()

    await asyncio.wait_for(hub.next(ConnectFailed), BOUND_S / 2)
    await hub.port.aclose()
    writer.close()
    server.close()


async def test_a_disconnect_while_connecting_reports_no_events(station: Make) -> None:
    hub = station("hub")

    hub.port.perform(Connect("hub", clean=True, keepalive_s=60))
    hub.port.perform(Disconnect())
    await hub.port.aclose()

    assert hub.events == []


async def test_closing_is_idempotent_and_silent(station: Make) -> None:
    hub, cloud = station("hub"), station("cloud")
    await cloud.connect()
    await cloud.subscribe("presence")
    await hub.connect(Will("presence", b"offline"))

    await hub.port.aclose()
    await hub.port.aclose()
    hub.port.perform(Publish("t", b"x"))

    assert hub.events == [Connected()]
    assert await cloud.next(Received) == Received("presence", b"offline")


async def test_effects_without_a_connection_are_dropped(station: Make) -> None:
    hub = station("hub")

    hub.port.perform(Publish("t", b"x", retain=True))
    hub.port.perform(Subscribe(("t",)))
    hub.port.perform(Disconnect())
    await hub.connect()
    await hub.subscribe("t")
    hub.port.perform(Publish("t", b"marker"))

    assert (await hub.next(Received)).payload == b"marker"


async def test_a_second_connect_is_an_error_of_the_core(station: Make) -> None:
    hub = station("hub")
    hub.port.perform(Connect("hub", clean=True, keepalive_s=60))

    with pytest.raises(LocalError, match="while connecting"):
        hub.port.perform(Connect("hub", clean=True, keepalive_s=60))


async def test_a_refused_subscription_ends_the_connection() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_packet(reader)
        writer.write(b"\x20\x02\x00\x00")
        subscribe = await _read_packet(reader)
        writer.write(b"\x90\x03" + subscribe[:2] + b"\x80")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    hub = Station(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", "hub")
    await hub.connect()

    hub.port.perform(Subscribe(("forbidden",)))

    await hub.next(ConnectionLost)
    assert hub.events == [Connected(), ConnectionLost()]
    await hub.port.aclose()
    server.close()


@pytest.mark.parametrize(("code", "words"), [(2, "client id"), (3, "unavailable"), (4, "user"), (5, "user")])
async def test_a_broker_that_refuses_the_connection_is_a_failed_connect_with_the_reason_in_words(
    code: int, words: str
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_packet(reader)
        writer.write(b"\x20\x02\x00" + bytes([code]))
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    hub = Station(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}", "hub")

    hub.port.perform(Connect("hub", clean=True, keepalive_s=60))

    assert words in (await hub.next(ConnectFailed)).reason
    await hub.port.aclose()
    server.close()


async def _read_packet(reader: asyncio.StreamReader) -> bytes:
    """Return the body of a short MQTT packet."""
    header = await reader.readexactly(2)
    return await reader.readexactly(header[1])
