"""The guide's journey over HTTP, in both roles: from signing up to Stop now."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import HUB, Api, served


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def test_a_dealer_comes_from_signing_up_to_running_services_and_stops_them(api: Api) -> None:
    rita = await api.reseller("rita")
    olga = await api.person("olga")

    created = await olga.does("POST", "/companies", {"name": "Wolf Security", "country": "PL"})
    picked = await olga.does("PUT", "/session/account", {"company": created["company"]})
    await olga.does("POST", "/company/dealership", {"registration_number": "5260001246"})
    listed = await olga.sees("/resellers?country=PL")
    await olga.does("POST", "/connections", {"reseller": listed["resellers"][0]["reseller"]})
    (request,) = (await rita.sees("/dealers/requests"))["requests"]
    await rita.does("POST", f"/dealers/{request['dealer']}/approval", {"number": "W-17"})
    ivan = await api.person("ivan", "pro_app")
    await olga.does("POST", "/company/employees", {"email": "ivan@example.com", "role": "installer"})
    (mail,) = (await ivan.sees("/mailbox"))["mails"]
    await ivan.does("PUT", "/session/account", {"company": mail["company"]})
    await api.adds_hub(ivan, HUB)
    form = await ivan.sees(f"/hubs/{HUB}/activation")
    activated = await ivan.does("POST", f"/hubs/{HUB}/activation")
    active = await ivan.sees(f"/hubs/{HUB}")
    ending = await olga.does("POST", f"/hubs/{HUB}/deactivation")
    resumed = await olga.does("POST", f"/hubs/{HUB}/resumption")
    dashboard = await rita.sees("/reseller/dashboard")
    stopped = await olga.does("POST", f"/hubs/{HUB}/stop")

    assert picked == {"account": created["company"]}
    assert form["reseller"] == rita.company
    assert activated == {"screen": "device_list", "subscription": "subscription-1"}
    assert (active["tile"], active["star"], active["service"]) == ("activated", True, "active")
    assert ending == {"screen": "services_will_expire_soon"}
    assert resumed == {"screen": "services_activated"}
    assert dashboard["accounts_with_active_services"] == 1
    assert stopped == {"screen": "device_list"}
    assert (await olga.sees(f"/hubs/{HUB}"))["tile"] == "activation_required"


async def test_the_personal_account_is_one_of_the_accounts_and_can_be_gone_back_to(api: Api) -> None:
    olga = await api.owner("olga")

    accounts = (await olga.sees("/session/accounts"))["accounts"]
    back = await olga.does("PUT", "/session/account", {"company": None})

    assert [row["account"] for row in accounts] == [None, olga.company]
    assert back == {"account": None}
    assert (await olga.sees("/session"))["account"] is None
    assert (await olga.sees("/navigation"))["tabs"] == ["company"]


async def test_a_hub_is_armed_configured_and_disarmed_and_its_history_tells_it(api: Api) -> None:
    olga = await api.dealer_with_hub()

    await olga.does("PUT", f"/hubs/{HUB}/arming")
    armed = await olga.sees(f"/hubs/{HUB}")
    await olga.does("PATCH", f"/hubs/{HUB}/configuration", {"ping_s": 30})
    await olga.does("DELETE", f"/hubs/{HUB}/arming")
    after = await olga.sees(f"/hubs/{HUB}")
    history = (await olga.sees(f"/hubs/{HUB}/history"))["rows"]

    assert (armed["armed"], armed["ping_s"]) == (True, 60)
    assert (after["armed"], after["ping_s"]) == (False, 30)
    assert [row["fact"] for row in history] == [
        "hub_added",
        "sims_observed",
        "hub_armed",
        "hub_configured",
        "hub_armed",
    ]


async def test_refusals_of_the_domain_come_with_their_name_their_facts_and_their_words(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await api.hub_speaks(HUB, online=False)

    answer = await olga.call("PUT", f"/hubs/{HUB}/arming")

    assert answer.status_code == 409
    assert answer.json() == {
        "type": "/problems/hub_offline",
        "title": "Hub offline",
        "status": 409,
        "detail": f"Hub {HUB} is offline.",
        "name": "hub_offline",
        "facts": {"hub": HUB},
    }


async def test_another_companys_things_are_not_found_or_not_permitted(api: Api) -> None:
    await api.dealer_with_hub()
    eve = await api.dealer("eve")

    assert await eve.refused("GET", f"/hubs/{HUB}") == "not_permitted"
    assert await eve.refused("DELETE", f"/hubs/{HUB}") == "not_permitted"
    assert await eve.refused("GET", "/objects/object-1/hubs") == "not_permitted"
    assert await eve.refused("PUT", "/session/account", {"company": "company-1"}) == "not_a_member"
    assert (await eve.sees("/objects"))["objects"] == []
