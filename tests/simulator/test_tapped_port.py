"""The tap between a core and its MQTT client: whatever happens, the tracker comes to rest and nobody lies."""

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
    """A client that says what a test lets it say."""

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


def test_a_station_hears_what_its_client_says() -> None:
    world = online()

    world.client.says(Received("desired", b"{}"))

    assert world.notify == [Received("desired", b"{}")]


def test_every_event_lets_the_world_look_again() -> None:
    world = online()
    before = world.looked_again

    world.client.says(Received("desired", b"{}"))
    world.client.says(ConnectionLost())

    assert world.looked_again == before + 2


def test_every_publish_is_followed_to_its_acknowledgement_though_the_station_does_not_ask() -> None:
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


def test_a_station_gets_its_acknowledgement_under_its_own_token() -> None:
    world = online()

    world.port.perform(Publish("news", b"1"))
    world.port.perform(Publish("news", b"2", token=77))
    for sent in list(world.client.done):
        assert isinstance(sent, Publish)
        world.client.says(Published(sent.token))

    assert world.notify == [Published(77)]


def test_effects_without_a_connection_lead_nowhere() -> None:
    world = World()

    world.port.perform(NEWS)
    world.port.perform(Subscribe(("desired",)))

    assert world.client.done == []
    assert world.tracker.clear


def test_a_lost_connection_is_told_and_leaves_nothing_open() -> None:
    world = online()
    world.port.perform(NEWS)

    world.client.says(ConnectionLost())
    world.port.perform(NEWS)

    assert world.notify == [ConnectionLost()]
    assert world.tracker.clear


def test_an_attempt_that_fails_is_told_and_leaves_nothing_open() -> None:
    world = World()
    world.port.perform(CONNECT)

    world.client.says(ConnectFailed("no broker"))

    assert world.notify == [ConnectFailed("no broker")]
    assert world.tracker.clear


def test_a_severed_station_is_told_once_and_its_client_is_waited_for() -> None:
    world = online()

    world.port.sever(notify=True)
    at_once, under_way = list(world.notify), world.tracker.awaited()
    world.client.says(ConnectionLost())

    assert at_once == [ConnectionLost()]
    assert under_way == ["hub: waits for the end of its connection"]
    assert world.client.done == ["sever"]
    assert world.notify == at_once
    assert world.tracker.clear


def test_a_station_that_knows_already_is_not_told() -> None:
    world = online()

    world.port.sever(notify=False)
    world.client.says(ConnectionLost())

    assert world.notify == []
    assert world.tracker.clear


def test_the_last_words_of_a_severed_connection_are_not_heard() -> None:
    world = online()

    world.port.sever(notify=False)
    world.client.says(Received("desired", b"{}"))

    assert world.notify == []


def test_the_next_connection_waits_until_the_severed_one_has_really_ended() -> None:
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


def test_a_station_severed_before_its_waiting_attempt_began_makes_no_connection() -> None:
    world = online()
    world.port.sever(notify=False)
    world.port.perform(CONNECT)

    world.port.sever(notify=False)
    world.client.says(ConnectionLost())

    assert world.client.done == ["sever"]
    assert world.tracker.clear


def test_a_station_that_is_cut_off_while_its_attempt_waits_is_told_of_that_too() -> None:
    world = online()
    world.port.sever(notify=True)
    world.port.perform(CONNECT)

    world.port.sever(notify=True)
    world.client.says(ConnectionLost())

    assert world.notify == [ConnectionLost(), ConnectionLost()]
    assert world.client.done == ["sever"]
    assert world.tracker.clear


def test_a_station_that_says_goodbye_while_its_attempt_waits_makes_no_connection() -> None:
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


def test_a_goodbye_leaves_nothing_open() -> None:
    world = online()

    world.port.perform(Disconnect())

    assert world.client.done == [Disconnect()]
    assert world.tracker.clear
    assert not world.tracker.knows("hub")


def test_on_a_shared_broker_the_client_id_carries_the_mark_of_the_play() -> None:
    world = World(suffix="-ab12")

    world.port.perform(CONNECT)

    (connect,) = world.client.done
    assert isinstance(connect, Connect)
    assert connect.client_id == "hub-ab12"


def test_what_a_severed_station_said_last_is_not_waited_for() -> None:
    world = online()
    world.port.perform(NEWS)

    world.port.sever(notify=False)
    world.client.says(ConnectionLost())

    assert world.tracker.clear


async def test_closing_lets_go_of_the_client_and_leaves_nothing_open() -> None:
    world = online()
    world.port.perform(NEWS)
    world.port.sever(notify=False)

    await world.port.aclose()

    assert world.client.done[-2:] == ["sever", "close"]
    assert world.tracker.clear
