"""The embedded broker keeps what MQTT 3.1.1 promises: sessions, queues, QoS, wills, takeovers, `$SYS`."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from served import Site, serving

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.limits import BrokerLimits

pytestmark = pytest.mark.live
ROUNDS = 40


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as site:
        yield site


@pytest.mark.parametrize("clean", [True, False])
async def test_after_a_fight_over_a_client_id_the_last_client_is_alive(site: Site, clean: bool) -> None:
    cloud = await site.joined("cloud", "events")

    async def fight() -> None:
        for _ in range(ROUNDS):
            fighter = site.client()
            await fighter.connect(site.broker.port, "hub", clean, will=Will("will", b"gone"))
            await asyncio.wait({asyncio.create_task(fighter.end())}, timeout=0.02)
            fighter.kill()

    await asyncio.gather(fight(), fight(), fight())
    last = await site.joined("hub", clean=clean)
    await last.subscribe(("desired",))
    await last.publish("events", b"opened")
    await cloud.publish("desired", b"state")

    await cloud.arrived(lambda got: got.payload == b"opened")
    await last.arrived(lambda got: got.payload == b"state")


async def test_messages_for_a_session_that_is_away_are_queued(site: Site) -> None:
    hub = await site.joined("hub")
    away = await site.joined("cloud", "events", clean=False)
    await away.disconnect()
    for number in range(50):
        await hub.publish("events", b"%d" % number, qos=1 + number % 2)
    await hub.publish("events", b"unsure", qos=0)

    back = site.client()
    present = await back.connect(site.broker.port, "cloud", clean=False)
    await back.arrived_in_all(50)

    assert present
    assert [got.payload for got in back.arrivals] == [b"%d" % number for number in range(50)]


async def test_unacknowledged_messages_are_sent_again_as_duplicates(site: Site) -> None:
    hub = await site.joined("hub")
    silent = site.client(acks=False)
    await silent.connect(site.broker.port, "cloud", clean=False)
    await silent.subscribe(("events",), 2)
    await hub.publish("events", b"once", qos=1)
    await hub.publish("events", b"exactly", qos=2)
    await silent.arrived(lambda got: got.payload == b"exactly")
    silent.kill()

    back = await site.joined("cloud", clean=False)
    await back.arrived_in_all(2)

    assert [(got.payload, got.dup) for got in back.arrivals] == [(b"once", True), (b"exactly", True)]


async def test_a_qos_2_message_is_delivered_once_although_it_is_sent_twice(site: Site) -> None:
    cloud, hub = await site.joined("cloud", "t"), site.client()
    await hub.connect(site.broker.port, "hub", clean=False)
    publish = b"\x34\x06\x00\x01t\x00\x07x"
    hub.send(publish)
    await hub.read_packet()  # PUBREC
    hub.kill()

    again = site.client()
    await again.connect(site.broker.port, "hub", clean=False)
    again.send(b"\x3c" + publish[1:])
    received = await again.read_packet()
    again.send(b"\x62\x02\x00\x07")
    complete = await again.read_packet()
    again.send(b"\x62\x02\x00\x07")
    complete_again = await again.read_packet()
    await again.publish("t", b"marker")
    await cloud.arrived(lambda got: got.payload == b"marker")

    assert (received, complete, complete_again) == ((0x50, b"\0\7"), (0x70, b"\0\7"), (0x70, b"\0\7"))
    assert [got.payload for got in cloud.arrivals] == [b"x", b"marker"]


@pytest.mark.parametrize("published", [0, 1, 2])
@pytest.mark.parametrize("subscribed", [0, 1, 2])
async def test_a_message_arrives_with_the_lower_quality_of_service(
    site: Site, published: int, subscribed: int
) -> None:
    cloud, hub = await site.joined("cloud"), await site.joined("hub")
    granted = await cloud.subscribe(("t",), subscribed)

    await hub.publish("t", b"x", published)
    await cloud.arrived_in_all(1)

    assert granted == (subscribed,)
    assert [got.qos for got in cloud.arrivals] == [min(published, subscribed)]


async def test_a_graceful_stop_sends_wills_and_a_crash_does_not(site: Site) -> None:
    watcher, hub = await site.joined("watcher", "will"), site.client()
    await hub.connect(site.broker.port, "hub", will=Will("will", b"gone"))
    await site.broker.stop()
    await watcher.end()

    await site.broker.start()
    later, other = await site.joined("watcher", "will"), site.client()
    await other.connect(site.broker.port, "hub", will=Will("will", b"gone"))
    await site.broker.crash()
    await later.end()

    assert [got.payload for got in watcher.arrivals] == [b"gone"]
    assert later.arrivals == []


async def test_sys_topics_describe_the_broker_and_cannot_be_published() -> None:
    async with serving(BrokerLimits(sys_interval_s=0.01)) as site:
        client = await site.joined("client", "$SYS/#")
        await client.publish("$SYS/broker/clients/connected", b"forged")
        await client.arrived(lambda got: got.topic == "$SYS/broker/clients/connected" and got.payload == b"1")
        everything = await site.joined("everything", "#")
        await client.publish("t", b"marker")
        await everything.arrived(lambda got: got.payload == b"marker")

    assert [got.payload for got in client.arrivals if got.payload == b"forged"] == []
    assert [got.topic for got in everything.arrivals] == ["t"]
