"""The settings of one agent, validated on construction."""

from collections.abc import Iterable

import msgspec

from hubsim_agent.errors import BadAgentSetting
from hubsim_contract.mqtt.link import ANSWER_LIMIT_MS, STEADY_MS
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import DEFAULT_PREFIX, Topics

EVENT_BUFFER_MAX = 1000


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of an installer. Raises `BadAgentSetting` for a value outside its range."""

    hub_id: str
    """8 upper-case hex digits (see `wire.identifiers.hub_id`). No default: the id is on the hub's label."""
    prefix: str = DEFAULT_PREFIX
    """Levels above all topics. Cloud and hub use the same, so the default comes from the contract."""
    event_buffer: int = 100
    """Undelivered events to keep, 1 to 1000; the oldest is dropped first. 100 as in shipped hubs."""
    reconnect_min_ms: int = 1_000
    """Wait in ms before the second attempt in a row, at least 1. The first attempt does not wait."""
    reconnect_max_ms: int = 60_000
    """Longest wait in ms between attempts: a hub reconnects at most one minute after its cloud is back."""
    answer_limit_ms: int = ANSWER_LIMIT_MS
    """Longest wait in ms for CONNACK and for SUBACK, at least 1: the bound of the contract."""
    ack_limit_ms: int = 60_000
    """Longest wait in ms for the next PUBACK of an event, at least 1: the bound of the contract."""
    heard_limit_ms: int = 60_000
    """From the report without an answer to the close of the connection, in ms, at least 2. The hub asks again
    after half of it."""
    steady_ms: int = STEADY_MS
    """Time online in ms, at least 1, after which the waits between attempts begin again with the shortest."""

    def __post_init__(self) -> None:
        if not HUB_ID.fullmatch(self.hub_id):
            raise BadAgentSetting("hub_id", self.hub_id, "a number of 8 upper-case hex digits")
        try:
            Topics(self.prefix)
        except ValueError as error:
            raise BadAgentSetting("prefix", self.prefix, "a topic prefix such as 'hubsim/v1'") from error
        if not 1 <= self.event_buffer <= EVENT_BUFFER_MAX:
            raise BadAgentSetting("event_buffer", self.event_buffer, f"1 to {EVENT_BUFFER_MAX}")
        if self.reconnect_min_ms < 1:
            raise BadAgentSetting("reconnect_min_ms", self.reconnect_min_ms, "at least 1 ms")
        if self.reconnect_max_ms < self.reconnect_min_ms:
            raise BadAgentSetting("reconnect_max_ms", self.reconnect_max_ms, "at least reconnect_min_ms")
        for field, least in (
            ("answer_limit_ms", 1),
            ("ack_limit_ms", 1),
            ("heard_limit_ms", 2),
            ("steady_ms", 1),
        ):
            if getattr(self, field) < least:
                raise BadAgentSetting(field, getattr(self, field), f"at least {least} ms")


BOUNDS = {
    "connack_s": "answer_limit_ms",
    "puback_s": "ack_limit_ms",
    "heard_s": "heard_limit_ms",
    "reconnect_first_s": "reconnect_min_ms",
    "reconnect_longest_s": "reconnect_max_ms",
    "online_after_s": "steady_ms",
}
"""The bounds that an operator can change, in seconds, with their settings in ms. The names are those of a
capabilities file of `hubsim conform`; `connack_s` is for SUBACK, too."""
BOUND_MIN_S, BOUND_MAX_S = 0.001, 3_600.0


def bounds_of(given: Iterable[str]) -> dict[str, int]:
    """Return settings for texts such as `connack_s=2.5`. Raises `BadAgentSetting`."""
    found: dict[str, int] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in BOUNDS:
            raise BadAgentSetting("bound", text, f"NAME=SECONDS with one of {', '.join(BOUNDS)}")
        try:
            seconds = float(value)
        except ValueError:
            seconds = 0.0
        if not BOUND_MIN_S <= seconds <= BOUND_MAX_S:
            raise BadAgentSetting("bound", text, f"seconds from {BOUND_MIN_S:g} to {BOUND_MAX_S:.0f}")
        found[BOUNDS[name]] = round(seconds * 1_000)
    return found
