"""A closed virtual world is freed at once, so that a run of many plays needs few garbage collections."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from catalog_plays import SCENARIOS

from hubsim_scenarios.play.launch import conditions, finish
from hubsim_scenarios.play.play import Play
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_simulator.broker.profiles import EMBEDDED


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_closed_world_is_freed_without_a_collection() -> None:
    world = VirtualWorld(conditions(SCENARIOS[0], 1, EMBEDDED))
    finish(Play(SCENARIOS[0], world).run())
    seen = weakref.ref(world)

    del world

    assert seen() is None
