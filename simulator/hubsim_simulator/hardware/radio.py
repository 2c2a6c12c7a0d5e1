"""What a modem and the cellular network say to each other, as values.

Every answer names the card it is about, so that one that comes late (the card is out, the other card
is in use) can be told from the one that is awaited.
"""

from enum import StrEnum

import msgspec


class RejectCause(StrEnum):
    """Why the network refuses (EMM causes: 3GPP TS 24.301 annex A; ESM causes: annex B)."""

    EMM_8 = "emm_8"
    """EPS services and non-EPS services not allowed: the card is of no use anywhere."""
    EMM_11 = "emm_11"
    """PLMN not allowed: this network is forbidden, another one may serve."""
    EMM_15 = "emm_15"
    """No suitable cells in tracking area."""
    EMM_17 = "emm_17"
    """Network failure."""
    ESM_33 = "esm_33"
    """Requested service option not subscribed."""


PERMANENT_CAUSES = frozenset({RejectCause.EMM_8, RejectCause.EMM_11})


class AttachAccepted(msgspec.Struct, frozen=True):
    """The network serves the card, at home or as a guest."""

    iccid: str
    network_roaming: bool
    generation: str


class AttachRejected(msgspec.Struct, frozen=True):
    """The network refuses the card.

    `permanent`: the modem must not ask again. `other_network`: another network is in reach, and may
    be asked although this one refused for good (EMM cause 11). `standing`: the answer will be the same
    until `ServiceChanged`, so that a simulated modem need not ask in vain for months.
    """

    iccid: str
    cause: RejectCause
    permanent: bool
    other_network: bool = False
    standing: bool = False


class ServiceChanged(msgspec.Struct, frozen=True):
    """A standing refusal of this card may not stand any more. No modem in the field is told so.

    It saves events, not time: the modem still asks at the next instant at which it would have.
    """

    iccid: str


class LocationCancelled(msgspec.Struct, frozen=True):
    """The network ended the session of this card (3GPP TS 29.272 section 5.2.1.2)."""

    iccid: str


class AttachRequested(msgspec.Struct, frozen=True):
    """The modem asks to attach; `network` counts the networks it has tried in a row, from 0."""

    imei: str
    iccid: str
    generation_best: str
    network: int = 0


class Detached(msgspec.Struct, frozen=True):
    """The modem let go of its session, or of its request for one, by itself."""

    iccid: str


RadioAnswer = AttachAccepted | AttachRejected | ServiceChanged | LocationCancelled
RadioEffect = AttachRequested | Detached
