"""How many hubs of a bench are connected, updated hub by hub."""

from hubsim_contract.mqtt.link import LinkState
from hubsim_simulator.hub import SimulatedHub

_AWAY = frozenset({LinkState.OFFLINE, LinkState.STOPPED})


class ConnectionCount:
    """The hubs that are online, and those that can connect: switched on, with a channel."""

    def __init__(self) -> None:
        self._able: set[str] = set()
        self._online: set[str] = set()

    @property
    def able(self) -> int:
        """The number of hubs that are connected or trying to connect."""
        return len(self._able)

    @property
    def online(self) -> int:
        """The number of connected hubs."""
        return len(self._online)

    def update(self, hub: SimulatedHub) -> None:
        """Count the hub by its current state."""
        state = LinkState.OFFLINE if hub.agent is None else hub.agent.link
        for found, hubs in ((state not in _AWAY, self._able), (state is LinkState.ONLINE, self._online)):
            if found:
                hubs.add(hub.id)
            else:
                hubs.discard(hub.id)
