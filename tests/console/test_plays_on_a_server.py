"""Plays on a server: begun, followed, paused and stopped over HTTP, each in a world."""

import asyncio
import json
from pathlib import Path

import pytest
from console_server import ConsoleServer, Json, serving_console

from hubsim_console.console import Console
from hubsim_scenarios.hosting import play_host
from hubsim_scenarios.hosting.play_host import PLAYS_AT_ONCE
from hubsim_scenarios.product.files import find

pytestmark = pytest.mark.live

JOURNEY = "001-first-login-to-stop-now"
SHORT = """\
scenario: A SIM is inserted
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs: {shed: {model: hub-2, links: [ethernet]}}
steps:
  - {bench: shed, do: insert_sim, slot: 1, sim: ajax}
  - {expect: shed, registration: denied, led: green}
  - {clock: +1 h}
"""
WRONG = SHORT.replace("led: green", "led: white")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "short.yaml").write_text(SHORT)
    (folder / "wrong.yaml").write_text(WRONG)
    return folder


@pytest.fixture
async def server(tmp_path: Path, own: Path) -> ConsoleServer:
    async with serving_console(tmp_path, console=Console(own_files=lambda: find([own]))) as running:
        yield running


async def test_a_play_passes_in_a_world_that_stays(server: ConsoleServer) -> None:
    play = await server.play(scenario=JOURNEY)

    view = await server.when(play, "passed", "failed", "blocked", "skipped")

    assert (view["state"], view["verdict"], view["reason"]) == ("passed", "pass", "")
    assert {step["state"] for step in view["steps"]} == {"passed"}
    assert view["steps"][1]["saw"].startswith("personal_account_required: ")
    hub = await server.send("GET", f"/worlds/{view['world']}/lab/hubs/{view['hubs']['front-door']}")
    assert hub["app"]["tile"] == "activation_required"


