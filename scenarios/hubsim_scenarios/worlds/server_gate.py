"""The connections of attached devices on a server. They belong to its broker: a play does not act on them."""

import asyncio

from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.worlds.gate import DevicesAt
from hubsim_scenarios.worlds.remote import RemoteWorld


class ServerGate:
    """The broker of a server. The play sees its own requests only, so it waits after each of them."""

    broker_runs = True

    def __init__(self, world: RemoteWorld, broker: BrokerUrl | None) -> None:
        self._world = world
        self._broker = broker

    async def open(self) -> DevicesAt:
        """Return where devices connect."""
        url = str(self._broker) if self._broker is not None else "the broker of the server"
        return DevicesAt(url, self._world.topics.prefix)

    async def close(self) -> None:
        """Do nothing."""

    def fault(self, fault: AnyFault) -> bool:
        """Leave every fault to the server."""
        del fault
        return False

    def silent_s(self, hub: str) -> float:
        """Return the time since the last request of the play that changed something, in s."""
        del hub
        return asyncio.get_running_loop().time() - self._world.changed_at_s
