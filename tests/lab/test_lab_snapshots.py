"""Snapshots: a world is restored or branched, and later messages are cleared, at the broker too."""

import asyncio
from pathlib import Path

import pytest
from busy_world import busy_world, snapshot
from lab_play import AJAX, DAY_MS, HUB, JANUARY_MS, OTHER, LabWorld, setup
from lab_server import OPERATOR_TOKEN, Server, server_settings, serving

pytestmark = pytest.mark.live


async def test_a_restored_world_is_as_it_was(world: LabWorld) -> None:
    dealer = await busy_world(world)
    before = await snapshot(world)
    row = await world.send("POST", "/lab/snapshots", {"name": "before"})

    await world.advance(by="P70D")
    await world.act(HUB, "power_off")
    await world.act(OTHER, "remove_sim", slot=1)
    await world.put(setup("0000AA03"))
    await world.owner("nina")
    later = await snapshot(world)
    restored = await world.send("POST", "/lab/snapshots/before/restore")

    assert (row["world"], row["world_ms"]) == (world.name, before["clock"])
    assert later != before
    assert await snapshot(world) == before
    assert (restored["world_ms"], restored["held"]) == (before["clock"], True)
    assert [each["id"] for each in (await world.get("/hubs"))["hubs"]] == [HUB, OTHER]
    assert (await dealer.send("GET", "/session"))["account"] == dealer.company
    assert (
        await world.call(
            "POST",
            "/v1/accounts",
            {"email": "nina@example.com", "name": "Nina", "password": "correct horse battery staple"},
        )
    ).status_code == 201


async def test_a_restored_world_continues_as_the_first_time(world: LabWorld) -> None:
    await busy_world(world)
    await world.send("POST", "/lab/snapshots", {"name": "before"})
    await world.advance(by="P40D")
    first = await snapshot(world)

    await world.send("POST", "/lab/snapshots/before/restore")
    await world.advance(by="P40D")

    assert await snapshot(world) == first


async def test_retained_messages_of_a_later_history_are_cleared_by_a_restore(
    world: LabWorld, server: Server
) -> None:
    dealer = await world.dealer_with_hub()
    await world.send("POST", "/lab/snapshots", {"name": "before"})
    for _ in range(4):
        await world.activate(dealer)
        await world.settle()
        await dealer.send("POST", f"/hubs/{HUB}/stop", {})
        await world.settle()
    await world.put(setup(OTHER))

    await world.send("POST", "/lab/snapshots/before/restore")
    await world.activate(dealer)
    await world.advance(by="PT20M")

    seen = await world.hub()
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert OTHER not in server.host.worlds[world.name].service.engine.state.devices


async def test_two_branches_have_different_histories(world: LabWorld, main: LabWorld) -> None:
    await busy_world(world)
    before = await snapshot(world)
    await world.send("POST", "/lab/snapshots", {"name": "fork"})

    left, right = await main.open("left", snapshot="fork"), await main.open("right", snapshot="fork")
    at_the_fork = [await snapshot(each) for each in (left, right)]
    await left.act(HUB, "unplug", link="ethernet")
    await asyncio.gather(left.advance(by="P1D"), right.advance(by="P60D"))

    assert at_the_fork == [before, before]
    assert await left.clock_ms() == before["clock"] + DAY_MS
    assert await right.clock_ms() == before["clock"] + 60 * DAY_MS
    assert (await left.hub())["shows"]["connected_by"] == "cellular"
    assert (await right.hub())["shows"]["connected_by"] == "ethernet"
    assert (await left.hub(OTHER))["app"]["tile"] != (await right.hub(OTHER))["app"]["tile"]
    assert await snapshot(world) == before


async def test_users_of_a_world_can_sign_in_to_its_branch(world: LabWorld, main: LabWorld) -> None:
    await world.owner("olga")
    await world.send("POST", "/lab/snapshots", {"name": "fork"})

    branch = await main.open(snapshot="fork")
    credentials = {
        "email": "olga@example.com",
        "password": "correct horse battery staple",
        "app": "pro_desktop",
    }

    assert (await branch.send("POST", "/v1/sessions", credentials))["token"]


async def test_a_branch_takes_clock_and_settings_from_the_snapshot(main: LabWorld) -> None:
    slow = await main.open(carrier={"activation_delay_ms": 600_000})
    await slow.send("POST", "/lab/snapshots", {"name": "slow"})

    branch = await main.open(snapshot="slow")
    await branch.activate(await branch.dealer_with_hub())
    await branch.advance(by="PT9M")
    refusals = [
        await main.refused("POST", "/worlds", {"snapshot": "slow", **order})
        for order in ({"start_ms": 5}, {"carrier": {"cut_delay_ms": 1}}, {"cloud": {"trial_months": 1}})
    ]

    assert (await branch.get(f"/sims/{AJAX.iccid}"))["ordered"] == "active"
    assert set(refusals) == {(409, "lab_refused", "cannot")}


