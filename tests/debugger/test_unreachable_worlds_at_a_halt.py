"""A failed query at a halt prints an error and does not change the play."""

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


class UnreachableWorld(VirtualWorld):
    """A world in which every query fails."""

    async def snapshot(self, aspect: Aspect, about: str = "") -> Any:
        del aspect, about
        raise ServerGone(GONE)


class ScriptedPrompt:
    """A prompt that returns the lines of a test, then the end of the input."""

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
async def test_a_failed_query_is_printed_and_the_play_continues(
    scenario: Scenario, number: str, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the folder of a file name without a folder
    printed: list[str] = []
    manual_steps = ManualSteps(scenario, NO_MODELS, printed.append)
    debugger = Debugger(
        Breakpoints(words=(number,)), manual_steps, ScriptedPrompt(typed, "until 3", "quit"), printed.append
    )
    world = UnreachableWorld(conditions(scenario, 1, EMBEDDED))

    result = await Play(scenario, world, watched=Watched(interceptor=debugger)).run()

    assert any(GONE in line for line in printed)
    assert (result.verdict, result.reason) == (Verdict.BLOCKED, "quit in the debugger before step 3")


async def test_saving_is_offered_again_after_a_failure(scenario: Scenario, tmp_path: Path) -> None:
    printed: list[str] = []
    manual_steps = ManualSteps(scenario, NO_MODELS, printed.append)
    taken = tmp_path / "taken.yaml"
    taken.mkdir()
    prompt = ScriptedPrompt("clock +1 h", "quit", str(taken), str(tmp_path / "mine.yaml"))
    debugger = Debugger(Breakpoints(words=("2",)), manual_steps, prompt, printed.append)
    world = UnreachableWorld(conditions(scenario, 1, EMBEDDED))

    result = await Play(scenario, world, watched=Watched(interceptor=debugger)).run()

    assert any(f"{taken} already exists" in line for line in printed)
    assert any(f"the scenario gets no expectations at its end: {GONE}" in line for line in printed)
    assert any(line.startswith(f"wrote {tmp_path / 'mine.yaml'}: 2 steps") for line in printed)
    assert result.reason == "quit in the debugger before step 2"
