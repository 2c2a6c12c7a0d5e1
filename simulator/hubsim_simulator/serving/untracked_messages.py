"""A tracker for a bench that no lab controls: it knows connections, and no messages.

Without a lab, no request asks which messages are in flight. The logs of messages would cost a kilobyte a hub.
"""

from hubsim_contract.lab.in_flight import Item, OneSideTracker
from hubsim_contract.mqtt.port import Publish, Received


class UntrackedMessages(OneSideTracker):
    """Tracks the connections of stations."""

    def published(self, station: str, message: Publish) -> None:
        """Do nothing."""

    def acknowledged(self, station: str, item: Item) -> None:
        """Do nothing."""

    def received(self, station: str, message: Received) -> None:
        """Do nothing."""

    def _expect(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Do nothing, also for a will."""

    def _expect_retained(self, station: str) -> None:
        """Do nothing: no message is awaited."""
