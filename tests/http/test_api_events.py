"""The event stream: what is told to whom, what survives a break, and what ends it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import CHEAP, HUB, HUB_2, Api, served
from event_reader import EventReader, watching

from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.service.notices import StreamPosition


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def silent(reader: EventReader) -> bool:
    """Let everything run as far as it can, and say whether nothing came."""
    for _ in range(50):
        await asyncio.sleep(0)
    return reader.waiting() == 0


async def test_what_happens_in_the_company_is_told_to_its_owner(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        await olga.does("POST", "/objects", {"name": "Villa"})
        event = await reader.next()

    assert reader.status == 200
    assert event.name == "object_created"
    assert event.data["by"] == olga.person
    assert event.data["details"] == {"object": "object-1", "company": olga.company, "name": "Villa"}


async def test_a_new_stream_tells_nothing_of_the_past(api: Api) -> None:
    olga = await api.dealer_with_hub()

    async with watching(api, olga) as reader:
        assert await silent(reader)


async def test_after_a_break_everything_comes_once_and_in_order(api: Api) -> None:
    olga = await api.dealer()
    async with watching(api, olga) as reader:
        await olga.does("POST", "/objects", {"name": "One"})
        first = await reader.next()

    for name in ("Two", "Three", "Four"):
        await olga.does("POST", "/objects", {"name": name})
    async with watching(api, olga, first.id) as reader:
        missed = [await reader.next() for _ in range(3)]
        await olga.does("POST", "/objects", {"name": "Five"})
        live = await reader.next()

    told = [event.data["details"]["name"] for event in (first, *missed, live)]
    assert told == ["One", "Two", "Three", "Four", "Five"]


async def test_more_than_is_told_at_once_comes_all_the_same(api: Api) -> None:
    olga = await api.dealer()
    for number in range(450):
        await olga.does("POST", "/objects", {"name": f"Object {number}"})

    async with watching(api, olga, "0") as reader:
        events = [await reader.next() for _ in range(452)]

    assert [event.name for event in events[:2]] == ["company_created", "dealer_enrolled"]
    assert [event.data["details"]["name"] for event in events[2:]] == [f"Object {n}" for n in range(450)]


async def test_a_break_can_outlast_the_cloud_itself(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        olga = await api.dealer_with_hub()
        async with watching(api, olga) as reader:
            await olga.does("POST", "/objects", {"name": "One"})
            last = await reader.next()
        await olga.does("POST", "/objects", {"name": "Two"})

    async with served(path) as api:
        olga = await api.signs_in("olga", company=olga.company)
        async with watching(api, olga, last.id) as reader:
            fact, hub = await reader.next(), await reader.next()

    assert fact.data["details"]["name"] == "Two"
    # What hubs said meanwhile is not known, so every hub is to be looked at.
    assert (hub.name, hub.data) == ("hub_changed", {"hub": HUB})


async def test_a_hub_that_said_something_new_is_named(api: Api) -> None:
    olga = await api.dealer_with_hub()

    async with watching(api, olga) as reader:
        await api.hub_speaks(HUB)
        event = await reader.next()

    assert (event.name, event.data) == ("hub_changed", {"hub": HUB})


async def test_after_a_break_only_hubs_that_changed_are_named(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await api.adds_hub(olga, HUB_2)
    async with watching(api, olga) as reader:
        await api.hub_speaks(HUB_2)
        last = await reader.next()

    await api.hub_speaks(HUB)
    async with watching(api, olga, last.id) as reader:
        event = await reader.next()
        assert await silent(reader)

    assert event.data == {"hub": HUB}


async def test_a_break_in_the_middle_of_the_hubs_loses_none_of_them(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await api.adds_hub(olga, HUB_2)
    async with watching(api, olga, str(api.world.feed._durable)) as reader:
        first = await reader.next()

    async with watching(api, olga, first.id) as reader:
        hubs = {(await reader.next()).data["hub"] for _ in range(2)}

    assert hubs == {HUB, HUB_2}


async def test_nothing_of_another_company_is_told(api: Api) -> None:
    olga, eve = await api.dealer_with_hub(), await api.dealer("eve")

    async with watching(api, eve) as reader:
        await olga.does("POST", "/objects", {"name": "Secret villa"})
        await olga.does("PUT", f"/hubs/{HUB}/arming")
        await api.hub_speaks(HUB)
        assert await silent(reader)
        await eve.does("POST", "/objects", {"name": "Own villa"})
        event = await reader.next()

    assert event.data["details"]["name"] == "Own villa"


async def test_a_hub_is_told_of_only_while_the_company_looks_after_it(api: Api) -> None:
    olga, eve = await api.dealer_with_hub(), await api.dealer("eve")

    async with watching(api, olga) as before, watching(api, eve) as after:
        await olga.does("DELETE", f"/hubs/{HUB}")
        removed = await before.next()
        await api.adds_hub(eve, HUB)
        new = await after.names(2)
        assert await silent(before)

    assert removed.name == "hub_removed"
    assert new == ["object_created", "hub_added"]


async def test_an_installer_is_told_of_hubs_and_not_of_money_and_staff(api: Api) -> None:
    olga = await api.dealer_with_hub()
    ivan = await api.employee(olga, "ivan", "installer", "pro_app")
    await api.person("zoe")

    async with watching(api, ivan) as reader:
        await olga.does("PUT", "/company/billing-zone", {"zone": "Europe/Berlin"})
        await olga.does("POST", "/company/employees", {"email": "zoe@example.com", "role": "installer"})
        await olga.does("PUT", f"/hubs/{HUB}/arming")
        event = await reader.next()

    assert event.name == "hub_armed"


async def test_a_role_that_changes_changes_what_is_told_at_once(api: Api) -> None:
    olga = await api.dealer_with_hub()
    mark = str(StreamPosition(api.world.feed._durable))
    manager = await api.employee(olga, "marek", "service_manager")
    async with watching(api, manager) as reader:
        await olga.does("PUT", f"/company/employees/{manager.person}/role", {"role": "installer"})
        await olga.does("POST", "/connections", {"email": "other@example.com"})
        await olga.does("PUT", f"/hubs/{HUB}/arming")
        event = await reader.next()

    assert event.name == "hub_armed"
    assert int(event.id.partition(".")[0]) > int(mark)


async def test_mail_and_memberships_are_told_in_the_personal_account_and_no_address_in_the_company(
    api: Api,
) -> None:
    olga = await api.dealer()
    ivan = await api.person("ivan")

    async with watching(api, ivan) as at_home, watching(api, olga) as at_work:
        await olga.does("POST", "/company/employees", {"email": "ivan@example.com", "role": "installer"})
        own = [await at_home.next() for _ in range(2)]
        company = [await at_work.next() for _ in range(2)]

    assert [event.name for event in own] == ["employee_added", "mail_sent"]
    assert [event.name for event in company] == ["employee_added", "mail_sent"]
    assert all("to" not in event.data["details"] for event in own + company)


async def test_a_reseller_is_told_that_services_began_and_not_on_which_hub(api: Api) -> None:
    olga = await api.dealer_with_hub()
    rita = await api.signs_in("rita", company="company-2")
    manager = await api.employee(rita, "sam", "service_manager")

    async with watching(api, manager) as reader:
        await olga.does("POST", f"/hubs/{HUB}/activation")
        begun = await reader.next()
        await olga.does("POST", f"/hubs/{HUB}/stop")
        over = await reader.next()

    assert begun.name == "service_activated"
    assert begun.data["by"] == ""
    assert begun.data["details"] == {"company": olga.company, "reseller": "company-2", "package": "ajax-sim"}
    assert (over.name, over.data["details"]) == ("service_stopped", {})


async def test_signing_out_ends_the_streams_of_the_session_and_no_others(api: Api) -> None:
    olga = await api.dealer()
    elsewhere = await api.signs_in("olga", company=olga.company)

    async with watching(api, olga) as ending, watching(api, elsewhere) as going_on:
        await olga.does("DELETE", "/session")
        (last,) = await ending.until_ended()
        await elsewhere.does("POST", "/objects", {"name": "Villa"})
        event = await going_on.next()

    assert (last.name, last.data) == ("stream_ended", {"reason": "signed_out"})
    assert event.name == "object_created"


async def test_a_session_that_expires_ends_its_stream_before_anything_more_is_told(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        api.host.at_ms += 13 * 3_600_000
        await api.dealer("eve")
        again = await api.signs_in("olga", company=olga.company)
        await again.does("POST", "/objects", {"name": "Villa"})
        (last,) = await reader.until_ended()

    assert last.data == {"reason": "signed_out"}


async def test_switching_the_account_ends_the_stream_of_the_former_one(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        await olga.does("PUT", "/session/account", {"company": None})
        (last,) = await reader.until_ended()

    assert last.data == {"reason": "account_switched"}


async def test_an_employee_who_is_removed_is_told_nothing_more(api: Api) -> None:
    olga = await api.dealer()
    ivan = await api.employee(olga, "ivan", "installer")

    async with watching(api, ivan) as reader:
        await olga.does("DELETE", f"/company/employees/{ivan.person}")
        (last,) = await reader.until_ended()

    assert last.data == {"reason": "not_a_member"}


async def test_the_end_of_the_cloud_ends_every_stream_at_once(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        api.world.feed.close()
        (last,) = await reader.until_ended()
    async with watching(api, olga) as late:
        (refused,) = await late.until_ended()

    assert last.data == refused.data == {"reason": "stopping"}


async def test_a_reader_who_leaves_is_let_go(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        open_before = api.world.feed.streams
        reader.leave()
        await reader.until_ended()

    assert (open_before, api.world.feed.streams) == (1, 0)


async def test_a_silent_stream_has_a_heartbeat_and_a_stuck_reader_is_let_go(tmp_path: Path) -> None:
    quick = HttpSettings(sse_heartbeat_s=0.001, sse_stuck_s=0.001, hashing=CHEAP)

    async with served(tmp_path / "cloud.db", quick) as api:
        olga = await api.dealer()
        async with watching(api, olga, stuck=True) as stuck:
            assert await stuck.until_ended() == []
        async with watching(api, olga) as reader:
            while not reader.comments:  # noqa: ASYNC110 (heartbeats come by themselves)
                await asyncio.sleep(0)

    assert reader.comments > 0


async def test_a_mark_that_is_none_is_refused_and_one_of_a_lost_log_begins_at_the_end(api: Api) -> None:
    olga = await api.dealer()

    refused = await olga.refused("GET", "/events", Last_Event_ID="yesterday")
    async with watching(api, olga, "999999.0badcafe.7") as reader:
        await olga.does("POST", "/objects", {"name": "Villa"})
        event = await reader.next()

    assert refused == "malformed_header"
    assert event.name == "object_created"


async def test_nobody_watches_without_a_session(api: Api) -> None:
    assert await api.nobody.refused("GET", "/events") == "not_signed_in"


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1.2.3", "1.0badcafe", "1.0BADCAFE.3", "1" * 16, "1.0badcafe.3 "]
)
def test_only_what_a_stream_gave_is_a_mark(text: str) -> None:
    assert StreamPosition.parse(text) is None


@pytest.mark.parametrize(
    "mark", [StreamPosition(0), StreamPosition(17), StreamPosition(1042, "5f3a9c01", 17)]
)
def test_a_mark_survives_being_written(mark: StreamPosition) -> None:
    assert StreamPosition.parse(str(mark)) == mark
