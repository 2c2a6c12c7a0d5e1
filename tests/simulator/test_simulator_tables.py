"""The state tables as data, which the engines and the documentation use."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from hubsim_simulator.carrier import subscriber_lines
from hubsim_simulator.hardware import modem_states, power
from hubsim_simulator.hardware.machine import IllegalTransition, step

TABLES = [
    (modem_states.TRANSITIONS, modem_states.ModemState.OFF, modem_states.ModemInput),
    (power.TRANSITIONS, power.PowerState.SWITCHED_OFF, power.PowerInput),
    (subscriber_lines.TRANSITIONS, subscriber_lines.OrderState.NEVER_ORDERED, subscriber_lines.OrderInput),
]
Table = Mapping[tuple[Any, Any], Any]


@pytest.mark.parametrize(("table", "start", "inputs"), TABLES)
def test_every_state_can_be_reached_and_every_input_is_used(
    table: Table, start: Enum, inputs: type[Enum]
) -> None:
    reached = {start}
    for _ in type(start):
        reached |= {after for (before, _), after in table.items() if before in reached}

    assert reached == set(type(start))
    assert {given for _, given in table} == set(inputs)


@pytest.mark.parametrize(
    ("table", "state", "given"),
    [
        (modem_states.TRANSITIONS, modem_states.ModemState.OFF, modem_states.ModemInput.ACCEPTED),
        (modem_states.TRANSITIONS, modem_states.ModemState.BARRED, modem_states.ModemInput.ASK),
        (power.TRANSITIONS, power.PowerState.DARK, power.PowerInput.RESET),
        (subscriber_lines.TRANSITIONS, subscriber_lines.OrderState.EXECUTED, subscriber_lines.OrderInput.DUE),
    ],
)
def test_a_pair_without_a_row_raises(table: Table, state: Enum, given: Enum) -> None:
    with pytest.raises(IllegalTransition) as caught:
        step(table, state, given)

    assert (caught.value.state, caught.value.given) == (state, given)
