"""The modem of one hub: which card it uses, and how it gets and keeps a registration.

Owns the choice of the card and the waits between attempts. It ignores an answer that it does not
await (the card is out, the other one is in use). Promises at most one request under way.

The choice of the card: the lowest slot with a healthy, unlocked card. A card that has been without
registration for `sim_failover_ms`, in coverage, gives way to the next such card, and so on round and
round; a modem with nothing to change to stays. There is no way back to SIM 1 by itself: the card in
use stays in use until it fails, is taken out, or the hub restarts. Which of this real hubs do is open.

After `attempts_before_t3402` failures in a row every further attempt waits T3402. The count ends with
an acceptance, a restart, a re-insertion, and the return of coverage; changing cards does not end it.
"""

import msgspec

from hubsim_contract.wire.messages import Registration
from hubsim_simulator.hardware.machine import step
from hubsim_simulator.hardware.modem_states import TRANSITIONS, ModemInput, ModemState
from hubsim_simulator.hardware.radio import (
    AttachAccepted,
    AttachRejected,
    AttachRequested,
    Detached,
    LocationCancelled,
    RadioAnswer,
    RadioEffect,
    ServiceChanged,
)
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hardware.slots import Slots

_SHOWN = {
    ModemState.OFF: Registration.NOT_REGISTERED,
    ModemState.NO_CARD: Registration.NOT_REGISTERED,
    ModemState.NO_COVERAGE: Registration.SEARCHING,
    ModemState.BARRED: Registration.DENIED,
}
_STRIVING = frozenset(ModemState) - _SHOWN.keys() - {ModemState.REGISTERED} | {ModemState.BARRED}
_ENGAGED = frozenset({ModemState.ASKING, ModemState.REGISTERED})


class _Record(msgspec.Struct):
    """What the modem remembers of one slot's card, until restart or re-insertion."""

    failures: int = 0
    network: int = 0
    barred: bool = False


