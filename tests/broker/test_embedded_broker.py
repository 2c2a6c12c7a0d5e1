"""The brokers inside this process, the embedded one and amqtt: start, stop, and what the contract needs."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from raw_mqtt import BOUND_S, RawClient

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.errors import BrokerStateError, PortTaken

pytestmark = pytest.mark.live


Broker = EmbeddedBroker | AmqttBroker
KINDS = [EmbeddedBroker, AmqttBroker]


@pytest.fixture(params=KINDS)
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    broker: Broker = request.param()
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def watcher(broker: Broker) -> AsyncIterator[RawClient]:
    watcher = RawClient()
    await watcher.connect(broker.port, "watcher")
    await watcher.subscribe(("will/+",))
    yield watcher
    watcher.kill()


async def test_a_silent_client_times_out_and_its_will_is_sent(broker: Broker, watcher: RawClient) -> None:
    hub = RawClient()
    await hub.connect(broker.port, "hub", keepalive_s=1, will=Will("will/hub", b"offline"))

    await watcher.arrived(lambda got: got.payload == b"offline")

    await hub.end()


async def test_a_client_that_pings_in_time_does_not_time_out(broker: Broker, watcher: RawClient) -> None:
    live, silent = RawClient(), RawClient()
    await live.connect(broker.port, "live", keepalive_s=1, will=Will("will/live", b"live offline"))
    await silent.connect(broker.port, "silent", keepalive_s=1, will=Will("will/silent", b"silent offline"))

    async with asyncio.timeout(BOUND_S):
        while not watcher.arrivals:
            await live.ping()
            await watcher.arrived_in_all(1, bound_s=0.1)

    assert [got.payload for got in watcher.arrivals] == [b"silent offline"]
    live.kill()
    await silent.end()


async def test_a_new_connection_receives_only_messages_that_it_subscribed_to(broker: Broker) -> None:
    owner, third_party = RawClient(), RawClient()
    await owner.connect(broker.port, "owner")
    await owner.subscribe(("private",))
    await owner.publish("private", b"secret", retain=True)

    await third_party.connect(broker.port, "third party")
    await third_party.subscribe(("public",))
    await owner.publish("public", b"marker")
    await third_party.arrived(lambda got: got.payload == b"marker")

    assert [got.payload for got in third_party.arrivals] == [b"marker"]
    owner.kill()
    third_party.kill()


async def test_many_hubs_connect_and_subscribe_at_once(broker: Broker) -> None:
    cloud = RawClient()
    await cloud.connect(broker.port, "cloud")
    for number in range(40):
        await cloud.publish(f"hubs/{number}", b"desired", retain=True)

    async def join(number: int) -> RawClient:
        hub = RawClient()
        await hub.connect(broker.port, f"hub-{number}")
        await hub.subscribe((f"hubs/{number}",))
        await hub.arrived(lambda got: got.payload == b"desired")
        return hub

    hubs = await asyncio.gather(*(join(number) for number in range(40)))

    assert all(len(hub.arrivals) == 1 for hub in hubs)
    for client in (cloud, *hubs):
        client.kill()


async def test_a_takeover_closes_the_older_connection_and_sends_its_will(
    broker: Broker, watcher: RawClient
) -> None:
    old, new = RawClient(), RawClient()
    await old.connect(broker.port, "hub", will=Will("will/hub", b"old"))

    await new.connect(broker.port, "hub", will=Will("will/hub", b"new"))
    await old.end()
    await watcher.arrived(lambda got: got.payload == b"old")
    await new.ping()

    assert [got.payload for got in watcher.arrivals] == [b"old"]
    new.kill()


async def test_a_restart_keeps_the_port_and_loses_all_state(broker: Broker) -> None:
    before, after = RawClient(), RawClient()
    url = broker.url
    await before.connect(broker.port, "cloud")
    await before.publish("t", b"old", retain=True)

    await broker.restart()
    await before.end()
    await after.connect(broker.port, "cloud")
    await after.subscribe(("t",))
    await after.publish("t", b"new")
    await after.arrived(lambda got: got.payload == b"new")

    assert broker.url == url
    assert [got.payload for got in after.arrivals] == [b"new"]
    after.kill()


async def _run_loop(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("turns", range(2, 8))  # the broker gets the connection in the second
async def test_a_connection_that_is_being_accepted_ends_with_the_broker(
    kind: type[Broker], turns: int
) -> None:
    broker = kind()
    await broker.start()
    with socket.create_connection((broker.host, broker.port)):
        await _run_loop(turns)  # each iteration of the loop advances the connection by one step

        await broker.stop()
        await _run_loop(2)

    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("kind", KINDS)
async def test_the_error_names_a_taken_port(kind: type[Broker]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        broker = kind(port)

        with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1 is taken"):
            await broker.start()


async def test_starting_twice_is_an_error_and_stopping_twice_is_not(broker: Broker) -> None:
    with pytest.raises(BrokerStateError, match="running"):
        await broker.start()

    await broker.stop()
    await broker.stop()
