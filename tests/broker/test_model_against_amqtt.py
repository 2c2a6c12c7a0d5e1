"""The broker model with amqtt's profiles behaves like amqtt, with and without our repairs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from held_port import held_port
from raw_mqtt import RawClient
from side_by_side import Mix, SideBySide

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.profiles import AMQTT, REPAIRED_AMQTT

pytestmark = pytest.mark.live
STEPS = 120
BOUND_S = 10
MIX = Mix(
    clients=("ann", "bob", "cat", "dan"),
    topics=("a/b", "a/c", "a/b/c", "b/b"),
    filters=("a/b", "a/c", "a/#", "+/b", "a/+/c", "a/+", "b/b"),
    kept_sessions=False,
    silent_clients=False,
    departures=True,
    marker="marker",
)
# filters of a client that has left stay active for up to a second, unsubscribed ones forever
WITHOUT_DEPARTURES = MIX._replace(departures=False)


@pytest.fixture
async def repaired() -> AsyncIterator[AmqttBroker]:
    broker = AmqttBroker()
    await broker.start()
    yield broker
    await broker.stop()


@asynccontextmanager
async def plain_amqtt() -> AsyncIterator[int]:
    """Run amqtt without our repairs; yields its port."""
    from amqtt.broker import Broker  # noqa: PLC0415 (takes half a second)

    with held_port() as port:
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await broker.start()
        yield port
        await broker.shutdown()


@pytest.mark.parametrize("seed", range(4))
async def test_clients_receive_the_same_from_the_model_and_from_our_amqtt(
    repaired: AmqttBroker, seed: int
) -> None:
    comparison = SideBySide(repaired.port, REPAIRED_AMQTT, MIX, seed)

    await comparison.run(STEPS)

    assert len(comparison.history) > STEPS


@pytest.mark.parametrize("seed", range(4))
async def test_clients_receive_the_same_from_the_model_and_from_plain_amqtt(seed: int) -> None:
    async with plain_amqtt() as port:
        comparison = SideBySide(port, AMQTT, WITHOUT_DEPARTURES, seed)

        await comparison.run(STEPS)

    assert len(comparison.history) > STEPS


async def test_plain_amqtt_leaks_the_retained_messages_of_others_to_a_new_connection() -> None:
    async with plain_amqtt() as port:
        owner, third_party = RawClient(), RawClient()
        await owner.connect(port, "owner")
        await owner.subscribe(("private",))
        await owner.publish("private", b"secret", retain=True)
        await owner.arrived(lambda got: got.payload == b"secret")

        await third_party.connect(port, "third party")

        await third_party.arrived(lambda got: got.payload == b"secret")
        owner.kill()
        third_party.kill()


async def test_a_takeover_of_a_persistent_session_fails_on_amqtt_as_in_the_model(
    repaired: AmqttBroker,
) -> None:
    watcher, old, new = RawClient(), RawClient(), RawClient()
    await watcher.connect(repaired.port, "watcher")
    await watcher.subscribe(("will",))
    await old.connect(repaired.port, "hub", clean=False, will=Will("will", b"old"))

    await new.connect(repaired.port, "hub", clean=False, will=Will("will", b"new"))
    await old.end()
    await new.end()
    await watcher.arrived_in_all(2)

    assert [got.payload for got in watcher.arrivals] == [b"new", b"new"]
    watcher.kill()


async def test_an_unacknowledged_message_is_not_sent_again(repaired: AmqttBroker) -> None:
    sender, silent = RawClient(), RawClient(acks=False)
    await sender.connect(repaired.port, "sender")
    await silent.connect(repaired.port, "hub", clean=False)
    await silent.subscribe(("t",))
    await sender.publish("t", b"once")
    await silent.arrived(lambda got: got.payload == b"once")
    silent.kill()

    again = RawClient()
    await again.connect(repaired.port, "hub", clean=False)
    await again.subscribe(("t",))
    await sender.publish("t", b"marker")
    await again.arrived(lambda got: got.payload == b"marker")

    assert [got.payload for got in again.arrivals] == [b"marker"]
    again.kill()
    sender.kill()


async def test_an_illegal_filter_is_refused_and_the_connection_stays_open(repaired: AmqttBroker) -> None:
    client = RawClient()
    await client.connect(repaired.port, "hub")

    granted = await client.subscribe(("a#", "b"))

    assert granted == (0x80, 1)
    client.kill()
