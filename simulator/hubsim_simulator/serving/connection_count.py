"""How many hubs of a bench are on and connected, updated hub by hub, so that a count costs nothing."""

from hubsim_contract.mqtt.link import LinkState
from hubsim_simulator.hub import SimulatedHub

_AWAY = frozenset({LinkState.OFFLINE, LinkState.STOPPED})


class ConnectionCount:
    """The hubs that are on, those that can connect, and those that are online."""

    def __init__(self) -> None:
        self._states: dict[str, LinkState] = {}
        """The link of each hub that is on."""
        self._refused: dict[str, int] = {}
        self.able = 0
        """The number of hubs that are connected or trying to connect."""
        self.online = 0
        """The number of connected hubs."""

    @property
    def on(self) -> int:
        """The number of hubs that are switched on."""
        return len(self._states)

    @property
    def refused_messages(self) -> int:
        """The number of messages that the hubs have refused since they were switched on."""
        return sum(self._refused.values())

    def update(self, hub: SimulatedHub) -> None:
        """Count the hub by its current state."""
        before = self._states.pop(hub.id, LinkState.OFFLINE)
        after = LinkState.OFFLINE
        if hub.agent is not None:
            after = self._states[hub.id] = hub.agent.link
            if hub.agent.refused_messages:
                self._refused[hub.id] = hub.agent.refused_messages
        elif self._refused:
            self._refused.pop(hub.id, None)
        if after is not before:
            self.able += (after not in _AWAY) - (before not in _AWAY)
            self.online += (after is LinkState.ONLINE) - (before is LinkState.ONLINE)
