"""The carrier's state of one Ajax SIM, and the effect of orders on it (rule MQ-8).

The highest sequence wins. An order waits for its delay, and a newer order replaces it. Only executed orders
change the profile. After any mixture of lost, late and duplicated orders, the profile is therefore the one of
the highest sequence that arrived.
"""

from enum import StrEnum

import msgspec
from msgspec.structs import replace

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
    ENDED = "ended"
    """Refused, or failed at the execution: the profile stays as it was."""


class OrderInput(StrEnum):
    """Inputs to the state of a card."""

    NEWER_DELAYED = "newer_delayed"
    """A newer order with a delay."""
    NEWER_AT_ONCE = "newer_at_once"
    NEWER_ENDED = "newer_ended"
    """A newer order that the carrier refuses, or that fails without a delay."""
    SAME_AGAIN = "same_again"
    OLDER = "older"
    DUE = "due"
    """The delay of the waiting order has passed."""
    FAILED = "failed"
    """The delay of the waiting order has passed, and the carrier cannot execute it."""


TRANSITIONS: dict[tuple[OrderState, OrderInput], OrderState] = {
    **{(state, OrderInput.NEWER_DELAYED): OrderState.WAITING for state in OrderState},
    **{(state, OrderInput.NEWER_AT_ONCE): OrderState.EXECUTED for state in OrderState},
    **{(state, OrderInput.NEWER_ENDED): OrderState.ENDED for state in OrderState},
    **{
        (state, given): state
        for state in (OrderState.WAITING, OrderState.EXECUTED, OrderState.ENDED)
        for given in (OrderInput.SAME_AGAIN, OrderInput.OLDER)
    },
    (OrderState.WAITING, OrderInput.DUE): OrderState.EXECUTED,
    (OrderState.WAITING, OrderInput.FAILED): OrderState.ENDED,
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


class EndedOrder(msgspec.Struct, frozen=True):
    """The newest order, if it was refused or has failed."""

    sequence: int
    profile: Profile
    stage: OrderStage
    reason: str


class Obstacle(msgspec.Struct, frozen=True):
    """The end that the next orders for a card will have: refused at once, or failed at their execution."""

    stage: OrderStage
    reason: str
    left: int
    """The number of orders."""
    name: str = ""
    """The id of the fault."""
    armed_ms: int = 0
    """When it was armed, in world time."""


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
    ended: EndedOrder | None = None
    obstacle: Obstacle | None = None
    suspended: bool = False
    suspended_for: str = ""
    revision: int = 0
    """The number of suspensions and reactivations."""
    data: DataState = DataState.OPEN
    used_bytes: int = 0
    """The data of the month of `counted_ms`, counted until that instant (see `data_cap`)."""
    counted_ms: int = 0

    @property
    def highest_sequence(self) -> int:
        """Return the sequence of the newest order, or 0 without one."""
        newest = self.waiting or self.ended
        return self.executed_sequence if newest is None else newest.sequence

    def holding(self) -> Holding:
        """Return the state for observers."""
        hub = self.session.hub if self.session is not None else None
        return Holding(self.profile, self.executed_sequence, self.waiting, hub, self.data, self.suspended)


def due_ms(line: SubscriberLine) -> int | None:
    """Return when the next thing happens on the line by itself, in world milliseconds, or None."""
    return earliest(
        None if line.waiting is None else line.waiting.due_ms,
        line.commissioning_ends_ms if line.commissioning is Commissioning.RUNNING else None,
        None if line.session is None else line.session.ends_ms,
    )


def rank(line: SubscriberLine, order: Order, delay_ms: int) -> OrderInput:
    """Compare the order with the line: it is newer, the same again, or older."""
    if order.sequence <= line.highest_sequence:
        return OrderInput.SAME_AGAIN if order.sequence == line.highest_sequence else OrderInput.OLDER
    refused = line.obstacle is not None and line.obstacle.stage is OrderStage.REFUSED
    if refused or (line.obstacle is not None and not delay_ms):
        return OrderInput.NEWER_ENDED
    return OrderInput.NEWER_DELAYED if delay_ms else OrderInput.NEWER_AT_ONCE


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
        return given, superseded(line, order.sequence, order.profile)
    replaced = line.waiting
    line.waiting = line.ended = None
    match given:
        case OrderInput.NEWER_DELAYED:
            line.waiting = Waiting(order.sequence, order.profile, now_ms + delay_ms)
        case OrderInput.NEWER_ENDED:
            _end(line, order.sequence, order.profile)
        case _:
            _execute(line, order.sequence, order.profile)
    answer = superseded(line, replaced.sequence, replaced.profile) if replaced is not None else None
    return given, answer


def execute_waiting(line: SubscriberLine) -> bool:
    """Execute the waiting order, and return whether it succeeded.

    Raises `IllegalTransition` without one.
    """
    failed = line.obstacle is not None
    line.state = step(TRANSITIONS, line.state, OrderInput.FAILED if failed else OrderInput.DUE)
    assert line.waiting is not None
    waiting, line.waiting = line.waiting, None
    (_end if failed else _execute)(line, waiting.sequence, waiting.profile)
    return not failed


def _execute(line: SubscriberLine, sequence: int, profile: Profile) -> None:
    line.executed_sequence = sequence
    line.profile = profile
    line.commissioning = Commissioning.OVER


def _end(line: SubscriberLine, sequence: int, profile: Profile) -> None:
    assert line.obstacle is not None
    line.ended = EndedOrder(sequence, profile, line.obstacle.stage, line.obstacle.reason)
    left = line.obstacle.left - 1
    line.obstacle = replace(line.obstacle, left=left) if left else None


def suspend(line: SubscriberLine, reason: str) -> None:
    """Suspend the card, or give the suspension another reason."""
    line.suspended, line.suspended_for = True, reason
    line.revision += 1


def reactivate(line: SubscriberLine) -> None:
    """End the suspension of the card."""
    line.suspended, line.suspended_for = False, ""
    line.revision += 1


def current(line: SubscriberLine) -> Confirmation:
    """Return the confirmation of the newest order, at the stage it has reached."""
    if line.waiting is not None:
        return _confirmation(line, line.waiting.sequence, line.waiting.profile, OrderStage.ACCEPTED)
    if line.ended is not None:
        ended = line.ended
        return _confirmation(line, ended.sequence, ended.profile, ended.stage, ended.reason)
    return _confirmation(line, line.executed_sequence, line.profile, OrderStage.EXECUTED)


def superseded(line: SubscriberLine, sequence: int, profile: Profile) -> Confirmation:
    """Return the answer to an order that will not be executed."""
    return _confirmation(line, sequence, profile, OrderStage.SUPERSEDED)


def _confirmation(
    line: SubscriberLine, sequence: int, profile: Profile, stage: OrderStage, reason: str = ""
) -> Confirmation:
    return Confirmation(
        iccid=line.iccid,
        sequence=sequence,
        profile=profile,
        stage=stage,
        reason=reason,
        suspended=line.suspended,
        suspended_for=line.suspended_for,
        revision=line.revision,
    )
