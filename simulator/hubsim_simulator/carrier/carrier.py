"""The carrier as a core: its inputs are orders and attach attempts, its outputs confirmations and answers.

Owns the profile of every Ajax SIM. Its timer is on the world axis of `Now`. A message that it cannot read is
counted in `refused_messages` and otherwise ignored (rule MQ-7).

After a restart from memory, the carrier confirms all cards with orders again. Its memory does not contain
acknowledgements, and a second confirmation changes nothing (rule MQ-8).
"""

from collections.abc import Callable
from typing import Any, ClassVar

from hubsim_contract.core import Now, Start, Stop, Wake
from hubsim_contract.lab.bench_actions import CardKind
from hubsim_contract.lab.faults import FailOrders, ReactivateSim, RefuseOrders, SuspendSim
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import (
    AttemptBegan,
    AttemptQueued,
    Connected,
    ConnectFailed,
    ConnectionLost,
    PortEvent,
    Published,
    Received,
    Subscribed,
)
from hubsim_contract.timer_queue import TimerQueue, earliest
from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.messages import Confirmation, Order, OrderStage, Profile
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.carrier import data_cap, network
from hubsim_simulator.carrier.endpoint import CarrierEndpoint
from hubsim_simulator.carrier.memory import decode_memory, encode_line, encode_memory
from hubsim_simulator.carrier.ports import (
    AttachAnswer,
    AttachAttempt,
    CarrierActs,
    CarrierEffect,
    CarrierEvent,
    DataCounted,
    DataLimited,
    FaultMet,
    Holding,
    MemoryChanged,
    ServiceBegun,
    SimReleased,
    SimSilent,
)
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.carrier.subscriber_lines import (
    Commissioning,
    Obstacle,
    OrderInput,
    SubscriberLine,
    current,
    due_ms,
    execute_waiting,
    reactivate,
    receive,
    suspend,
)
from hubsim_simulator.hardware.cards import card_kind
from hubsim_simulator.hardware.radio import AttachRejected

MAX_LINES = 1_000_000
"""Maximum number of cards. Orders for more are refused, to bound the memory that invented ICCIDs can take."""
_NEWER = frozenset({OrderInput.NEWER_AT_ONCE, OrderInput.NEWER_DELAYED, OrderInput.NEWER_ENDED})
Effects = list[CarrierEffect]


