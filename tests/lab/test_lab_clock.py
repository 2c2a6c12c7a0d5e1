"""The world clock over HTTP: it moves from rest to rest, every timer at its time, and never back."""

import asyncio

import pytest
from lab_play import AJAX, DAY_MS, HUB, JANUARY_MS, MINUTE_MS, LabWorld
from lab_server import Server

pytestmark = pytest.mark.live


async def test_a_new_world_begins_where_it_is_told_and_stands(main: LabWorld) -> None:
    here = await main.open("here")
    there = await main.open("there", start_ms=JANUARY_MS + 400 * DAY_MS)

    shown = await here.sees("/clock")
    assert shown == {
        "world_time": "2026-01-15T08:00:00.000Z",
        "world_ms": JANUARY_MS,
        "held": True,
        "due_ms": shown["due_ms"],
        "moving_to_ms": None,
    }
    assert (await there.sees("/clock"))["world_ms"] == JANUARY_MS + 400 * DAY_MS


async def test_the_main_world_runs_with_real_time_until_it_is_held(main: LabWorld) -> None:
    running = await main.sees("/clock")

    held = await main.does("PUT", "/lab/clock", {"held": True})
    later = await main.sees("/clock")
    again = await main.does("PUT", "/lab/clock", {"held": False})

    assert (running["held"], held["held"], again["held"]) == (False, True, False)
    assert running["world_ms"] <= held["world_ms"] == later["world_ms"] <= again["world_ms"]


@pytest.mark.parametrize(("by", "ms"), [("PT20M", 20 * MINUTE_MS), ("P30D", 30 * DAY_MS), ("PT0S", 0)])
async def test_the_clock_moves_by_a_duration(world: LabWorld, by: str, ms: int) -> None:
    moved = await world.advance(by=by)

    assert moved["world_ms"] == await world.clock_ms() == JANUARY_MS + ms


async def test_the_clock_moves_to_an_instant_in_any_zone(world: LabWorld) -> None:
    moved = await world.does("POST", "/lab/clock/advance", {"to": "2026-02-01T00:00:00+01:00"})

    assert moved["world_time"] == "2026-01-31T23:00:00.000Z"


async def test_the_clock_never_moves_back(world: LabWorld) -> None:
    await world.advance(by="P1D")

    past = await world.refused("POST", "/clock/advance", {"to": "2026-01-15T08:00:00Z"})
    negative = await world.refused("POST", "/clock/advance", {"by": "-PT1S"})

    assert past == negative == (409, "lab_refused", "clock_moved_back")
    assert await world.clock_ms() == JANUARY_MS + DAY_MS


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"by": "P1D", "to": "2027-01-01T00:00:00Z"},
        {"to": "2027-01-01T00:00:00"},
        {"to": "9999-12-31T00:00:00Z"},
        {"by": "P2000000D"},
        {"by": "tomorrow"},
        {"until": "2027-01-01T00:00:00Z"},
    ],
)
async def test_a_move_that_says_no_instant_is_invalid(main: LabWorld, sent: dict[str, str]) -> None:
    status, name, _ = await main.refused("POST", "/clock/advance", sent)

    assert (status, name) == (422, "invalid_request")


async def test_when_the_answer_comes_cloud_carrier_and_hub_have_settled(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activates(dealer)

    before = await world.sees(f"/sims/{AJAX.iccid}")
    await world.advance(by="PT20M")

    seen, card = await world.hub(), await world.sees(f"/sims/{AJAX.iccid}")
    assert before["profile"] != "active"
    assert (card["profile"], card["attached_hub"]) == ("active", HUB)
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert (seen["shows"]["led"], seen["app"]["channels"]) == ("white", ["cellular", "ethernet"])


async def test_what_is_due_on_the_way_happens_at_its_own_time(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activates(dealer)

    await world.advance(by="P60D")

    events = (await world.sees("/trace"))["events"]
    instants = [event["at_ms"] for event in events]
    invoiced = [event["at_ms"] for event in events if event.get("fact") == "invoice_issued"]
    executed = [event for event in events if '"stage":"executed"' in event.get("payload", "")]
    assert instants == sorted(instants)
    assert len(invoiced) >= 1
    assert all(at_ms < JANUARY_MS + 60 * DAY_MS for at_ms in invoiced)
    assert executed[0]["at_ms"] == JANUARY_MS + MINUTE_MS


async def test_how_far_the_clock_is_can_be_seen_while_it_moves(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activates(dealer)
    await world.lays(HUB, "unplug", link="ethernet")
    target_ms = JANUARY_MS + 40 * DAY_MS

    moving = asyncio.create_task(world.advance(to_ms=target_ms))
    seen = []
    while not moving.done():
        seen.append(await world.sees("/clock"))
    after = await moving

    on_the_way = [each for each in seen if each["moving_to_ms"] == target_ms]
    assert on_the_way
    assert [each["world_ms"] for each in seen] == sorted(each["world_ms"] for each in seen)
    assert (after["world_ms"], after["moving_to_ms"]) == (target_ms, None)


async def test_moves_at_the_same_time_are_made_one_after_the_other(world: LabWorld) -> None:
    answers = await asyncio.gather(*(world.advance(by="PT1H") for _ in range(3)))

    assert max(each["world_ms"] for each in answers) == await world.clock_ms()
    assert await world.clock_ms() <= JANUARY_MS + 3 * 3_600_000


async def test_a_clock_that_runs_goes_on_running_behind_a_move(main: LabWorld, server: Server) -> None:
    running = await main.open(held=False)

    moved = await running.advance(by="P1D")

    clock = server.host.worlds[running.name].clock
    assert not moved["held"]
    assert not clock.held
    assert not server.simulator.server.benches[running.name].clock.held
    assert moved["world_ms"] >= JANUARY_MS + DAY_MS


async def test_while_a_clock_runs_what_is_due_happens_by_itself(main: LabWorld, server: Server) -> None:
    running = await main.open(carrier={"activation_delay_ms": 5_000})
    dealer = await running.dealer_with_hub()
    await running.activates(dealer)
    await running.advance(by="PT4.9S")

    await running.does("PUT", "/lab/clock", {"held": False})

    carrier = server.simulator.server.benches[running.name].fleet.carrier
    await server.simulated(lambda: carrier.holding(AJAX.iccid).profile.value == "active")