async def test_a_play_that_fails_says_what_it_saw(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-wrong")

    view = await server.when(play, "failed")

    assert [step["state"] for step in view["steps"]] == ["passed", "failed", "unplayed"]
    assert view["steps"][1]["differences"] == [
        {"where": "shed: shows.led", "expected": "'white'", "seen": "'green'"}
    ]
    assert view["reason"]


async def test_a_finished_play_has_a_report_and_its_steps(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short")
    view = await server.when(play, "passed")

    report = await server.client.get(view["report"])
    record = await server.send("GET", f"/lab/plays/{play}/record")
    led = [
        (await server.send("GET", f"/lab/plays/{play}/steps/{number}"))["hubs"]["shed"]["shows"]["sims"]["1"]
        for number in range(4)
    ]

    assert report.headers["content-type"].startswith("text/html")
    assert "A SIM is inserted" in report.text
    assert len(record["steps"]) == 3
    assert led == ["missing", "ok", "ok", "ok"]
    assert (await server.refused("GET", f"/lab/plays/{play}/steps/4"))[:2] == (409, "not_played")
    assert (await server.refused("GET", f"/lab/plays/{play}/steps/x"))[:2] == (422, "invalid_request")


async def test_a_play_pauses_steps_and_continues(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short", pause=True)
    first = await server.when(play, "paused")
    report = await server.refused("GET", f"/lab/plays/{play}/report")

    await server.send("POST", f"/lab/plays/{play}/step")
    second = await server.when(play, "paused")
    await server.send("POST", f"/lab/plays/{play}/pause")
    third = await server.when(play, "paused")
    await server.send("POST", f"/lab/plays/{play}/continue")
    last = await server.when(play, "passed")

    assert [view["step"] for view in (first, second, third, last)] == [1, 2, 2, 3]
    assert [step["state"] for step in second["steps"]] == ["passed", "waiting", "waiting"]
    assert report[:2] == (409, "not_played")


async def test_a_play_halts_at_a_line(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short", breakpoints=[7])
    halted = await server.when(play, "paused")

    await server.send("PUT", f"/lab/plays/{play}/breakpoints", {"lines": [8]})
    await server.send("POST", f"/lab/plays/{play}/continue")
    again = await server.when(play, "paused")

    assert (halted["step"], halted["breakpoints"]) == (2, [7])
    assert (again["step"], again["breakpoints"]) == (3, [8])


async def test_a_stopped_play_keeps_its_world_until_it_is_removed(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short", pause=True)
    await server.when(play, "paused")

    await server.send("POST", f"/lab/plays/{play}/stop")
    view = await server.when(play, "stopped")
    kept = await server.call("GET", f"/worlds/{view['world']}/lab/clock")
    await server.send("DELETE", f"/lab/plays/{play}")
    gone = await server.call("GET", f"/worlds/{view['world']}/lab/clock")

    assert view["reason"] == "stopped before step 1"
    assert (kept.status_code, gone.status_code) == (200, 404)
    assert (await server.refused("GET", f"/lab/plays/{play}"))[:2] == (404, "no_such_play")
    assert (await server.refused("POST", f"/lab/plays/{play}/step"))[:2] == (404, "no_such_play")


async def test_a_play_that_has_ended_takes_no_commands(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short")
    await server.when(play, "passed")

    for command in ("pause", "continue", "step", "stop"):
        found = await server.refused("POST", f"/lab/plays/{play}/{command}")
        assert found[:2] == (409, "play_is_over")


async def test_a_play_in_the_world_that_is_shown_uses_its_clock(server: ConsoleServer) -> None:
    await server.send("POST", "/lab/clock/advance", {"by": "PT1H"})
    before = await server.send("GET", "/lab/clock")

    play = await server.play(scenario="own-short", world="")
    view = await server.when(play, "passed")
    after = await server.send("GET", "/lab/clock")

    assert (view["world"], view["own_world"]) == ("", False)
    assert after["world_ms"] >= before["world_ms"] + 3_600_000
    assert not after["held"]
    assert [hub["id"] for hub in (await server.send("GET", "/lab/hubs"))["hubs"]] == [view["hubs"]["shed"]]
    await server.send("DELETE", f"/lab/plays/{play}")
    assert len((await server.send("GET", "/lab/hubs"))["hubs"]) == 1


async def test_two_plays_do_not_share_a_world(server: ConsoleServer) -> None:
    await server.send("POST", "/lab/worlds", {"name": "spring"})
    play = await server.play(scenario="own-short", world="spring", pause=True)
    await server.when(play, "paused")

    assert (await server.refused("POST", "/lab/plays", {"scenario": "own-short", "world": "spring"}))[:2] == (
        409,
        "world_in_use",
    )


async def test_a_play_whose_world_is_removed_is_blocked(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short", pause=True)
    world = (await server.when(play, "paused"))["world"]

    await server.send("DELETE", f"/lab/worlds/{world}")
    await server.send("POST", f"/lab/plays/{play}/continue")
    view = await server.when(play, "blocked")

    assert view["reason"]


@pytest.mark.parametrize(
    ("order", "status", "reason"),
    [
        ({"scenario": "001-first-login-to-stop-no"}, 404, "no_such_scenario"),
        ({"scenario": JOURNEY, "world": "nowhere"}, 404, "world_not_found"),
        ({"scenario": JOURNEY, "case": {"model": "hub"}}, 409, "no_such_case"),
        ({"scenario": JOURNEY, "pace_ms": 60_001}, 422, "invalid_request"),
        ({"scenario": JOURNEY, "breakpoints": [0]}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ],
)
async def test_an_order_with_a_mistake_begins_nothing(
    server: ConsoleServer, order: dict[str, object], status: int, reason: str
) -> None:
    found = await server.refused("POST", "/lab/plays", order)

    assert found[:2] == (status, reason)
    assert (await server.send("GET", "/lab/plays"))["plays"] == []


async def test_more_plays_than_the_limit_are_refused(server: ConsoleServer) -> None:
    plays = [await server.play(scenario="own-short", pause=True) for _ in range(PLAYS_AT_ONCE)]

    found = await server.refused("POST", "/lab/plays", {"scenario": "own-short"})
    await server.send("DELETE", f"/lab/plays/{plays[0]}")

    assert found[:2] == (409, "too_many_plays")
    assert await server.play(scenario="own-short")


async def test_scenarios_are_found_by_words_clauses_and_tags(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short")
    everything = (await server.send("GET", "/lab/scenarios"))["scenarios"]
    own = (await server.send("GET", "/lab/scenarios?search=sim%20inserted"))["scenarios"]
    clause = (await server.send("GET", "/lab/scenarios?clause=X5&tag=guards"))["scenarios"]
    shown = await server.send("GET", "/lab/scenarios/own-short")

    assert [row["id"] for row in everything[:3]] == ["own-short", "own-wrong", JOURNEY]
    assert [row["id"] for row in own][:1] == ["own-short"]
    assert own[0]["plays"] == [play]
    assert clause
    assert all("X5" in row["covers"] and "guards" in row["tags"] for row in clause)
    assert shown["source"] == SHORT
    assert [(step["line"], step["keyword"]) for step in shown["steps"]] == [
        (6, "bench"),
        (7, "expect"),
        (8, "clock"),
    ]
    assert (await server.refused("GET", "/lab/scenarios?x=1"))[:2] == (422, "invalid_request")


async def test_a_server_that_ends_leaves_no_world_of_a_play(tmp_path: Path, own: Path) -> None:
    console = Console(own_files=lambda: find([own]))
    async with serving_console(tmp_path, console=console) as server:
        play = await server.play(scenario="own-short", pause=True)
        await server.when(play, "paused")

    assert await asyncio.to_thread(lambda: list((tmp_path / "worlds").glob("play-*"))) == []


async def test_clients_follow_a_play_in_its_world_and_in_the_main_one(server: ConsoleServer) -> None:
    play = await server.play(scenario="own-short", pause=True)
    world = (await server.when(play, "paused"))["world"]
    followed: list[list[Json]] = []

    async def follow(path: str, ready: asyncio.Event) -> None:
        events: list[Json] = []
        async with server.client.stream("GET", path) as stream:
            name = ""
            async for line in stream.aiter_lines():
                field, _, value = line.partition(": ")
                name = value if field == "event" else name
                if field == "data" and name == "hello":
                    ready.set()
                if field == "data" and name == "play":
                    events.append(json.loads(value))
                    if events[-1]["state"] == "passed":
                        break
        followed.append(events)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for path in ("/lab/watch", f"/worlds/{world}/lab/watch"):
            ready = asyncio.Event()
            group.create_task(follow(path, ready))
            await ready.wait()
        await server.send("POST", f"/lab/plays/{play}/continue")

    assert followed[0] == followed[1]
    assert {event["play"] for event in followed[0]} == {play}
    assert followed[0][-1]["verdict"] == "pass"
    assert [step["state"] for step in followed[0][-1]["changed"]] == ["passed", "passed"]


async def test_steps_are_described_in_the_language_of_the_client(server: ConsoleServer) -> None:
    path, polish = f"/lab/scenarios/{JOURNEY}", {"Accept-Language": "pl,en;q=0.5"}
    play = await server.play(scenario="own-short", pause=True)
    await server.when(play, "paused")

    english = (await server.client.get(path)).json()["steps"]
    translated = (await server.client.get(path, headers=polish)).json()["steps"]
    followed = (await server.client.get(f"/lab/plays/{play}", headers=polish)).json()["steps"]

    assert english[0]["text"] == "create company (name Wolf Security, country PL)"
    assert translated[0]["text"] == "tworzy firmę (nazwa Wolf Security, kraj PL)"
    assert followed[0]["text"].startswith("włożenie karty SIM w hubie shed")


async def test_a_play_is_explained_in_the_language_of_the_client_that_began_it(server: ConsoleServer) -> None:
    server.client.headers["Accept-Language"] = "pl"
    failed = await server.play(scenario="own-wrong")
    refused = await server.play(scenario=JOURNEY)
    server.client.headers["Accept-Language"] = "en"

    reason = (await server.when(failed, "failed"))["reason"]
    english = (await server.when(refused, "passed"))["steps"][1]["saw"]
    server.client.headers["Accept-Language"] = "pl"
    polish = (await server.when(refused, "passed"))["steps"][1]["saw"]

    assert reason == "shed: shows.led: oczekiwano 'white', zaobserwowano 'green'"
    assert english.endswith(": This is possible only in the personal account: switch to it first.")
    assert polish.endswith(": Jest to możliwe tylko na koncie osobistym: najpierw przełącz się na nie.")


async def test_the_oldest_play_that_has_ended_makes_room(
    server: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_host, "PLAYS_KEPT", 2)
    paused = await server.play(scenario="own-short", pause=True)
    await server.when(paused, "paused")
    plays = [paused]
    for _ in range(2):
        plays.append(await server.play(scenario="own-short"))
        await server.when(plays[-1], "passed")

    kept = [view["play"] for view in (await server.send("GET", "/lab/plays"))["plays"]]
    worlds = [world["name"] for world in (await server.send("GET", "/lab/worlds"))["worlds"]]

    assert kept == [plays[2], paused]
    assert set(worlds) == {"", f"play-{plays[2]}", f"play-{paused}"}
