"""The prompt suggests only words that it accepts at the cursor."""

import pytest
from small_journey import JOURNEY

from hubsim_scenarios.debugger.completion import Completion
from hubsim_scenarios.product.vocabulary import language

WORDS = language()
SCENARIO = WORDS.cases("", JOURNEY).scenarios[0]


def suggested(before: str) -> list[str]:
    return [found.word for found in Completion(WORDS, SCENARIO).suggest(before)]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("ne", ["never", "next"]),
        ("look ", ["villa"]),
        ("until ", ["A3", "A7"]),
        ("as ", ["olga", "ivan", "rita"]),
        ("as ivan stop", ["stop_now"]),
        ("as ivan activate ", ["hub:", "app:", "refused:", "screen:", "note:", "package:", "reseller:"]),
        ("as ivan activate hub: ", ["villa"]),
        ("as ivan activate hub: villa, rese", ["reseller:"]),
        ("as ivan activate hub: villa, screen: ser", ["services_activated", "services_will_expire_soon"]),
        ("as ivan nav", ["navigation"]),
        ("bench ", ["villa"]),
        ("bench villa power", ["power_off", "power_on"]),
        ("bench villa insert_sim sim: ", ["ajax", "ordinary"]),
        ("bench villa set_lid open: ", ["on", "off"]),
        ("fault dro", ["drop"]),
        ("expect ", ["villa", "mailbox", "billing", "cloud", "carrier"]),
        ("expect villa led: w", ["white"]),
        ("{expect villa led: w", ["white"]),
        ("never villa ", None),
        ("clock start", ["start of next month"]),
        ("order ", []),
        ("xyzzy ", []),
        ("as ivan no_such_thing ", []),
    ],
)
def test_suggestions_fit_the_cursor_position(before: str, words: list[str] | None) -> None:
    found = suggested(before)

    if words is None:
        assert found[0] == "for:"  # required fields come first
    else:
        assert found == words


def test_every_action_and_query_is_suggested_for_a_person() -> None:
    assert set(WORDS.tables.actions) | set(WORDS.tables.views) == set(suggested("as ivan "))
