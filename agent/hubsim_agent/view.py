"""A snapshot of an agent for observers. Nothing here feeds back into the agent."""

import msgspec

from hubsim_agent.ports import HubDisplay
from hubsim_contract.mqtt.link import LinkState


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an agent. All counters start with this boot."""

    link: LinkState
    boot: int
    connection: int
    """Attempts to connect."""
    applied_version: int
    face: HubDisplay | None
    """None before `Boot`."""
    buffered_events: int
    foreign_topics: int
    """Messages on topics of other hubs."""
    old_versions: int
    """Desired documents that are not newer than the newest known one."""
    refused_messages: int
    """Messages of the cloud that break a rule of the contract."""
    unheard: int
    """Connections that were closed because the cloud did not answer."""
    events_dropped: int
