"""Hands that cannot do what they try: the refusals, by name."""

from enum import StrEnum


class BenchRefusal(StrEnum):
    """Why hands cannot. The names are stable, for scenarios to expect."""

    ALREADY_PLUGGED = "already_plugged"
    NOT_PLUGGED = "not_plugged"
    NO_SUCH_LINK = "no_such_link"
    """The model has no such link."""
    NO_SUCH_SLOT = "no_such_slot"
    SLOT_EMPTY = "slot_empty"
    SLOT_TAKEN = "slot_taken"
    CARD_IN_USE = "card_in_use"
    """The card is in another slot, of this hub or of another one."""
    CARD_BROKEN = "card_broken"
    """A broken card has no PIN to set or take off."""
    BAD_CARD = "bad_card"
    """The card's numbers cannot be those of such a card, or the model takes no Ajax SIM."""
    BATTERY_OUT_OF_RANGE = "battery_out_of_range"
    HUB_OFF = "hub_off"


class BenchActionRefused(Exception):
    """The act is impossible, and nothing has changed."""

    def __init__(self, name: BenchRefusal, text: str) -> None:
        super().__init__(text)
        self.name = name
        self.text = text
