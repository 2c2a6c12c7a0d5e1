"""The virtual wire: what keeps its order and what does not, and how connections die."""

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
    """A wire, and what each station has heard."""

    def __init__(self, seed: int = 1, *, persistent: bool = False) -> None:
        profile = MOSQUITTO if persistent else EMBEDDED
        self.heard: list[tuple[str, PortEvent]] = []
        self.wire = VirtualMqtt(profile, seed, lambda station, event: self.heard.append((station, event)))

    def do(self, station: str, *effects: PortEffect) -> None:
        for effect in effects:
            self.wire.perform(station, effect)

    def settles(self) -> None:
        while self.wire.step():
            pass

    def joins(self, station: str, *filters: str, will: Will | None = None) -> None:
        self.do(
            station, Connect(station, clean=True, keepalive_s=60, will=will), Subscribe(filters or ("x",))
        )
        self.settles()
        assert self.of(station)[-2:] == [Connected(), Subscribed()]
        self.heard.clear()

    def of(self, station: str) -> list[PortEvent]:
        return [event for who, event in self.heard if who == station]

    def payloads(self, station: str) -> list[bytes]:
        return [event.payload for event in self.of(station) if isinstance(event, Received)]


def words(sender: str, count: int) -> list[Publish]:
    return [Publish(f"news/{sender}", f"{sender}{number}".encode()) for number in range(count)]


@pytest.mark.parametrize("seed", SEEDS)
def test_messages_of_one_connection_arrive_in_their_order(seed: int) -> None:
    net = Net(seed)
    net.joins("listener", "news/+")
    net.joins("a")
    net.joins("b")

    net.do("a", *words("a", 10))
    net.do("b", *words("b", 10))
    net.settles()

    arrived = net.payloads("listener")
    for sender in "ab":
        own = [payload for payload in arrived if payload.decode().startswith(sender)]
        assert own == [word.payload for word in words(sender, 10)]


def history(seed: int) -> list[bytes]:
    net = Net(seed)
    net.joins("listener", "news/+")
    for sender in "abcd":
        net.joins(sender)
    for sender in "abcd":
        net.do(sender, *words(sender, 3))
    net.settles()
    return net.payloads("listener")


def test_messages_of_different_connections_arrive_in_an_order_that_the_seed_draws() -> None:
    histories = {tuple(history(seed)) for seed in SEEDS}

    assert len(histories) > len(SEEDS) // 2
    assert len({frozenset(Counter(each).items()) for each in histories}) == 1


def test_the_same_seed_gives_the_same_order() -> None:
    assert history(5) == history(5)


def test_a_publish_with_a_token_is_acknowledged_under_it_and_one_without_is_not() -> None:
    net = Net()
    net.joins("hub")

    net.do("hub", Publish("news", b"1", token=7), Publish("news", b"2"))
    net.settles()

    assert net.of("hub") == [Published(7)]


def test_effects_without_a_connection_lead_nowhere() -> None:
    net = Net()

    net.do("hub", Publish("news", b"1", retain=True), Subscribe(("news",)), Disconnect())
    net.settles()

    assert net.heard == []
    assert not net.wire.connected("hub")


def test_a_goodbye_ends_the_connection_without_its_will() -> None:
    net = Net()
    net.joins("cloud", "presence/+")
    net.joins("hub", will=LAST_WORD)

    net.do("hub", Disconnect())
    net.settles()

    assert net.heard == []
    assert not net.wire.connected("hub")


# ------------------------------------------------------------------ connections that die


def test_a_severed_connection_loses_what_was_on_its_way_and_leaves_its_will() -> None:
    net = Net()
    net.joins("cloud", "presence/+", "news/+")
    net.joins("hub", "desired", will=LAST_WORD)
    net.do("cloud", Publish("desired", b"to the hub"))
    net.wire.step()
    net.do("hub", *words("hub", 3))

    net.wire.sever("hub")
    net.settles()

    assert net.of("hub") == [ConnectionLost()]
    assert net.payloads("cloud") == [b"offline"]
    assert not net.wire.connected("hub")


