"""The world clock over HTTP: the world is idle after a move, timers fire at their time, no move back."""

import asyncio

import pytest
from lab_play import AJAX, DAY_MS, HUB, JANUARY_MS, MINUTE_MS, LabWorld
from lab_server import Server

pytestmark = pytest.mark.live


async def test_a_new_world_starts_at_the_requested_instant_with_its_clock_held(main: LabWorld) -> None:
    here = await main.open("here")
    there = await main.open("there", start_ms=JANUARY_MS + 400 * DAY_MS)

    shown = await here.get("/clock")
    assert shown == {
        "world_time": "2026-01-15T08:00:00.000Z",
        "world_ms": JANUARY_MS,
        "held": True,
        "due_ms": shown["due_ms"],
        "moving_to_ms": None,
    }
    assert (await there.get("/clock"))["world_ms"] == JANUARY_MS + 400 * DAY_MS


async def test_the_main_world_runs_with_real_time_until_it_is_held(main: LabWorld) -> None:
    running = await main.get("/clock")

    held = await main.send("PUT", "/lab/clock", {"held": True})
    later = await main.get("/clock")
    again = await main.send("PUT", "/lab/clock", {"held": False})

    assert (running["held"], held["held"], again["held"]) == (False, True, False)
    assert running["world_ms"] <= held["world_ms"] == later["world_ms"] <= again["world_ms"]


async def test_a_running_clock_shows_the_earliest_timer_of_now(main: LabWorld) -> None:
    dealer = await main.dealer_with_hub()
    before = await main.settle()

    await dealer.send("POST", f"/hubs/{HUB}/activation", {})
    after = await main.get("/clock")

    assert not after["held"]
    assert before["due_ms"] is None or before["due_ms"] > after["world_ms"] + MINUTE_MS
    assert after["due_ms"] is not None
    assert after["due_ms"] <= after["world_ms"] + MINUTE_MS


@pytest.mark.parametrize(("by", "ms"), [("PT20M", 20 * MINUTE_MS), ("P30D", 30 * DAY_MS), ("PT0S", 0)])
async def test_the_clock_moves_by_a_duration(world: LabWorld, by: str, ms: int) -> None:
    moved = await world.advance(by=by)

    assert moved["world_ms"] == await world.clock_ms() == JANUARY_MS + ms


async def test_the_clock_moves_to_an_instant_in_any_zone(world: LabWorld) -> None:
    moved = await world.send("POST", "/lab/clock/advance", {"to": "2026-02-01T00:00:00+01:00"})

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
        {"to": "2499-12-01T00:00:00.001Z"},
        {"by": "P2000000D"},
        {"by": "tomorrow"},
        {"until": "2027-01-01T00:00:00Z"},
    ],
)
async def test_a_move_without_a_valid_instant_is_invalid(main: LabWorld, sent: dict[str, str]) -> None:
    status, name, _ = await main.refused("POST", "/clock/advance", sent)

    assert (status, name) == (422, "invalid_request")


async def test_cloud_carrier_and_hub_have_settled_when_a_move_is_answered(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)

    before = await world.get(f"/sims/{AJAX.iccid}")
    await world.advance(by="PT20M")

    seen, card = await world.hub(), await world.get(f"/sims/{AJAX.iccid}")
    assert before["profile"] != "active"
    assert (card["profile"], card["attached_hub"]) == ("active", HUB)
    assert [seen[side]["tile"] for side in ("app", "applied", "shows")] == ["activated"] * 3
    assert (seen["shows"]["led"], seen["app"]["channels"]) == ("white", ["cellular", "ethernet"])


async def test_timers_on_the_way_fire_at_their_own_time(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)

    await world.advance(by="P60D")

    events = (await world.get("/trace"))["events"]
    instants = [event["at_ms"] for event in events]
    invoiced = [event["at_ms"] for event in events if event.get("fact") == "invoice_issued"]
    executed = [event for event in events if '"stage":"executed"' in event.get("payload", "")]
    assert instants == sorted(instants)
    assert len(invoiced) >= 1
    assert all(at_ms < JANUARY_MS + 60 * DAY_MS for at_ms in invoiced)
    assert executed[0]["at_ms"] == JANUARY_MS + MINUTE_MS


async def test_the_progress_of_a_move_can_be_read(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.act(HUB, "unplug", link="ethernet")
    target_ms = JANUARY_MS + 40 * DAY_MS

    moving = asyncio.create_task(world.advance(to_ms=target_ms))
    seen = []
    while not moving.done():
        seen.append(await world.get("/clock"))
    after = await moving

    on_the_way = [each for each in seen if each["moving_to_ms"] == target_ms]
    assert on_the_way
    assert [each["world_ms"] for each in seen] == sorted(each["world_ms"] for each in seen)
    assert (after["world_ms"], after["moving_to_ms"]) == (target_ms, None)


async def test_simultaneous_moves_run_one_after_the_other(world: LabWorld) -> None:
    answers = await asyncio.gather(*(world.advance(by="PT1H") for _ in range(3)))

    assert max(each["world_ms"] for each in answers) == await world.clock_ms()
    assert await world.clock_ms() <= JANUARY_MS + 3 * 3_600_000


async def test_a_running_clock_still_runs_after_a_move(main: LabWorld, server: Server) -> None:
    running = await main.open(held=False)

    moved = await running.advance(by="P1D")

    clock = server.host.worlds[running.name].clock
    assert not moved["held"]
    assert not clock.held
    assert not server.simulator.server.benches[running.name].clock.held
    assert moved["world_ms"] >= JANUARY_MS + DAY_MS


async def test_timers_fire_by_themselves_while_a_clock_runs(main: LabWorld, server: Server) -> None:
    running = await main.open(carrier={"activation_delay_ms": 5_000})
    dealer = await running.dealer_with_hub()
    await running.activate(dealer)
    await running.advance(by="PT4.9S")

    await running.send("PUT", "/lab/clock", {"held": False})

    carrier = server.simulator.server.benches[running.name].fleet.carrier
    await server.simulated(lambda: carrier.holding(AJAX.iccid).profile.value == "active")
