"""Test vectors for a hub in any language: the state, an input, and the effects that follow."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from hubsim_agent.core import HubAgent
from hubsim_scenarios.contract_export.agent_player import AgentPlayer
from hubsim_scenarios.contract_export.agent_stories import NOW_MS, Story, stories
from hubsim_scenarios.contract_export.message_examples import EXAMPLE_HUB

Json = dict[str, Any]


class AgentStep(msgspec.Struct, frozen=True, kw_only=True):
    """One input, with the state before it and the effects after it, in their order."""

    state: Json
    input: Json
    effects: list[Json]


class AgentVector(msgspec.Struct, frozen=True, kw_only=True):
    """A story of a hub that has never run before."""

    name: str
    rules: tuple[str, ...]
    hub: str
    now_ms: int
    """The time of the first input; `time` and `pause_ends` move it."""
    steps: list[AgentStep]


def agent_vectors() -> Iterator[AgentVector]:
    """Yield the vectors of all stories."""
    return map(_vector, stories())


def _vector(story: Story) -> AgentVector:
    steps = play(EXAMPLE_HUB, NOW_MS, story.inputs)
    return AgentVector(name=story.name, rules=story.rules, hub=EXAMPLE_HUB, now_ms=NOW_MS, steps=steps)


def play(
    hub: str, now_ms: int, inputs: tuple[Json, ...], make: Callable[..., HubAgent] = HubAgent
) -> list[AgentStep]:
    """Play the inputs with an agent of this class, and return the steps."""
    player, steps = AgentPlayer(hub, now_ms, make), []
    for given in inputs:
        state = player.state()
        steps.append(AgentStep(state=state, input=given, effects=player.play(given)))
    return steps
