"""Messages between a modem and the cellular network, as values.

Every answer names its card. The modem can therefore ignore a late answer, for example for a card that was
removed or is no longer in use.
"""

from enum import StrEnum

import msgspec

from hubsim_contract.wire.tags import snake


class RejectCause(StrEnum):
    """Reject causes of the network (EMM causes: 3GPP TS 24.301 annex A; ESM causes: annex B)."""

    EMM_8 = "emm_8"
    """EPS services and non-EPS services not allowed: no network serves the card."""
    EMM_11 = "emm_11"
    """PLMN not allowed: this network is forbidden, another one may serve the card."""
    EMM_15 = "emm_15"
    """No suitable cells in tracking area."""
    EMM_17 = "emm_17"
    """Network failure."""
    ESM_33 = "esm_33"
    """Requested service option not subscribed."""


PERMANENT_CAUSES = frozenset({RejectCause.EMM_8, RejectCause.EMM_11})


class AttachAccepted(msgspec.Struct, frozen=True, tag=snake):
    """The network serves the card, in its home network or roaming."""

    iccid: str
    network_roaming: bool
    generation: str


class AttachRejected(msgspec.Struct, frozen=True, tag=snake):
    """The network refuses the card.

    `permanent`: the modem must not ask again. `other_network`: another network is in reach, and the modem may
    ask it although this one refused permanently (EMM cause 11). `standing`: the answer stays the same until
    `ServiceChanged`, so a simulated modem skips its attempts until then.
    """

    iccid: str
    cause: RejectCause
    permanent: bool
    other_network: bool = False
    standing: bool = False


class ServiceChanged(msgspec.Struct, frozen=True):
    """A standing refusal of this card may have ended. Real networks do not send this message.

    It saves events, not time: the modem asks again at the time of its next regular attempt.
    """

    iccid: str


class LocationCancelled(msgspec.Struct, frozen=True):
    """The network has ended the session of this card (3GPP TS 29.272 section 5.2.1.2)."""

    iccid: str


class AttachRequested(msgspec.Struct, frozen=True):
    """The modem asks to attach. `network` counts the networks that it has tried in a row, from 0."""

    imei: str
    iccid: str
    generation_best: str
    network: int = 0


class Detached(msgspec.Struct, frozen=True):
    """The modem has ended its session, or its request for one."""

    iccid: str


RadioAnswer = AttachAccepted | AttachRejected | ServiceChanged | LocationCancelled
RadioEffect = AttachRequested | Detached
