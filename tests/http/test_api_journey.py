"""The guide's journey over HTTP, in both roles: from signing up to Stop now."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import HUB, Api, served


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


async def test_a_dealer_signs_up_starts_services_and_stops_them(api: Api) -> None:
    rita = await api.reseller("rita")
    olga = await api.person("olga")

    created = await olga.do("POST", "/companies", {"name": "Wolf Security", "country": "PL"})
    picked = await olga.do("PUT", "/session/account", {"company": created["company"]})
    await olga.do("POST", "/company/dealership", {"registration_number": "5260001246"})
    listed = await olga.get("/resellers?country=PL")
    await olga.do("POST", "/connections", {"reseller": listed["resellers"][0]["reseller"]})
    (request,) = (await rita.get("/dealers/requests"))["requests"]
    await rita.do("POST", f"/dealers/{request['dealer']}/approval", {"number": "W-17"})
    ivan = await api.person("ivan", "pro_app")
    await olga.do("POST", "/company/employees", {"email": "ivan@example.com", "role": "installer"})
    (mail,) = (await ivan.get("/mailbox"))["mails"]
    await ivan.do("PUT", "/session/account", {"company": mail["company"]})
    await api.add_hub(ivan, HUB)
    form = await ivan.get(f"/hubs/{HUB}/activation")
    activated = await ivan.do("POST", f"/hubs/{HUB}/activation")
    active = await ivan.get(f"/hubs/{HUB}")
    ending = await olga.do("POST", f"/hubs/{HUB}/deactivation")
    resumed = await olga.do("POST", f"/hubs/{HUB}/resumption")
    dashboard = await rita.get("/reseller/dashboard")
    stopped = await olga.do("POST", f"/hubs/{HUB}/stop")

    assert picked == {"account": created["company"]}
    assert form["reseller"] == rita.company
    assert activated == {"screen": "device_list", "subscription": "subscription-1"}
    assert (active["tile"], active["star"], active["service"]) == ("activated", True, "active")
    assert ending == {"screen": "services_will_expire_soon"}
    assert resumed == {"screen": "services_activated"}
    assert dashboard["accounts_with_active_services"] == 1
    assert stopped == {"screen": "device_list"}
    assert (await olga.get(f"/hubs/{HUB}"))["tile"] == "activation_required"


async def test_a_person_can_switch_back_to_the_personal_account(api: Api) -> None:
    olga = await api.owner("olga")

    accounts = (await olga.get("/session/accounts"))["accounts"]
    back = await olga.do("PUT", "/session/account", {"company": None})

    assert [row["account"] for row in accounts] == [None, olga.company]
    assert back == {"account": None}
    assert (await olga.get("/session"))["account"] is None
    assert (await olga.get("/navigation"))["tabs"] == ["company"]


async def test_the_history_of_a_hub_shows_arming_configuration_and_disarming(api: Api) -> None:
    olga = await api.dealer_with_hub()

    await olga.do("PUT", f"/hubs/{HUB}/arming")
    armed = await olga.get(f"/hubs/{HUB}")
    await olga.do("PATCH", f"/hubs/{HUB}/configuration", {"ping_s": 30})
    await olga.do("DELETE", f"/hubs/{HUB}/arming")
    after = await olga.get(f"/hubs/{HUB}")
    history = (await olga.get(f"/hubs/{HUB}/history"))["rows"]

    assert (armed["armed"], armed["ping_s"]) == (True, 60)
    assert (after["armed"], after["ping_s"]) == (False, 30)
    assert [row["fact"] for row in history] == [
        "hub_added",
        "sims_observed",
        "hub_armed",
        "hub_configured",
        "hub_armed",
    ]


async def test_refusals_of_the_domain_have_their_name_facts_and_text(api: Api) -> None:
    olga = await api.dealer_with_hub()
    await api.hub_reports(HUB, online=False)

    answer = await olga.call("PUT", f"/hubs/{HUB}/arming")

    assert answer.status_code == 409
    assert answer.json() == {
        "type": "/problems/hub_offline",
        "title": "Hub offline",
        "status": 409,
        "detail": f"Hub {HUB} is offline: connect it to the Internet first.",
        "name": "hub_offline",
        "facts": {"hub": HUB},
    }


async def test_things_of_another_company_are_not_found_or_not_permitted(api: Api) -> None:
    await api.dealer_with_hub()
    eve = await api.dealer("eve")

    assert await eve.refused("GET", f"/hubs/{HUB}") == "not_permitted"
    assert await eve.refused("DELETE", f"/hubs/{HUB}") == "not_permitted"
    assert await eve.refused("GET", "/objects/object-1/hubs") == "not_permitted"
    assert await eve.refused("PUT", "/session/account", {"company": "company-1"}) == "not_a_member"
    assert (await eve.get("/objects"))["objects"] == []
