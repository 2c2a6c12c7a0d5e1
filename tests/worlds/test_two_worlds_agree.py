"""One behaviour, two worlds: every seed and every kind of world shows the same after every step."""

import pytest
from catalog_plays import SCENARIOS, Seen, instants, name_of, passed, seen

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_live, play_virtual, run_live

OTHER_SEEDS = range(2, 6)


def computed(scenario: Scenario, seed: int = 1) -> Seen:
    return seen(passed(play_virtual(scenario, seed, record=True).result))


@pytest.mark.live
@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_the_live_world_shows_what_the_virtual_world_computes(scenario: Scenario) -> None:
    virtual = passed(play_virtual(scenario, record=True).result)

    live = passed(run_live(play_live(scenario, record=True)).result)

    assert instants(live) == instants(virtual)
    assert different(seen(live), seen(virtual)) == {}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_every_seed_shows_the_same(scenario: Scenario) -> None:
    """The seed draws the order of simultaneous events. No snapshot may depend on it."""
    first = computed(scenario)

    for seed in OTHER_SEEDS:
        assert different(computed(scenario, seed), first) == {}, f"seed {seed}"


def different(snapshots: Seen, expected: Seen) -> Seen:
    assert snapshots.keys() == expected.keys()
    return {place: snapshot for place, snapshot in snapshots.items() if expected[place] != snapshot}
