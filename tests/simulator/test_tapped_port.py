"""The tap between a core and its MQTT client. After every event, the in-flight tracker matches the client."""

from collections.abc import Callable

from hubsim_contract.lab.tapped_port import SeverablePort, TappedPort
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_scenarios.worlds.both_sides import BothSidesTracker

CONNECT = Connect("hub", clean=True, keepalive_s=60)
NEWS = Publish("news", b"hello")


class FakeClient:
    """A client whose events the test sends."""

    def __init__(self, deliver: Callable[[PortEvent], None]) -> None:
        self.says = deliver
        self.done: list[PortEffect | str] = []

    def perform(self, effect: PortEffect) -> None:
        self.done.append(effect)

    def sever(self) -> None:
        self.done.append("sever")

    async def aclose(self) -> None:
        self.done.append("close")


class World:
    """One station with its tap."""

    def __init__(self, suffix: str = "") -> None:
        self.notify: list[PortEvent] = []
        self.looked_again = 0
        self.tracker = BothSidesTracker()
        self.clients: list[FakeClient] = []
        self.port = TappedPort("hub", self._open, self.tracker, self, client_suffix=suffix)

    def _open(self, deliver: Callable[[PortEvent], None]) -> SeverablePort:
        self.clients.append(FakeClient(deliver))
        return self.clients[-1]

    @property
    def client(self) -> FakeClient:
        (client,) = self.clients
        return client

    def port_event(self, station: str, event: PortEvent) -> None:
        assert station == "hub"
        self.notify.append(event)

    def progress(self) -> None:
        self.looked_again += 1

    def goes_online(self) -> None:
        self.port.perform(CONNECT)
        self.client.says(Connected())
        self.port.perform(Subscribe(("desired",)))
        self.client.says(Subscribed())
        self.notify.clear()
        self.client.done.clear()
        assert self.tracker.clear


def online() -> World:
    world = World()
    world.goes_online()
    return world


def test_a_station_receives_the_events_of_its_client() -> None:
    world = online()

    world.client.says(Received("desired", b"{}"))

    assert world.notify == [Received("desired", b"{}")]


def test_every_event_makes_the_world_check_its_progress() -> None:
    world = online()
    before = world.looked_again

    world.client.says(Received("desired", b"{}"))
    world.client.says(ConnectionLost())

    assert world.looked_again == before + 2


def test_every_publish_is_tracked_until_its_acknowledgement_even_without_a_token() -> None:
    world = online()

    world.port.perform(NEWS)
    (sent,) = world.client.done
    under_way = world.tracker.awaited()
    assert isinstance(sent, Publish)
    world.client.says(Published(sent.token))

    assert sent.token > 0
    assert under_way == ["the broker has not acknowledged news of hub"]
    assert world.tracker.clear
    assert world.notify == []


def test_a_station_receives_an_acknowledgement_with_its_own_token() -> None:
    world = online()

    world.port.perform(Publish("news", b"1"))
    world.port.perform(Publish("news", b"2", token=77))
    for sent in list(world.client.done):
        assert isinstance(sent, Publish)
        world.client.says(Published(sent.token))

    assert world.notify == [Published(77)]


def test_effects_without_a_connection_are_dropped() -> None:
    world = World()

    world.port.perform(NEWS)
    world.port.perform(Subscribe(("desired",)))

    assert world.client.done == []
    assert world.tracker.clear


def test_a_lost_connection_is_reported_and_leaves_nothing_in_flight() -> None:
    world = online()
    world.port.perform(NEWS)

    world.client.says(ConnectionLost())
    world.port.perform(NEWS)

    assert world.notify == [ConnectionLost()]
    assert world.tracker.clear


def test_a_failed_attempt_is_reported_and_leaves_nothing_in_flight() -> None:
    world = World()
    world.port.perform(CONNECT)

    world.client.says(ConnectFailed("no broker"))

    assert world.notify == [ConnectFailed("no broker")]
    assert world.tracker.clear


