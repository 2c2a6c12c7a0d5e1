"""The list of forbidden networks: on the card (EF_FPLMN) or in the modem, as the settings say.

A network is forbidden after it refused with EMM cause 11 (3GPP TS 24.301 section 5.5.1.2.5). The modem does
not ask it again by itself.
"""

from hubsim_simulator.hardware.attempts import CardRecord
from hubsim_simulator.hardware.settings import ForbiddenList, HardwareSettings
from hubsim_simulator.hardware.slots import Slots


class ForbiddenNetworks:
    """The lists of all cards in the slots of one modem."""

    __slots__ = (
        "_on_card",
        "_slots",
    )

    def __init__(self, slots: Slots, settings: HardwareSettings) -> None:
        self._slots = slots
        self._on_card = settings.forbidden_list is ForbiddenList.CARD

    def add(self, slot: int, record: CardRecord) -> None:
        """Forbid the network that the record names."""
        if self._on_card:
            self._slots.forbid(slot, record.network)
        else:
            record.forbidden += (record.network,)

    def next_allowed(self, slot: int, record: CardRecord, network: int) -> int:
        """Return the first network from this one on that is not forbidden; it may not exist."""
        card = self._slots.card_in(slot)
        assert card is not None
        while network in card.forbidden or network in record.forbidden:
            network += 1
        return network
