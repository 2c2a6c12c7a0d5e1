"""The modem of one hub: its choice of a card, and its registration.

Owns the choice of the card, and the order of its attempts. It ignores an answer that it does not await, for
example for a card that was removed. Promises at most one request in flight.

The modem chooses the lowest slot with a healthy, unlocked card, and keeps its card until a change is due
(`card_changes`). An acceptance, a restart, a re-insertion or the return of coverage resets the count of
failures. A change of the card does not.
"""

from msgspec.structs import replace

from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.messages import Registration
from hubsim_simulator.hardware.attempts import AttemptWaits, CardRecord
from hubsim_simulator.hardware.card_changes import (
    CardChange,
    better_signal,
    cyclic,
    earlier,
    failback,
    failover,
)
from hubsim_simulator.hardware.forbidden_networks import ForbiddenNetworks
from hubsim_simulator.hardware.machine import step
from hubsim_simulator.hardware.modem_states import (
    ENGAGED,
    SELECTED,
    SHOWN,
    SILENT,
    TRANSITIONS,
    UNREGISTERED,
    ModemInput,
    ModemState,
)
from hubsim_simulator.hardware.radio import (
    AttachAccepted,
    AttachRejected,
    AttachRequested,
    ContactLost,
    DataChanged,
    Detached,
    LocationCancelled,
    NoOtherNetwork,
    RadioAnswer,
    RadioEffect,
    RejectCause,
    ServiceChanged,
)
from hubsim_simulator.hardware.reception import Reception
from hubsim_simulator.hardware.settings import HardwareSettings, RoamingOff
from hubsim_simulator.hardware.site import RadioSite
from hubsim_simulator.hardware.slots import Slots


