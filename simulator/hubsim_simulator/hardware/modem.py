"""The modem of one hub: its choice of a card, and its registration.

Owns the choice of the card and the waits between attempts. It ignores an answer that it does not await, for
example for a card that was removed. Promises at most one request in flight.

The modem chooses the lowest slot with a healthy, unlocked card. A card without registration for
`sim_failover_ms` while in coverage is replaced by the next such card, and so on in a cycle. A modem without
another card keeps its card. It does not return to SIM 1 on its own: the card in use stays in use until it
fails, is removed, or the hub restarts. How far real hubs do the same is open.

After `attempts_before_t3402` failures in a row, every further attempt waits for T3402. An acceptance, a
restart, a re-insertion or the return of coverage resets the count. A change of the card does not.
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
_UNREGISTERED = frozenset(ModemState) - _SHOWN.keys() - {ModemState.REGISTERED} | {ModemState.BARRED}
_ENGAGED = frozenset({ModemState.ASKING, ModemState.REGISTERED})


class _Record(msgspec.Struct, gc=False):
    """The modem's data about the card in one slot, until a restart or re-insertion."""

    failures: int = 0
    network: int = 0
    barred: bool = False


class Modem:
    """The modem for the SIM slots of one hub. Times are milliseconds on the world clock."""

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
        self._records = [_Record() for _ in slots.numbers]
        self._iccid = ""
        self._last_result = Registration.SEARCHING
        self._deadline_ms: int | None = None
        self._skipped_ms: int | None = None
        """Time of the next attempt that is skipped because its refusal is known."""
        self._unregistered_since_ms = 0

    # -------------------------------------------------------------- visible state

    @property
    def registered(self) -> bool:
        """Return whether the cellular channel is connected."""
        return self.state is ModemState.REGISTERED

    @property
    def registration(self) -> Registration:
        """Return the registration. It stays `denied` while a denied modem asks again."""
        return _SHOWN.get(self.state, self._last_result)

    @property
    def generation(self) -> str | None:
        """Return the radio generation in use; None without registration."""
        return self._generation if self.registered else None

    def due(self) -> int | None:
        """Return when the modem needs a `wake`, in milliseconds of the world clock, or None."""
        failover_ms = self._failover_ms()
        if self._deadline_ms is None or failover_ms is None:
            return failover_ms if self._deadline_ms is None else self._deadline_ms
        return min(self._deadline_ms, failover_ms)

    # -------------------------------------------------------------- events

    def start(self, now_ms: int) -> list[RadioEffect]:
        """Start the modem: read the cards, forget earlier refusals, and choose a card."""
        self._records = [_Record() for _ in self._slots.numbers]
        return self._choose(now_ms)

    def stop(self) -> list[RadioEffect]:
        """Stop the modem."""
        effects = self._detach()
        self._step(ModemInput.STOP)
        self.active = None
        return effects

    def card_changed(self, slot: int, now_ms: int, *, other_card: bool) -> list[RadioEffect]:
        """Process a change of the card in the slot. `other_card`: it was inserted or removed."""
        if other_card:
            self._records[slot - 1] = _Record()
        if self.state is ModemState.OFF:
            return []
        lost = slot == self.active and not self._slots.usable(slot)
        if lost or self.active is None:
            return self._choose(now_ms)
        return self.wake(now_ms)  # the failover time may have passed already

    def set_coverage(self, present: bool, now_ms: int) -> list[RadioEffect]:
        """Enter or leave coverage. As in real networks, leaving does not send a detach."""
        if present is self._coverage:
            return []
        self._coverage = present
        if self.active is None:
            return []
        if not present:
            self._deadline_ms = None
            self._step(ModemInput.OUT_OF_COVERAGE)
            return []
        for record in self._records:
            record.failures = 0
        return self._select(self.active, now_ms)

    def handle(self, answer: RadioAnswer, now_ms: int) -> list[RadioEffect]:
        """Process an answer of the network. An answer that is not awaited changes nothing."""
        if answer.iccid != self._iccid:
            return []
        if isinstance(answer, LocationCancelled):
            return self._cancelled(now_ms) if self.registered else []
        if isinstance(answer, ServiceChanged):
            self._resume_attempts(now_ms)
            return []
        if self.state is not ModemState.ASKING:
            return []
        if isinstance(answer, AttachAccepted):
            return self._accepted(answer)
        return self._rejected(answer, now_ms)

    def wake(self, now_ms: int) -> list[RadioEffect]:
        """Run the timers that are due."""
        failover_ms = self._failover_ms()
        if failover_ms is not None and now_ms >= failover_ms:
            slot = self._next_slot()
            assert slot is not None
            self._count_skipped(now_ms)
            return [*self._detach(), *self._select(slot, now_ms)]
        if self._deadline_ms is None or now_ms < self._deadline_ms:
            return []
        if self.state is ModemState.ASKING:
            self._last_result = Registration.SEARCHING
            self._failed(now_ms)
            return []
        return self._ask(now_ms)

    # -------------------------------------------------------------- choosing a card

    def _choose(self, now_ms: int) -> list[RadioEffect]:
        """Detach from the current card and choose the lowest usable one, barred ones last."""
        self._count_skipped(now_ms)
        effects = self._detach()
        usable = [slot for slot in self._slots.numbers if self._slots.usable(slot)]
        if not usable:
            self.active = None
            self._step(ModemInput.CARD_LOST)
            return effects
        slot = min(usable, key=lambda slot: (self._records[slot - 1].barred, slot))
        return [*effects, *self._select(slot, now_ms)]

    def _select(self, slot: int, now_ms: int) -> list[RadioEffect]:
        card = self._slots.card_in(slot)
        assert card is not None
        self.active, self._iccid = slot, card.iccid
        self._deadline_ms = None
        self._unregistered_since_ms = now_ms
        self._last_result = Registration.SEARCHING
        if not self._coverage:
            self._step(ModemInput.OUT_OF_COVERAGE)
            return []
        if self._records[slot - 1].barred:
            self._step(ModemInput.SELECT_BARRED)
            return []
        self._step(ModemInput.SELECT)
        return self._begin(now_ms)

    def _detach(self) -> list[RadioEffect]:
        effects: list[RadioEffect] = [Detached(self._iccid)] if self.state in _ENGAGED else []
        self._iccid = ""
        self._deadline_ms = None
        return effects

    def _next_slot(self) -> int | None:
        """Return the next slot after the active one, in a cycle, whose card may be tried instead."""
        assert self.active is not None
        slots = self._slots.numbers
        for slot in (*slots[self.active :], *slots[: self.active - 1]):
            if self._slots.usable(slot) and not self._records[slot - 1].barred:
                return slot
        return None

    def _failover_ms(self) -> int | None:
        if len(self._slots.numbers) == 1 or self.state not in _UNREGISTERED or self._next_slot() is None:
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
        self._last_result = Registration.ROAMING if answer.network_roaming else Registration.HOME
        return []

    def _rejected(self, answer: AttachRejected, now_ms: int) -> list[RadioEffect]:
        self._last_result = Registration.DENIED
        if not answer.permanent:
            self._failed(now_ms)
            if answer.standing:
                self._skipped_ms, self._deadline_ms = self._deadline_ms, None
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

    def _resume_attempts(self, now_ms: int) -> None:
        """Continue with the next attempt, at the time it would have without skipped attempts."""
        if self._skipped_ms is not None:
            self._count_skipped(now_ms)
            self._skipped_ms, self._deadline_ms = None, self._skipped_ms

    def _count_skipped(self, now_ms: int) -> None:
        """Count the skipped attempts before now as failures."""
        if self._skipped_ms is None:
            return
        settings, record = self._settings, self._record()
        while self._skipped_ms < now_ms:
            record.failures += 1
            if record.failures < settings.attempts_before_t3402:
                self._skipped_ms += settings.t3411_ms
            else:
                waits = max(1, -(-(now_ms - self._skipped_ms) // settings.t3402_ms))
                record.failures += waits - 1
                self._skipped_ms += waits * settings.t3402_ms

    def _cancelled(self, now_ms: int) -> list[RadioEffect]:
        self._step(ModemInput.CANCELLED)
        self._last_result = Registration.SEARCHING
        self._unregistered_since_ms = now_ms
        return self._begin(now_ms)

    def _record(self) -> _Record:
        assert self.active is not None
        return self._records[self.active - 1]

    def _step(self, given: ModemInput) -> None:
        self._skipped_ms = None
        self.state = step(TRANSITIONS, self.state, given)
