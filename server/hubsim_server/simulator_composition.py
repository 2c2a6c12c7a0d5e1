"""Builds a simulator from settings, without the parts of the cloud, which take time to import."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from hubsim_contract.lab.protocol import ClockReading
from hubsim_contract.lab.shards import Shard
from hubsim_server.broker_access import BrokerAccess
from hubsim_server.logs import get
from hubsim_server.settings import ServerSettings
from hubsim_server.socket_limits import check_fleet, local_ports, raise_open_files
from hubsim_simulator.fleet_file import FleetPlan, counted_fleet, counted_ids, read_fleet
from hubsim_simulator.serving.fleet_connections import Connection, connections
from hubsim_simulator.serving.server import SimulatorServer
from hubsim_simulator.serving.shard_files import arrange, database_of
from hubsim_simulator.serving.store import SimulatorStore, WorldMade

PRIVATE = 0o700
"""Only the owner can access durable files."""


def fleet_of(settings: ServerSettings) -> FleetPlan:
    """Return the hubs of the settings that are in their shard. Raises `BadFleet`."""
    shard = Shard.parse(settings.shard)
    if settings.fleet:
        return read_fleet(settings.fleet, shard)
    return counted_fleet(settings.hubs, settings.model, shard)


def count_hubs(settings: ServerSettings) -> int:
    """Return the number of hubs of the settings that are in their shard. Raises `BadFleet`."""
    if settings.fleet:
        return len(fleet_of(settings).hubs)
    shard = Shard.parse(settings.shard)
    return sum(shard.has(id_) for id_ in counted_ids(settings.hubs))


@asynccontextmanager
async def simulator(
    settings: ServerSettings, line: BrokerAccess, *, own_broker: bool = False
) -> AsyncIterator[SimulatorServer]:
    """Yield a simulator that does not run yet. Raises `StoreError`, `BadFleet`.

    `own_broker`: whether this process serves the broker too, and so both sides of each connection.
    """
    fleet: FleetPlan | None = fleet_of(settings)
    assert fleet is not None
    shard = Shard.parse(settings.shard)
    check_fleet(len(fleet.hubs), raise_open_files(), local_ports(), own_broker=own_broker)
    await arrange_state(settings.state, [shard])
    store = await SimulatorStore.open(database_of(settings.state, shard))
    try:
        made = WorldMade(
            clock=ClockReading(time.time_ns() // 1_000_000, held=False), carrier=fleet.carrier, hub=fleet.hub
        )
        server = SimulatorServer(
            _connections(line),
            store,
            settings.prefix,
            made,
            fleet.hubs,
            takes_requests=settings.lab,
            shard=shard,
        )
        fleet = None  # the server drops the setups of its hubs as soon as it does not need them
        yield server
    finally:
        await store.close()


async def arrange_state(state: Path, shards: Sequence[Shard]) -> None:
    """Create the folder, and move the hubs in it to the databases of these shards.

    Raises `HubsWithoutShard`, `HubsTwice`, `StoreError`.
    """
    _create(state)
    sources = await arrange(state, shards)
    if sources:
        get("simulator").info("hubs moved to other shards", before=[str(each) for each in sources])


def _create(folder: Path) -> None:
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


def _connections(line: BrokerAccess) -> Connection:
    if line.keyring is None or line.url.username is not None or not line.knows_hubs:
        return connections(line.as_user("simulator"), line.ca)
    return connections(line.url, line.ca, line.keyring.password)
