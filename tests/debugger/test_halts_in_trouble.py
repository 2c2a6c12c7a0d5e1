"""A world that cannot be looked at is told at a halt: the play itself is not touched by it."""

from pathlib import Path
from typing import Any

import pytest
from small_journey import JOURNEY

from hubsim_scenarios.debugger.breakpoints import Breakpoints
from hubsim_scenarios.debugger.debugger import Debugger
from hubsim_scenarios.debugger.manual_steps import ManualSteps
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import NO_MODELS, conditions
from hubsim_scenarios.play.play import Play, Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.worlds.api import ServerGone
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import Aspect
from hubsim_simulator.broker.profiles import EMBEDDED

GONE = "the server does not answer"


class UnseenWorld(VirtualWorld):
    """A world of which nothing can be seen."""

    async def snapshot(self, aspect: Aspect, about: str = "") -> Any:
        del aspect, about
        raise ServerGone(GONE)


class Typed:
    """Lines of a test."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    async def line(self, prompt: str, suggest: Any) -> str | None:
        del prompt, suggest
        return self._lines.pop(0) if self._lines else None


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    file = tmp_path / "journey.yaml"
    file.write_text(JOURNEY, encoding="utf-8")
    found = language().read(str(file), JOURNEY)
    assert isinstance(found, Scenario)
    return found


@pytest.mark.parametrize("typed", ["look", "expect villa", "write mine.yaml"])
@pytest.mark.parametrize("number", ["1", "2"])
async def test_what_cannot_be_seen_is_told_and_the_play_goes_on(
    scenario: Scenario, number: str, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a name without a folder is written here
    said: list[str] = []
    bench_actions = ManualSteps(scenario, NO_MODELS, said.append)
    stepper = Debugger(
        Breakpoints(words=(number,)), bench_actions, Typed(typed, "until 3", "quit"), said.append
    )
    world = UnseenWorld(conditions(scenario, 1, EMBEDDED))

    result = await Play(scenario, world, watched=Watched(interceptor=stepper)).run()

    assert any(GONE in line for line in said)
    assert (result.verdict, result.reason) == (Verdict.BLOCKED, "ended by hand before step 3")


async def test_what_was_done_by_hand_is_offered_again_when_it_could_not_be_written(
    scenario: Scenario, tmp_path: Path
) -> None:
    said: list[str] = []
    bench_actions = ManualSteps(scenario, NO_MODELS, said.append)
    typed = Typed("clock +1 h", "quit", str(tmp_path), str(tmp_path / "mine.yaml"))
    stepper = Debugger(Breakpoints(words=("2",)), bench_actions, typed, said.append)
    world = UnseenWorld(conditions(scenario, 1, EMBEDDED))

    result = await Play(scenario, world, watched=Watched(interceptor=stepper)).run()

    assert any(f"{tmp_path} is there already" in line for line in said)
    assert any(f"nothing is expected at its end: {GONE}" in line for line in said)
    assert any(line.startswith(f"wrote {tmp_path / 'mine.yaml'}: 2 steps") for line in said)
    assert result.reason == "ended by hand before step 2"
