"""The event stream: its audience, its continuation after a break, and its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from api_world import CHEAP, HUB, HUB_2, Api, served
from event_reader import EventReader, watching

from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.service import feed
from hubsim_cloud.service.notices import StreamPosition


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def is_silent(reader: EventReader) -> bool:
    """Run all tasks as far as possible, and return whether no event arrived."""
    for _ in range(50):
        await asyncio.sleep(0)
    return reader.waiting() == 0


async def test_the_owner_receives_the_events_of_the_company(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        await olga.do("POST", "/objects", {"name": "Villa"})
        event = await reader.next()

    assert reader.status == 200
    assert event.name == "object_created"
    assert event.data["by"] == olga.person
    assert event.data["details"] == {"object": "object-1", "company": olga.company, "name": "Villa"}


async def test_a_new_stream_has_no_past_events(api: Api) -> None:
    olga = await api.dealer_with_hub()

    async with watching(api, olga) as reader:
        assert await is_silent(reader)


async def test_after_a_break_every_event_arrives_once_and_in_order(api: Api) -> None:
    olga = await api.dealer()
    async with watching(api, olga) as reader:
        await olga.do("POST", "/objects", {"name": "One"})
        first = await reader.next()

    for name in ("Two", "Three", "Four"):
        await olga.do("POST", "/objects", {"name": name})
    async with watching(api, olga, first.id) as reader:
        missed = [await reader.next() for _ in range(3)]
        await olga.do("POST", "/objects", {"name": "Five"})
        live = await reader.next()

    received = [event.data["details"]["name"] for event in (first, *missed, live)]
    assert received == ["One", "Two", "Three", "Four", "Five"]


async def test_more_events_than_one_batch_arrive_completely(api: Api) -> None:
    olga = await api.dealer()
    for number in range(450):
        await olga.do("POST", "/objects", {"name": f"Object {number}"})

    async with watching(api, olga, "0") as reader:
        events = [await reader.next() for _ in range(452)]

    assert [event.name for event in events[:2]] == ["company_created", "dealer_enrolled"]
    assert [event.data["details"]["name"] for event in events[2:]] == [f"Object {n}" for n in range(450)]


async def test_a_reader_can_resume_after_a_restart_of_the_cloud(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        olga = await api.dealer_with_hub()
        async with watching(api, olga) as reader:
            await olga.do("POST", "/objects", {"name": "One"})
            last = await reader.next()
        await olga.do("POST", "/objects", {"name": "Two"})

    async with served(path) as api:
        olga = await api.sign_in("olga", company=olga.company)
        async with watching(api, olga, last.id) as reader:
            fact, hub = await reader.next(), await reader.next()

    assert fact.data["details"]["name"] == "Two"
    # The stream does not know the reports of hubs during the stop, so it names every hub.
    assert (hub.name, hub.data) == ("hub_changed", {"hub": HUB})


async def test_a_changed_hub_is_named(api: Api) -> None:
    olga = await api.dealer_with_hub()

    async with watching(api, olga) as reader:
        await api.hub_reports(HUB)
        event = await reader.next()

    assert (event.name, event.data) == ("hub_changed", {"hub": HUB})


async def test_after_a_break_only_hubs_that_changed_are_named(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await api.add_hub(olga, HUB_2)
    async with watching(api, olga) as reader:
        await api.hub_reports(HUB_2)
        last = await reader.next()

    await api.hub_reports(HUB)
    async with watching(api, olga, last.id) as reader:
        event = await reader.next()
        assert await is_silent(reader)

    assert event.data == {"hub": HUB}


async def test_a_break_between_hubs_loses_none_of_them(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await api.add_hub(olga, HUB_2)
    async with watching(api, olga, str(api.world.feed._durable)) as reader:
        first = await reader.next()

    async with watching(api, olga, first.id) as reader:
        hubs = {(await reader.next()).data["hub"] for _ in range(2)}

    assert hubs == {HUB, HUB_2}


async def test_a_company_receives_no_events_of_another_company(api: Api) -> None:
    olga, eve = await api.dealer_with_hub(), await api.dealer("eve")

    async with watching(api, eve) as reader:
        await olga.do("POST", "/objects", {"name": "Secret villa"})
        await olga.do("PUT", f"/hubs/{HUB}/arming")
        await api.hub_reports(HUB)
        assert await is_silent(reader)
        await eve.do("POST", "/objects", {"name": "Own villa"})
        event = await reader.next()

    assert event.data["details"]["name"] == "Own villa"


async def test_a_company_receives_events_of_a_hub_only_while_it_has_the_hub(api: Api) -> None:
    olga, eve = await api.dealer_with_hub(), await api.dealer("eve")

    async with watching(api, olga) as before, watching(api, eve) as after:
        await olga.do("DELETE", f"/hubs/{HUB}")
        removed = await before.next()
        await api.add_hub(eve, HUB)
        new = await after.names(2)
        assert await is_silent(before)

    assert removed.name == "hub_removed"
    assert new == ["object_created", "hub_added"]


async def test_an_installer_receives_events_of_hubs_but_not_of_money_and_staff(api: Api) -> None:
    olga = await api.dealer_with_hub()
    ivan = await api.employee(olga, "ivan", "installer", "pro_app")
    await api.person("zoe")

    async with watching(api, ivan) as reader:
        await olga.do("PUT", "/company/billing-zone", {"zone": "Europe/Berlin"})
        await olga.do("POST", "/company/employees", {"email": "zoe@example.com", "role": "installer"})
        await olga.do("PUT", f"/hubs/{HUB}/arming")
        event = await reader.next()

    assert event.name == "hub_armed"


async def test_a_change_of_role_changes_the_received_events_at_once(api: Api) -> None:
    olga = await api.dealer_with_hub()
    mark = str(StreamPosition(api.world.feed._durable))
    manager = await api.employee(olga, "marek", "service_manager")
    async with watching(api, manager) as reader:
        await olga.do("PUT", f"/company/employees/{manager.person}/role", {"role": "installer"})
        await olga.do("POST", "/connections", {"email": "other@example.com"})
        await olga.do("PUT", f"/hubs/{HUB}/arming")
        event = await reader.next()

    assert event.name == "hub_armed"
    assert int(event.id.partition(".")[0]) > int(mark)


async def test_the_personal_account_receives_mail_and_memberships_and_the_company_no_addresses(
    api: Api,
) -> None:
    olga = await api.dealer()
    ivan = await api.person("ivan")

    async with watching(api, ivan) as at_home, watching(api, olga) as at_work:
        await olga.do("POST", "/company/employees", {"email": "ivan@example.com", "role": "installer"})
        own = [await at_home.next() for _ in range(2)]
        company = [await at_work.next() for _ in range(2)]

    assert [event.name for event in own] == ["employee_added", "mail_sent"]
    assert [event.name for event in company] == ["employee_added", "mail_sent"]
    assert all("to" not in event.data["details"] for event in own + company)


async def test_a_reseller_receives_the_start_of_services_without_the_hub(api: Api) -> None:
    olga = await api.dealer_with_hub()
    rita = await api.sign_in("rita", company="company-2")
    manager = await api.employee(rita, "sam", "service_manager")

    async with watching(api, manager) as reader:
        await olga.do("POST", f"/hubs/{HUB}/activation")
        begun = await reader.next()
        await olga.do("POST", f"/hubs/{HUB}/stop")
        over = await reader.next()

    assert begun.name == "service_activated"
    assert begun.data["by"] == ""
    assert begun.data["details"] == {"company": olga.company, "reseller": "company-2", "package": "ajax-sim"}
    assert (over.name, over.data["details"]) == ("service_stopped", {})


async def test_signing_out_ends_the_streams_of_the_session_and_no_others(api: Api) -> None:
    olga = await api.dealer()
    elsewhere = await api.sign_in("olga", company=olga.company)

    async with watching(api, olga) as ending, watching(api, elsewhere) as going_on:
        await olga.do("DELETE", "/session")
        (last,) = await ending.until_ended()
        await elsewhere.do("POST", "/objects", {"name": "Villa"})
        event = await going_on.next()

    assert (last.name, last.data) == ("stream_ended", {"reason": "signed_out"})
    assert event.name == "object_created"


async def test_an_expired_session_ends_its_stream_before_the_next_event(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        api.host.at_ms += 13 * 3_600_000
        await api.dealer("eve")
        again = await api.sign_in("olga", company=olga.company)
        await again.do("POST", "/objects", {"name": "Villa"})
        (last,) = await reader.until_ended()

    assert last.data == {"reason": "signed_out"}


async def test_switching_the_account_ends_the_stream_of_the_previous_one(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        await olga.do("PUT", "/session/account", {"company": None})
        (last,) = await reader.until_ended()

    assert last.data == {"reason": "account_switched"}


async def test_a_removed_employee_receives_no_more_events(api: Api) -> None:
    olga = await api.dealer()
    ivan = await api.employee(olga, "ivan", "installer")

    async with watching(api, ivan) as reader:
        await olga.do("DELETE", f"/company/employees/{ivan.person}")
        (last,) = await reader.until_ended()

    assert last.data == {"reason": "not_a_member"}


async def test_a_stop_of_the_cloud_ends_every_stream_at_once(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        api.world.feed.close()
        (last,) = await reader.until_ended()
    async with watching(api, olga) as late:
        (refused,) = await late.until_ended()

    assert last.data == refused.data == {"reason": "stopping"}


async def test_the_stream_of_a_disconnected_reader_ends(api: Api) -> None:
    olga = await api.dealer()

    async with watching(api, olga) as reader:
        open_before = api.world.feed.streams
        reader.leave()
        await reader.until_ended()

    assert (open_before, api.world.feed.streams) == (1, 0)


async def test_an_idle_stream_has_a_heartbeat_and_a_stuck_reader_is_disconnected(tmp_path: Path) -> None:
    quick = HttpSettings(sse_heartbeat_s=0.001, sse_stuck_s=0.001, hashing=CHEAP)

    async with served(tmp_path / "cloud.db", quick) as api:
        olga = await api.dealer()
        async with watching(api, olga, stuck=True) as stuck:
            assert await stuck.until_ended() == []
        async with watching(api, olga) as reader:
            while not reader.comments:  # noqa: ASYNC110 (heartbeats come by themselves)
                await asyncio.sleep(0)

    assert reader.comments > 0


async def test_an_invalid_position_is_refused_and_one_of_a_lost_log_begins_at_the_end(api: Api) -> None:
    olga = await api.dealer()

    refused = await olga.refused("GET", "/events", Last_Event_ID="yesterday")
    async with watching(api, olga, "999999.0badcafe.7") as reader:
        await olga.do("POST", "/objects", {"name": "Villa"})
        event = await reader.next()

    assert refused == "malformed_header"
    assert event.name == "object_created"


async def test_a_stream_needs_a_session(api: Api) -> None:
    assert await api.anonymous.refused("GET", "/events") == "not_signed_in"


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1.2.3", "1.0badcafe", "1.0BADCAFE.3", "1" * 16, "1.0badcafe.3 "]
)
def test_only_an_id_from_a_stream_is_a_position(text: str) -> None:
    assert StreamPosition.parse(text) is None


@pytest.mark.parametrize(
    "mark", [StreamPosition(0), StreamPosition(17), StreamPosition(1042, "5f3a9c01", 17)]
)
def test_a_position_survives_encoding(mark: StreamPosition) -> None:
    assert StreamPosition.parse(str(mark)) == mark


async def test_an_answer_does_not_wait_for_all_streams(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "WOKEN_AT_ONCE", 1)
    olga = await api.dealer()
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(watching(api, olga)) for _ in range(200)]

        await olga.do("POST", "/objects", {"name": "Villa"})
        unread = sum(reader.waiting() == 0 for reader in readers)

        assert unread > 100  # the answer was earlier
        assert {(await reader.next()).name for reader in readers} == {"object_created"}
