"""Whatever anybody publishes on the contract's topics hurts and misleads nobody, and is counted."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from garbage import Garbage, noise, of_kind
from mqtt_scene import (
    BOARD,
    BOARD_CARD,
    CARD,
    HUB,
    RECEIVED_BY_CLOUD,
    UNKNOWN,
    UNKNOWN_CARD,
    WORLD,
    Scene,
    scene,
)

from hubsim_contract.wire.topics import CARRIER_KINDS, MessageKind

pytestmark = pytest.mark.live


@pytest.fixture(params=["", WORLD], ids=["main world", "lab world"])
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path, request.param) as found:
        yield found


async def test_garbage_on_every_topic_is_refused_by_its_rule_and_changes_nothing(here: Scene) -> None:
    looks, expected = here.looks(), Counter[str]()
    orders = desired = 0

    for kind in MessageKind:
        for subject in (CARD, BOARD_CARD, UNKNOWN_CARD) if kind in CARRIER_KINDS else (HUB, BOARD, UNKNOWN):
            garbage = of_kind(kind, subject)
            await here.hears(kind, subject, garbage)
            expected.update(each.rule for each in garbage if kind in RECEIVED_BY_CLOUD)
            orders += len(garbage) if kind is MessageKind.ORDER else 0
            desired += len(garbage) if kind is MessageKind.DESIRED and subject == HUB else 0

    assert here.looks() == looks
    assert await here.refused_by_cloud() == expected
    assert await here.counters() == (expected.total(), orders)
    assert here.refused_by_hub() == desired
    await here.activates(HUB)
    await here.activates(BOARD)
    assert here.board().refused_messages == len(of_kind(MessageKind.DESIRED, BOARD))


async def test_a_topic_that_is_all_but_right_leads_nowhere(here: Scene) -> None:
    looks, honest = here.looks(), of_kind(MessageKind.PRESENCE, UNKNOWN)[0].payload
    prefix, said = here.topics.prefix, here.server.third_party.says
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
    for_nobody = (
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

    for topic in for_nobody:
        await said(topic, *noise(), honest)
    for topic in for_cloud:
        await said(topic, *noise(), honest)
        await here.server.cloud_has(here.world, topic, honest)

    assert here.looks() == looks
    assert await here.refused_by_cloud() == {"MQ-7": len(for_cloud) * (len(noise()) + 1)}
    await here.activates(HUB)
    await here.activates(BOARD)


async def test_emptied_topics_are_refused_and_forgotten(here: Scene) -> None:
    looks = here.looks()

    for kind in (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.DESIRED):
        for subject in (HUB, BOARD, UNKNOWN):
            await here.server.third_party.says(here.topics.of(kind, subject), b"", retain=True)
            await here.dealt_with(kind, subject, b"")

    assert here.looks() == looks
    assert await here.refused_by_cloud() == {"MQ-7": 6}
    assert here.refused_by_hub() == 1
    await here.activates(HUB)
    await here.activates(BOARD)


async def test_a_payload_of_megabytes_is_refused_unread(here: Scene) -> None:
    looks, huge = here.looks(), Garbage(b'{"hub":"' * 500_000, "MQ-10")

    await here.hears(MessageKind.REPORTED, HUB, [huge])
    await here.hears(MessageKind.CONFIRMATION, CARD, [huge])
    await here.hears(MessageKind.ORDER, CARD, [huge])
    await here.hears(MessageKind.DESIRED, HUB, [huge])
    await here.hears(MessageKind.DESIRED, BOARD, [huge])

    assert here.looks() == looks
    assert await here.refused_by_cloud() == {"MQ-10": 2}
    assert await here.counters() == (2, 1)
    assert here.refused_by_hub() == 1
    await here.activates(BOARD)
    assert here.board().refused_messages == 1