class Modem:
    """A modem over the slots of one hub. Times are milliseconds on the world clock."""

    def __init__(self, imei: str, generation_best: str, slots: Slots, settings: HardwareSettings) -> None:
        self.state = ModemState.OFF
        self.active: int | None = None
        """The slot in use."""
        self._imei = imei
        self._generation_best = generation_best
        self._generation = generation_best
        self._slots = slots
        self._settings = settings
        self._coverage = True
        self._records = {slot: _Record() for slot in slots.numbers}
        self._iccid = ""
        self._verdict = Registration.SEARCHING
        self._deadline_ms: int | None = None
        self._left_out_ms: int | None = None
        """The next of the attempts that are known to be refused, and therefore left out."""
        self._unregistered_since_ms = 0

    # -------------------------------------------------------------- what can be seen

    @property
    def registered(self) -> bool:
        """Return whether the cellular channel is there."""
        return self.state is ModemState.REGISTERED

    @property
    def registration(self) -> Registration:
        """Return the registration. `denied` stays while a denied modem asks again."""
        return _SHOWN.get(self.state, self._verdict)

    @property
    def generation(self) -> str | None:
        """Return the radio generation in use; None without registration."""
        return self._generation if self.registered else None

    def due(self) -> int | None:
        """Return the earliest instant at which the modem has to act by itself, or None."""
        failover_ms = self._failover_ms()
        if self._deadline_ms is None or failover_ms is None:
            return failover_ms if self._deadline_ms is None else self._deadline_ms
        return min(self._deadline_ms, failover_ms)

    # -------------------------------------------------------------- what happens to it

    def start(self, now_ms: int) -> list[RadioEffect]:
        """Power comes: read the cards and begin, with no memory of earlier refusals."""
        self._records = {slot: _Record() for slot in self._slots.numbers}
        return self._choose(now_ms)

    def stop(self) -> list[RadioEffect]:
        """Power goes."""
        effects = self._let_go()
        self._step(ModemInput.STOP)
        self.active = None
        return effects

    def card_changed(self, slot: int, now_ms: int, *, other_card: bool) -> list[RadioEffect]:
        """Take note that the card in the slot changed; `other_card`: it came or went."""
        if other_card:
            self._records[slot] = _Record()
        if self.state is ModemState.OFF:
            return []
        lost = slot == self.active and not self._slots.usable(slot)
        if lost or self.active is None:
            return self._choose(now_ms)
        return self.wake(now_ms)  # a card that came late may be one to change to at once

    def set_coverage(self, present: bool, now_ms: int) -> list[RadioEffect]:
        """Enter or leave coverage. Leaving tells the network nothing, as in life."""
        if present is self._coverage:
            return []
        self._coverage = present
        if self.active is None:
            return []
        if not present:
            self._deadline_ms = None
            self._step(ModemInput.OUT_OF_COVERAGE)
            return []
        for record in self._records.values():
            record.failures = 0
        return self._select(self.active, now_ms)

    def hear(self, answer: RadioAnswer, now_ms: int) -> list[RadioEffect]:
        """Take an answer of the network; one that is not awaited changes nothing."""
        if answer.iccid != self._iccid:
            return []
        if isinstance(answer, LocationCancelled):
            return self._cancelled(now_ms) if self.registered else []
        if isinstance(answer, ServiceChanged):
            self._ask_again_in_time(now_ms)
            return []
        if self.state is not ModemState.ASKING:
            return []
        if isinstance(answer, AttachAccepted):
            return self._accepted(answer)
        return self._rejected(answer, now_ms)

    def wake(self, now_ms: int) -> list[RadioEffect]:
        """Do what is due by now."""
        failover_ms = self._failover_ms()
        if failover_ms is not None and now_ms >= failover_ms:
            slot = self._next_slot()
            assert slot is not None
            self._count_left_out(now_ms)
            return [*self._let_go(), *self._select(slot, now_ms)]
        if self._deadline_ms is None or now_ms < self._deadline_ms:
            return []
        if self.state is ModemState.ASKING:
            self._verdict = Registration.SEARCHING
            self._failed(now_ms)
            return []
        return self._ask(now_ms)

    # -------------------------------------------------------------- choosing a card

    def _choose(self, now_ms: int) -> list[RadioEffect]:
        """Let go of the present card and take the lowest usable one, barred ones last."""
        self._count_left_out(now_ms)
        effects = self._let_go()
        usable = [slot for slot in self._slots.numbers if self._slots.usable(slot)]
        if not usable:
            self.active = None
            self._step(ModemInput.CARD_LOST)
            return effects
        slot = min(usable, key=lambda slot: (self._records[slot].barred, slot))
        return [*effects, *self._select(slot, now_ms)]

    def _select(self, slot: int, now_ms: int) -> list[RadioEffect]:
        card = self._slots.card_in(slot)
        assert card is not None
        self.active, self._iccid = slot, card.iccid
        self._deadline_ms = None
        self._unregistered_since_ms = now_ms
        self._verdict = Registration.SEARCHING
        if not self._coverage:
            self._step(ModemInput.OUT_OF_COVERAGE)
            return []
        if self._records[slot].barred:
            self._step(ModemInput.SELECT_BARRED)
            return []
        self._step(ModemInput.SELECT)
        return self._begin(now_ms)

    def _let_go(self) -> list[RadioEffect]:
        effects: list[RadioEffect] = [Detached(self._iccid)] if self.state in _ENGAGED else []
        self._iccid = ""
        self._deadline_ms = None
        return effects

    def _next_slot(self) -> int | None:
        """Return the next slot round from the active one whose card may be tried instead."""
        assert self.active is not None
        slots = self._slots.numbers
        for slot in (*slots[self.active :], *slots[: self.active - 1]):
            if self._slots.usable(slot) and not self._records[slot].barred:
                return slot
        return None

    def _failover_ms(self) -> int | None:
        if len(self._slots.numbers) == 1 or self.state not in _STRIVING or self._next_slot() is None:
            return None
        return self._unregistered_since_ms + self._settings.sim_failover_ms

    # -------------------------------------------------------------- attempts

    def _begin(self, now_ms: int) -> list[RadioEffect]:
        if self._settings.attach_ms == 0:
            return self._ask(now_ms)
        self._deadline_ms = now_ms + self._settings.attach_ms
        return []

    def _ask(self, now_ms: int) -> list[RadioEffect]:
        self._step(ModemInput.ASK)
        return self._request(now_ms)

    def _request(self, now_ms: int) -> list[RadioEffect]:
        self._deadline_ms = now_ms + self._settings.t3410_ms
        network = self._record().network
        return [AttachRequested(self._imei, self._iccid, self._generation_best, network)]

    def _accepted(self, answer: AttachAccepted) -> list[RadioEffect]:
        self._step(ModemInput.ACCEPTED)
        self._deadline_ms = None
        self._record().failures = 0
        self._generation = answer.generation
        self._verdict = Registration.ROAMING if answer.network_roaming else Registration.HOME
        return []

    def _rejected(self, answer: AttachRejected, now_ms: int) -> list[RadioEffect]:
        self._verdict = Registration.DENIED
        if not answer.permanent:
            self._failed(now_ms)
            if answer.standing:
                self._left_out_ms, self._deadline_ms = self._deadline_ms, None
            return []
        record = self._record()
        if answer.other_network:
            record.network += 1
            self._step(ModemInput.NEXT_NETWORK)
            return self._request(now_ms)
        record.barred = True
        self._deadline_ms = None
        self._step(ModemInput.FORBIDDEN)
        return []

    def _failed(self, now_ms: int) -> None:
        record = self._record()
        record.failures += 1
        often = record.failures >= self._settings.attempts_before_t3402
        self._step(ModemInput.FAILED_OFTEN if often else ModemInput.FAILED)
        self._deadline_ms = now_ms + (self._settings.t3402_ms if often else self._settings.t3411_ms)

    def _ask_again_in_time(self, now_ms: int) -> None:
        """Take up asking again at the instant of the next attempt, as if none had been left out."""
        if self._left_out_ms is not None:
            self._count_left_out(now_ms)
            self._left_out_ms, self._deadline_ms = None, self._left_out_ms

    def _count_left_out(self, now_ms: int) -> None:
        """Count the attempts before now that were left out as what they would have been: failed."""
        if self._left_out_ms is None:
            return
        settings, record = self._settings, self._record()
        while self._left_out_ms < now_ms:
            record.failures += 1
            if record.failures < settings.attempts_before_t3402:
                self._left_out_ms += settings.t3411_ms
            else:
                waits = max(1, -(-(now_ms - self._left_out_ms) // settings.t3402_ms))
                record.failures += waits - 1
                self._left_out_ms += waits * settings.t3402_ms

    def _cancelled(self, now_ms: int) -> list[RadioEffect]:
        self._step(ModemInput.CANCELLED)
        self._verdict = Registration.SEARCHING
        self._unregistered_since_ms = now_ms
        return self._begin(now_ms)

    def _record(self) -> _Record:
        assert self.active is not None
        return self._records[self.active]

    def _step(self, given: ModemInput) -> None:
        self._left_out_ms = None
        self.state = step(TRANSITIONS, self.state, given)
