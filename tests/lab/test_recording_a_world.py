"""A recording of a user's actions on a server is a scenario that passes in the virtual and live worlds."""

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
    """A recording, and its printed progress."""

    def __init__(self, take: RecordedScenario, steps: list[str], progress: list[str]) -> None:
        self.take = take
        self.steps = steps
        self.progress = progress

    @property
    def outcome(self) -> RecordingOutcome:
        return fix(self.take, "Recorded", FILE)


async def recorded(server: Server, act: Acting, name: str | None = None) -> Recording:
    """Record the actions of `act` in a new world, or in an existing one."""
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
    progress: list[str] = []
    ended = asyncio.Event()

    async def until_ended() -> None:
        await ended.wait()

    recording = asyncio.create_task(
        record(world, ZONE, RecordingProgress(steps.append, progress.append), until_ended)
    )
    try:
        await act(LabWorld(server.client, world.name))
    finally:
        ended.set()
        take = await recording
    return Recording(take, steps, progress)


async def refused(person: Person, world: LabWorld, path: str) -> None:
    answer = await world.call("POST", f"/v1{path}", {}, person.token)
    assert answer.status_code == 409, answer.text


async def journey(world: LabWorld) -> None:
    """A journey to Stop now, with bench actions, refusals, moves of the clock, and a time in real time."""
    dealer = await world.dealer()
    await world.put(setup(HUB))
    await world.add_hub(dealer)
    await refused(dealer, world, f"/hubs/{HUB}/activation")
    await world.act(HUB, "insert_sim", slot=1, card=CARD)
    await world.settle()
    await world.activate(dealer)
    await refused(dealer, world, f"/hubs/{HUB}/activation")
    await world.advance(by="PT20M")
    await dealer.send("POST", f"/hubs/{HUB}/deactivation", {})
    await world.advance(by="P3D")
    await dealer.send("POST", f"/hubs/{HUB}/resumption", {})
    await world.act(HUB, "unplug", link="ethernet")
    await world.advance(by="P1D")
    await world.send("PUT", "/lab/clock", {"held": False})
    await world.act(HUB, "plug", link="ethernet")
    await world.send("PUT", "/lab/clock", {"held": True})
    await world.settle()
    await dealer.send("POST", f"/hubs/{HUB}/deactivation", {})
    await world.advance(to_ms=JANUARY_MS + 30 * DAY_MS)
    await world.activate(dealer)
    await world.advance(by="PT20M")
    await dealer.send("POST", f"/hubs/{HUB}/stop", {})


async def test_a_whole_journey_is_recorded_and_passes_in_both_worlds(server: Server) -> None:
    recording = await recorded(server, journey)

    outcome = recording.outcome

    assert outcome.trouble == ()
    assert "refused: sim_not_installed" in outcome.text
    assert "tile: expires_soon" in outcome.text
    scenario = read(outcome.text, "recorded.yaml")
    assert play_virtual(scenario).result.verdict is Verdict.PASS
    assert (await play_live(scenario)).result.reason == ""


async def test_each_step_is_printed_when_it_is_performed_and_is_in_the_file(server: Server) -> None:
    recording = await recorded(server, journey)

    text = recording.outcome.text
    assert recording.steps[0] == "- {as: olga, do: sign_up, email: olga@example.com, name: olga}"
    assert [line for line in recording.steps if f"  {line}\n" not in text] == []


async def test_the_new_world_of_a_recording_is_removed_and_an_existing_one_stays(
    server: Server, main: LabWorld
) -> None:
    theirs = await main.open("theirs")
    await theirs.put(setup(HUB))

    async def open_lid(world: LabWorld) -> None:
        await world.act(HUB, "set_lid", open=True)

    own = await recorded(server, LabWorld.dealer_with_hub)  # type: ignore[arg-type]
    other = await recorded(server, open_lid, "theirs")

    assert own.outcome.trouble == other.outcome.trouble == ()
    assert "do: set_lid" in other.outcome.text
    assert [row["name"] for row in (await main.get("/worlds"))["worlds"]] == ["", "theirs"]


async def test_two_parallel_recordings_are_independent(server: Server) -> None:
    async def one(world: LabWorld) -> None:
        await world.owner("olga")

    async def two(world: LabWorld) -> None:
        await world.owner("rita")

    first, second = await asyncio.gather(recorded(server, one), recorded(server, two))

    assert all("olga" in line for line in first.steps)
    assert all("rita" in line for line in second.steps)
    assert first.outcome.trouble == second.outcome.trouble == ()


