"""What an observer may see of an agent. Nothing here feeds back into it."""

import msgspec

from hubsim_agent.ports import HubDisplay
from hubsim_contract.mqtt.link import LinkState


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """One look at an agent; the counters count from the start of this boot."""

    link: LinkState
    boot: int
    connection: int
    """Attempts to connect."""
    applied_version: int
    face: HubDisplay | None
    """None before `Start`."""
    buffered_events: int
    foreign_topics: int
    """Messages on topics that are not this hub's."""
    old_versions: int
    """Desired documents not newer than the newest one known."""
    refused_messages: int
    """Desired documents that break a rule of the contract."""
    events_dropped: int
