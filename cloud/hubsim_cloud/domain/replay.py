"""The state of the business from stored facts, made while they are read: each fact is decoded only once."""

from collections.abc import Iterable

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.market import Market
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, State


class StateReplay:
    """A replay. `state` is complete after all facts were taken, in the order of the log."""

    def __init__(self, settings: CloudSettings, market: Market) -> None:
        self.state = State(market=market)
        self._settings = settings

    def take_devices(self, devices: dict[str, Device]) -> None:
        """Take the records of all hubs. They come first: the facts share equal values with them."""
        self.state.devices.update(devices)

    def take_facts(self, facts: Iterable[Fact]) -> None:
        """Apply the next facts."""
        for fact in facts:
            apply(self.state, fact, self._settings)
