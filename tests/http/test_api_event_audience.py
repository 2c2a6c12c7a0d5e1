"""The audience of event streams: each role in each client receives only events of things that it can view."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import HUB, Api, Caller, served
from event_reader import Event, watching

from hubsim_cloud.domain.commands import SwitchAccount
from hubsim_cloud.domain.types import Actor, App, Role
from hubsim_cloud.service.feed import NOTICES_AT_ONCE, Feed, LogUnreadable
from hubsim_cloud.service.notices import Ended, StreamPosition

COMPANY = {"company_created", "dealer_enrolled", "billing_zone_set"}
STAFF = {"employee_added", "employee_joined", "employee_role_changed", "employee_removed"}
CONNECTIONS = {"connection_requested", "connection_approved"}
OBJECTS = {"object_created", "object_deleted", "installing_company_removed"}
HUBS = {
    "hub_added",
    "hub_removed",
    "sims_observed",
    "hub_armed",
    "hub_configured",
    "service_activated",
    "carrier_order_placed",
    "deactivation_scheduled",
    "service_resumed",
    "service_stopped",
}
MANAGER = COMPANY | CONNECTIONS | OBJECTS | HUBS
EXPECTED = {
    (Role.OWNER, App.PRO_DESKTOP): MANAGER | STAFF | {"mail_sent"},
    (Role.OWNER, App.PRO_APP): OBJECTS | HUBS,
    (Role.SENIOR_SERVICE_MANAGER, App.PRO_DESKTOP): MANAGER,
    (Role.SERVICE_MANAGER, App.PRO_DESKTOP): MANAGER,
    (Role.INSTALLER, App.PRO_DESKTOP): COMPANY | OBJECTS | HUBS,
    (Role.INSTALLER, App.PRO_APP): OBJECTS | HUBS,
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def rich_company(api: Api) -> Caller:
    """Create a Dealer that has carried out every action, and return its owner."""
    olga = await api.dealer_with_hub()
    await olga.do("PUT", "/company/billing-zone", {"zone": "Europe/Berlin"})
    zoe = await api.employee(olga, "zoe", "installer")
    await olga.do("PUT", f"/company/employees/{zoe.person}/role", {"role": "service_manager"})
    await olga.do("DELETE", f"/company/employees/{zoe.person}")
    await olga.do("PUT", f"/hubs/{HUB}/arming")
    await olga.do("DELETE", f"/hubs/{HUB}/arming")
    await olga.do("PATCH", f"/hubs/{HUB}/configuration", {"ping_s": 30})
    for act in ("activation", "deactivation", "resumption", "stop"):
        await olga.do("POST", f"/hubs/{HUB}/{act}")
    await olga.do("DELETE", f"/hubs/{HUB}")
    await olga.do("DELETE", "/objects/object-1")
    left = await olga.do("POST", "/objects", {"name": "Barn"})
    await olga.do("DELETE", f"/objects/{left['object']}/installing-company")
    return olga


async def events_for(api: Api, caller: Caller) -> list[Event]:
    """Return all events for the caller from the beginning."""
    async with watching(api, caller, "0") as reader:
        await caller.call("GET", "/session")
        api.world.feed.close()
        *events, last = await reader.until_ended()
    assert last.data == {"reason": "stopping"}
    return events


@pytest.mark.parametrize(("role", "app"), EXPECTED)
async def test_each_role_in_each_client_receives_only_permitted_events(
    api: Api, role: Role, app: App
) -> None:
    olga = await rich_company(api)
    if role is Role.OWNER:
        caller = await api.sign_in("olga", app, olga.company)
    else:
        caller = await api.employee(olga, "ivan", role.value, app)

    events = await events_for(api, caller)

    assert {event.name for event in events} == EXPECTED[role, app]


async def test_the_stream_of_an_owner_from_the_beginning_is_the_history_of_the_company(api: Api) -> None:
    olga = await rich_company(api)
    rows = (await olga.get("/company/history?limit=200"))["rows"]

    events = await events_for(api, olga)

    assert [{"fact": event.name, **event.data} for event in events] == rows
    positions = [int(event.id.partition(".")[0]) for event in events]
    assert positions == sorted(set(positions))


async def test_a_person_without_a_company_receives_only_personal_events(api: Api) -> None:
    await rich_company(api)
    eve = await api.person("eve")

    events = await events_for(api, eve)

    assert [event.name for event in events] == ["person_signed_up"]


async def test_a_former_employee_still_receives_the_personal_membership_event(api: Api) -> None:
    await rich_company(api)
    zoe = await api.sign_in("zoe")

    names = [event.name for event in await events_for(api, zoe)]

    assert names == [
        "person_signed_up",
        "employee_added",
        "mail_sent",
        "employee_joined",
        "employee_role_changed",
        "employee_removed",
    ]


async def test_members_receive_the_deletion_of_their_company_in_the_personal_account(api: Api) -> None:
    olga = await api.dealer()
    await api.employee(olga, "ivan", "installer")
    at_home = await api.sign_in("ivan")

    async with watching(api, at_home) as reader:
        await olga.do("DELETE", "/company")
        event = await reader.next()

    assert (event.name, event.data["details"]) == ("company_deleted", {"company": olga.company})


async def test_the_stream_has_mail_from_before_the_account_existed(api: Api) -> None:
    olga = await api.dealer()
    await olga.do("POST", "/connections", {"email": "rita@example.com"})
    rita = await api.person("rita")

    names = [event.name for event in await events_for(api, rita)]

    assert names == ["mail_sent", "person_signed_up"]


async def test_mail_arrives_at_once_in_the_personal_account(api: Api) -> None:
    olga, rita = await api.dealer(), await api.reseller()
    at_home = await api.sign_in("olga")
    await olga.do("POST", "/connections", {"reseller": rita.company})

    async with watching(api, at_home) as reader:
        await rita.do("POST", f"/dealers/{olga.company}/approval", {})
        event = await reader.next()

    assert (event.name, event.data["details"]["kind"]) == ("mail_sent", "connection_approved")


async def test_the_reseller_receives_its_own_number(api: Api) -> None:
    olga, rita = await api.dealer(), await api.reseller()
    manager = await api.employee(olga, "marek", "service_manager")
    await olga.do("POST", "/connections", {"reseller": rita.company})

    async with watching(api, rita) as to_reseller, watching(api, manager) as to_dealer:
        await rita.do("POST", f"/dealers/{olga.company}/approval", {"number": "W-17"})
        reseller, dealer = await to_reseller.next(), await to_dealer.next()

    assert reseller.data["details"]["number"] == "W-17"
    assert dealer.name == "connection_approved"
    assert "number" not in dealer.data["details"]


async def test_a_feed_without_readers_reads_nothing(api: Api) -> None:
    olga = await api.dealer_with_hub()

    assert api.world.feed._indexed == 0
    async with watching(api, olga):
        assert api.world.feed._indexed == len(api.world.service.engine.log)


async def test_streams_receive_nothing_while_the_log_is_unreadable(api: Api) -> None:
    olga = await api.dealer_with_hub()
    feed, actor = api.world.feed, Actor(olga.person, App.PRO_DESKTOP, olga.company)
    stream = await feed.open(actor, StreamPosition(0))
    engine = api.world.service.engine

    api.world.service.engine = engine.anew()
    silent = stream.take()
    with pytest.raises(LogUnreadable):
        await feed.open(actor)
    api.world.service.engine = engine

    assert silent == []
    assert stream.ended is None
    assert stream.take()
    feed.leave(stream)


async def test_more_streams_than_the_limit_are_refused(api: Api) -> None:
    engine = api.world.service.engine
    api.world.feed = Feed(lambda: engine, len(engine.log), stream_limit=1)
    olga = await api.dealer()

    async with watching(api, olga):
        answer = await olga.call("GET", "/events")

    assert answer.status_code == 503
    assert answer.json()["name"] == "too_busy"
    assert api.world.feed.streams == 0


async def test_many_hidden_events_do_not_delay_visible_ones(api: Api) -> None:
    olga = await api.dealer_with_hub()
    ivan = await api.employee(olga, "ivan", "installer", "pro_app")
    mark = str(StreamPosition(len(api.world.service.engine.log), api.world.feed.epoch, api.world.feed.serial))
    for _ in range(NOTICES_AT_ONCE // 2 + 1):
        for zone in ("Europe/Berlin", "Europe/Warsaw"):
            await olga.do("PUT", "/company/billing-zone", {"zone": zone})
    await olga.do("PUT", f"/hubs/{HUB}/arming")

    async with watching(api, ivan, mark) as reader:
        event = await reader.next()

    assert event.name == "hub_armed"


async def test_a_hub_that_was_removed_before_its_event_is_not_reported(api: Api) -> None:
    olga = await api.dealer_with_hub()
    actor = Actor(olga.person, App.PRO_DESKTOP, olga.company)
    stream = await api.world.feed.open(actor)
    stream.take()

    await api.hub_reports(HUB)
    await olga.do("DELETE", f"/hubs/{HUB}")
    names = [notice.name for notice in stream.take()]
    api.world.feed.leave(stream)

    assert names == ["hub_removed"]


async def test_a_stream_ends_for_the_first_reason_only(api: Api) -> None:
    olga = await api.dealer()
    stream = await api.world.feed.open(Actor(olga.person, App.PRO_DESKTOP, olga.company))

    stream.end(Ended.LEFT)
    stream.end(Ended.STOPPING)
    api.world.feed.leave(stream)
    api.world.feed.leave(stream)

    assert stream.ended is Ended.LEFT


async def test_a_session_that_signs_out_during_a_switch_is_not_stored_again(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    async with served(path) as api:
        olga = await api.owner("olga")
        assert olga.token is not None
        session = api.world.auth.session(olga.token)
        assert session is not None
        await api.world.auth.sign_out(session)
        done = await api.world.auth.switch(session, SwitchAccount(company=None))

    async with served(path) as api:
        assert await Caller(api.client, olga.token).refused("GET", "/session") == "not_signed_in"
    assert done.outcome