class Carrier:
    """The SIM platform and its network. Raises `BadMemory` if `memory` does not come from a carrier."""

    def __init__(self, settings: CarrierSettings, memory: bytes | None = None) -> None:
        self.refused_messages = 0
        """Number of messages that are not readable, or are not about a card of this carrier."""
        self._settings = settings
        self._topics = Topics(settings.prefix)
        self._lines = {} if memory is None else decode_memory(memory)
        ordered = [line.iccid for line in self._lines.values() if line.highest_sequence]
        self._endpoint = CarrierEndpoint(self._topics, self._current, ordered)
        self._timers = TimerQueue[str]()
        self._refused: dict[str, dict[str, None]] = {}
        """ICCID to the hubs that were refused with it. A restart loses it (see `Fleet.replace_carrier`)."""
        for line in self._lines.values():
            self._arm(line)

    @property
    def link(self) -> LinkState:
        """Return the state of the connection to the broker."""
        return self._endpoint.state

    @property
    def cards(self) -> tuple[str, ...]:
        """Return the ICCIDs of all cards that the carrier has a line for."""
        return tuple(self._lines)

    def holding(self, card: str) -> Holding:
        """Return the state of the card with this ICCID. An unknown card is inactive."""
        line = self._lines.get(card)
        return Holding() if line is None else line.holding()

    def line_memory(self, card: str) -> bytes:
        """Return the part of `memory` for one card, which must have a line (see `join_memory`)."""
        return encode_line(self._lines[card])

    def memory(self) -> bytes:
        """Return the state from which a restarted carrier continues."""
        return encode_memory(self._lines.values())

    def due(self) -> int | None:
        """Return when the carrier needs a `Wake`, in milliseconds of the world clock, or None."""
        return earliest(self._endpoint.due(), self._timers.earliest())

    @property
    def connection_due_ms(self) -> int | None:
        """Return when the connection needs a `Wake`, in world milliseconds, or None."""
        return self._endpoint.due()

    def timers(self, count: int) -> list[tuple[int, SubscriberLine]]:
        """Return the cards on which something is due first, each with the instant."""
        return [(due, self._lines[card]) for due, card in self._timers.first(count)]

    def obstacles(self) -> list[SubscriberLine]:
        """Return the cards whose next orders are refused or fail."""
        return [line for line in self._lines.values() if line.obstacle is not None]

    def clear_obstacle(self, name: str) -> str | None:
        """Disarm the fault with this id, and return the card; None: no such fault is armed."""
        line = next((line for line in self.obstacles() if line.obstacle and line.obstacle.name == name), None)
        if line is None:
            return None
        line.obstacle = None
        return line.iccid

    def handle(self, event: CarrierEvent, now: Now) -> Effects:
        """Process one event and return its effects in order. No content of a message raises an error."""
        return self._HANDLERS[type(event)](self, event, now.world_ms)

    # -------------------------------------------------------------- the connection

    def _start(self, _event: Start, now_ms: int) -> Effects:
        return [*self._endpoint.start(now_ms)]

    def _stop(self, _event: Stop, now_ms: int) -> Effects:
        return [*self._endpoint.stop(now_ms)]

    def _connection_changed(self, event: PortEvent, now_ms: int) -> Effects:
        return [*self._endpoint.handle(event, now_ms)]

    def _acknowledged(self, event: Published, _now_ms: int) -> Effects:
        self._endpoint.acknowledged(event)
        return []

    def _current(self, card: str) -> Confirmation:
        return current(self._lines[card])

    # -------------------------------------------------------------- orders

    def _take_message(self, event: Received, now_ms: int) -> Effects:
        order = self._read(event)
        line = None if order is None else self._line(order.iccid)
        if order is None or line is None:
            self.refused_messages += 1
            return []
        effects = self._count(line, now_ms)
        obstacle = line.obstacle
        given, replaced = receive(line, order, self._settings.delay_ms(order.profile), now_ms)
        effects += _met(obstacle, line)
        if given is OrderInput.NEWER_AT_ONCE:
            effects.extend(self._carry_out(line))
        if given in _NEWER:
            effects.append(MemoryChanged(line.iccid))
            self._arm(line)
        if replaced is not None:
            effects.extend(self._endpoint.send_once(replaced))
        # The answer to an older order also confirms the newest one, which its sender may have lost.
        effects.extend(self._endpoint.confirm(line.iccid))
        return effects

    def _read(self, event: Received) -> Order | None:
        address = self._topics.read(event.topic)
        if address is None or address.kind is not MessageKind.ORDER:
            return None
        try:
            order = decode(MessageKind.ORDER, event.payload)
        except ContractError:
            return None
        if not isinstance(order, Order) or order.iccid != address.subject or order.sequence < 1:
            return None
        return order

    def _line(self, card: str) -> SubscriberLine | None:
        """Return the line of a card, created if necessary; None for a card of another issuer."""
        line = self._lines.get(card)
        if line is not None:
            return line
        if len(self._lines) >= MAX_LINES or card_kind(card) is not CardKind.AJAX:
            return None
        try:
            line = self._lines[card] = SubscriberLine(iccid(card))
        except BadIdentifier:
            return None
        return line

    def _carry_out(self, line: SubscriberLine) -> Effects:
        """Apply the profile of the line to the network."""
        if line.profile is not Profile.ACTIVE:
            return [*network.cut(line, self._settings)]
        network.bind(line, self._settings)
        return self._begin_service(line)

    def _begin_service(self, line: SubscriberLine) -> Effects:
        """End the standing refusals of a line that has service now."""
        if line.suspended:
            return []
        return [ServiceBegun(hub, line.iccid) for hub in self._refused.pop(line.iccid, ())]

    def _confirm(self, line: SubscriberLine) -> Effects:
        """Confirm the newest order again. A card without an order is confirmed with its first one."""
        return [*self._endpoint.confirm(line.iccid)] if line.highest_sequence else []

    def _act(self, event: CarrierActs, now_ms: int) -> Effects:
        """Do something with a card that no one has ordered. A card of another issuer does not change."""
        line = self._line(event.iccid)
        if line is None:
            return []
        effects = self._count(line, now_ms)
        match event.fault:
            case RefuseOrders(reason=reason, count=count):
                line.obstacle = Obstacle(OrderStage.REFUSED, reason, count, event.name, now_ms)
            case FailOrders(reason=reason, count=count):
                line.obstacle = Obstacle(OrderStage.FAILED, reason, count, event.name, now_ms)
            case SuspendSim(reason=reason):
                suspend(line, reason)
                effects += [*network.end_session(line, self._settings), *self._confirm(line)]
            case ReactivateSim() if line.suspended:
                reactivate(line)
                effects += [*self._begin_service(line), *self._confirm(line)]
        self._arm(line)
        return [MemoryChanged(line.iccid), *effects]

    # -------------------------------------------------------------- time

    def _wake(self, _event: Wake, now_ms: int) -> Effects:
        effects: Effects = [*self._endpoint.wake(now_ms)]
        while (at_ms := self._timers.earliest()) is not None and at_ms <= now_ms:
            card = next(iter(self._timers.keys_at(at_ms)))
            effects.append(MemoryChanged(card))
            effects.extend(self._line_due(self._lines[card], now_ms))
        return effects

    def _line_due(self, line: SubscriberLine, now_ms: int) -> Effects:
        """Do what is due on the line: an order, the end of a session or of commissioning, a change of data.

        If several are due, the others follow with the next call.
        """
        effects = self._count(line, now_ms)
        if line.waiting is not None and now_ms >= line.waiting.due_ms:
            obstacle = line.obstacle
            if execute_waiting(line):
                effects += self._carry_out(line)
            effects += _met(obstacle, line)
            effects += self._endpoint.confirm(line.iccid)
        elif line.session is not None and line.session.ends_ms is not None and now_ms >= line.session.ends_ms:
            line.session = None
        elif line.commissioning is Commissioning.RUNNING and now_ms >= line.commissioning_ends_ms:
            line.commissioning = Commissioning.OVER
            effects += network.cut(line, self._settings)
        self._arm(line)
        return effects

    def _count(self, line: SubscriberLine, now_ms: int, size: int = 0) -> Effects:
        """Count the data of the line until now. Return the limit for its session if the limit has changed."""
        if not data_cap.count(line, size, self._settings, now_ms) or line.session is None:
            return []
        return [DataLimited(line.session.hub, data_cap.conditions(line, self._settings))]

    def _arm(self, line: SubscriberLine) -> None:
        """Set or drop the timer of the line."""
        at_ms = earliest(due_ms(line), data_cap.due_ms(line, self._settings))
        if at_ms is None:
            self._timers.drop(line.iccid)
        else:
            self._timers.put(line.iccid, at_ms)

    # -------------------------------------------------------------- the network

    def _attach(self, event: AttachAttempt, now_ms: int) -> Effects:
        if card_kind(event.iccid) is not CardKind.AJAX:
            return [network.accept_other(event)]
        line = self._lines.get(event.iccid)
        if line is None and self._settings.commissioning_ms:
            line = self._line(event.iccid)
        if line is None:
            return self._remember_refusal(event, [network.attach_unknown(event, self._settings)])
        before = (line.session, line.commissioning, line.steered)
        limits = self._count(line, now_ms)
        answers = self._remember_refusal(event, [*network.attach(line, event, self._settings, now_ms)])
        if not limits and (line.session, line.commissioning, line.steered) == before:
            return answers
        self._arm(line)
        return [MemoryChanged(line.iccid), *limits, *answers]

    def _remember_refusal(self, event: AttachAttempt, answers: Effects) -> Effects:
        if any(
            isinstance(each, AttachAnswer) and isinstance(each.answer, AttachRejected) for each in answers
        ):
            self._refused.setdefault(event.iccid, {})[event.hub] = None
        return answers

    def _release(self, event: SimReleased, now_ms: int) -> Effects:
        return self._change_session(event, now_ms, lambda line: setattr(line, "session", None))

    def _lose_contact(self, event: SimSilent, now_ms: int) -> Effects:
        return self._change_session(
            event, now_ms, lambda line: network.lose_contact(line, self._settings, now_ms)
        )

    def _count_data(self, event: DataCounted, now_ms: int) -> Effects:
        return self._change_session(event, now_ms, lambda _line: None, size=event.size)

    def _change_session(
        self,
        event: SimReleased | SimSilent | DataCounted,
        now_ms: int,
        change: Callable[[SubscriberLine], None],
        size: int = 0,
    ) -> Effects:
        """Change the session that the hub of the event has with its card; do nothing without one."""
        line = self._lines.get(event.iccid)
        if line is None or line.session is None or line.session.hub != event.hub:
            return []
        limits = self._count(line, now_ms, size)
        change(line)
        self._arm(line)
        return [MemoryChanged(line.iccid), *limits]

    _HANDLERS: ClassVar[dict[type[CarrierEvent], Callable[["Carrier", Any, int], Effects]]] = {
        Start: _start,
        Stop: _stop,
        AttemptQueued: _connection_changed,
        AttemptBegan: _connection_changed,
        Connected: _connection_changed,
        Subscribed: _connection_changed,
        ConnectFailed: _connection_changed,
        ConnectionLost: _connection_changed,
        Published: _acknowledged,
        Received: _take_message,
        Wake: _wake,
        AttachAttempt: _attach,
        SimReleased: _release,
        SimSilent: _lose_contact,
        DataCounted: _count_data,
        CarrierActs: _act,
    }


def _met(before: Obstacle | None, line: SubscriberLine) -> list[FaultMet]:
    """Return that the fault of a line was applied, if it was and has an id."""
    if before is None or not before.name or line.obstacle is before:
        return []
    return [FaultMet(before.name, 0 if line.obstacle is None else line.obstacle.left)]
