"""How the hubs of a bench connect: attempts, failures and losses, and the time until they are online.

The time of a hub begins with its first attempt, or with the loss of its connection, and ends with the SUBACK.
It includes failed attempts and the pauses between them. Pure; times are in seconds on any axis.
"""

from hubsim_contract.mqtt.port import (
    Connect,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Subscribed,
)
from hubsim_simulator.hub import Sever
from hubsim_simulator.serving.durations import Durations

METERED_EFFECTS = frozenset({Connect, Disconnect, Sever})
METERED_EVENTS = frozenset({Subscribed, ConnectFailed, ConnectionLost})


class ConnectionMeter:
    """Counts. Pass it only effects and events of the kinds above."""

    def __init__(self) -> None:
        self.attempts = 0
        self.failed = 0
        """Attempts that ended without a connection, or before the SUBACK."""
        self.lost = 0
        """Connections that ended, except by a hub that was switched off."""
        self.durations = Durations()
        """From the beginning of an attempt, or a loss, until the hub was online."""
        self._since: dict[str, float] = {}
        """The hubs that are connecting, with the beginning."""

    def effect(self, hub: str, effect: PortEffect | Sever, now_s: float) -> None:
        """Count an effect of a hub on its connection."""
        if isinstance(effect, Connect):
            self.attempts += 1
            self._since.setdefault(hub, now_s)
        elif isinstance(effect, Disconnect):
            self._ended(hub, now_s)
        else:
            self._since.pop(hub, None)  # the hub is off, or has no channel

    def event(self, hub: str, event: PortEvent, now_s: float) -> None:
        """Count an event of a connection."""
        if isinstance(event, Subscribed):
            since_s = self._since.pop(hub, None)
            if since_s is not None:
                self.durations.add(now_s - since_s)
        else:
            self._ended(hub, now_s)

    def _ended(self, hub: str, now_s: float) -> None:
        if hub in self._since:
            self.failed += 1
        else:
            self.lost += 1
            self._since[hub] = now_s
