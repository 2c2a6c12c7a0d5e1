"""One behaviour, two worlds: a play on real sockets has one of the computed histories."""

import pytest
from catalog_plays import SCENARIOS, Seen, instants, name_of, passed, seen

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_live, play_virtual, run_live

MAX_HISTORIES = 60
"""The number of seeds that are tried to find the states seen live."""


@pytest.mark.live
@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_the_live_world_shows_the_states_of_the_virtual_world(scenario: Scenario) -> None:
    """After each step every hub is in a state of some virtual history, at the same instant.

    One history is enough for nearly all scenarios. Where two messages race to a hub whose only channel is
    being cut, it is random in both worlds which of them arrive; then other seeds have the other outcome.
    """
    computed = passed(play_virtual(scenario, record=True).result)

    live = passed(run_live(play_live(scenario, record=True)).result)

    assert instants(live) == instants(computed)
    missing = _not_in(seen(live), seen(computed))
    for seed in range(2, MAX_HISTORIES):
        if not missing:
            break
        missing = _not_in(missing, _history(scenario, seed))
    assert missing == {}


def _history(scenario: Scenario, seed: int) -> Seen:
    return seen(passed(play_virtual(scenario, seed, record=True).result))


def _not_in(snapshots: Seen, history: Seen) -> Seen:
    assert snapshots.keys() <= history.keys()
    return {place: snapshot for place, snapshot in snapshots.items() if history[place] != snapshot}
