"""The catalog, case by case, and the comparable parts of two plays of one case."""

from pathlib import PurePath
from typing import Any

from hubsim_scenarios.language.orders import count_orders, in_every_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import CATALOG, find, read

SCENARIOS = read(find([CATALOG]))
"""Every scenario of the catalog; one with a matrix as all its cases."""
IN_ORDER = [each for each in SCENARIOS if count_orders(each.steps) == 1]
"""Those without a `together` step."""
AT_ONCE = [each for each in SCENARIOS if count_orders(each.steps) > 1]
"""Those with steps at the same time."""
ORDERS = in_every_order(SCENARIOS)
"""Every scenario, in each of its orders."""


def name_of(scenario: Scenario) -> str:
    """Return the name of the file, and the case."""
    return " ".join([PurePath(scenario.file).stem, *scenario.case.values()])


def numbered(number: int) -> Scenario:
    """Return the single scenario of a file of the catalog."""
    (scenario,) = [each for each in SCENARIOS if PurePath(each.file).name.startswith(f"{number:03}-")]
    return scenario


def passed(result: PlayResult) -> PlayResult:
    """Return the result of a play; raise its reason if it did not pass."""
    line = result.failed_step.place.line if result.failed_step else 0
    assert result.verdict is Verdict.PASS, f"{result.scenario.file}:{line}: {result.reason}"
    return result


Seen = dict[tuple[int, str], Any]
"""The snapshots, by the number of the step and the name of the hub."""


def seen(result: PlayResult) -> Seen:
    """Return all snapshots of all hubs after every step, with names for values that differ between plays.

    Ids of hubs depend on the seed. The version of a document is the position of a fact in the cloud's log:
    if two hubs send messages at the same instant, it depends on which arrives first.
    """
    aliases = Aliases(result.seed)
    names = {aliases.hub_id(alias): alias for alias in result.scenario.world.hubs}
    found: Seen = {}
    for done in result.steps:
        for alias, snapshots in done.snapshots.items():
            plain = {group: dict(look) for group, look in snapshots.items()}
            plain.get("applied", {}).pop("version", None)
            plain.get("app", {}).pop("hub", None)
            carrier = plain.get("carrier", {})
            carrier["attached_hub"] = names.get(carrier.get("attached_hub", ""))
            found[done.number, alias] = plain
    return found


def instants(result: PlayResult) -> list[int]:
    """Return the world time after every step."""
    return [done.at_ms for done in result.steps]
