"""The carrier's state of one Ajax SIM, and the effect of orders on it (rule MQ-8).

The highest sequence wins. An order waits for its delay, and a newer order replaces it. Only executed orders
change the profile. After any mixture of lost, late and duplicated orders, the profile is therefore the one of
the highest sequence that arrived.
"""

from enum import StrEnum

import msgspec

from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.messages import Confirmation, Order, OrderStage, Profile
from hubsim_simulator.carrier.ports import DataState, Holding, Waiting
from hubsim_simulator.hardware.machine import step


class OrderState(StrEnum):
    """Progress of the newest order for a card."""

    NEVER_ORDERED = "never_ordered"
    WAITING = "waiting"
    """Accepted; it is executed when its delay has passed."""
    EXECUTED = "executed"


class OrderInput(StrEnum):
    """Inputs to the state of a card."""

    NEWER_DELAYED = "newer_delayed"
    """A newer order with a delay."""
    NEWER_AT_ONCE = "newer_at_once"
    SAME_AGAIN = "same_again"
    OLDER = "older"
    DUE = "due"
    """The delay of the waiting order has passed."""


TRANSITIONS: dict[tuple[OrderState, OrderInput], OrderState] = {
    **{(state, OrderInput.NEWER_DELAYED): OrderState.WAITING for state in OrderState},
    **{(state, OrderInput.NEWER_AT_ONCE): OrderState.EXECUTED for state in OrderState},
    **{
        (state, given): state
        for state in (OrderState.WAITING, OrderState.EXECUTED)
        for given in (OrderInput.SAME_AGAIN, OrderInput.OLDER)
    },
    (OrderState.WAITING, OrderInput.DUE): OrderState.EXECUTED,
}
"""(state, input) to state. `never_ordered` has no order to compare with, so no order is older there."""


class Commissioning(StrEnum):
    """The time in which a card works without an order."""

    UNUSED = "unused"
    RUNNING = "running"
    """It begins with the first attach, if the carrier's settings grant it."""
    OVER = "over"
    """It has passed, or an order was executed."""


class CellularSession(msgspec.Struct, frozen=True):
    """The attachment of a modem with the card, as the network knows it."""

    hub: str
    imei: str
    ends_ms: int | None = None
    """When the network gives up a modem that it cannot reach; None: it can reach the modem."""
    data: bool = True
    """Whether the session has data at all; a wrong APN may leave it without."""


class SubscriberLine(msgspec.Struct):
    """One Ajax SIM at the carrier."""

    iccid: str
    state: OrderState = OrderState.NEVER_ORDERED
    profile: Profile = Profile.INACTIVE
    executed_sequence: int = 0
    waiting: Waiting | None = None
    session: CellularSession | None = None
    owner_imei: str | None = None
    """The modem that owns the active profile, if profiles are bound to modems."""
    commissioning: Commissioning = Commissioning.UNUSED
    commissioning_ends_ms: int = 0
    """World milliseconds; valid while `commissioning` is running."""
    steered: int = 0
    """The number of attempts in a row that were rejected for steering."""
    data: DataState = DataState.OPEN
    used_bytes: int = 0
    """The data of the month of `counted_ms`, counted until that instant (see `data_cap`)."""
    counted_ms: int = 0

    @property
    def highest_sequence(self) -> int:
        """Return the sequence of the newest order, or 0 without one."""
        return self.waiting.sequence if self.waiting is not None else self.executed_sequence

    def holding(self) -> Holding:
        """Return the state for observers."""
        hub = self.session.hub if self.session is not None else None
        return Holding(self.profile, self.executed_sequence, self.waiting, hub, self.data)


def due_ms(line: SubscriberLine) -> int | None:
    """Return when the next thing happens on the line by itself, in world milliseconds, or None."""
    return earliest(
        None if line.waiting is None else line.waiting.due_ms,
        line.commissioning_ends_ms if line.commissioning is Commissioning.RUNNING else None,
        None if line.session is None else line.session.ends_ms,
    )


def rank(line: SubscriberLine, order: Order, delay_ms: int) -> OrderInput:
    """Compare the order with the line: it is newer, the same again, or older."""
    if order.sequence > line.highest_sequence:
        return OrderInput.NEWER_DELAYED if delay_ms else OrderInput.NEWER_AT_ONCE
    return OrderInput.SAME_AGAIN if order.sequence == line.highest_sequence else OrderInput.OLDER


def receive(
    line: SubscriberLine, order: Order, delay_ms: int, now_ms: int
) -> tuple[OrderInput, Confirmation | None]:
    """Process an order. Return its rank, and the answer to the order that is superseded, if any.

    The caller also answers every order with `current`. An order without delay is executed here.
    """
    given = rank(line, order, delay_ms)
    line.state = step(TRANSITIONS, line.state, given)
    if given is OrderInput.SAME_AGAIN:
        return given, None
    if given is OrderInput.OLDER:
        return given, superseded(line.iccid, order.sequence, order.profile)
    replaced = line.waiting
    if given is OrderInput.NEWER_DELAYED:
        line.waiting = Waiting(order.sequence, order.profile, now_ms + delay_ms)
    else:
        _execute(line, order.sequence, order.profile)
    answer = superseded(line.iccid, replaced.sequence, replaced.profile) if replaced is not None else None
    return given, answer


def execute_waiting(line: SubscriberLine) -> None:
    """Execute the waiting order. Raises `IllegalTransition` without one."""
    line.state = step(TRANSITIONS, line.state, OrderInput.DUE)
    assert line.waiting is not None
    _execute(line, line.waiting.sequence, line.waiting.profile)


def _execute(line: SubscriberLine, sequence: int, profile: Profile) -> None:
    line.waiting = None
    line.executed_sequence = sequence
    line.profile = profile
    line.commissioning = Commissioning.OVER


def current(line: SubscriberLine) -> Confirmation:
    """Return the confirmation of the newest order, at the stage it has reached."""
    if line.waiting is not None:
        sequence, profile, stage = line.waiting.sequence, line.waiting.profile, OrderStage.ACCEPTED
    else:
        sequence, profile, stage = line.executed_sequence, line.profile, OrderStage.EXECUTED
    return Confirmation(iccid=line.iccid, sequence=sequence, profile=profile, stage=stage)


def superseded(iccid: str, sequence: int, profile: Profile) -> Confirmation:
    """Return the answer to an order that will not be executed."""
    return Confirmation(iccid=iccid, sequence=sequence, profile=profile, stage=OrderStage.SUPERSEDED)
