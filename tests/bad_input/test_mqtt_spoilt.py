"""Somebody spoils what the broker retains: whoever comes back to it is not misled, and gets what is right."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mqtt_scene import BOARD, HUB, WORLD, Scene, scene

from hubsim_contract.lab.delivery import ReceivedLog, Watermark
from hubsim_contract.wire.topics import MessageKind

pytestmark = pytest.mark.live
RUBBISH = b"\xff{not a message"


@pytest.fixture
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path, request.param) as found:
        yield found


async def spoil(here: Scene, kind: MessageKind, subject: str) -> None:
    await here.server.third_party.says(here.topics.of(kind, subject), RUBBISH, retain=True)


@pytest.mark.parametrize("here", [WORLD], indirect=True)
async def test_a_hub_that_comes_back_to_a_spoilt_document_gets_the_right_one(here: Scene) -> None:
    await here.activates(HUB)
    await here.lab.does("POST", f"/lab/hubs/{HUB}/actions", {"action": {"do": "power_off"}})
    await here.who.dealer.does("POST", f"/v1/hubs/{HUB}/stop", {})
    await here.lab.does("POST", "/lab/settle")
    await spoil(here, MessageKind.DESIRED, HUB)

    await here.lab.does("POST", f"/lab/hubs/{HUB}/actions", {"action": {"do": "power_on"}})
    await here.lab.does("POST", "/lab/clock/advance", {"by": "PT2M"})

    await here.applies(HUB, "activation_required")
    assert here.refused_by_hub() == 1


@pytest.mark.parametrize("here", [""], indirect=True)
async def test_a_cloud_that_comes_back_to_spoilt_reports_knows_what_it_knew(here: Scene) -> None:
    looks, refused = here.looks(), here.server.cloud("").service.engine.refused
    for hub in (HUB, BOARD):
        for kind in (MessageKind.REPORTED, MessageKind.PRESENCE):
            await spoil(here, kind, hub)
            await here.dealt_with(kind, hub, RUBBISH)

    await here.lab.does("POST", "/lab/faults", {"what": {"fault": "cut_process", "process": "cloud"}})
    await here.server.cloud_until("", lambda: refused.total() == 2 * 4)

    assert here.looks() == looks
    await here.activates(HUB)
    await here.activates(BOARD)


def test_what_was_retained_and_taken_away_is_given_up_in_the_end() -> None:
    heard = ReceivedLog(retained=lambda _topic: True)
    heard.note_sent({"hubs/A/reported": Watermark(checksum=1, count=1)})
    heard.subscribe(["hubs/A/reported"])
    awaited = heard.missing({}, lambda _topic: True)

    heard.give_up()

    assert awaited == ["hubs/A/reported"]
    assert heard.missing({}, lambda _topic: True) == []