def test_a_severed_station_is_notified_once_and_its_client_is_awaited() -> None:
    world = online()

    world.port.sever(notify=True)
    at_once, under_way = list(world.notify), world.tracker.awaited()
    world.client.says(ConnectionLost())

    assert at_once == [ConnectionLost()]
    assert under_way == ["hub: waits for the end of its connection"]
    assert world.client.done == ["sever"]
    assert world.notify == at_once
    assert world.tracker.clear


def test_a_station_that_knows_of_the_loss_is_not_notified() -> None:
    world = online()

    world.port.sever(notify=False)
    world.client.says(ConnectionLost())

    assert world.notify == []
    assert world.tracker.clear


def test_the_last_messages_of_a_severed_connection_are_dropped() -> None:
    world = online()

    world.port.sever(notify=False)
    world.client.says(Received("desired", b"{}"))

    assert world.notify == []


def test_the_next_connection_waits_until_the_severed_one_has_ended() -> None:
    world = online()
    world.port.sever(notify=True)

    world.port.perform(CONNECT)
    early = list(world.client.done)
    under_way = world.tracker.clear
    world.client.says(ConnectionLost())

    assert early == ["sever"]
    assert not under_way
    assert world.client.done == ["sever", CONNECT]
    assert world.tracker.awaited() == ["hub: waits for CONNACK"]


def test_a_station_severed_before_its_waiting_attempt_does_not_connect() -> None:
    world = online()
    world.port.sever(notify=False)
    world.port.perform(CONNECT)

    world.port.sever(notify=False)
    world.client.says(ConnectionLost())

    assert world.client.done == ["sever"]
    assert world.tracker.clear


def test_a_station_severed_again_while_its_attempt_waits_is_notified_again() -> None:
    world = online()
    world.port.sever(notify=True)
    world.port.perform(CONNECT)

    world.port.sever(notify=True)
    world.client.says(ConnectionLost())

    assert world.notify == [ConnectionLost(), ConnectionLost()]
    assert world.client.done == ["sever"]
    assert world.tracker.clear


def test_a_station_that_disconnects_while_its_attempt_waits_does_not_connect() -> None:
    world = online()
    world.port.sever(notify=False)
    world.port.perform(CONNECT)

    world.port.perform(Disconnect())
    under_way = world.tracker.awaited()
    world.client.says(ConnectionLost())

    assert under_way == ["hub: waits for the end of its connection"]
    assert world.client.done == ["sever"]
    assert world.tracker.clear


def test_severing_twice_severs_once() -> None:
    world = online()

    world.port.sever(notify=True)
    world.port.sever(notify=True)

    assert world.client.done == ["sever"]
    assert world.notify == [ConnectionLost()]


def test_severing_a_station_without_a_connection_does_nothing() -> None:
    world = World()

    world.port.sever(notify=True)

    assert world.client.done == []
    assert world.notify == []
    assert world.tracker.clear


def test_a_disconnect_leaves_nothing_in_flight() -> None:
    world = online()

    world.port.perform(Disconnect())

    assert world.client.done == [Disconnect()]
    assert world.tracker.clear
    assert not world.tracker.knows("hub")


def test_on_a_shared_broker_the_client_id_has_the_suffix_of_the_play() -> None:
    world = World(suffix="-ab12")

    world.port.perform(CONNECT)

    (connect,) = world.client.done
    assert isinstance(connect, Connect)
    assert connect.client_id == "hub-ab12"


def test_the_last_messages_of_a_severed_station_are_not_awaited() -> None:
    world = online()
    world.port.perform(NEWS)

    world.port.sever(notify=False)
    world.client.says(ConnectionLost())

    assert world.tracker.clear


async def test_closing_the_port_closes_its_client_and_leaves_nothing_in_flight() -> None:
    world = online()
    world.port.perform(NEWS)
    world.port.sever(notify=False)

    await world.port.aclose()

    assert world.client.done[-2:] == ["sever", "close"]
    assert world.tracker.clear
