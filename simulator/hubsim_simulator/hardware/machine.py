"""The engine of every state table of the simulator."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

StateT = TypeVar("StateT", bound=Enum)
InputT = TypeVar("InputT", bound=Enum)


class IllegalTransition(Exception):
    """The state has no row for this input: a bug of the core that sent it."""

    def __init__(self, state: Enum, given: Enum) -> None:
        super().__init__(f"{type(state).__name__} {state.value!r} has no row for {given.value!r}")
        self.state = state
        self.given = given


def step(table: Mapping[tuple[StateT, InputT], StateT], state: StateT, given: InputT) -> StateT:
    """Return the next state. Raises `IllegalTransition` for a pair without a row."""
    try:
        return table[state, given]
    except KeyError:
        raise IllegalTransition(state, given) from None