async def test_a_world_is_saved_with_work_in_progress(world: LabWorld, main: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.inject("drop", message="desired", hub=HUB)
    await world.activate(dealer)
    await world.send("POST", "/lab/snapshots", {"name": "half way"[:4]})

    branch = await main.open(snapshot="half")
    waiting = await branch.get(f"/sims/{AJAX.iccid}")
    await branch.advance(by="PT20M")

    seen = await branch.hub()
    assert waiting["ordered"] == "active"
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3


async def test_a_running_world_still_runs_after_a_save_and_a_restore(main: LabWorld) -> None:
    running = await main.open(held=False)

    await running.send("POST", "/lab/snapshots", {"name": "now"})
    saved = await running.get("/clock")
    restored = await running.send("POST", "/lab/snapshots/now/restore")

    assert saved["held"] is False
    assert restored["held"] is False


async def test_the_main_world_is_saved_and_restored_with_its_counted_fleet(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, hubs=3)) as server:
        main = LabWorld(server.client, operator_token=OPERATOR_TOKEN)
        await main.send("PUT", "/lab/clock", {"held": True})
        dealer = await main.dealer_with_hub()
        first = "F0000001"
        await main.act(first, "set_battery", percent=45)
        saved = await main.send("POST", "/lab/snapshots", {"name": "main"})

        await main.activate(dealer)
        await main.advance(by="P30D")
        await main.act(first, "power_off")
        restored = await main.send("POST", "/lab/snapshots/main/restore")
        hubs = {each["id"]: each for each in (await main.get("/hubs"))["hubs"]}
        shown = await main.hub()

    assert list(hubs) == ["F0000001", "F0000002", "F0000003", HUB]
    assert (hubs[first]["battery_percent"], hubs[first].get("powered", True)) == (45, True)
    assert restored["world_ms"] == saved["world_ms"]
    assert shown["app"]["tile"] == "activation_required"


async def test_a_snapshot_of_the_main_world_can_be_branched(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, hubs=2)) as server:
        main = LabWorld(server.client, operator_token=OPERATOR_TOKEN)
        await main.send("POST", "/lab/snapshots", {"name": "main"})

        branch = await main.open("branch", snapshot="main")
        await branch.advance(by="P90D")
        hubs = [each["id"] for each in (await branch.get("/hubs"))["hubs"]]
        online = [(await branch.hub(hub))["shows"]["link"] for hub in hubs]

    assert hubs == ["F0000001", "F0000002"]
    assert online == ["online", "online"]


# ------------------------------------------------------------------ names and limits


async def test_snapshots_are_listed_and_removed_by_name(world: LabWorld) -> None:
    for name in ("b-2", "A.1", "c_3"):
        await world.send("POST", "/lab/snapshots", {"name": name})

    await world.send("DELETE", "/lab/snapshots/b-2")

    rows = (await world.get("/snapshots"))["snapshots"]
    assert [row["name"] for row in rows] == ["A.1", "c_3"]
    assert {(row["world"], row["world_ms"]) for row in rows} == {(world.name, JANUARY_MS)}
    assert await world.refused("DELETE", "/snapshots/b-2") == (404, "not_on_bench", "no_such_snapshot")
    assert await world.refused("POST", "/snapshots/b-2/restore") == (404, "not_on_bench", "no_such_snapshot")


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", ".hidden", "x" * 64, "ü", "a\nb"])
async def test_a_name_that_cannot_be_a_folder_is_refused(world: LabWorld, server: Server, name: str) -> None:
    refused = await world.refused("POST", "/snapshots", {"name": name})

    assert refused == (409, "lab_refused", "bad_name")
    assert not (server.settings.state / "snapshots").exists()


async def test_a_snapshot_is_not_overwritten(world: LabWorld) -> None:
    await world.send("POST", "/lab/snapshots", {"name": "one"})
    await world.advance(by="P1D")

    again = await world.refused("POST", "/snapshots", {"name": "one"})

    assert again == (409, "lab_refused", "snapshot_exists")
    assert [row["world_ms"] for row in (await world.get("/snapshots"))["snapshots"]] == [JANUARY_MS]


async def test_one_of_several_simultaneous_saves_with_the_same_name_succeeds(
    world: LabWorld, server: Server
) -> None:
    answers = await asyncio.gather(*(world.call("POST", "/lab/snapshots", {"name": "one"}) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert [folder.name for folder in (server.settings.state / "snapshots").iterdir()] == ["one"]


async def test_a_snapshot_over_the_limit_is_refused(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, snapshot_limit=2)) as server:
        main = LabWorld(server.client)
        for name in ("one", "two"):
            await main.send("POST", "/lab/snapshots", {"name": name})

        refused = await main.refused("POST", "/snapshots", {"name": "three"})
        await main.send("DELETE", "/lab/snapshots/one")
        await main.send("POST", "/lab/snapshots", {"name": "three"})

    assert refused == (409, "lab_refused", "too_many_snapshots")


async def test_a_failed_restore_leaves_the_world_as_it_is(world: LabWorld, server: Server) -> None:
    await world.dealer_with_hub()
    await world.send("POST", "/lab/snapshots", {"name": "before"})
    await server.simulator.stop()

    refused = await world.refused("POST", "/snapshots/before/restore")
    await server.simulator.start()
    await world.settle()

    assert refused[:2] == (503, "no_simulator")
    assert (await world.hub())["app"]["tile"] == "activation_required"


async def test_a_snapshot_survives_a_restart_of_the_server(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path)) as server:
        world = await LabWorld(server.client, operator_token=OPERATOR_TOKEN).open("march")
        await busy_world(world)
        before = await snapshot(world)
        await world.send("POST", "/lab/snapshots", {"name": "kept"})

    async with serving(server_settings(tmp_path)) as server:
        branch = await LabWorld(server.client).open(snapshot="kept")
        after = await snapshot(branch)

    assert after == before
