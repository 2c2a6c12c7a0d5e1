"""A play is steered between its steps."""

import asyncio
from pathlib import Path

import pytest

from hubsim_scenarios.hosting.play_steering import PlaySteering
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played, play_virtual_intercepted
from hubsim_scenarios.play.play import Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import read

TEXT = """\
scenario: Three hours
clock: 2026-01-15 09:00 Europe/Warsaw
world: {hubs: {shed: {model: hub-2}}}
steps:
  - {clock: +1 h}
  - {clock: +1 h}
  - {expect: shed, led: red}
"""
LONG_MS = 60_000


class SteeredPlay:
    """A play in the virtual world in a task; `changed` is set when the steering reports a change."""

    def __init__(
        self, scenario: Scenario, *, pause: bool = False, pace_ms: int = 0, lines: tuple[int, ...] = ()
    ) -> None:
        self._changed = asyncio.Event()
        self.steering = PlaySteering(
            scenario, self._changed.set, pause=pause, pace_ms=pace_ms, breakpoints=lines
        )
        watched = Watched(interceptor=self.steering)
        self.task = asyncio.create_task(play_virtual_intercepted(scenario, watched=watched))

    async def halted_at(self, number: int) -> None:
        async with asyncio.timeout(20):
            while not (self.steering.halted and self.steering.number == number):
                self._changed.clear()
                await self._changed.wait()

    async def begun(self, number: int) -> None:
        async with asyncio.timeout(20):
            while self.steering.number < number:
                self._changed.clear()
                await self._changed.wait()

    async def result(self) -> Played:
        async with asyncio.timeout(20):
            return await self.task


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    file = tmp_path / "hours.yaml"
    file.write_text(TEXT)
    return read([file])[0]


async def test_without_a_command_a_play_runs_to_its_end(scenario: Scenario) -> None:
    played = await SteeredPlay(scenario).result()

    assert played.result.verdict is Verdict.PASS


async def test_a_step_plays_one_step(scenario: Scenario) -> None:
    play = SteeredPlay(scenario, pause=True)

    for number in (1, 2, 3):
        await play.halted_at(number)
        play.steering.step()

    assert (await play.result()).result.verdict is Verdict.PASS


async def test_a_pause_of_a_play_that_halts_does_not_play_a_step(scenario: Scenario) -> None:
    play = SteeredPlay(scenario, pause=True)
    await play.halted_at(1)

    play.steering.pause()
    await asyncio.sleep(0)

    assert (play.steering.halted, play.steering.number) == (True, 1)
    play.steering.go_on()
    assert (await play.result()).result.verdict is Verdict.PASS


async def test_a_play_halts_before_a_line(scenario: Scenario) -> None:
    play = SteeredPlay(scenario, lines=(6,))

    await play.halted_at(2)
    play.steering.lines = frozenset()
    play.steering.go_on()

    assert (await play.result()).result.verdict is Verdict.PASS


async def test_a_line_of_a_fragment_is_another_line(tmp_path: Path) -> None:
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "hour.yaml").write_text(
        "fragment: An hour\n#\n#\n#\nsteps:\n  - {clock: +1 h}\n"
    )
    file = tmp_path / "more.yaml"
    file.write_text(TEXT.replace("world:", "begin: hour\nworld:"))
    longer = read([file])[0]
    play = SteeredPlay(longer, lines=(6,))

    await play.halted_at(2)  # the first step of the scenario is in line 6 of its file
    play.steering.go_on()

    assert len(longer.steps) == 4
    assert (await play.result()).result.verdict is Verdict.PASS


async def test_a_stop_ends_the_time_between_two_steps(scenario: Scenario) -> None:
    play = SteeredPlay(scenario, pace_ms=LONG_MS)
    await play.begun(1)

    play.steering.stop()
    played = await play.result()

    assert (played.result.verdict, played.result.reason) == (Verdict.BLOCKED, "stopped before step 2")


async def test_a_pause_ends_the_time_between_two_steps(scenario: Scenario) -> None:
    play = SteeredPlay(scenario, pace_ms=LONG_MS)
    await play.begun(1)

    play.steering.pause()
    await play.halted_at(2)
    play.steering.stop()

    assert (await play.result()).result.verdict is Verdict.BLOCKED
