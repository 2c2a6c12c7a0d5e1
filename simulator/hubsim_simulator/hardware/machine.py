"""The one engine under every state table of the simulator: look the pair up, or raise."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

StateT = TypeVar("StateT", bound=Enum)
InputT = TypeVar("InputT", bound=Enum)


class IllegalTransition(Exception):
    """An input that the state has no row for: a bug of the core that gave it."""

    def __init__(self, state: Enum, given: Enum) -> None:
        super().__init__(f"{type(state).__name__} {state.value!r} has no row for {given.value!r}")
        self.state = state
        self.given = given


def step(table: Mapping[tuple[StateT, InputT], StateT], state: StateT, given: InputT) -> StateT:
    """Return the state that follows, or raise `IllegalTransition`."""
    try:
        return table[state, given]
    except KeyError:
        raise IllegalTransition(state, given) from None
