"""What the carrier holds for one Ajax SIM, and how orders change it (rule MQ-8).

The highest sequence wins. An order waits for its time; a newer one takes its place. The profile
follows executed orders only, so after any mixture of lost, late and doubled orders it is what the
highest sequence that arrived asks for.
"""

from enum import StrEnum

import msgspec

from hubsim_contract.wire.messages import Confirmation, Order, OrderStage, Profile
from hubsim_simulator.carrier.ports import Holding, Waiting
from hubsim_simulator.hardware.machine import step


class OrderState(StrEnum):
    """How far the carrier is with the newest order for a card."""

    NEVER_ORDERED = "never_ordered"
    WAITING = "waiting"
    """Accepted; it will be executed when its delay is over."""
    EXECUTED = "executed"


class OrderInput(StrEnum):
    """What arrives for a card."""

    NEWER_DELAYED = "newer_delayed"
    """A newer order, to be executed later."""
    NEWER_AT_ONCE = "newer_at_once"
    SAME_AGAIN = "same_again"
    OLDER = "older"
    DUE = "due"
    """The delay of the waiting order is over."""


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
"""(state, input) to state. Same and older need an order to compare with, so `never_ordered` has neither."""


class Commissioning(StrEnum):
    """The time in which a card works although nobody has ordered it."""

    UNUSED = "unused"
    RUNNING = "running"
    """Since the first attach, if the carrier grants such a time."""
    OVER = "over"
    """It ran out, or an order was executed."""


class CellularSession(msgspec.Struct, frozen=True):
    """A modem that is attached with the card, as far as the network knows."""

    hub: str
    imei: str


class SubscriberLine(msgspec.Struct):
    """One Ajax SIM at the carrier."""

    iccid: str
    state: OrderState = OrderState.NEVER_ORDERED
    profile: Profile = Profile.INACTIVE
    executed_sequence: int = 0
    waiting: Waiting | None = None
    session: CellularSession | None = None
    owner_imei: str | None = None
    """The modem that the active profile belongs to, when profiles are bound."""
    commissioning: Commissioning = Commissioning.UNUSED
    commissioning_ends_ms: int = 0
    """Means something while `commissioning` is running."""

    @property
    def highest_sequence(self) -> int:
        """Return the sequence of the newest order known, 0 before any."""
        return self.waiting.sequence if self.waiting is not None else self.executed_sequence

    def holding(self) -> Holding:
        """Return what an observer may see."""
        hub = self.session.hub if self.session is not None else None
        return Holding(self.profile, self.executed_sequence, self.waiting, hub)


def rank(line: SubscriberLine, order: Order, delay_ms: int) -> OrderInput:
    """Return what the order is to the line: newer, the same again, or older."""
    if order.sequence > line.highest_sequence:
        return OrderInput.NEWER_DELAYED if delay_ms else OrderInput.NEWER_AT_ONCE
    return OrderInput.SAME_AGAIN if order.sequence == line.highest_sequence else OrderInput.OLDER


def receive(
    line: SubscriberLine, order: Order, delay_ms: int, now_ms: int
) -> tuple[OrderInput, Confirmation | None]:
    """Take an order. Return what it is to the line, and the answer to the order that is superseded.

    Whatever it is, it is answered with `current` as well. An order to be executed at once is executed
    by the time this returns.
    """
    given = rank(line, order, delay_ms)
    line.state = step(TRANSITIONS, line.state, given)
    if given is OrderInput.SAME_AGAIN:
        return given, None
    if given is OrderInput.OLDER:
        return given, superseded(line.iccid, order.sequence, order.profile)
    beaten = line.waiting
    if given is OrderInput.NEWER_DELAYED:
        line.waiting = Waiting(order.sequence, order.profile, now_ms + delay_ms)
    else:
        _execute(line, order.sequence, order.profile)
    answer = superseded(line.iccid, beaten.sequence, beaten.profile) if beaten is not None else None
    return given, answer


def come_due(line: SubscriberLine) -> None:
    """Execute the waiting order. Raises `IllegalTransition` when none waits."""
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
    """Return the answer to an order that will never be carried out."""
    return Confirmation(iccid=iccid, sequence=sequence, profile=profile, stage=OrderStage.SUPERSEDED)
