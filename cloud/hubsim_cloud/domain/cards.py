"""The cards in a hub's slots, as the cloud reads them: whether they are Ajax SIMs, and readable.

A readable card has an ICCID here; an unreadable or missing card has none. If the modem has not read a slot
yet (`unknown`), the previous content of the slot is kept.
"""

from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.messages import SimCard, SimSlot

_READABLE = frozenset({SimCard.OK, SimCard.LOCKED})
"""A locked card asks for its PIN, but its ICCID can be read."""


def is_ajax(number: str | None, prefixes: tuple[str, ...]) -> bool:
    """Return whether the ICCID, in its normal form, belongs to an Ajax SIM."""
    return number is not None and number.startswith(prefixes)


def ajax_sims(sims: tuple[SimSlot, ...], prefixes: tuple[str, ...]) -> list[str]:
    """Return the ICCIDs of the Ajax SIMs in the slots, in the order of the slots."""
    return [sim.iccid for sim in sims if sim.iccid is not None and sim.iccid.startswith(prefixes)]


def merged(known: tuple[SimSlot, ...], reported: tuple[SimSlot, ...]) -> tuple[SimSlot, ...]:
    """Return the known content of the slots after a report, in the order of the report."""
    if known == reported:
        return known
    before = {sim.slot: sim for sim in known}
    after = (before.get(sim.slot) if sim.card is SimCard.UNKNOWN else _normal(sim) for sim in reported)
    return tuple(sim for sim in after if sim is not None)


def _normal(sim: SimSlot) -> SimSlot:
    """Return the slot with its ICCID in the normal form, or without it if it is not a valid ICCID."""
    number = None
    if sim.iccid is not None and sim.card in _READABLE:
        try:
            number = iccid(sim.iccid)
        except BadIdentifier:
            number = None
    return sim if number == sim.iccid else SimSlot(sim.slot, sim.card, number)
