"""One behaviour, two worlds: every seed and every kind of world shows the same after every step."""

import pytest
from catalog_plays import AT_ONCE, IN_ORDER, Seen, instants, name_of, passed, seen

from hubsim_scenarios.language.orders import in_every_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_live, play_virtual, run_live

OTHER_SEEDS = range(2, 6)


def computed(scenario: Scenario, seed: int = 1) -> Seen:
    return seen(passed(play_virtual(scenario, seed, record=True).result))


@pytest.mark.live
@pytest.mark.parametrize("scenario", IN_ORDER, ids=name_of)
def test_the_live_world_shows_what_the_virtual_world_computes(scenario: Scenario) -> None:
    virtual = passed(play_virtual(scenario, record=True).result)

    live = passed(run_live(play_live(scenario, record=True)).result)

    assert instants(live) == instants(virtual)
    assert different(seen(live), seen(virtual)) == {}


@pytest.mark.live
@pytest.mark.parametrize("scenario", AT_ONCE, ids=name_of)
def test_the_live_world_shows_what_the_virtual_world_computes_in_one_of_the_orders(
    scenario: Scenario,
) -> None:
    computed_plays = [
        computed(each, seed) for each in in_every_order([scenario]) for seed in (1, *OTHER_SEEDS)
    ]

    live = seen(passed(run_live(play_live(scenario, record=True)).result))

    assert {} in [different(live, virtual) for virtual in computed_plays]


@pytest.mark.parametrize("scenario", AT_ONCE, ids=name_of)
def test_every_order_under_every_seed_ends_in_the_same_state(scenario: Scenario) -> None:
    """The steps in between may differ: the order and the seed decide what a hub shows there."""
    first = at_the_end(scenario)

    for each in in_every_order([scenario]):
        for seed in (1, *OTHER_SEEDS):
            assert different(at_the_end(each, seed), first) == {}, f"{each.title}, seed {seed}"


def at_the_end(scenario: Scenario, seed: int = 1) -> Seen:
    """Return the last snapshots without the history of events, which depends on the order."""
    last = {
        place: each for place, each in computed(scenario, seed).items() if place[0] == len(scenario.steps)
    }
    for snapshots in last.values():
        del snapshots["app"]["events"]
    return last


@pytest.mark.parametrize("scenario", IN_ORDER, ids=name_of)
def test_every_seed_shows_the_same(scenario: Scenario) -> None:
    """The seed draws the order of simultaneous events. No snapshot may depend on it."""
    first = computed(scenario)

    for seed in OTHER_SEEDS:
        assert different(computed(scenario, seed), first) == {}, f"seed {seed}"


def different(snapshots: Seen, expected: Seen) -> Seen:
    assert snapshots.keys() == expected.keys()
    return {place: snapshot for place, snapshot in snapshots.items() if expected[place] != snapshot}