class Modem:
    """The modem for the SIM slots of one hub. Times are milliseconds on the world clock."""

    __slots__ = (
        "_deadline_ms",
        "_forbidden",
        "_iccid",
        "_imei",
        "_last_result",
        "_reception",
        "_records",
        "_session",
        "_settings",
        "_since_ms",
        "_site",
        "_skipped_ms",
        "_slots",
        "_waits",
        "active",
        "apns",
        "roaming",
        "state",
    )

    def __init__(self, imei: str, slots: Slots, site: RadioSite, settings: HardwareSettings) -> None:
        self.state = ModemState.OFF
        self.active: int | None = None
        """The slot in use."""
        self.roaming = True
        """Whether the hub's settings allow roaming."""
        self.apns: dict[int, str] = {}
        """The APN of the hub's settings by slot; slots without one leave the choice to the network."""
        self._imei = imei
        self._slots = slots
        self._site = site
        self._settings = settings
        self._reception = Reception(site, settings)
        self._waits = AttemptWaits(settings, imei)
        self._forbidden = ForbiddenNetworks(slots, settings)
        self._records = [CardRecord() for _ in slots.numbers]
        self._iccid = ""
        self._session: AttachAccepted | None = None
        """The answer to the last accepted attempt; it counts while the modem is registered."""
        self._last_result = Registration.SEARCHING
        self._deadline_ms: int | None = None
        self._skipped_ms: int | None = None
        """Time of the next attempt that is skipped because its refusal is known."""
        self._since_ms = 0
        """When the modem got its registration, or lost it."""

    # -------------------------------------------------------------- visible state

    @property
    def registered(self) -> bool:
        """Return whether the modem is registered in a network."""
        return self.state is ModemState.REGISTERED

    @property
    def session(self) -> AttachAccepted | None:
        """Return the conditions of the data connection, or None without one."""
        session = self._session
        if session is None or not self.registered or not session.data:
            return None
        return session if self.roaming or not session.network_roaming else None

    @property
    def registration(self) -> Registration:
        """Return the registration. It stays `denied` while a denied modem asks again."""
        return SHOWN.get(self.state, self._last_result)

    @property
    def generation(self) -> str | None:
        """Return the radio generation in use; None without registration."""
        return self._reception.generation if self.registered else None

    def due(self) -> int | None:
        """Return when the modem needs a `wake`, in milliseconds of the world clock, or None."""
        change = self._change()
        search_ms = self._reception.search_ms if self.registered else None
        return earliest(self._deadline_ms, search_ms, None if change is None else change.at_ms)

    # -------------------------------------------------------------- events

    def start(self, now_ms: int) -> list[RadioEffect]:
        """Start the modem: read the cards, forget earlier refusals, and choose a card."""
        self._records = [CardRecord() for _ in self._slots.numbers]
        return self._choose(now_ms)

    def stop(self) -> list[RadioEffect]:
        """Cut the power of the modem. It has no time to detach."""
        effects = self._leave(ContactLost)
        self._step(ModemInput.STOP)
        self.active = None
        return effects

    def hang(self, now_ms: int) -> list[RadioEffect]:
        """Stop answering, until `stop` or the watchdog. A modem that hangs or is off does not change."""
        if self.state in SILENT:
            return []
        effects = self._leave(ContactLost)
        self._step(ModemInput.HANG)
        if self._settings.modem_watchdog_ms is not None:
            self._deadline_ms = now_ms + self._settings.modem_watchdog_ms
        return effects

    def card_changed(self, slot: int, now_ms: int, *, other_card: bool) -> list[RadioEffect]:
        """Process a change of the card in the slot. `other_card`: it was inserted or removed."""
        if other_card:
            self._records[slot - 1] = CardRecord()
        if self.state in SILENT:
            return []
        lost = slot == self.active and not self._slots.usable(slot)
        if lost or self.active is None:
            return self._choose(now_ms)
        return self.wake(now_ms)  # a change of the card may be due already

    def settings_changed(self, slot: int | None, now_ms: int) -> list[RadioEffect]:
        """Attach again after a change of the hub's settings for a slot, or for all slots."""
        for changed in self._slots.numbers if slot is None else (slot,):
            self._records[changed - 1] = CardRecord(forbidden=self._records[changed - 1].forbidden)
        if self.state in SILENT or self.active is None or slot not in (None, self.active):
            return []
        return [*self._leave(Detached), *self._select(self.active, now_ms)]

    def forbidden_cleared(self, slot: int, now_ms: int) -> list[RadioEffect]:
        """Choose again after the list of forbidden networks of a card was cleared."""
        self._records[slot - 1] = CardRecord()
        ends = self.state is ModemState.BARRED and slot == self.active
        return self._select(slot, now_ms) if ends else []

    def site_changed(self, now_ms: int) -> list[RadioEffect]:
        """Follow the reception at the hub's place. As in real networks, leaving coverage sends no detach."""
        if self.state in SILENT or self.active is None:
            return []
        slot, generation = self.active, self._site.generation(self.active)
        if generation is None:
            return self._lose_coverage(now_ms)
        if self.state is ModemState.NO_COVERAGE:
            for record in self._records:
                record.failures = 0
            return self._select(slot, now_ms)
        if self.registered:
            self._reception.follow(generation, now_ms)
        self._reception.note_signal(slot, now_ms)
        return self.wake(now_ms)  # a change of the card may be due already

    def handle(self, answer: RadioAnswer, now_ms: int) -> list[RadioEffect]:
        """Process an answer of the network. An answer that is not awaited changes nothing."""
        if answer.iccid != self._iccid:
            return []
        asking = self.state is ModemState.ASKING
        match answer:
            case LocationCancelled() if self.registered:
                return self._cancelled(now_ms)
            case ServiceChanged():
                self._resume_attempts(now_ms)
            case DataChanged() if self._session is not None:
                self._session = replace(self._session, data=answer.data, rate_bps=answer.rate_bps)
            case AttachAccepted() if asking:
                return self._accepted(answer, now_ms)
            case AttachRejected() if asking:
                return self._rejected(answer, now_ms)
            case NoOtherNetwork() if asking:
                self._last_result = Registration.DENIED
                self._end(ModemInput.FORBIDDEN)
        return []

    def wake(self, now_ms: int) -> list[RadioEffect]:
        """Run the timers that are due."""
        change = self._change()
        if change is not None and now_ms >= change.at_ms:
            self._count_skipped(now_ms)
            return [*self._leave(Detached), *self._select(change.slot, now_ms)]
        if self.registered:
            self._reception.wake(self._slot(), now_ms)
        if self._deadline_ms is None or now_ms < self._deadline_ms:
            return []
        match self.state:
            case ModemState.ASKING:
                self._last_result = Registration.SEARCHING
                self._failed(now_ms)
                return []
            case ModemState.HUNG:
                self.stop()
                return self.start(now_ms)
        return self._ask(now_ms)

    # -------------------------------------------------------------- choosing a card

    def _choose(self, now_ms: int) -> list[RadioEffect]:
        """Detach from the current card and choose the lowest usable one, those that do not ask last."""
        self._count_skipped(now_ms)
        effects = self._leave(Detached)
        usable = [slot for slot in self._slots.numbers if self._slots.usable(slot)]
        if not usable:
            self.active = None
            self._step(ModemInput.CARD_LOST)
            return effects
        slot = min(usable, key=lambda slot: (self._records[slot - 1].ended is not None, slot))
        return [*effects, *self._select(slot, now_ms)]

    def _select(self, slot: int, now_ms: int) -> list[RadioEffect]:
        card = self._slots.card_in(slot)
        assert card is not None
        self.active, self._iccid = slot, card.iccid
        self._deadline_ms = None
        self._since_ms = now_ms
        self._reception.select(slot, now_ms)
        self._last_result = Registration.SEARCHING
        if self._site.generation(slot) is None:
            self._step(ModemInput.OUT_OF_COVERAGE)
            return []
        record = self._records[slot - 1]
        self._step(SELECTED[record.ended])
        if record.ended is not None:
            return []
        record.network = self._forbidden.next_allowed(slot, record, 0)
        return self._begin(now_ms)

    def _leave(self, message: type[Detached | ContactLost]) -> list[RadioEffect]:
        """Leave the card in use. Return the message for the network if there is a session or a request."""
        effects: list[RadioEffect] = [message(self._iccid)] if self.state in ENGAGED else []
        self._iccid = ""
        self._deadline_ms = None
        return effects

    def _change(self) -> CardChange | None:
        """Return the next change of the card, or None if the modem keeps its card."""
        if len(self._slots.numbers) == 1 or self.active is None:
            return None
        others = [slot for slot in cyclic(self._slots.numbers, self.active) if self._may_try(slot)]
        if self.state in UNREGISTERED:
            return failover(others, self._since_ms, self._settings)
        if not self.registered:
            return None
        return earlier(
            failback(self.active, others, self._since_ms, self._settings),
            better_signal(self.active, others, self._site, self._reception.weak_since_ms, self._settings),
        )

    def _may_try(self, slot: int) -> bool:
        """Return whether the card in the slot may be tried instead of the active one."""
        in_reach = self._site.generation(slot) is not None
        return self._slots.usable(slot) and self._records[slot - 1].ended is None and in_reach

    # -------------------------------------------------------------- attempts

    def _begin(self, now_ms: int) -> list[RadioEffect]:
        if self._waits.first_ms == 0:
            return self._ask(now_ms)
        self._deadline_ms = now_ms + self._waits.first_ms
        return []

    def _ask(self, now_ms: int) -> list[RadioEffect]:
        self._step(ModemInput.ASK)
        return self._request(now_ms)

    def _request(self, now_ms: int) -> list[RadioEffect]:
        slot = self._slot()
        generation = self._site.generation(slot)
        assert generation is not None
        self._deadline_ms = now_ms + self._settings.t3410_ms
        apn = self.apns.get(slot, "")
        return [AttachRequested(self._imei, self._iccid, generation, self._record().network, apn)]

    def _accepted(self, answer: AttachAccepted, now_ms: int) -> list[RadioEffect]:
        roams = answer.network_roaming and not self.roaming
        if roams and self._settings.roaming_off is RoamingOff.NO_REGISTRATION:
            self._end(ModemInput.ROAMS)
            return [Detached(self._iccid)]
        self._step(ModemInput.ACCEPTED)
        self._deadline_ms = None
        self._since_ms = now_ms
        self._record().failures = 0
        self._reception.register(answer.generation)
        self._session = answer
        self._last_result = Registration.ROAMING if answer.network_roaming else Registration.HOME
        return []

    def _rejected(self, answer: AttachRejected, now_ms: int) -> list[RadioEffect]:
        self._last_result = Registration.DENIED
        if not answer.permanent:
            self._failed(now_ms)
            if answer.standing:
                self._skipped_ms, self._deadline_ms = self._deadline_ms, None
            return []
        if answer.cause is not RejectCause.EMM_11:
            self._end(ModemInput.FORBIDDEN)
            return []
        record = self._record()
        self._forbidden.add(self._slot(), record)
        record.network = self._forbidden.next_allowed(self._slot(), record, record.network + 1)
        self._step(ModemInput.NEXT_NETWORK)
        return self._request(now_ms)

    def _end(self, given: ModemInput) -> None:
        """Stop asking with this card, in the state that follows the input."""
        self._deadline_ms = None
        self._step(given)
        self._record().ended = self.state

    def _failed(self, now_ms: int) -> None:
        record = self._record()
        record.failures += 1
        often = self._waits.are_many(record.failures)
        self._step(ModemInput.FAILED_OFTEN if often else ModemInput.FAILED)
        self._deadline_ms = now_ms + self._waits.after(record.failures)

    def _resume_attempts(self, now_ms: int) -> None:
        """Continue with the next attempt, at the time it would have without skipped attempts."""
        if self._skipped_ms is not None:
            self._count_skipped(now_ms)
            self._skipped_ms, self._deadline_ms = None, self._skipped_ms

    def _count_skipped(self, now_ms: int) -> None:
        """Count the skipped attempts before now as failures."""
        if self._skipped_ms is not None:
            self._skipped_ms = self._waits.skip(self._record(), self._skipped_ms, now_ms)

    # -------------------------------------------------------------- a registration that changes

    def _lose_coverage(self, now_ms: int) -> list[RadioEffect]:
        if self.state is ModemState.NO_COVERAGE:
            return self.wake(now_ms)
        effects = self._leave(ContactLost)
        self._since_ms = now_ms if self.registered else self._since_ms
        self._step(ModemInput.OUT_OF_COVERAGE)
        return [*effects, *self.wake(now_ms)]

    def _cancelled(self, now_ms: int) -> list[RadioEffect]:
        self._step(ModemInput.CANCELLED)
        self._last_result = Registration.SEARCHING
        self._since_ms = now_ms
        return self._begin(now_ms)

    def _slot(self) -> int:
        assert self.active is not None
        return self.active

    def _record(self) -> CardRecord:
        return self._records[self._slot() - 1]

    def _step(self, given: ModemInput) -> None:
        self._skipped_ms = None
        self.state = step(TRANSITIONS, self.state, given)