def test_an_abandoned_connection_tells_its_station_nothing_but_leaves_its_will() -> None:
    net = Net()
    net.joins("cloud", "presence/+")
    net.joins("hub", will=LAST_WORD)

    net.wire.abandon("hub")
    net.settles()

    assert net.of("hub") == []
    assert net.payloads("cloud") == [b"offline"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_connection_severed_before_its_answer_was_heard_was_never_made(seed: int) -> None:
    net = Net(seed)
    net.do("hub", Connect("hub", clean=True, keepalive_s=60, will=LAST_WORD))
    if seed % 2:
        net.wire.step()

    net.wire.sever("hub")
    net.settles()

    assert net.of("hub") == [ConnectionLost()]


def test_severing_who_has_no_connection_does_nothing() -> None:
    net = Net()

    net.wire.sever("hub")
    net.wire.abandon("hub")
    net.settles()

    assert net.heard == []


def test_a_station_can_connect_again_at_once_and_the_old_end_does_not_reach_the_new_connection() -> None:
    net = Net()
    net.joins("cloud", "presence/+")
    net.joins("hub", will=LAST_WORD)
    net.wire.abandon("hub")

    net.joins("hub", "desired")
    net.do("cloud", Publish("desired", b"hello again"))
    net.settles()

    assert net.payloads("hub") == [b"hello again"]
    assert net.wire.connected("hub")


# ------------------------------------------------------------------ the broker's life


def test_every_connection_dies_with_the_broker_and_no_will_is_sent() -> None:
    net = Net()
    net.joins("cloud", "presence/+")
    net.joins("hub", will=LAST_WORD)

    net.wire.stop_broker()
    net.settles()

    assert sorted(net.heard, key=lambda each: each[0]) == [
        ("cloud", ConnectionLost()),
        ("hub", ConnectionLost()),
    ]


def test_a_connect_that_is_on_its_way_when_the_broker_stops_is_lost_and_told_once() -> None:
    net = Net()
    net.do("hub", Connect("hub", clean=True, keepalive_s=60))

    net.wire.stop_broker()
    net.settles()

    assert net.of("hub") == [ConnectionLost()]
    assert not net.wire.connected("hub")


def test_no_broker_answers_while_it_is_stopped() -> None:
    net = Net()
    net.wire.stop_broker()

    net.do("hub", Connect("hub", clean=True, keepalive_s=60))
    net.settles()

    assert net.of("hub") == [ConnectFailed("no broker answers")]
    assert not net.wire.connected("hub")


@pytest.mark.parametrize(("persistent", "kept"), [(True, [b"kept"]), (False, [])])
def test_a_started_broker_has_what_its_kind_keeps(persistent: bool, kept: list[bytes]) -> None:
    net = Net(persistent=persistent)
    net.joins("cloud")
    net.do("cloud", Publish("desired", b"kept", retain=True))
    net.settles()
    net.wire.stop_broker()
    net.settles()
    net.heard.clear()

    net.wire.start_broker()
    net.do("hub", Connect("hub", clean=True, keepalive_s=60), Subscribe(("desired",)))
    net.settles()

    assert net.payloads("hub") == kept


# ------------------------------------------------------------------ strangers


def test_a_stranger_is_heard_by_whoever_listens_and_leaves_no_connection() -> None:
    net = Net()
    net.joins("cloud", "presence/+")

    net.wire.publish_as_third_party("presence/hub", b"boo", retain=False)
    net.settles()

    assert net.heard == [("cloud", Received("presence/hub", b"boo"))]
    assert not net.wire.connected("stranger")


def test_what_a_stranger_left_retained_is_found_by_who_comes_later() -> None:
    net = Net()
    net.wire.publish_as_third_party("desired", b"old", retain=True)

    net.do("hub", Connect("hub", clean=True, keepalive_s=60), Subscribe(("desired",)))
    net.settles()

    assert [event for event in net.of("hub") if isinstance(event, Received)] == [
        Received("desired", b"old", retained=True)
    ]


def test_nobody_hears_a_stranger_while_the_broker_is_stopped() -> None:
    net = Net()
    net.joins("cloud", "presence/+")
    net.wire.stop_broker()
    net.settles()
    net.heard.clear()

    net.wire.publish_as_third_party("presence/hub", b"boo", retain=False)
    net.settles()

    assert net.heard == []
