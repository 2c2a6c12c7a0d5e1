"""Invalid messages on the topics of the contract are counted, and change nothing."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from garbage import Garbage, invalid_messages, random_bytes
from mqtt_world import (
    BOARD,
    BOARD_CARD,
    CARD,
    FOR_THE_CLOUD,
    HUB,
    UNKNOWN,
    UNKNOWN_CARD,
    WORLD,
    MqttWorld,
    mqtt_world,
)

from hubsim_contract.wire.topics import CARRIER_KINDS, NO_SUBJECT, MessageKind

pytestmark = pytest.mark.live


@pytest.fixture(params=["", WORLD], ids=["main world", "lab world"])
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MqttWorld]:
    async with mqtt_world(tmp_path, request.param) as found:
        yield found


FOR_HUBS = (MessageKind.DESIRED, MessageKind.HEARD, MessageKind.CLOUD_PRESENCE)


def subjects_of(kind: MessageKind) -> tuple[str, ...]:
    if kind is MessageKind.CLOUD_PRESENCE:
        return (NO_SUBJECT,)
    return (CARD, BOARD_CARD, UNKNOWN_CARD) if kind in CARRIER_KINDS else (HUB, BOARD, UNKNOWN)


async def test_invalid_messages_on_every_topic_are_refused_by_their_rule_and_change_nothing(
    here: MqttWorld,
) -> None:
    state, expected = here.state(), Counter[str]()
    orders = of_hub = 0

    for kind in MessageKind:
        for subject in subjects_of(kind):
            garbage = invalid_messages(kind, subject)
            await here.publish_invalid(kind, subject, garbage)
            for_cloud = kind in FOR_THE_CLOUD or kind is MessageKind.CLOUD_PRESENCE
            expected.update(each.rule for each in garbage if for_cloud)
            orders += len(garbage) if kind is MessageKind.ORDER else 0
            of_hub += len(garbage) if kind in FOR_HUBS and subject in (HUB, NO_SUBJECT) else 0

    assert here.state() == state
    assert await here.refused_by_cloud() == expected
    assert await here.counters() == (expected.total(), orders)
    assert here.refused_by_hub() == of_hub
    await here.activate(HUB)
    await here.activate(BOARD)
    assert here.board().refused_messages == sum(
        len(invalid_messages(kind, NO_SUBJECT if kind is MessageKind.CLOUD_PRESENCE else BOARD))
        for kind in FOR_HUBS
    )


async def test_messages_on_similar_topics_are_ignored(here: MqttWorld) -> None:
    state, invalid = here.state(), invalid_messages(MessageKind.PRESENCE, UNKNOWN)[0].payload
    prefix, publish = here.topics.prefix, here.server.third_party.publish
    for_cloud = (
        f"{prefix}/hubs/{HUB.lower()}/reported",
        f"{prefix}/hubs//presence",
        f"{prefix}/hubs/{HUB}x/events",
        f"{prefix}/hubs/\u00e9\u0001\n/reported",
        f"{prefix}/hubs/{'F' * 9_000}/presence",
        f"{prefix}/carrier/confirmations/abc",
        f"{prefix}/carrier/confirmations/",
        f"{prefix}/carrier/confirmations/\u0661",
    )
    for_no_one = (
        prefix,
        f"{prefix}/",
        f"{prefix}//hubs/{HUB}/desired",
        f"{prefix}/hubs",
        f"{prefix}/hubs/{HUB}",
        f"{prefix}/hubs/{HUB}/desired/",
        f"{prefix}/hubs/{HUB}/reported/x",
        f"{prefix}/hubs/{HUB}/command",
        f"{prefix}/Hubs/{HUB}/reported",
        f"{prefix}/carrier/orders",
        f"{prefix}/carrier/orders/{CARD}/x",
        f"{prefix}/bench/{HUB}",
        f"{prefix}/nowhere/hubs/{HUB}/reported",
        f"{prefix}x/hubs/{HUB}/reported",
        f"/{prefix}/hubs/{HUB}/reported",
        "x" * 60_000,
    )

    for topic in for_no_one:
        await publish(topic, *random_bytes(), invalid)
    for topic in for_cloud:
        await publish(topic, *random_bytes(), invalid)
        await here.server.wait_for_cloud(here.world, topic, invalid)

    assert here.state() == state
    assert await here.refused_by_cloud() == {"MQ-7.topics": len(for_cloud) * (len(random_bytes()) + 1)}
    await here.activate(HUB)
    await here.activate(BOARD)


async def test_empty_retained_messages_are_refused_and_forgotten(here: MqttWorld) -> None:
    state = here.state()

    for kind in (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.DESIRED):
        for subject in (HUB, BOARD, UNKNOWN):
            await here.server.third_party.publish(here.topics.of(kind, subject), b"", retain=True)
            await here.wait_until_processed(kind, subject, b"")

    assert here.state() == state
    assert await here.refused_by_cloud() == {"MQ-7.json": 6}
    assert here.refused_by_hub() == 1
    await here.activate(HUB)
    await here.activate(BOARD)


async def test_a_payload_of_megabytes_is_refused_unread(here: MqttWorld) -> None:
    state, huge = here.state(), Garbage(b'{"hub":"' * 500_000, "MQ-10.size_in")

    await here.publish_invalid(MessageKind.REPORTED, HUB, [huge])
    await here.publish_invalid(MessageKind.CONFIRMATION, CARD, [huge])
    await here.publish_invalid(MessageKind.ORDER, CARD, [huge])
    await here.publish_invalid(MessageKind.DESIRED, HUB, [huge])
    await here.publish_invalid(MessageKind.DESIRED, BOARD, [huge])

    assert here.state() == state
    assert await here.refused_by_cloud() == {"MQ-10.size_in": 2}
    assert await here.counters() == (2, 1)
    assert here.refused_by_hub() == 1
    await here.activate(BOARD)
    assert here.board().refused_messages == 1
