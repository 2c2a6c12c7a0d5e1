"""The connections of attached devices on a server. They belong to its broker: a play does not act on them."""

import msgspec

from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.wire.messages import Reported
from hubsim_scenarios.worlds.gate import DevicesAt, DeviceSeen
from hubsim_scenarios.worlds.remote import RemoteWorld
from hubsim_scenarios.worlds.world import Aspect


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

    def admit(self, hub: str) -> None:
        """Do nothing: a device may connect to the broker of a server at any time."""

    def hold(self) -> None:
        """Do nothing."""

    def release(self) -> None:
        """Do nothing."""

    def fault(self, fault: AnyFault) -> bool:
        """Leave every fault to the server."""
        del fault
        return False

    async def device(self, hub: str) -> DeviceSeen:
        """Return the device as the cloud knows it. Raises `CannotPlay`."""
        record = await self._world.snapshot(Aspect.DEVICE, hub)
        raw = record["reported"]
        report, online = None if raw is None else msgspec.convert(raw, Reported), bool(record["online"])
        return DeviceSeen(online, report, online)

    def active_at_s(self, hub: str) -> float:
        """Return when the play last changed something: a device may answer to that."""
        del hub
        return self._world.changed_at_s
