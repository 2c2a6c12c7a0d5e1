"""The journal of a world: all actions on it from outside, in order, and none twice."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lab_play import AJAX, HUB, JANUARY_MS, MINUTE_MS, PASSWORD, LabWorld, setup
from lab_server import OPERATOR_TOKEN, Server, server_settings, serving

from hubsim_cloud.domain.queries import Navigation
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.lab.journal import ENTRIES_MAX, ClockSet, Journal, JournalStart, Lack, Queried, new_journal
from hubsim_conform.device.bench_line import BenchLine
from hubsim_contract.lab.bench_actions import SetLid
from hubsim_contract.lab.protocol import LabTopics

pytestmark = pytest.mark.live
Json = dict[str, Any]


async def entries(world: LabWorld) -> list[Json]:
    found: list[Json] = (await world.get("/journal"))["entries"]
    return found


def summary(entry: Json) -> str:
    """Return an entry in short: the action, and the name of its refusal."""
    match entry["entry"]:
        case "commanded":
            what = entry["command"]["do"]
        case "queried":
            what = f"sees {entry['query']['sees']}"
        case "bench_action_performed":
            what = f"bench {entry['action']['do']}"
        case other:
            what = other
    return f"{what}: {entry['refused']}" if "refused" in entry else what


async def test_a_new_world_has_an_empty_journal(world: LabWorld) -> None:
    journal = await world.get("/journal")

    assert journal["entries"] == []
    assert journal["next"] == 0
    assert journal["lacks"] is None
    assert journal["beginning"]["world_ms"] == JANUARY_MS


async def test_a_journal_has_the_start_of_its_world_also_after_a_reset(main: LabWorld) -> None:
    settings = {"cloud": {"ping_multiplier": 4}, "carrier": {"networks": 3}, "hub": {"boot_ms": 7_000}}
    world = await main.open(start_ms=JANUARY_MS + MINUTE_MS, **settings)
    begun_with = (await world.get("/journal"))["beginning"]

    await world.advance(by="PT1M")
    await world.send("POST", "/lab/reset")

    begun_again = (await world.get("/journal"))["beginning"]
    assert begun_with["cloud"]["ping_multiplier"] == 4
    assert (begun_with["carrier"], begun_with["hub"]) == (settings["carrier"], settings["hub"])
    assert begun_with["world_ms"] == JANUARY_MS + MINUTE_MS
    assert begun_again == {**begun_with, "world_ms": JANUARY_MS + 2 * MINUTE_MS}


async def test_all_actions_are_recorded_in_order(world: LabWorld) -> None:
    await world.put(setup())
    dealer = await world.owner("olga")
    await dealer.send("GET", "/navigation")
    await world.call("POST", f"/v1/hubs/{HUB}/activation", {}, dealer.token)
    await world.act(HUB, "insert_sim", slot=1, card={"kind": "ajax", "iccid": AJAX.iccid, "imsi": AJAX.imsi})
    await world.call("POST", f"/lab/hubs/{HUB}/actions", {"action": {"do": "remove_sim", "slot": 2}})
    await world.inject("drop", message="reported", hub=HUB)
    await world.advance(by="PT20M")

    done = await entries(world)

    assert [summary(entry) for entry in done] == [
        "hub_put",
        "sign_up",
        "create_company",
        "switch_account",
        "sees navigation",
        "activate: hub_not_found",
        "bench insert_sim",
        "bench remove_sim: slot_empty",
        "fault_injected",
        "clock_set",
    ]
    assert done[2]["actor"] == {
        "person": "person-1",
        "app": "pro_desktop",
        "account": None,
        "operator": False,
    }
    assert done[2]["result"] == {"company": "company-1"}
    assert done[-1]["at_ms"] == JANUARY_MS + 20 * MINUTE_MS


async def test_a_journal_contains_no_password_and_no_token(world: LabWorld) -> None:
    dealer = await world.dealer()

    journal = await world.call("GET", "/lab/journal")

    assert dealer.token not in journal.text
    assert PASSWORD not in journal.text
    assert await world.operator() not in journal.text


async def test_a_retried_command_is_recorded_once(world: LabWorld) -> None:
    dealer = await world.owner("olga")
    headers = {"Authorization": f"Bearer {dealer.token}", "Idempotency-Key": "once"}
    path = f"/worlds/{world.name}/v1/objects"

    for _ in range(3):
        await world.client.post(path, json={"name": "Villa"}, headers=headers)

    assert [summary(entry) for entry in await entries(world)].count("create_object") == 1


async def test_a_repeated_query_is_recorded_once_between_two_other_actions(world: LabWorld) -> None:
    dealer = await world.owner("olga")
    for _ in range(3):
        await dealer.send("GET", "/navigation")
    await dealer.send("POST", "/objects", {"name": "Villa"})
    await dealer.send("GET", "/navigation")

    assert [summary(entry) for entry in await entries(world)][3:] == [
        "sees navigation",
        "create_object",
        "sees navigation",
    ]


async def test_the_persisted_data_of_an_agent_is_recorded_as_a_flag_only(world: LabWorld) -> None:
    await world.put(setup(flash="bm90IGEgbWVtb3J5"))

    (put,) = await entries(world)

    assert put["remembers"] is True
    assert put["setup"].get("flash") is None


async def test_bench_actions_over_mqtt_are_recorded_too(server: Server, world: LabWorld) -> None:
    await world.put(setup())
    line = BenchLine(server.broker)
    try:
        await line.open(LabTopics().of_world(world.name))
        await line.perform(HUB, SetLid(open=True))
    finally:
        await line.aclose()

    journal = await world.get("/journal?after=1&wait_s=30")

    assert [summary(entry) for entry in journal["entries"]] == ["bench set_lid"]


async def test_a_waiting_request_is_answered_after_the_next_action(world: LabWorld) -> None:
    waiting = asyncio.create_task(world.get("/journal?wait_s=60"))
    await world.owner("olga")

    journal = await waiting

    assert summary(journal["entries"][0]) == "sign_up"


async def test_the_main_world_has_no_journal(main: LabWorld) -> None:
    assert await main.refused("GET", "/journal") == (409, "lab_refused", "no_journal")


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait_s=61", "wait_s=", "before=1"])
async def test_an_invalid_query_is_an_invalid_request(world: LabWorld, query: str) -> None:
    answer = await world.call("GET", f"/lab/journal?{query}")

    assert (answer.status_code, answer.json()["name"]) == (422, "invalid_request")


async def test_a_reset_starts_a_new_journal(world: LabWorld) -> None:
    await world.owner("olga")
    before = await world.get("/journal")

    await world.send("POST", "/lab/reset")

    after = await world.get("/journal")
    assert after["entries"] == []
    assert after["run"] != before["run"]
    assert after["lacks"] is None


async def test_a_branch_starts_with_the_journal_of_its_snapshot(main: LabWorld, world: LabWorld) -> None:
    await world.put(setup())
    await world.owner("olga")
    await world.send("POST", "/lab/snapshots", {"name": "begun"})
    await world.owner("rita")

    branch = await main.open(snapshot="begun")

    kept = [summary(entry) for entry in await entries(branch)]
    assert kept == ["hub_put", "sign_up", "create_company", "switch_account", "restored"]


def spoil(state: Path) -> None:
    """Replace the stored journal by one of a version with other entries."""
    (kept,) = state.glob("snapshots/*/journal.json")
    kept.write_bytes(b'{"beginning": {"world_ms": 0}, "entries": [{"entry": "of_a_later_version"}]}')


async def test_a_snapshot_with_an_unreadable_journal_is_restored_without_it(
    tmp_path: Path,
) -> None:
    async with serving(server_settings(tmp_path)) as running:
        main = LabWorld(running.client, operator_token=OPERATOR_TOKEN)
        world = await main.open("spring")
        await world.owner("olga")
        await world.send("POST", "/lab/snapshots", {"name": "begun"})
        spoil(tmp_path)

        branch = await main.open(snapshot="begun")

        journal = await branch.get("/journal")
        assert (journal["lacks"], journal["entries"]) == ("beginning", [])


async def test_after_a_restart_of_the_server_a_journal_lacks_its_beginning(tmp_path: Path) -> None:
    settings = server_settings(tmp_path)
    async with serving(settings) as running:
        world = await LabWorld(running.client, operator_token=OPERATOR_TOKEN).open("spring")
        await world.owner("olga")

    async with serving(settings) as running:
        journal = await LabWorld(running.client, "spring").get("/journal")

    assert journal["lacks"] == "beginning"
    assert journal["entries"] == []


async def test_a_full_journal_lacks_its_end_and_ends_all_waits() -> None:
    journal = new_journal(JournalStart(world_ms=0))

    for at_ms in range(ENTRIES_MAX + 2):
        journal.record(ClockSet(at_ms=at_ms, held=True))
    await journal.more(ENTRIES_MAX, wait_s=3600)

    assert journal.lacks is Lack.END
    assert journal.count == ENTRIES_MAX


async def test_a_closed_journal_ends_all_waits() -> None:
    journal: Journal = new_journal(JournalStart(world_ms=0))
    waiting = asyncio.create_task(journal.more(0, wait_s=3600))

    journal.record(Queried(at_ms=0, actor=Actor("person-1"), query=Navigation()))
    await waiting
    journal.close()
    await journal.more(1, wait_s=3600)

    assert journal.count == 1
