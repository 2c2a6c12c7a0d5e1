"""The virtual wire: the order of messages, and the loss of connections."""

from collections import Counter

import pytest

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
    Will,
)
from hubsim_simulator.broker.profiles import EMBEDDED, MOSQUITTO
from hubsim_simulator.virtual_mqtt import VirtualMqtt

LAST_WORD = Will("presence/hub", b"offline")
SEEDS = range(8)


class Net:
    """A wire, and the events that each station has received."""

    def __init__(self, seed: int = 1, *, persistent: bool = False) -> None:
        profile = MOSQUITTO if persistent else EMBEDDED
        self.received: list[tuple[str, PortEvent]] = []
        self.wire = VirtualMqtt(profile, seed, lambda station, event: self.received.append((station, event)))

    def do(self, station: str, *effects: PortEffect) -> None:
        for effect in effects:
            self.wire.perform(station, effect)

    def settle(self) -> None:
        while self.wire.step():
            pass

    def join(self, station: str, *filters: str, will: Will | None = None) -> None:
        self.do(
            station, Connect(station, clean=True, keepalive_s=60, will=will), Subscribe(filters or ("x",))
        )
        self.settle()
        assert self.of(station)[-2:] == [Connected(), Subscribed()]
        self.received.clear()

    def of(self, station: str) -> list[PortEvent]:
        return [event for receiver, event in self.received if receiver == station]

    def payloads(self, station: str) -> list[bytes]:
        return [event.payload for event in self.of(station) if isinstance(event, Received)]


def numbered(sender: str, count: int) -> list[Publish]:
    return [Publish(f"news/{sender}", f"{sender}{number}".encode()) for number in range(count)]


@pytest.mark.parametrize("seed", SEEDS)
def test_messages_of_one_connection_arrive_in_order(seed: int) -> None:
    net = Net(seed)
    net.join("listener", "news/+")
    net.join("a")
    net.join("b")

    net.do("a", *numbered("a", 10))
    net.do("b", *numbered("b", 10))
    net.settle()

    arrived = net.payloads("listener")
    for sender in "ab":
        own = [payload for payload in arrived if payload.decode().startswith(sender)]
        assert own == [message.payload for message in numbered(sender, 10)]


def history(seed: int) -> list[bytes]:
    net = Net(seed)
    net.join("listener", "news/+")
    for sender in "abcd":
        net.join(sender)
    for sender in "abcd":
        net.do(sender, *numbered(sender, 3))
    net.settle()
    return net.payloads("listener")


def test_the_seed_decides_the_order_of_messages_of_different_connections() -> None:
    histories = {tuple(history(seed)) for seed in SEEDS}

    assert len(histories) > len(SEEDS) // 2
    assert len({frozenset(Counter(each).items()) for each in histories}) == 1


def test_the_same_seed_gives_the_same_order() -> None:
    assert history(5) == history(5)


def test_only_a_publish_with_a_token_is_acknowledged() -> None:
    net = Net()
    net.join("hub")

    net.do("hub", Publish("news", b"1", token=7), Publish("news", b"2"))
    net.settle()

    assert net.of("hub") == [Published(7)]


def test_effects_without_a_connection_are_dropped() -> None:
    net = Net()

    net.do("hub", Publish("news", b"1", retain=True), Subscribe(("news",)), Disconnect())
    net.settle()

    assert net.received == []
    assert not net.wire.connected("hub")


def test_a_disconnect_ends_the_connection_without_its_will() -> None:
    net = Net()
    net.join("cloud", "presence/+")
    net.join("hub", will=LAST_WORD)

    net.do("hub", Disconnect())
    net.settle()

    assert net.received == []
    assert not net.wire.connected("hub")


# ------------------------------------------------------------------ lost connections


def test_a_severed_connection_loses_messages_in_flight_and_its_will_is_sent() -> None:
    net = Net()
    net.join("cloud", "presence/+", "news/+")
    net.join("hub", "desired", will=LAST_WORD)
    net.do("cloud", Publish("desired", b"to the hub"))
    net.wire.step()
    net.do("hub", *numbered("hub", 3))

    net.wire.sever("hub")
    net.settle()

    assert net.of("hub") == [ConnectionLost()]
    assert net.payloads("cloud") == [b"offline"]
    assert not net.wire.connected("hub")


