"""Steps of stations for tests of a tracker that sees both sides of the broker."""

from hubsim_contract.mqtt.port import Received, Will
from hubsim_scenarios.worlds.both_sides import BothSidesTracker


def connect(
    tracker: BothSidesTracker, station: str, *filters: str, will: Will | None = None, kept: bool = False
) -> None:
    tracker.connecting(station, will, kept=kept)
    tracker.connected(station)
    if filters:
        tracker.subscribing(station, filters)
        tracker.subscribed(station)


def receive(tracker: BothSidesTracker, station: str, topic: str, payload: bytes) -> None:
    tracker.received(station, Received(topic, payload))
