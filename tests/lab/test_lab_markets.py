"""Worlds of the lab with a custom market, and countries that change in a running world."""

import pytest
from lab_play import HUB, LabWorld
from lab_server import Server

pytestmark = pytest.mark.live

MARKET = {
    "services": False,
    "countries": {"PL": {"services": True, "zone": "Europe/London"}},
    "packages": {"gold": {"name": "Gold", "fee_cents": 1234, "currency": "PLN"}},
}
POLAND = "/countries/PL/services"


async def test_a_world_has_the_market_of_its_order_and_the_main_world_another(main: LabWorld) -> None:
    world = await main.open(market=MARKET)
    dealer = await world.dealer_with_hub()

    form = await dealer.send("GET", f"/hubs/{HUB}/activation")

    assert form["package"] == "gold"
    assert (await dealer.send("GET", "/company"))["zone"] == "Europe/London"
    assert (await (await main.owner("nina")).send("GET", "/company"))["zone"] == "Europe/Warsaw"


@pytest.mark.parametrize(
    ("market", "text"),
    [
        ({"service": True}, "market: service: unknown name; did you mean 'services'?"),
        ({"countries": {"XX": {}}}, "market: countries.XX: there is no such country"),
        (
            {"countries": {"PL": {"zone": "Mars"}}},
            "market: countries.PL.zone: 'Mars' is not an IANA time zone",
        ),
        ({"packages": {"gold": {"name": "Gold"}}}, "market: packages.gold: the value 'fee_cents' is missing"),
    ],
)
async def test_a_bad_market_opens_no_world(
    main: LabWorld, server: Server, market: dict[str, object], text: str
) -> None:
    answer = await main.call("POST", "/lab/worlds", {"market": market})

    assert answer.status_code == 409
    assert answer.json()["facts"]["reason"] == "bad_market"
    assert answer.json()["detail"].startswith(text)
    assert list(server.host.worlds) == [""]


async def test_a_branch_has_the_market_and_the_countries_of_its_snapshot(main: LabWorld) -> None:
    world = await main.open(market=MARKET)
    dealer = await world.dealer_with_hub()
    await world.operates("PUT", POLAND, {"services": False})
    await world.send("POST", "/lab/snapshots", {"name": "without"})
    await world.operates("PUT", POLAND, {"services": True})

    refused = await main.call("POST", "/lab/worlds", {"snapshot": "without", "market": MARKET})
    branch = await main.open(snapshot="without")

    assert refused.status_code == 409
    assert [each["app"]["service"] for each in (await branch.hub(), await world.hub())] == [
        "not_available",
        "activation_required",
    ]
    await world.activate(dealer)


async def test_the_operator_changes_a_country_over_http(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()

    changed = await world.operates("PUT", "/countries/pl/services", {"services": False})
    await world.settle()
    unknown = await world.operates("PUT", "/countries/XX/services", {"services": False})
    by_a_dealer = await world.call("PUT", f"/v1/operator{POLAND}", {"services": True}, dealer.token)
    history = await dealer.send("GET", "/company/history")

    assert changed.status_code == 204
    assert (await world.hub())["shows"]["tile"] == "none"
    assert (unknown.status_code, unknown.json()["name"]) == (422, "unknown_country")
    assert by_a_dealer.status_code in {401, 403}
    assert history["rows"][-1]["details"] == {"country": "PL", "services": False}
