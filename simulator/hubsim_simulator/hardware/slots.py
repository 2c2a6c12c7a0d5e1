"""The SIM slots of a hub and the cards in them.

Owns the place and the condition of each card. A refused action changes nothing. A PIN or a break takes effect
at once, as if the modem read the card continuously.
"""

from functools import cache

import msgspec

from hubsim_contract.lab.bench_actions import Card, CardCondition, CardKind
from hubsim_contract.wire.identifiers import BadIdentifier, iccid, imsi
from hubsim_contract.wire.messages import SimCard, SimSlot
from hubsim_simulator.hardware.cards import card_kind
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal

_READ_AS = {
    CardCondition.HEALTHY: SimCard.OK,
    CardCondition.LOCKED: SimCard.LOCKED,
    CardCondition.BROKEN: SimCard.MALFUNCTION,
}


FORBIDDEN_MAX = 4
"""Entries of a card's list of forbidden networks: the least of EF_FPLMN (3GPP TS 31.102 section 4.2.16)."""


def _counted(slots: int) -> str:
    return "1 slot" if slots == 1 else f"{slots} slots"


@cache
def _numbers_and_unread(count: int) -> tuple[tuple[int, ...], tuple[SimSlot, ...]]:
    """Return what all hubs with this number of slots share."""
    numbers = tuple(range(1, count + 1))
    return numbers, tuple(SimSlot(slot=slot, card=SimCard.UNKNOWN) for slot in numbers)


class Slots:
    """Slots 1 to `count`. Raises `BenchActionRefused` if an initial card does not fit."""

    __slots__ = (
        "_cards",
        "_takes_ajax_sim",
        "numbers",
        "readings",
        "unread",
    )

    def __init__(self, count: int, cards: dict[int, Card], *, takes_ajax_sim: bool = True) -> None:
        self._takes_ajax_sim = takes_ajax_sim
        self._cards: list[Card | None] = [None] * count
        self.numbers, self.unread = _numbers_and_unread(count)
        """The numbers of the slots, and the readings of a modem without power."""
        self.readings: tuple[SimSlot, ...] = ()
        """The readings of a running modem, in the order of the slots."""
        self._read()
        for slot, card in cards.items():
            self.insert(slot, card)

    def card_in(self, slot: int) -> Card | None:
        """Return the card in the slot, or None. Refused for a slot that does not exist."""
        if slot not in self.numbers:
            raise BenchActionRefused(
                BenchRefusal.NO_SUCH_SLOT,
                f"there is no SIM slot {slot}: this hub has {_counted(len(self.numbers))}",
            )
        return self._cards[slot - 1]

    def cards(self) -> list[Card]:
        """Return the cards in the order of their slots."""
        return [card for card in self._cards if card is not None]

    def usable(self, slot: int) -> bool:
        """Return whether a modem can use the card in the slot for a registration."""
        card = self._cards[slot - 1]
        return card is not None and card.condition is CardCondition.HEALTHY

    def detected(self) -> tuple[SimSlot, ...]:
        """Return the readings without a modem that answers: a contact in each slot detects a card."""
        return tuple(
            reading if reading.card is SimCard.MISSING else SimSlot(slot=reading.slot, card=SimCard.UNKNOWN)
            for reading in self.readings
        )

    def insert(self, slot: int, card: Card) -> None:
        """Insert the card. Its ICCID is stored in its normal form."""
        if self.card_in(slot) is not None:
            raise BenchActionRefused(BenchRefusal.SLOT_TAKEN, f"SIM slot {slot} already contains a card")
        card = _checked(card)
        if card.kind is CardKind.AJAX and not self._takes_ajax_sim:
            raise BenchActionRefused(BenchRefusal.BAD_CARD, "this model does not accept Ajax SIMs")
        if any(other is not None and other.iccid == card.iccid for other in self._cards):
            raise BenchActionRefused(
                BenchRefusal.CARD_IN_USE, f"the card {card.iccid} is in another slot of this hub"
            )
        self._put(slot, card)

    def remove(self, slot: int) -> Card:
        """Remove the card and return it."""
        card = self._present(slot)
        self._put(slot, None)
        return card

    def lock(self, slot: int) -> None:
        """Set a PIN."""
        self._set_condition(slot, CardCondition.LOCKED)

    def unlock(self, slot: int) -> None:
        """Remove the PIN."""
        self._set_condition(slot, CardCondition.HEALTHY)

    def destroy(self, slot: int) -> None:
        """Break the card permanently."""
        self._put(slot, msgspec.structs.replace(self._present(slot), condition=CardCondition.BROKEN))

    def forbid(self, slot: int, network: int) -> None:
        """Add a network to the card's list of forbidden ones. A full list loses its oldest entry."""
        card = self._present(slot)
        forbidden = (*card.forbidden, network)[-FORBIDDEN_MAX:]
        self._put(slot, msgspec.structs.replace(card, forbidden=forbidden))

    def clear_forbidden(self, slot: int) -> None:
        """Clear the card's list of forbidden networks."""
        card = self._present(slot)
        if card.condition is CardCondition.BROKEN:
            raise BenchActionRefused(
                BenchRefusal.CARD_BROKEN,
                f"the card in SIM slot {slot} is broken, so its files cannot be changed",
            )
        self._put(slot, msgspec.structs.replace(card, forbidden=()))

    def _set_condition(self, slot: int, condition: CardCondition) -> None:
        card = self._present(slot)
        if card.condition is CardCondition.BROKEN:
            raise BenchActionRefused(
                BenchRefusal.CARD_BROKEN, f"the card in SIM slot {slot} is broken, so it no longer has a PIN"
            )
        self._put(slot, msgspec.structs.replace(card, condition=condition))

    def _present(self, slot: int) -> Card:
        card = self.card_in(slot)
        if card is None:
            raise BenchActionRefused(BenchRefusal.SLOT_EMPTY, f"SIM slot {slot} is empty")
        return card

    def _put(self, slot: int, card: Card | None) -> None:
        self._cards[slot - 1] = card
        self._read()

    def _read(self) -> None:
        self.readings = tuple(_reading(slot, card) for slot, card in enumerate(self._cards, 1))


def _reading(slot: int, card: Card | None) -> SimSlot:
    if card is None:
        return SimSlot(slot=slot, card=SimCard.MISSING)
    readable = card.condition is not CardCondition.BROKEN
    return SimSlot(slot=slot, card=_READ_AS[card.condition], iccid=card.iccid if readable else None)


def _checked(card: Card) -> Card:
    try:
        number, subscriber = iccid(card.iccid), imsi(card.imsi)
    except BadIdentifier as error:
        raise BenchActionRefused(BenchRefusal.BAD_CARD, str(error)) from error
    if card_kind(number) is not card.kind:
        raise BenchActionRefused(BenchRefusal.BAD_CARD, f"{number} is not the ICCID of an {card.kind} card")
    return msgspec.structs.replace(card, iccid=number, imsi=subscriber)
