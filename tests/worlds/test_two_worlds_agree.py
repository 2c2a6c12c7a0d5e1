"""One behaviour, two worlds: what happens on real sockets is one of the histories that are computed."""

import pytest
from catalog_plays import SCENARIOS, Seen, instants, name_of, passed, seen

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_live, play_virtual, run_live

MAX_HISTORIES = 60
"""So many seeds are tried at most to find what was seen live."""


@pytest.mark.live
@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_the_live_world_shows_what_the_virtual_world_computes(scenario: Scenario) -> None:
    """After each step every hub looks as it does in some virtual history, at the same instant.

    One history is enough for nearly all scenarios. Where two messages race for a hub whose only channel is
    being cut, what it still hears is chance in both worlds; then other seeds have the other outcome.
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


def _not_in(looks: Seen, history: Seen) -> Seen:
    assert looks.keys() <= history.keys()
    return {place: look for place, look in looks.items() if history[place] != look}
