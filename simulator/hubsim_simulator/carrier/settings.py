"""How the simulated carrier and its network behave where no public source says it."""

from enum import StrEnum
from typing import Annotated

import msgspec

from hubsim_contract.wire.messages import Profile
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_simulator.hardware.radio import RejectCause
from hubsim_simulator.hardware.ranges import check_ranges

YEAR_MS = 366 * 24 * 60 * 60 * 1000


class CutStyle(StrEnum):
    """How a cut reaches a modem that is attached."""

    CANCEL_LOCATION = "cancel_location"
    """The network ends the session at once."""
    LAZY = "lazy"
    """The session lives until the modem attaches the next time."""


class CarrierSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the carrier and its network behave. Times are milliseconds on the world clock.

    Raises `BadSetting` outside the ranges.
    """

    activation_delay_ms: Annotated[int, msgspec.Meta(ge=5_000, le=30 * 60_000, extra={"unit": "ms"})] = 60_000
    """From the order to the active profile; carriers speak of seconds to half an hour."""
    cut_delay_ms: Annotated[int, msgspec.Meta(ge=0, le=2 * 3_600_000, extra={"unit": "ms"})] = 0
    """From the order to the withdrawn profile. 0: at once, as guide clause X2 says."""
    cut_style: CutStyle = CutStyle.CANCEL_LOCATION
    """How a cut reaches an attached modem: its session ends at once, or lives until the next attach."""
    reject_cause: RejectCause = RejectCause.EMM_15
    """Why a card without service is refused. EMM 15, EMM 17 and ESM 33 let the modem ask again later;
    EMM 8 bars it until restart, EMM 11 sends it to the next network."""
    networks: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    """How many networks are in reach of a hub; matters after EMM 11 only. 1: there is no next one."""
    roaming: bool = True
    """An Ajax SIM is a guest in every network, as multi-operator cards are."""
    profile_bound_to_imei: bool = False
    """The first modem attached after activation owns the profile until it is withdrawn. Open."""
    commissioning_ms: Annotated[int, msgspec.Meta(ge=0, le=YEAR_MS, extra={"unit": "ms"})] = 0
    """How long an Ajax SIM that was never ordered works, from its first attach. Open; 0: not at all."""
    prefix: str = DEFAULT_PREFIX
    """Topic prefix, the same for all parties."""

    def __post_init__(self) -> None:
        check_ranges(self)

    def delay_ms(self, profile: Profile) -> int:
        """Return the time from an order for this profile to its execution."""
        return self.activation_delay_ms if profile is Profile.ACTIVE else self.cut_delay_ms
