"""Words of closed sets are checked when a file is read. A wrong word would make `never` and `not` pass."""

import pytest

from hubsim_contract.wire.icons import ICON_NAMES
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.product.vocabulary import language

HEAD = """\
scenario: A short one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs: {villa: {model: hub-2, links: [ethernet]}}
steps:
"""


def mistakes(fields: str) -> list[str]:
    found = language().read("short.yaml", f"{HEAD}  - {{never: villa, for: 1 h, {fields}}}\n".encode())
    return [] if isinstance(found, Scenario) else [error.text for error in found]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("generation: 4g", "generation: 4G"),
        ("icons: {has: [starr]}", "icons: {has: [star]}"),
        ("icons: [star, battery_99]", "icons: [star, battery_95]"),
        ("sim_profile: activ", "sim_profile: active"),
        ("sims: {7: ok}", "sims: {1: ok}"),
        ("sims: {1: okay}", "sims: {1: ok}"),
        ("link: conected", "link: connecting"),
        ("shows: {icons: {not: {has: [stra]}}}", "shows: {icons: {not: {has: [star]}}}"),
        ("icons: {has: []}", "icons: {empty: on}"),
        ("shows: {}", "shows: {led: red}"),
    ],
)
def test_a_word_that_is_never_seen_is_a_mistake(wrong: str, right: str) -> None:
    assert mistakes(wrong) != []
    assert mistakes(right) == []


@pytest.mark.parametrize("icon", ICON_NAMES)
def test_every_icon_can_be_expected(icon: str) -> None:
    assert mistakes(f"icons: {{has: [{icon}]}}") == []
