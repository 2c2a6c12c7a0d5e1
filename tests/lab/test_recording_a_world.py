"""What a person does on a server becomes a scenario that passes: in the virtual and in the live world."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from lab_play import AJAX, DAY_MS, HUB, JANUARY_MS, ORDINARY, OTHER, LabWorld, Person, setup
from lab_server import OPERATOR_TOKEN, Server, server_settings, serving

from hubsim_cloud.lab.journal import ENTRIES_MAX, ClockSet
from hubsim_scenarios.play.launch import play_live, play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.recording.recording import (
    RecordedScenario,
    RecordingOutcome,
    RecordingProgress,
    fix,
    record,
)
from hubsim_scenarios.recording.scenario_writer import read
from hubsim_scenarios.recording.server import CannotRecord, RecordedWorld, enter_world, open_world
from hubsim_scenarios.worlds.api import Api

pytestmark = pytest.mark.live
Acting = Callable[[LabWorld], Awaitable[None]]
FILE = Path("recorded.yaml")
ZONE = "Europe/Warsaw"
CARD = msgspec.to_builtins(AJAX)


class Recording:
    """What was recorded, and what was told on the way."""

    def __init__(self, take: RecordedScenario, steps: list[str], talk: list[str]) -> None:
        self.take = take
        self.steps = steps
        self.talk = talk

    @property
    def outcome(self) -> RecordingOutcome:
        return fix(self.take, "Recorded", FILE)


async def recorded(server: Server, act: Acting, name: str | None = None) -> Recording:
    """Record what `act` does in a world of its own, or in one that is there."""
    api = Api(server.url)
    try:
        world = await (open_world(api, JANUARY_MS) if name is None else enter_world(api, name))
        try:
            return await _followed(world, act, server)
        finally:
            await world.aclose()
    finally:
        await api.aclose()


async def _followed(world: RecordedWorld, act: Acting, server: Server) -> Recording:
    steps: list[str] = []
    talk: list[str] = []
    ended = asyncio.Event()

    async def until_ended() -> None:
        await ended.wait()

    recording = asyncio.create_task(
        record(world, ZONE, RecordingProgress(steps.append, talk.append), until_ended)
    )
    try:
        await act(LabWorld(server.client, world.name, world.operator_token))
    finally:
        ended.set()
        take = await recording
    return Recording(take, steps, talk)


async def refused(person: Person, world: LabWorld, path: str) -> None:
    answer = await world.call("POST", f"/v1{path}", {}, person.token)
    assert answer.status_code == 409, answer.text


async def journey(world: LabWorld) -> None:
    """From a company to Stop now, with hands, refusals, moves of the clock, and a while in real time."""
    dealer = await world.dealer()
    await world.put(setup(HUB))
    await world.adds(dealer)
    await refused(dealer, world, f"/hubs/{HUB}/activation")
    await world.lays(HUB, "insert_sim", slot=1, card=CARD)
    await world.settle()
    await world.activates(dealer)
    await refused(dealer, world, f"/hubs/{HUB}/activation")
    await world.advance(by="PT20M")
    await dealer.does("POST", f"/hubs/{HUB}/deactivation", {})
    await world.advance(by="P3D")
    await dealer.does("POST", f"/hubs/{HUB}/resumption", {})
    await world.lays(HUB, "unplug", link="ethernet")
    await world.advance(by="P1D")
    await world.does("PUT", "/lab/clock", {"held": False})
    await world.lays(HUB, "plug", link="ethernet")
    await world.does("PUT", "/lab/clock", {"held": True})
    await world.settle()
    await dealer.does("POST", f"/hubs/{HUB}/deactivation", {})
    await world.advance(to_ms=JANUARY_MS + 30 * DAY_MS)
    await world.activates(dealer)
    await world.advance(by="PT20M")
    await dealer.does("POST", f"/hubs/{HUB}/stop", {})


async def test_a_whole_journey_is_recorded_and_passes_in_both_worlds(server: Server) -> None:
    recording = await recorded(server, journey)

    outcome = recording.outcome

    assert outcome.trouble == ()
    assert "refused: sim_not_installed" in outcome.text
    assert "tile: expires_soon" in outcome.text
    scenario = read(outcome.text, "recorded.yaml")
    assert play_virtual(scenario).result.verdict is Verdict.PASS
    assert (await play_live(scenario)).result.reason == ""


async def test_each_step_is_told_as_it_is_done_and_stands_in_the_file(server: Server) -> None:
    recording = await recorded(server, journey)

    text = recording.outcome.text
    assert recording.steps[0] == "- {as: olga, do: sign_up, email: olga@example.com, name: olga}"
    assert [line for line in recording.steps if f"  {line}\n" not in text] == []


async def test_the_world_of_a_recording_is_removed_and_one_that_was_there_stays(
    server: Server, main: LabWorld
) -> None:
    theirs = await main.open("theirs")
    await theirs.put(setup(HUB))

    async def look(world: LabWorld) -> None:
        await world.lays(HUB, "set_lid", open=True)

    own = await recorded(server, LabWorld.dealer_with_hub)  # type: ignore[arg-type]
    other = await recorded(server, look, "theirs")

    assert own.outcome.trouble == other.outcome.trouble == ()
    assert "do: set_lid" in other.outcome.text
    assert [row["name"] for row in (await main.sees("/worlds"))["worlds"]] == ["", "theirs"]


async def test_two_recordings_side_by_side_do_not_see_each_other(server: Server) -> None:
    async def one(world: LabWorld) -> None:
        await world.owner("olga")

    async def two(world: LabWorld) -> None:
        await world.owner("rita")

    first, second = await asyncio.gather(recorded(server, one), recorded(server, two))

    assert all("olga" in line for line in first.steps)
    assert all("rita" in line for line in second.steps)
    assert first.outcome.trouble == second.outcome.trouble == ()


async def test_a_world_that_is_a_branch_is_recorded_from_its_beginning(
    server: Server, main: LabWorld, world: LabWorld
) -> None:
    dealer = await world.dealer_with_hub()
    await world.activates(dealer)
    await world.advance(by="PT20M")
    await world.does("POST", "/lab/snapshots", {"name": "activated"})
    branch = await main.open("branch", snapshot="activated")

    async def act(there: LabWorld) -> None:
        await there.settle()
        await there.advance(by="PT1H")

    recording = await recorded(server, act, branch.name)

    assert recording.outcome.trouble == ()
    assert "do: power_off" in recording.outcome.text
    assert "{clock: +1 h}" in recording.outcome.text


async def test_a_world_that_is_begun_anew_begins_the_recording_anew(server: Server) -> None:
    async def act(world: LabWorld) -> None:
        await world.owner("rita")
        await world.does("POST", "/lab/reset")
        await world.owner("olga")

    recording = await recorded(server, act)

    assert "rita" not in recording.outcome.text
    assert "as: olga, do: sign_up" in recording.outcome.text


async def test_what_was_recorded_is_kept_when_the_world_becomes_one_of_unknown_beginning(
    server: Server, main: LabWorld
) -> None:
    await main.does("POST", "/lab/snapshots", {"name": "of-the-main-world"})

    async def act(world: LabWorld) -> None:
        await world.owner("olga")
        await world.does("POST", "/lab/snapshots/of-the-main-world/restore")

    recording = await recorded(server, act)

    assert recording.take.gone
    assert "the server does not know the beginning of the world" in recording.take.lost
    assert "as: olga, do: sign_up" in recording.outcome.text


async def test_cards_that_go_from_hub_to_hub_are_followed(server: Server) -> None:
    async def act(world: LabWorld) -> None:
        await world.put(setup(HUB, AJAX), setup(OTHER, ORDINARY))
        await world.lays(HUB, "remove_sim", slot=1)
        await world.lays(OTHER, "remove_sim", slot=1)
        await world.lays(OTHER, "insert_sim", slot=1, card=CARD)

    outcome = (await recorded(server, act)).outcome

    assert outcome.trouble == ()
    assert "ajax-card: ajax" in outcome.text


async def test_what_went_otherwise_than_on_the_server_is_told_and_stands_in_the_file(server: Server) -> None:
    async def act(world: LabWorld) -> None:
        await world.put(setup(HUB))
        await world.goes_wrong("inject", message="reported", hub=HUB, payload="{}")
        await world.put(setup(OTHER, flash="bm90IGEgbWVtb3J5"))

    recording = await recorded(server, act)
    changed = recording.take.seen
    assert changed is not None
    looks = {**changed.looks}
    alias = next(iter(looks))
    looks[alias] = {**looks[alias], "shows": {**looks[alias]["shows"], "led": "violet"}}
    take = msgspec.structs.replace(recording.take, seen=msgspec.structs.replace(changed, looks=looks))

    outcome = fix(take, "Recorded", FILE)

    assert outcome.trouble == (f"{alias}: shows.led: 'violet' on the server, 'green' in the play",)
    assert outcome.text.startswith("# This scenario does not reproduce the recording: hub-")


async def test_a_server_that_was_started_again_cannot_tell_how_a_world_began(tmp_path: Path) -> None:
    settings = server_settings(tmp_path)
    async with serving(settings) as running:
        await LabWorld(running.client, operator_token=OPERATOR_TOKEN).open("spring")

    async def nothing(_world: LabWorld) -> None:
        return

    async with serving(settings) as running:
        with pytest.raises(CannotRecord, match="the server was restarted"):
            await recorded(running, nothing, "spring")


async def test_a_world_that_somebody_removes_ends_the_recording_with_what_there_is(
    server: Server, main: LabWorld
) -> None:
    await main.open("theirs")

    async def act(world: LabWorld) -> None:
        await world.owner("olga")
        await main.does("DELETE", "/lab/worlds/theirs")

    recording = await recorded(server, act, "theirs")

    assert recording.take.gone
    assert "the world 'theirs'" in recording.take.lost
    assert "do: sign_up" in recording.outcome.text


async def test_a_full_journal_ends_the_recording(server: Server) -> None:
    async def act(world: LabWorld) -> None:
        await world.owner("olga")
        journal = server.host.get(world.name).journal
        assert journal is not None
        for _ in range(ENTRIES_MAX):
            journal.note(ClockSet(at_ms=JANUARY_MS, held=True))

    recording = await recorded(server, act)

    assert "the journal of the world is full" in recording.take.lost
    assert "do: create_company" in recording.outcome.text


@pytest.mark.parametrize(
    ("name", "said"), [("", "the main world"), ("Not one", "cannot name"), ("x", "no world")]
)
async def test_a_world_that_cannot_be_recorded_is_told(server: Server, name: str, said: str) -> None:
    async def nothing(_world: LabWorld) -> None:
        return

    with pytest.raises(CannotRecord, match=said):
        await recorded(server, nothing, name)
