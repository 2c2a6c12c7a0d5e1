"""Builds the parts of the processes from settings: simulator, cloud, lab, and their broker connections."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from hubsim_cloud.domain.market import DEFAULT_MARKET
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.http.app import create_app
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.lab.routes import lab_routes
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.world_control import observe
from hubsim_cloud.lab.world_manager import WorldManager
from hubsim_cloud.service.business_file import read_business
from hubsim_cloud.service.market_file import read_market
from hubsim_cloud.world.world import WorldPlan, unobserved
from hubsim_cloud.world.worlds import CloudWorlds, OpenPortFor
from hubsim_contract.core import Now
from hubsim_contract.lab.protocol import ClockReading, LabTopics
from hubsim_contract.lab.shards import Shard
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_server.logs import get
from hubsim_server.monitor import BindAddress, ReadinessReport, serve, server_tls
from hubsim_server.settings import AMQTT, EMBEDDED, ServerSettings
from hubsim_server.socket_limits import check_fleet, local_ports, raise_open_files
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.fleet_file import FleetPlan, counted_fleet, read_fleet
from hubsim_simulator.serving.permanent_objects import creating_permanent_objects
from hubsim_simulator.serving.server import Connection, SimulatorServer, connections
from hubsim_simulator.serving.shard_files import arrange, database_of
from hubsim_simulator.serving.store import SimulatorStore, WorldMade

PRIVATE = 0o700
"""Only the owner can access durable files."""


class BrokerAccess(msgspec.Struct, frozen=True):
    """How the parts of a process connect to the broker."""

    url: BrokerUrl
    ca: Path | None
    keyring: Keyring | None
    knows_hubs: bool
    """Whether each simulated hub has its own password at the broker."""

    def as_user(self, user: str) -> BrokerUrl:
        """Return the broker's URL with credentials: those of the URL, else those of the keyring."""
        if self.url.username is not None or self.keyring is None:
            return self.url
        return msgspec.structs.replace(self.url, username=user, password=self.keyring.password(user))


def line_of(settings: ServerSettings, url: BrokerUrl | None = None) -> BrokerAccess:
    """Return the access to the broker of the settings, or to the broker of this process at `url`.

    Raises `BadKeyring`. Without `ca`, the certificate is verified with the authorities of the system.
    """
    keyring = None if settings.keyring is None else Keyring.load(settings.keyring)
    knows_hubs = settings.broker in (EMBEDDED, AMQTT)
    return BrokerAccess(url or settings.broker_url(), settings.ca, keyring, knows_hubs)


# ------------------------------------------------------------------ the simulator


def fleet_of(settings: ServerSettings) -> FleetPlan:
    """Return the fleet of the settings. Raises `BadFleet`."""
    return read_fleet(settings.fleet) if settings.fleet else counted_fleet(settings.hubs, settings.model)


