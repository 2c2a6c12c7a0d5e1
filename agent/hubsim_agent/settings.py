"""The settings of one agent, validated on construction."""

import msgspec

from hubsim_agent.errors import BadAgentSetting
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