async def test_a_branch_is_recorded_from_the_beginning_of_its_world(
    server: Server, main: LabWorld, world: LabWorld
) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.advance(by="PT20M")
    await world.send("POST", "/lab/snapshots", {"name": "activated"})
    branch = await main.open("branch", snapshot="activated")

    async def act(there: LabWorld) -> None:
        await there.settle()
        await there.advance(by="PT1H")

    recording = await recorded(server, act, branch.name)

    assert recording.outcome.trouble == ()
    assert "do: power_off" in recording.outcome.text
    assert "{clock: +1 h}" in recording.outcome.text


async def test_a_reset_starts_the_recording_again(server: Server) -> None:
    async def act(world: LabWorld) -> None:
        await world.owner("rita")
        await world.send("POST", "/lab/reset")
        await world.owner("olga")

    recording = await recorded(server, act)

    assert "rita" not in recording.outcome.text
    assert "as: olga, do: sign_up" in recording.outcome.text


async def test_a_recording_is_kept_when_the_beginning_of_the_world_becomes_unknown(
    server: Server, main: LabWorld
) -> None:
    await main.send("POST", "/lab/snapshots", {"name": "of-the-main-world"})

    async def act(world: LabWorld) -> None:
        await world.owner("olga")
        await world.send("POST", "/lab/snapshots/of-the-main-world/restore")

    recording = await recorded(server, act)

    assert recording.take.gone
    assert "the server does not know the beginning of the world" in recording.take.lost
    assert "as: olga, do: sign_up" in recording.outcome.text


async def test_cards_that_move_from_hub_to_hub_are_recorded(server: Server) -> None:
    async def act(world: LabWorld) -> None:
        await world.put(setup(HUB, AJAX), setup(OTHER, ORDINARY))
        await world.act(HUB, "remove_sim", slot=1)
        await world.act(OTHER, "remove_sim", slot=1)
        await world.act(OTHER, "insert_sim", slot=1, card=CARD)

    outcome = (await recorded(server, act)).outcome

    assert outcome.trouble == ()
    assert "ajax-card: ajax" in outcome.text


async def test_a_difference_from_the_server_is_reported_and_is_in_the_file(server: Server) -> None:
    async def act(world: LabWorld) -> None:
        await world.put(setup(HUB))
        await world.inject("inject", message="reported", hub=HUB, payload="{}")
        await world.put(setup(OTHER, flash="bm90IGEgbWVtb3J5"))

    recording = await recorded(server, act)
    changed = recording.take.seen
    assert changed is not None
    snapshots = {**changed.snapshots}
    alias = next(iter(snapshots))
    snapshots[alias] = {**snapshots[alias], "shows": {**snapshots[alias]["shows"], "led": "violet"}}
    take = msgspec.structs.replace(recording.take, seen=msgspec.structs.replace(changed, snapshots=snapshots))

    outcome = fix(take, "Recorded", FILE)

    assert outcome.trouble == (f"{alias}: shows.led: 'violet' on the server, 'green' in the play",)
    assert outcome.text.startswith("# This scenario does not reproduce the recording: hub-")


async def test_after_a_restart_of_the_server_a_world_cannot_be_recorded(tmp_path: Path) -> None:
    settings = server_settings(tmp_path)
    async with serving(settings) as running:
        await LabWorld(running.client, operator_token=OPERATOR_TOKEN).open("spring")

    async def nothing(_world: LabWorld) -> None:
        return

    async with serving(settings) as running:
        with pytest.raises(CannotRecord, match="the server was restarted"):
            await recorded(running, nothing, "spring")


async def test_the_removal_of_a_world_ends_its_recording(server: Server, main: LabWorld) -> None:
    await main.open("theirs")

    async def act(world: LabWorld) -> None:
        await world.owner("olga")
        await main.send("DELETE", "/lab/worlds/theirs")

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
            journal.record(ClockSet(at_ms=JANUARY_MS, held=True))

    recording = await recorded(server, act)

    assert "the journal of the world is full" in recording.take.lost
    assert "do: create_company" in recording.outcome.text


@pytest.mark.parametrize(
    ("name", "reason"), [("", "the main world"), ("Not one", "cannot name"), ("x", "no world")]
)
async def test_a_world_that_cannot_be_recorded_is_an_error(server: Server, name: str, reason: str) -> None:
    async def nothing(_world: LabWorld) -> None:
        return

    with pytest.raises(CannotRecord, match=reason):
        await recorded(server, nothing, name)
