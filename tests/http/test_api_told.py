"""Whom a stream tells what: each role in each client hears what it could look at, and nothing else."""

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
    (Role.SENIOR_SERVICE_MANAGER, App.PRO_APP): set[str](),
    (Role.SERVICE_MANAGER, App.PRO_DESKTOP): MANAGER,
    (Role.SERVICE_MANAGER, App.PRO_APP): set[str](),
    (Role.INSTALLER, App.PRO_DESKTOP): COMPANY | OBJECTS | HUBS,
    (Role.INSTALLER, App.PRO_APP): OBJECTS | HUBS,
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def rich_company(api: Api) -> Caller:
    """Let a Dealer do everything that can be done, and return its owner."""
    olga = await api.dealer_with_hub()
    await olga.does("PUT", "/company/billing-zone", {"zone": "Europe/Berlin"})
    zoe = await api.employee(olga, "zoe", "installer")
    await olga.does("PUT", f"/company/employees/{zoe.person}/role", {"role": "service_manager"})
    await olga.does("DELETE", f"/company/employees/{zoe.person}")
    await olga.does("PUT", f"/hubs/{HUB}/arming")
    await olga.does("DELETE", f"/hubs/{HUB}/arming")
    await olga.does("PATCH", f"/hubs/{HUB}/configuration", {"ping_s": 30})
    for act in ("activation", "deactivation", "resumption", "stop"):
        await olga.does("POST", f"/hubs/{HUB}/{act}")
    await olga.does("DELETE", f"/hubs/{HUB}")
    await olga.does("DELETE", "/objects/object-1")
    left = await olga.does("POST", "/objects", {"name": "Barn"})
    await olga.does("DELETE", f"/objects/{left['object']}/installing-company")
    return olga


async def told_to(api: Api, caller: Caller) -> list[Event]:
    """Return everything that the caller is told from the beginning."""
    async with watching(api, caller, "0") as reader:
        await caller.call("GET", "/session")
        api.world.feed.close()
        *events, last = await reader.until_ended()
    assert last.data == {"reason": "stopping"}
    return events


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("app", list(App))
async def test_each_role_in_each_client_is_told_what_it_may_see(api: Api, role: Role, app: App) -> None:
    olga = await rich_company(api)
    if role is Role.OWNER:
        caller = await api.signs_in("olga", app, olga.company)
    else:
        caller = await api.employee(olga, "ivan", role.value, app)

    events = await told_to(api, caller)

    assert {event.name for event in events} == EXPECTED[role, app]


async def test_the_stream_of_an_owner_from_the_beginning_is_the_history_of_the_company(api: Api) -> None:
    olga = await rich_company(api)
    rows = (await olga.sees("/company/history?limit=200"))["rows"]

    events = await told_to(api, olga)

    assert [{"fact": event.name, **event.data} for event in events] == rows
    positions = [int(event.id.partition(".")[0]) for event in events]
    assert positions == sorted(set(positions))


async def test_an_outsider_in_no_company_is_told_of_themselves_only(api: Api) -> None:
    await rich_company(api)
    eve = await api.person("eve")

    events = await told_to(api, eve)

    assert [event.name for event in events] == ["person_signed_up"]


async def test_a_former_employee_knows_of_their_own_membership_still(api: Api) -> None:
    await rich_company(api)
    zoe = await api.signs_in("zoe")

    names = [event.name for event in await told_to(api, zoe)]

    assert names == [
        "person_signed_up",
        "employee_added",
        "mail_sent",
        "employee_joined",
        "employee_role_changed",
        "employee_removed",
    ]


async def test_members_are_told_at_home_that_their_company_is_deleted(api: Api) -> None:
    olga = await api.dealer()
    await api.employee(olga, "ivan", "installer")
    at_home = await api.signs_in("ivan")

    async with watching(api, at_home) as reader:
        await olga.does("DELETE", "/company")
        event = await reader.next()

    assert (event.name, event.data["details"]) == ("company_deleted", {"company": olga.company})


async def test_mail_from_before_the_account_is_in_its_stream_as_in_its_mailbox(api: Api) -> None:
    olga = await api.dealer()
    await olga.does("POST", "/connections", {"email": "rita@example.com"})
    rita = await api.person("rita")

    names = [event.name for event in await told_to(api, rita)]

    assert names == ["mail_sent", "person_signed_up"]


async def test_mail_reaches_who_is_at_home_at_once(api: Api) -> None:
    olga, rita = await api.dealer(), await api.reseller()
    at_home = await api.signs_in("olga")
    await olga.does("POST", "/connections", {"reseller": rita.company})

    async with watching(api, at_home) as reader:
        await rita.does("POST", f"/dealers/{olga.company}/approval", {})
        event = await reader.next()

    assert (event.name, event.data["details"]["kind"]) == ("mail_sent", "connection_approved")


async def test_the_resellers_number_is_told_to_the_reseller(api: Api) -> None:
    olga, rita = await api.dealer(), await api.reseller()
    manager = await api.employee(olga, "marek", "service_manager")
    await olga.does("POST", "/connections", {"reseller": rita.company})

    async with watching(api, rita) as to_reseller, watching(api, manager) as to_dealer:
        await rita.does("POST", f"/dealers/{olga.company}/approval", {"number": "W-17"})
        reseller, dealer = await to_reseller.next(), await to_dealer.next()

    assert reseller.data["details"]["number"] == "W-17"
    assert dealer.name == "connection_approved"
    assert "number" not in dealer.data["details"]


async def test_a_feed_that_nobody_watches_reads_nothing(api: Api) -> None:
    olga = await api.dealer_with_hub()

    assert api.world.feed._indexed == 0
    async with watching(api, olga):
        assert api.world.feed._indexed == len(api.world.service.engine.log)


async def test_no_stream_is_told_anything_while_the_log_cannot_be_read(api: Api) -> None:
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


async def test_much_that_one_may_not_see_does_not_hold_up_what_one_may(api: Api) -> None:
    olga = await api.dealer_with_hub()
    ivan = await api.employee(olga, "ivan", "installer", "pro_app")
    mark = str(StreamPosition(len(api.world.service.engine.log), api.world.feed.epoch, api.world.feed.serial))
    for _ in range(NOTICES_AT_ONCE // 2 + 1):
        for zone in ("Europe/Berlin", "Europe/Warsaw"):
            await olga.does("PUT", "/company/billing-zone", {"zone": zone})
    await olga.does("PUT", f"/hubs/{HUB}/arming")

    async with watching(api, ivan, mark) as reader:
        event = await reader.next()

    assert event.name == "hub_armed"


async def test_a_hub_that_went_away_before_it_could_be_told_is_not_told(api: Api) -> None:
    olga = await api.dealer_with_hub()
    actor = Actor(olga.person, App.PRO_DESKTOP, olga.company)
    stream = await api.world.feed.open(actor)
    stream.take()

    await api.hub_speaks(HUB)
    await olga.does("DELETE", f"/hubs/{HUB}")
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


async def test_a_session_that_signs_out_while_it_switches_is_not_written_again(tmp_path: Path) -> None:
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