def test_an_abandoned_connection_does_not_notify_its_station_but_its_will_is_sent() -> None:
    net = Net()
    net.join("cloud", "presence/+")
    net.join("hub", will=LAST_WORD)

    net.wire.abandon("hub")
    net.settle()

    assert net.of("hub") == []
    assert net.payloads("cloud") == [b"offline"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_connection_severed_before_its_connack_is_reported_as_lost(seed: int) -> None:
    net = Net(seed)
    net.do("hub", Connect("hub", clean=True, keepalive_s=60, will=LAST_WORD))
    if seed % 2:
        net.wire.step()

    net.wire.sever("hub")
    net.settle()

    assert net.of("hub") == [ConnectionLost()]


def test_severing_a_station_without_a_connection_does_nothing() -> None:
    net = Net()

    net.wire.sever("hub")
    net.wire.abandon("hub")
    net.settle()

    assert net.received == []


def test_a_station_can_reconnect_at_once_and_the_old_end_does_not_affect_the_new_connection() -> None:
    net = Net()
    net.join("cloud", "presence/+")
    net.join("hub", will=LAST_WORD)
    net.wire.abandon("hub")

    net.join("hub", "desired")
    net.do("cloud", Publish("desired", b"hello again"))
    net.settle()

    assert net.payloads("hub") == [b"hello again"]
    assert net.wire.connected("hub")


# ------------------------------------------------------------------ broker stop and start


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_connect_of_a_station_comes_after_its_disconnect(seed: int) -> None:
    """Otherwise the broker would take the old connection over, send its will, and report its end."""
    net = Net(seed)
    net.join("watcher", "presence/+")
    net.join("hub", will=LAST_WORD)

    net.do("hub", Disconnect(), Connect("hub", clean=True, keepalive_s=60, will=LAST_WORD))
    net.settle()

    assert net.of("hub") == [Connected()]
    assert net.payloads("watcher") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_station_that_has_left_receives_nothing_of_that_connection(seed: int) -> None:
    net = Net(seed)
    net.join("hub", "desired")
    net.join("cloud")

    net.do("cloud", Publish("desired", b"1"))
    net.wire.step()
    net.do("hub", Disconnect())
    net.settle()

    assert net.of("hub") == []


def test_a_broker_stop_ends_every_connection_and_sends_no_will() -> None:
    net = Net()
    net.join("cloud", "presence/+")
    net.join("hub", will=LAST_WORD)

    net.wire.stop_broker()
    net.settle()

    assert sorted(net.received, key=lambda each: each[0]) == [
        ("cloud", ConnectionLost()),
        ("hub", ConnectionLost()),
    ]


def test_a_connect_in_flight_at_a_broker_stop_is_lost_and_reported_once() -> None:
    net = Net()
    net.do("hub", Connect("hub", clean=True, keepalive_s=60))

    net.wire.stop_broker()
    net.settle()

    assert net.of("hub") == [ConnectionLost()]
    assert not net.wire.connected("hub")


def test_a_connect_to_a_stopped_broker_fails() -> None:
    net = Net()
    net.wire.stop_broker()

    net.do("hub", Connect("hub", clean=True, keepalive_s=60))
    net.settle()

    assert net.of("hub") == [ConnectFailed("no broker answers")]
    assert not net.wire.connected("hub")


@pytest.mark.parametrize(("persistent", "kept"), [(True, [b"kept"]), (False, [])])
def test_a_restarted_broker_has_retained_messages_only_if_it_is_persistent(
    persistent: bool, kept: list[bytes]
) -> None:
    net = Net(persistent=persistent)
    net.join("cloud")
    net.do("cloud", Publish("desired", b"kept", retain=True))
    net.settle()
    net.wire.stop_broker()
    net.settle()
    net.received.clear()

    net.wire.start_broker()
    net.do("hub", Connect("hub", clean=True, keepalive_s=60), Subscribe(("desired",)))
    net.settle()

    assert net.payloads("hub") == kept


# ------------------------------------------------------------------ third parties


def test_a_message_of_a_third_party_is_delivered_and_leaves_no_connection() -> None:
    net = Net()
    net.join("cloud", "presence/+")

    net.wire.publish_as_third_party("presence/hub", b"boo", retain=False)
    net.settle()

    assert net.received == [("cloud", Received("presence/hub", b"boo"))]
    assert not net.wire.connected("third party")


def test_a_retained_message_of_a_third_party_is_delivered_to_later_subscribers() -> None:
    net = Net()
    net.wire.publish_as_third_party("desired", b"old", retain=True)

    net.do("hub", Connect("hub", clean=True, keepalive_s=60), Subscribe(("desired",)))
    net.settle()

    assert [event for event in net.of("hub") if isinstance(event, Received)] == [
        Received("desired", b"old", retained=True)
    ]


def test_a_message_of_a_third_party_to_a_stopped_broker_is_lost() -> None:
    net = Net()
    net.join("cloud", "presence/+")
    net.wire.stop_broker()
    net.settle()
    net.received.clear()

    net.wire.publish_as_third_party("presence/hub", b"boo", retain=False)
    net.settle()

    assert net.received == []
