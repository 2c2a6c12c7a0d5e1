"""Worlds that start with the content of a file: read and tried out before anything is changed."""

import asyncio
from pathlib import Path

import pytest
from console_server import ConsoleServer

from hubsim_console.data_files import DEMO_PASSWORD, DEMO_SEED
from hubsim_scenarios.hosting.world_files import BadWorldFile, read_world, read_world_file, try_out
from hubsim_simulator.hardware.profile import model_names

WORLD = """\
world:
  people: [olga]
  companies: {wolf: {owner: olga, country: PL, dealer: yes}}
  hubs: {shop: {model: hub-2, company: wolf, object: market, links: [ethernet], slots: {1: ajax}}}
"""
START_MS = 1_774_427_400_000
"""25 March 2026, 09:30 in Warsaw."""


def test_a_world_file_may_have_a_world_alone() -> None:
    scenario = read_world("file", WORLD)

    assert list(scenario.world.hubs) == ["shop"]
    assert len(scenario.steps) == 1


def test_a_mistake_in_a_world_file_has_its_place() -> None:
    with pytest.raises(BadWorldFile, match=r"file:2:3: unknown field 'peple'.*did you mean 'people'"):
        read_world("file", "world:\n  peple: [olga]\n")


@pytest.mark.parametrize(
    "text", ["", "[]", "world", "{", "\0", "world: {people: [olga]}\nmatrix: {model: [hub]}"]
)
def test_any_other_text_is_a_mistake(text: str) -> None:
    with pytest.raises(BadWorldFile):
        read_world("file", text)


def test_a_matrix_is_not_a_world() -> None:
    with pytest.raises(BadWorldFile, match="remove the matrix"):
        read_world("file", f"{WORLD}matrix: {{model: [hub-2, hub-2-4g]}}\n")


def test_a_world_file_that_cannot_be_played_names_its_line() -> None:
    steps = "steps:\n  - {as: olga, do: activate, hub: shop, reseller: null}\n"

    with pytest.raises(BadWorldFile, match="line 6: refused: connection_not_approved"):
        try_out(read_world("file", WORLD + steps))


def test_the_world_of_the_demo_is_believable() -> None:
    scenario = read_world_file(DEMO_SEED)
    try_out(scenario)

    assert len(scenario.world.hubs) > 20
    assert {hub.model for hub in scenario.world.hubs.values()} == set(model_names())
    assert {company.country for company in scenario.world.companies.values()} == {"PL", "ES", "DE", "GB"}


@pytest.mark.live
async def test_the_demo_has_hubs_in_every_state(demo: ConsoleServer) -> None:
    setups = (await demo.send("GET", "/lab/hubs"))["hubs"]
    apps = [(await demo.send("GET", f"/lab/hubs/{hub['id']}"))["app"] for hub in setups]
    clock = await demo.send("GET", "/lab/clock")
    credentials = {"email": "anna@fortis.example", "password": DEMO_PASSWORD, "app": "pro_desktop"}

    assert {app["tile"] for app in apps} == {"none", "activation_required", "activated", "expires_soon"}
    assert {app["online"] for app in apps} == {True, False}
    assert any("malfunction" in app["icons"] for app in apps)
    assert any("lid_open" in app["icons"] for app in apps)
    assert {invoice["month"] for invoice in (await demo.send("GET", "/lab/invoices"))["invoices"]} == {
        "2026-01",
        "2026-02",
    }
    assert not clock["held"]
    assert clock["world_ms"] >= START_MS
    assert (await demo.send("POST", "/v1/sessions", credentials))["token"]


@pytest.mark.live
async def test_a_reset_with_a_seed_is_the_same_world_again(demo: ConsoleServer) -> None:
    before = await demo.send("GET", "/lab/hubs")
    await demo.send("POST", "/lab/clock/advance", {"by": "P40D"})

    row = await demo.send("POST", "/lab/reset", {"seed": "demo"})

    assert await demo.send("GET", "/lab/hubs") == before
    assert START_MS <= row["world_ms"] < START_MS + 60_000
    assert not row["held"]


@pytest.mark.live
async def test_a_new_world_starts_with_a_file(server: ConsoleServer) -> None:
    row = await server.send("POST", "/lab/worlds", {"name": "market", "file": WORLD})
    hubs = (await server.send("GET", "/worlds/market/lab/hubs"))["hubs"]

    assert [hub["model"] for hub in hubs] == ["hub-2"]
    assert row["held"]
    assert (await server.send("GET", f"/worlds/market/lab/hubs/{hubs[0]['id']}"))["app"]["online"]


@pytest.mark.live
@pytest.mark.parametrize(
    ("order", "status", "reason"),
    [
        ({"file": "world: {peple: []}"}, 409, "bad_file"),
        ({"file": f"{WORLD}steps: [{{as: olga, do: activate, hub: shop}}]"}, 409, "bad_file"),
        ({"seed": "demi"}, 404, "no_such_seed"),
        ({"seed": "demo", "file": WORLD}, 409, "cannot"),
        ({"seed": "demo", "start_ms": 1}, 409, "cannot"),
        ({"seed": "demo", "snapshot": "x"}, 409, "cannot"),
        ({"file": 1}, 422, "invalid_request"),
    ],
)
async def test_an_order_with_a_mistake_changes_nothing(
    server: ConsoleServer, order: dict[str, object], status: int, reason: str
) -> None:
    found = await server.refused("POST", "/lab/worlds", order)

    assert found[:2] == (status, reason)
    assert [world["name"] for world in (await server.send("GET", "/lab/worlds"))["worlds"]] == [""]


@pytest.mark.live
async def test_a_reset_with_a_mistake_keeps_the_world(demo: ConsoleServer) -> None:
    before = await demo.send("GET", "/lab/hubs")
    own = "settings: {cloud: {trial_months: 1}}\n" + WORLD

    assert (await demo.refused("POST", "/lab/reset", {"file": "x"}))[1] == "bad_file"
    assert (await demo.refused("POST", "/lab/reset", {"file": own}))[1] == "cannot"
    assert (await demo.refused("POST", "/lab/reset", {"sed": "demo"}))[1] == "invalid_request"
    assert await demo.send("GET", "/lab/hubs") == before


@pytest.mark.live
async def test_a_server_lists_its_seeds(server: ConsoleServer) -> None:
    seeds = (await server.send("GET", "/lab/seeds"))["seeds"]

    assert [seed["seed"] for seed in seeds] == ["demo"]
    assert seeds[0]["title"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadWorldFile, match=r"none\.yaml: cannot be read"):
        read_world_file(tmp_path / "none.yaml")


@pytest.mark.live
async def test_two_resets_at_the_same_time_give_one_whole_world(server: ConsoleServer) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(server.send("POST", "/lab/reset", {"file": WORLD}))

    assert len((await server.send("GET", "/lab/hubs"))["hubs"]) == 1
