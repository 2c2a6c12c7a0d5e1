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
    ESM_27 = "esm_27"
    """Missing or unknown APN."""
    ESM_33 = "esm_33"
    """Requested service option not subscribed."""


PERMANENT_CAUSES = frozenset({RejectCause.EMM_8, RejectCause.EMM_11})


class AttachAccepted(msgspec.Struct, frozen=True, tag=snake):
    """The network serves the card, in its home network or roaming.

    `data`: it also gives access to the internet. Without it, the modem is registered, but not connected.
    `rate_bps` limits the data in each direction, in bits a second; None: it is not limited. `metered`: the
    carrier counts the data.
    """

    iccid: str
    network_roaming: bool
    generation: str
    data: bool = True
    rate_bps: int | None = None
    metered: bool = False


class AttachRejected(msgspec.Struct, frozen=True, tag=snake):
    """The network refuses the card.

    `permanent`: the modem must not ask this network again, and after all causes except EMM 11 no other one.
    `standing`: the answer stays the same until `ServiceChanged`, and until that a simulated modem skips its
    attempts.
    """

    iccid: str
    cause: RejectCause
    permanent: bool
    standing: bool = False


class NoOtherNetwork(msgspec.Struct, frozen=True, tag=snake):
    """There is no network for the request: all networks in reach are on the list of forbidden ones."""

    iccid: str


class ServiceChanged(msgspec.Struct, frozen=True):
    """A standing refusal of this card may have ended. Real networks do not send this message.

    It saves events, not time: the modem asks again at the time of its next regular attempt.
    """

    iccid: str


class LocationCancelled(msgspec.Struct, frozen=True):
    """The network has ended the session of this card (3GPP TS 29.272 section 5.2.1.2)."""

    iccid: str


class DataChanged(msgspec.Struct, frozen=True):
    """The network opens, limits or closes the data of a session. The registration stays as it is."""

    iccid: str
    data: bool
    rate_bps: int | None = None


class AttachRequested(msgspec.Struct, frozen=True):
    """The modem asks to attach. `network` is the place of the network among those in reach, from 0.

    `apn` is empty if the hub's settings leave the choice to the network.
    """

    imei: str
    iccid: str
    generation_best: str
    network: int = 0
    apn: str = ""


class Detached(msgspec.Struct, frozen=True):
    """The modem has ended its session, or its request for one."""

    iccid: str


class DataUsed(msgspec.Struct, frozen=True):
    """The hub has sent or received this number of bytes in a session whose data the carrier counts."""

    iccid: str
    size: int


class ContactLost(msgspec.Struct, frozen=True):
    """The modem can no longer be reached, and has not detached. Real networks do not get this message.

    It saves the events of periodic updates: without it, every modem would have to send one each hour.
    """

    iccid: str


RadioAnswer = (
    AttachAccepted | AttachRejected | NoOtherNetwork | ServiceChanged | LocationCancelled | DataChanged
)
RadioEffect = AttachRequested | Detached | ContactLost | DataUsed
