"""Refusals of bench actions."""

from enum import StrEnum


class BenchRefusal(StrEnum):
    """The reason of a refusal. Scenarios expect these names, so they are stable."""

    ALREADY_PLUGGED = "already_plugged"
    """The link is connected already."""
    NOT_PLUGGED = "not_plugged"
    """The link is not connected."""
    NO_SUCH_LINK = "no_such_link"
    """The model does not have this link."""
    NO_SUCH_SLOT = "no_such_slot"
    """The model does not have this SIM slot."""
    SLOT_EMPTY = "slot_empty"
    """The SIM slot is empty."""
    SLOT_TAKEN = "slot_taken"
    """The SIM slot contains a card already."""
    CARD_IN_USE = "card_in_use"
    """The card is in another slot, of this hub or another."""
    CARD_BROKEN = "card_broken"
    """A broken card has no PIN and no list that could be changed."""
    BAD_CARD = "bad_card"
    """The numbers are not valid for such a card, or the model does not accept Ajax SIMs."""
    BATTERY_OUT_OF_RANGE = "battery_out_of_range"
    """The charge is not between 0 and 100 percent."""
    HUB_OFF = "hub_off"
    """The hub is off, so it cannot be restarted and its modem cannot hang."""
    NO_CELLULAR_DATA = "no_cellular_data"
    """The hub has no connection over its SIM, so it cannot transfer data."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """The amount of data is not between 1 and 1,000,000 MB."""
    APN_TOO_LONG = "apn_too_long"
    """The APN has more than 100 characters."""


class BenchActionRefused(Exception):
    """The bench action is impossible. It has changed nothing."""

    def __init__(self, name: BenchRefusal, text: str) -> None:
        super().__init__(text)
        self.name = name
        self.text = text
