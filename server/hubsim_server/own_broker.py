"""The broker that a process runs: the embedded one, amqtt or Mosquitto, according to the settings.

Starts, monitors and stops it. Reports a Mosquitto that ended by itself. Never leaves a Mosquitto process
running, even when its shutdown is interrupted.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from hubsim_server.broker_incidents import BrokerIncidents
from hubsim_server.logs import get
from hubsim_server.monitor import server_tls
from hubsim_server.settings import AMQTT, MOSQUITTO, ServerSettings
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.errors import BrokerError
from hubsim_simulator.broker.guard import Guard, LoginRefused
from hubsim_simulator.broker.hub_packet_check import HubPacketCheck
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.limits import BrokerLimits
from hubsim_simulator.broker.mosquitto import MosquittoBroker

PROBE_PERIOD_S = 1.0
"""The interval between checks of a Mosquitto, so the delay with which its end is noticed."""
OwnBroker = EmbeddedBroker | AmqttBroker | MosquittoBroker


class BrokerEnded(BrokerError):
    """The broker of this process has ended."""

    def __init__(self, url: str) -> None:
        super().__init__(f"the broker at {url} ended unexpectedly; start it again")
        self.url = url


def own_broker(
    settings: ServerSettings, hubs: Iterable[str] = (), incidents: BrokerIncidents | None = None
) -> tuple[OwnBroker, Guard | None]:
    """Return the broker of the settings, not started, and the guard of one inside this process.

    Mosquitto accepts only the hubs in `hubs`. Only the embedded broker reports `incidents`. Raises
    `BadKeyring`.
    """
    keyring = None if settings.keyring is None else Keyring.load(settings.keyring)
    tls, host, port = server_tls(settings), settings.mqtt_host, settings.mqtt_port
    if settings.broker == MOSQUITTO:
        mosquitto = MosquittoBroker(
            port,
            host,
            keyring=keyring,
            hubs=hubs,
            prefix=settings.prefix,
            tls=tls,
            hub_port=settings.mqtt_hub_port,
        )
        return mosquitto, None
    guard = None if keyring is None else Guard(keyring, settings.prefix)
    if settings.broker == AMQTT:
        return AmqttBroker(port, host, guard=guard, tls=tls), guard
    packet_check = None if incidents is None else HubPacketCheck(settings.prefix, incidents.take)
    limits = BrokerLimits(
        max_connections=settings.mqtt_connections, max_connections_each=settings.mqtt_connections_each
    )
    return EmbeddedBroker(port, host, guard=guard, tls=tls, limits=limits, packet_check=packet_check), guard


@asynccontextmanager
async def renewing(settings: ServerSettings, broker: OwnBroker, guard: Guard | None) -> AsyncIterator[None]:
    """Reload the keyring on SIGHUP within the context. A broken one is logged; the old one stays in use."""
    if settings.keyring is None:
        yield
        return
    reload, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_renew(settings.keyring, broker, guard, reload), name="keyring")
            yield
            task.cancel()
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def _renew(path: Path, broker: OwnBroker, guard: Guard | None, reload: asyncio.Event) -> None:
    while True:
        await reload.wait()
        reload.clear()
        try:
            keyring = Keyring.load(path)
            if isinstance(broker, MosquittoBroker):
                await broker.renew(keyring)
            elif isinstance(broker, EmbeddedBroker):
                broker.renew(keyring)
            elif guard is not None:
                guard.renew(keyring)
        except BrokerError as error:
            get("broker").error("cannot reload the keyring; the old one stays in use", reason=str(error))
        else:
            get("broker").info("the keyring was reloaded")


@asynccontextmanager
async def running(broker: OwnBroker) -> AsyncIterator[None]:
    """Run the broker within the context. Raises `BrokerError` if it cannot start, else `BrokerEnded`."""
    await broker.start()
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_watch(broker), name="broker watch")
            yield
            watch.cancel()
    finally:
        await _end(broker)


class Refusals(Collector):
    """The refusals of a guard, as a metric."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def collect(self) -> Iterator[Metric]:
        """Yield the current counters."""
        refused = CounterMetricFamily(
            "hubsim_broker_refused", "What clients were refused, by reason.", labels=["reason"]
        )
        for reason in LoginRefused:
            refused.add_metric([reason.value], self._guard.refused[reason])
        yield refused


async def _watch(broker: OwnBroker) -> None:
    """Raise `BrokerEnded` when a Mosquitto does not accept connections. Another one is not checked."""
    while isinstance(broker, MosquittoBroker):
        await asyncio.sleep(PROBE_PERIOD_S)
        try:
            _, writer = await asyncio.open_connection(broker.host, broker.port)
        except OSError as error:
            raise BrokerEnded(broker.url) from error
        writer.close()


async def _end(broker: OwnBroker) -> None:
    try:
        await broker.stop()
    finally:
        # stops the process of a Mosquitto also when the shutdown is interrupted
        if isinstance(broker, MosquittoBroker):
            await broker.crash()
