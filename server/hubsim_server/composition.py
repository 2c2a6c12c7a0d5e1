"""Builds a cloud and its lab from settings, with their broker connections."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hubsim_cloud.domain.market import DEFAULT_MARKET
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.http.app import create_app
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.lab.observing import observe
from hubsim_cloud.lab.routes import lab_routes
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_cloud.lab.world_manager import WorldManager
from hubsim_cloud.service.business_file import read_business
from hubsim_cloud.service.market_file import read_market
from hubsim_cloud.world.world import WorldPlan, unobserved
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_contract.core import Now
from hubsim_contract.lab.protocol import LabTopics
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.stream_port import StreamPort
from hubsim_server.broker_access import BrokerAccess
from hubsim_server.extension import NO_EXTENSION, Extension, ServerParts
from hubsim_server.monitor import BindAddress, ReadinessReport, http_bounds, serve, server_tls
from hubsim_server.settings import AMQTT, ServerSettings
from hubsim_simulator.serving.permanent_objects import creating_permanent_objects


@asynccontextmanager
async def cloud(
    settings: ServerSettings, line: BrokerAccess, extension: Extension = NO_EXTENSION
) -> AsyncIterator[tuple[CloudWorlds, BindAddress]]:
    """Run a cloud with its HTTP server within the context; `ready` of its worlds lists what it waits for.

    Raises `StoreError`, `CannotServe`, `BadBusiness`, `BadMarketFile`. An error in one part ends all parts.
    """
    plan = _main_plan(settings)
    open_port, open_third_party = _open_port(line, "cloud"), _open_port(line, "bench")
    host = CloudWorlds(settings.state, plan, open_port, observe if settings.lab else unobserved)
    world_manager = (
        _world_manager(settings, host, plan, open_port, open_third_party) if settings.lab else None
    )
    parts = ServerParts(host, world_manager)
    up = asyncio.Event()

    async def is_up() -> None:
        up.set()

    try:
        async with asyncio.TaskGroup() as group:
            with creating_permanent_objects():
                group.create_task(host.run(is_up), name="cloud host")
                await up.wait()
            lab_task = group.create_task(world_manager.run(), name="lab") if world_manager else None
            place, bounds = (settings.http_host, settings.http_port), http_bounds(settings)
            async with extension.serving(parts) as added:
                lab = () if world_manager is None else lab_routes(world_manager, added.seeds)
                parts.app = app = create_app(host, plan.http, (*lab, *added.routes))
                async with serve(app, *place, server_tls(settings), bounds) as address:
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
            host_names=settings.host_names,
        ),
        operator_token=token,
        idempotency_hours=settings.idempotency_hours,
        keeps_sessions=settings.broker != AMQTT,
    )


def _open_port(line: BrokerAccess, user: str) -> OpenPort:
    connector = MqttConnector(line.as_user(user), ca=line.ca)
    return lambda deliver: StreamPort(connector, deliver)


def _world_manager(
    settings: ServerSettings,
    host: CloudWorlds,
    plan: WorldPlan,
    open_port: OpenPort,
    open_third_party: OpenPort,
) -> WorldManager:
    topics = LabTopics(settings.prefix)
    return WorldManager(
        host,
        LabLink(open_port, topics, _now),
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
