"""Settings of the simulated carrier and its network, for behaviour without a public source."""

from enum import StrEnum
from typing import Annotated

import msgspec

from hubsim_contract.wire.messages import Profile
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_simulator.hardware.radio import RejectCause
from hubsim_simulator.hardware.ranges import check_ranges

YEAR_MS = 366 * 24 * 60 * 60 * 1000


class CutStyle(StrEnum):
    """The effect of a cut on an attached modem."""

    CANCEL_LOCATION = "cancel_location"
    """The network ends the session at once."""
    LAZY = "lazy"
    """The session continues until the modem's next attach."""


class WrongApn(StrEnum):
    """The answer to a modem whose APN is not that of the carrier."""

    REJECT = "reject"
    """The network rejects the attach with ESM cause 27 (3GPP TS 24.301 section 6.5.1.4)."""
    NO_DATA = "no_data"
    """The modem is registered without data, as after a refused PDP context in 2G and 3G."""


class OverCap(StrEnum):
    """What the carrier does with a card that has used its data."""

    BLOCK = "block"
    """It closes the data until the next month. The modem stays registered."""
    THROTTLE = "throttle"
    """It limits the data to `throttle_bps` until the next month."""


class CarrierSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Behaviour of the carrier and its network. Times are milliseconds on the world clock.

    Raises `BadSetting` for a value outside its range.
    """

    activation_delay_ms: Annotated[int, msgspec.Meta(ge=5_000, le=30 * 60_000, extra={"unit": "ms"})] = 60_000
    """From the order to the active profile. Carriers state a few seconds to half an hour."""
    cut_delay_ms: Annotated[int, msgspec.Meta(ge=0, le=2 * 3_600_000, extra={"unit": "ms"})] = 0
    """From the order to the withdrawn profile. 0: at once, as in guide clause X2."""
    cut_style: CutStyle = CutStyle.CANCEL_LOCATION
    """The effect of a cut on an attached modem: its session ends at once, or at the next attach."""
    reject_cause: RejectCause = RejectCause.EMM_15
    """The reject cause for a card without service. After EMM 15, EMM 17 and ESM 33 the modem asks again
    later, after EMM 8 only after a restart or a re-insertion. After EMM 11 it tries the next network."""
    networks: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    """Number of networks in reach of a hub; used after EMM 11 only. 1: there is no next network."""
    session_timeout_ms: Annotated[int, msgspec.Meta(ge=0, le=YEAR_MS, extra={"unit": "ms"})] = 62 * 60_000
    """How long a session continues after its modem has lost power or coverage without a detach. The default
    is the longest one with the values of 3GPP TS 24.301 section 5.3.5: T3412 (54 min), and 4 min each until
    the modem counts as unreachable and until the implicit detach. 0: the network notices at once."""
    steering_rejects: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0
    """How many attempts in a row the home network rejects to steer the modem to a preferred partner (steering
    of roaming, GSMA IR.73). 0: it does not steer."""
    steering_cause: RejectCause = RejectCause.EMM_17
    """The reject cause of the attempts that are rejected for steering."""
    apn: str | None = None
    """The APN of the Ajax SIMs. None: the network accepts any APN. An empty APN of a hub is always right."""
    wrong_apn: WrongApn = WrongApn.REJECT
    """The answer to a modem with another APN. No public source says which one the carrier gives."""
    roaming: bool = True
    """An Ajax SIM roams in every network, as multi-operator cards do."""
    profile_bound_to_imei: bool = False
    """The first modem attached after activation owns the profile until it is withdrawn. No public source."""
    commissioning_ms: Annotated[int, msgspec.Meta(ge=0, le=YEAR_MS, extra={"unit": "ms"})] = 0
    """How long an Ajax SIM without orders works, from its first attach. 0: not at all. No public source."""
    data_cap_bytes: Annotated[int, msgspec.Meta(ge=1, le=10**12)] | None = None
    """The data of one card in a month (UTC), in both directions. None: the carrier does not count it."""
    over_cap: OverCap = OverCap.BLOCK
    """What the carrier does with a card that has used its data. Contracts differ."""
    throttle_bps: Annotated[int, msgspec.Meta(ge=1_000, le=10**9)] = 64_000
    """The rate of a throttled card in bits a second, in each direction. Carriers state 32 to 128 kbit/s."""
    idle_bytes_per_day: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 236_000
    """The data that an attached card uses without any message. The default is that of one MQTT ping a minute:
    two packets of 42 bytes and their acknowledgements of 40 bytes."""
    prefix: str = DEFAULT_PREFIX
    """Topic prefix; it must be the same for all parties."""

    def __post_init__(self) -> None:
        check_ranges(self)

    def delay_ms(self, profile: Profile) -> int:
        """Return the time from an order for this profile to its execution."""
        return self.activation_delay_ms if profile is Profile.ACTIVE else self.cut_delay_ms
