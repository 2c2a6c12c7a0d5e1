"""The cards in a hub's slots, as the cloud reads them: which one is an Ajax SIM, and is it readable.

A readable card has an ICCID here, an unreadable or absent one has none. A slot that the modem has not
read yet (`unknown`) says nothing, so what was known of it before stays true.
"""

from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.messages import SimCard, SimSlot

_READABLE = frozenset({SimCard.OK, SimCard.LOCKED})
"""A locked card asks for its PIN, and its ICCID can be read all the same."""


def is_ajax(number: str | None, prefixes: tuple[str, ...]) -> bool:
    """Say whether the ICCID, in its normal form, is one of an Ajax SIM."""
    return number is not None and number.startswith(prefixes)


def ajax_sims(sims: tuple[SimSlot, ...], prefixes: tuple[str, ...]) -> list[str]:
    """Return the ICCIDs of the Ajax SIMs in the slots, in the order of the slots."""
    return [sim.iccid for sim in sims if sim.iccid is not None and sim.iccid.startswith(prefixes)]


def merged(known: tuple[SimSlot, ...], reported: tuple[SimSlot, ...]) -> tuple[SimSlot, ...]:
    """Return what is known of the slots after a report, in the order of the report."""
    if known == reported:
        return known
    before = {sim.slot: sim for sim in known}
    after = (before.get(sim.slot) if sim.card is SimCard.UNKNOWN else _normal(sim) for sim in reported)
    return tuple(sim for sim in after if sim is not None)


def _normal(sim: SimSlot) -> SimSlot:
    """Return the slot with its ICCID in the normal form, and without one that cannot be an ICCID."""
    number = None
    if sim.iccid is not None and sim.card in _READABLE:
        try:
            number = iccid(sim.iccid)
        except BadIdentifier:
            number = None
    return sim if number == sim.iccid else SimSlot(sim.slot, sim.card, number)
