"""The orders of a scenario: each order in which the members of its `together` steps can happen. Pure.

A play in one order is a case of the scenario: `order` is an axis in addition to those of the matrix, so that
reports, traces and `--case` identify it like any other case. Only a virtual world plays chosen orders. A live
world sends the members at the same time.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product
from math import factorial, prod

import msgspec

from hubsim_scenarios.language.steps import AnyStep, Scenario, Together

MAX_ORDERS = 120
"""A scenario with more orders is refused: each order is a separate play."""
MIN_MEMBERS, MAX_MEMBERS = 2, 5
"""The number of steps in a `together` step. Five have 120 orders."""
AXIS = "order"
"""The axis in the case of a play. No field of hubs has this name, so no axis of a matrix is called so."""


def count_orders(steps: Sequence[AnyStep]) -> int:
    """Return the number of orders in which these steps can happen: 1 without a `together` step."""
    return prod(factorial(len(step.members)) for step in steps if isinstance(step, Together))


def in_every_order(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return each scenario once for each of its orders, that of the file first."""
    return [ordered for scenario in scenarios for ordered in _in_every_order(scenario)]


def _in_every_order(scenario: Scenario) -> Iterator[Scenario]:
    counts = [len(step.members) for step in scenario.steps if isinstance(step, Together)]
    if not counts:
        yield scenario
        return
    for orders in product(*(permutations(range(count)) for count in counts)):
        yield _in_order(scenario, orders)


def _in_order(scenario: Scenario, orders: tuple[tuple[int, ...], ...]) -> Scenario:
    left = iter(orders)
    steps = tuple(
        msgspec.structs.replace(step, order=next(left)) if isinstance(step, Together) else step
        for step in scenario.steps
    )
    text = "/".join(map(order_text, orders))
    return msgspec.structs.replace(
        scenario, title=scenario.title + _suffix(text), case={**scenario.case, AXIS: text}, steps=steps
    )


def order_text(order: Sequence[int]) -> str:
    """Return the order of the members of one step, from 1: `2-1-3`."""
    return "-".join(str(place + 1) for place in order)


def _suffix(text: str) -> str:
    return f" [order {text}]"


def order_of(scenario: Scenario) -> str:
    """Return the order of a play: `2-1-3`, or `2-1-3/1-2` with two `together` steps; empty without one."""
    return scenario.case.get(AXIS, "")


def title_without_order(scenario: Scenario) -> str:
    """Return the title that all orders of a scenario share."""
    order = order_of(scenario)
    return scenario.title.removesuffix(_suffix(order)) if order else scenario.title


def identity_without_order(scenario: Scenario) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the file and the case of the matrix, which identify all orders of a scenario together."""
    return scenario.file, tuple(case_without_order(scenario.case).items())


def case_without_order(case: Mapping[str, str]) -> dict[str, str]:
    """Return the case of the matrix, which all orders of a scenario share."""
    return {axis: value for axis, value in case.items() if axis != AXIS}