@asynccontextmanager
async def simulator(
    settings: ServerSettings, line: BrokerAccess, *, own_broker: bool = False
) -> AsyncIterator[SimulatorServer]:
    """Yield a simulator that does not run yet. Raises `StoreError`, `BadFleet`.

    `own_broker`: whether this process serves the broker too, and so both sides of each connection.
    """
    fleet, shard = fleet_of(settings), Shard.parse(settings.shard)
    hubs = sum(shard.has(setup.id) for setup in fleet.hubs)
    check_fleet(hubs, raise_open_files(), local_ports(), own_broker=own_broker)
    await arrange_state(settings.state, [shard])
    store = await SimulatorStore.open(database_of(settings.state, shard))
    try:
        made = WorldMade(
            clock=ClockReading(time.time_ns() // 1_000_000, held=False), carrier=fleet.carrier, hub=fleet.hub
        )
        yield SimulatorServer(
            _connections(line),
            store,
            settings.prefix,
            made,
            fleet.hubs,
            takes_requests=settings.lab,
            shard=shard,
        )
    finally:
        await store.close()


async def arrange_state(state: Path, shards: Sequence[Shard]) -> None:
    """Create the folder, and move the hubs in it to the databases of these shards.

    Raises `HubsWithoutShard`, `HubsTwice`, `StoreError`.
    """
    state.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    sources = await arrange(state, shards)
    if sources:
        get("simulator").info("hubs moved to other shards", before=[str(each) for each in sources])


def _connections(line: BrokerAccess) -> Connection:
    if line.keyring is None or line.url.username is not None or not line.knows_hubs:
        return connections(line.as_user("simulator"), line.ca)
    return connections(line.url, line.ca, line.keyring.password)


# ------------------------------------------------------------------ the cloud


@asynccontextmanager
async def cloud(
    settings: ServerSettings, line: BrokerAccess
) -> AsyncIterator[tuple[CloudWorlds, BindAddress]]:
    """Run a cloud with its HTTP server within the context; `ready` of its worlds lists what it waits for.

    Raises `StoreError`, `CannotServe`, `BadBusiness`, `BadMarketFile`. An error in one part ends all parts.
    """
    plan = _main_plan(settings)
    open_port, open_third_party = _open_port(line, "cloud"), _open_port(line, "bench")("third-party")
    host = CloudWorlds(settings.state, plan, open_port, observe if settings.lab else unobserved)
    world_manager = (
        _world_manager(settings, host, plan, open_port, open_third_party) if settings.lab else None
    )
    extra = lab_routes(world_manager) if world_manager is not None else ()
    up = asyncio.Event()

    async def is_up() -> None:
        up.set()

    try:
        async with asyncio.TaskGroup() as group:
            with creating_permanent_objects():
                group.create_task(host.run(is_up), name="cloud host")
                await up.wait()
            lab_task = group.create_task(world_manager.run(), name="lab") if world_manager else None
            app = create_app(host, plan.http, extra)
            async with serve(app, settings.http_host, settings.http_port, server_tls(settings)) as address:
                yield host, address
                host.end_streams()
            if lab_task is not None:
                lab_task.cancel()
            host.stop()
    finally:
        if world_manager is not None:
            await world_manager.aclose()


def readiness(host: CloudWorlds) -> ReadinessReport:
    """Return what the main world waits for."""
    return ReadinessReport(tuple(host.worlds[""].ready()))


def _main_plan(settings: ServerSettings) -> WorldPlan:
    token = settings.operator_token or (secrets.token_urlsafe(24) if settings.lab else None)
    return WorldPlan(
        prefix=settings.prefix,
        settings=read_business(settings.business) if settings.business else CloudSettings(),
        market=read_market(settings.market) if settings.market else DEFAULT_MARKET,
        http=HttpSettings(
            body_limit_bytes=settings.body_limit_bytes,
            body_limit_s=settings.body_limit_s,
            session_hours=settings.session_hours,
        ),
        operator_token=token,
        idempotency_hours=settings.idempotency_hours,
        keeps_sessions=settings.broker != AMQTT,
    )


def _open_port(line: BrokerAccess, user: str) -> OpenPortFor:
    url = line.as_user(user)
    return lambda name: lambda deliver: AiomqttPort(url, deliver, name, ca=line.ca)


def _world_manager(
    settings: ServerSettings,
    host: CloudWorlds,
    plan: WorldPlan,
    open_port: OpenPortFor,
    open_third_party: OpenPort,
) -> WorldManager:
    topics = LabTopics(settings.prefix)
    return WorldManager(
        host,
        LabLink(open_port("lab"), topics, _now),
        open_third_party,
        topics,
        settings.state,
        plan,
        idle_minutes=settings.world_idle_minutes,
        snapshot_limit=settings.snapshot_limit,
    )


def _now() -> Now:
    now_ms = time.monotonic_ns() // 1_000_000
    return Now(now_ms, now_ms)
