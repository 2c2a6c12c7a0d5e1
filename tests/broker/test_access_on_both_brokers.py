"""The embedded broker, amqtt and Mosquitto with its files allow and refuse the same operations."""

from collections.abc import AsyncIterator

import pytest
from gate import (
    HUB,
    KEYRING,
    NOT_AUTHORISED,
    OTHER,
    REVOKED,
    WHOLE,
    WORLD,
    Gate,
    P,
    gate_of,
    guarded_amqtt,
    guarded_embedded,
    guarded_mosquitto,
)
from raw_mqtt import RawClient

from hubsim_contract.mqtt.port import Will

pytestmark = pytest.mark.live
OWN, FOREIGN = f"{P}/hubs/{HUB}", f"{P}/hubs/{OTHER}"
ICCID = "8988300000000000001"
MARKERS = {HUB: f"{OWN}/events", "cloud": f"{P}/lab/requests", "simulator": f"{P}/lab/answers"}
"""A topic that the user may publish to, for a message that follows the tested one."""


BROKERS = {
    "embedded": lambda: guarded_embedded()[0],
    "amqtt": lambda: guarded_amqtt()[0],
    "mosquitto": guarded_mosquitto,
}


@pytest.fixture(params=["embedded", "amqtt", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def gate(request: pytest.FixtureRequest) -> AsyncIterator[Gate]:
    async with gate_of(BROKERS[request.param]()) as gate:
        yield gate


def payloads(client: RawClient, topic: str) -> list[bytes]:
    return [got.payload for got in client.arrivals if got.topic == topic]


@pytest.mark.parametrize("user", [HUB, OTHER, "cloud", "simulator", "bench"])
async def test_a_user_connects_with_its_password(gate: Gate, user: str) -> None:
    client = await gate.try_connect(user, KEYRING.password(user))

    assert client.code == 0


@pytest.mark.parametrize(
    ("user", "password"),
    [
        (HUB, "wrong-wrong-wrong"),
        (HUB, ""),
        (HUB, None),
        (HUB, KEYRING.password(OTHER)),
        (HUB, KEYRING.password("cloud")),
        ("cloud", KEYRING.password(HUB)),
        (HUB.lower(), KEYRING.password(HUB)),
        (f" {HUB}", KEYRING.password(HUB)),
        ("0000EEE", KEYRING.password(HUB)),
        ("hub", KEYRING.password(HUB)),
        ("", KEYRING.password("cloud")),
        ("nobody", "nobody-nobody-nobody"),
        (REVOKED, "wrong-wrong-wrong"),
        (None, None),
    ],
    # the passwords are random: in names of tests they would differ between test workers
    ids=[f"attempt {number}" for number in range(1, 15)],
)
async def test_other_credentials_are_rejected(gate: Gate, user: str | None, password: str | None) -> None:
    client = await gate.try_connect(user, password)
    await client.end()

    assert client.code == NOT_AUTHORISED


async def test_a_revoked_hub_is_rejected_with_its_old_password(gate: Gate) -> None:
    client = await gate.try_connect(REVOKED, WHOLE.password(REVOKED))

    assert client.code == NOT_AUTHORISED


@pytest.mark.parametrize(
    ("user", "topic", "allowed"),
    [
        (HUB, f"{OWN}/reported", True),
        (HUB, f"{OWN}/presence", True),
        (HUB, f"{OWN}/events", True),
        (HUB, f"{WORLD}/hubs/{HUB}/reported", True),
        (HUB, f"{OWN}/desired", False),
        (HUB, f"{OWN}/other", False),
        (HUB, f"{OWN}/reported/more", False),
        (HUB, f"{OWN}", False),
        (HUB, f"{FOREIGN}/reported", False),
        (HUB, f"{FOREIGN}/presence", False),
        (HUB, f"{FOREIGN}/events", False),
        (HUB, f"{FOREIGN}/desired", False),
        (HUB, f"{WORLD}/hubs/{OTHER}/reported", False),
        (HUB, f"{WORLD}/deeper/hubs/{HUB}/reported", False),
        (HUB, f"{P}/carrier/orders/{ICCID}", False),
        (HUB, f"{P}/carrier/confirmations/{ICCID}", False),
        (HUB, f"{P}/bench/{HUB}/actions", False),
        (HUB, f"{P}/lab/requests", False),
        (HUB, f"{P}/lab/presence", False),
        ("cloud", f"{OWN}/desired", True),
        ("cloud", f"{P}/carrier/orders/{ICCID}", True),
        ("cloud", f"{WORLD}/bench/{HUB}/actions", True),
        ("cloud", f"{OWN}/reported", False),
        ("cloud", f"{P}/carrier/confirmations/{ICCID}", False),
        ("simulator", f"{FOREIGN}/presence", True),
        ("simulator", f"{WORLD}/hubs/{HUB}/reported", True),
        ("simulator", f"{P}/carrier/confirmations/{ICCID}", True),
        ("simulator", f"{P}/lab/presence", True),
        ("simulator", f"{OWN}/desired", False),
        ("simulator", f"{P}/carrier/orders/{ICCID}", False),
        ("bench", f"{P}/bench/{HUB}/actions", True),
        ("bench", f"{WORLD}/hubs/{HUB}/desired", True),
        ("bench", f"{WORLD}/carrier/orders/{ICCID}", True),
        ("bench", f"{OWN}/desired", False),
        ("bench", f"{OWN}/reported", False),
        ("bench", f"{P}/lab/requests", False),
    ],
)
async def test_topics_that_a_user_may_publish_to(gate: Gate, user: str, topic: str, allowed: bool) -> None:
    watcher = await gate.watcher()
    client = await gate.connect(user)
    marker = MARKERS.get(user, f"{P}/bench/{OTHER}/actions")

    await client.publish(topic, b"tried")
    await client.publish(marker, b"marker")
    await watcher.arrived(lambda got: got.payload == b"marker")

    assert payloads(watcher, topic)[:1] == ([b"tried"] if allowed else [])


@pytest.mark.parametrize(
    ("topic_filter", "author", "topic", "allowed"),
    [
        (f"{OWN}/desired", "cloud", f"{OWN}/desired", True),
        (f"{WORLD}/hubs/{HUB}/desired", "bench", f"{WORLD}/hubs/{HUB}/desired", True),
        (f"{P}/+/hubs/{HUB}/desired", "bench", f"{WORLD}/hubs/{HUB}/desired", True),
        (f"{FOREIGN}/desired", "cloud", f"{FOREIGN}/desired", False),
        (f"{WORLD}/hubs/{OTHER}/desired", "bench", f"{WORLD}/hubs/{OTHER}/desired", False),
        (f"{P}/hubs/+/desired", "cloud", f"{FOREIGN}/desired", False),
        (f"{P}/hubs/#", "cloud", f"{FOREIGN}/desired", False),
        ("#", "cloud", f"{FOREIGN}/desired", False),
        ("+/+/+/+/+", "cloud", f"{FOREIGN}/desired", False),
        (f"+/+/hubs/{OTHER}/+", "cloud", f"{FOREIGN}/desired", False),
        (f"{FOREIGN}/reported", OTHER, f"{FOREIGN}/reported", False),
        (f"{FOREIGN}/events", OTHER, f"{FOREIGN}/events", False),
        (f"{OWN}/#", HUB, f"{OWN}/events", False),
        (f"{P}/carrier/orders/+", "cloud", f"{P}/carrier/orders/{ICCID}", False),
        (f"{P}/bench/{HUB}/actions", "cloud", f"{P}/bench/{HUB}/actions", False),
    ],
)
async def test_topics_that_a_hub_receives(
    gate: Gate, topic_filter: str, author: str, topic: str, allowed: bool
) -> None:
    watcher, hub = await gate.watcher(), await gate.connect(HUB)
    writer = hub if author == HUB else await gate.connect(author)  # a hub has one connection on Mosquitto
    cloud = await gate.connect("cloud")
    own = f"{P}/alone/hubs/{HUB}/desired"
    await hub.subscribe((own,))

    await hub.subscribe((topic_filter,))
    await writer.publish(topic, b"tried", retain=True)
    await watcher.arrived(lambda got: got.payload == b"tried")
    await cloud.publish(own, b"marker")
    await hub.arrived(lambda got: got.payload == b"marker")

    assert payloads(hub, topic) == ([b"tried"] if allowed else [])


@pytest.mark.parametrize("topic_filter", ["#", f"{P}/hubs/+/desired", f"{FOREIGN}/desired"])
async def test_retained_messages_for_another_hub_are_not_delivered(gate: Gate, topic_filter: str) -> None:
    cloud, hub, watcher = await gate.connect("cloud"), await gate.connect(HUB), await gate.watcher()
    await cloud.publish(f"{FOREIGN}/desired", b"secret", retain=True)
    await cloud.publish(f"{OWN}/desired", b"marker", retain=True)
    await watcher.arrived(lambda got: got.payload == b"marker")

    await hub.subscribe((topic_filter,))
    await hub.subscribe((f"{OWN}/desired",))
    await hub.arrived(lambda got: got.payload == b"marker")

    assert payloads(hub, f"{FOREIGN}/desired") == []


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        (f"{OWN}/presence", True),
        (f"{WORLD}/hubs/{HUB}/presence", True),
        (f"{FOREIGN}/presence", False),
        (f"{FOREIGN}/reported", False),
        (f"{OWN}/desired", False),
        (f"{P}/lab/presence", False),
    ],
)
async def test_topics_of_a_hubs_will(gate: Gate, topic: str, allowed: bool) -> None:
    watcher = await gate.watcher()
    hub = await gate.connect(HUB, Will(topic, b"will", retain=True), client_id=f"hub-{HUB}-same")

    again = await gate.connect(HUB, client_id=f"hub-{HUB}-same")
    await hub.end()
    await again.publish(f"{OWN}/events", b"marker")
    await watcher.arrived(lambda got: got.payload == b"marker")
    late = await gate.watcher()
    await again.publish(f"{OWN}/events", b"second marker")
    await late.arrived(lambda got: got.payload == b"second marker")

    expected = [b"will"] if allowed else []
    assert payloads(watcher, topic) == payloads(late, topic) == expected


async def test_a_refused_publish_keeps_the_connection_open(gate: Gate) -> None:
    hub, cloud = await gate.connect(HUB), await gate.connect("cloud")
    await hub.subscribe((f"{OWN}/desired",))

    for _ in range(20):
        await hub.publish(f"{FOREIGN}/reported", b"tried", retain=True)
    await cloud.publish(f"{OWN}/desired", b"still here")

    await hub.arrived(lambda got: got.payload == b"still here")
