"""Corrupt retained messages at the broker: clients that reconnect ignore them, and get valid ones."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mqtt_world import BOARD, HUB, WORLD, MqttWorld, mqtt_world

from hubsim_contract.lab.delivery import ReceivedLog, Watermark
from hubsim_contract.wire.topics import MessageKind

pytestmark = pytest.mark.live
INVALID = b"\xff{not a message"


@pytest.fixture
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MqttWorld]:
    async with mqtt_world(tmp_path, request.param) as found:
        yield found


async def corrupt(here: MqttWorld, kind: MessageKind, subject: str) -> None:
    await here.server.third_party.publish(here.topics.of(kind, subject), INVALID, retain=True)


@pytest.mark.parametrize("here", [WORLD], indirect=True)
async def test_a_hub_that_reconnects_to_a_corrupt_document_gets_a_valid_one(here: MqttWorld) -> None:
    await here.activate(HUB)
    await here.lab.do("POST", f"/lab/hubs/{HUB}/actions", {"action": {"do": "power_off"}})
    await here.people.dealer.do("POST", f"/v1/hubs/{HUB}/stop", {})
    await here.lab.do("POST", "/lab/settle")
    await corrupt(here, MessageKind.DESIRED, HUB)

    await here.lab.do("POST", f"/lab/hubs/{HUB}/actions", {"action": {"do": "power_on"}})
    await here.lab.do("POST", "/lab/clock/advance", {"by": "PT2M"})

    await here.wait_for_service(HUB, "activation_required")
    assert here.refused_by_hub() == 1


@pytest.mark.parametrize("here", [""], indirect=True)
async def test_a_cloud_that_reconnects_to_corrupt_reports_keeps_its_state(here: MqttWorld) -> None:
    state, refused = here.state(), here.server.cloud("").service.engine.refused
    for hub in (HUB, BOARD):
        for kind in (MessageKind.REPORTED, MessageKind.PRESENCE):
            await corrupt(here, kind, hub)
            await here.wait_until_processed(kind, hub, INVALID)

    await here.lab.do("POST", "/lab/faults", {"what": {"fault": "cut_process", "process": "cloud"}})
    await here.server.wait_until_cloud("", lambda: refused.total() == 2 * 4)
    await here.until_in_reach()

    assert here.state() == state
    await here.activate(HUB)
    await here.activate(BOARD)


def test_giving_up_ends_the_wait_for_a_deleted_retained_message() -> None:
    received = ReceivedLog(retained=lambda _topic: True)
    received.note_sent({"hubs/A/reported": Watermark(checksum=1, count=1)})
    received.subscribe(["hubs/A/reported"])
    awaited = received.missing({}, lambda _topic: True)

    received.give_up()

    assert awaited == ["hubs/A/reported"]
    assert received.missing({}, lambda _topic: True) == []
