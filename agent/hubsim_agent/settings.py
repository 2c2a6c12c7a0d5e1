"""The settings of one agent, checked when they are made."""

import msgspec

from hubsim_agent.errors import BadAgentSetting
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import DEFAULT_PREFIX, Topics

EVENT_BUFFER_MAX = 1000


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that an installer may choose. Raises `BadAgentSetting` for a value outside its range."""

    hub_id: str
    """8 upper-case hex digits (see `wire.identifiers.hub_id`). No default: it is on the label."""
    prefix: str = DEFAULT_PREFIX
    """Levels above all topics; the same in cloud and hub, hence the contract's default."""
    event_buffer: int = 100
    """Events kept while they cannot be delivered, 1 to 1000; the oldest gives way. 100 as hubs ship."""
    reconnect_min_ms: int = 1_000
    """Wait in ms before the second attempt in a row, at least 1 (the first one waits for nothing)."""
    reconnect_max_ms: int = 60_000
    """Longest wait in ms between attempts: a hub is back a minute after its cloud at the latest."""

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
