"""A broker of our own, as the settings ask for it: embedded or Mosquitto, started, looked after, stopped.

Owns which of the two it is, and noticing that a Mosquitto has ended by itself. Promises that no process of a
Mosquitto is left behind, even when an end in order is cut short.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from hubsim_server.logs import get
from hubsim_server.monitor import server_tls
from hubsim_server.settings import MOSQUITTO, ServerSettings
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.errors import BrokerError
from hubsim_simulator.broker.guard import Guard, LoginRefused
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.mosquitto import MosquittoBroker

PROBE_PERIOD_S = 1.0
"""How often a Mosquitto is looked after. Consequence: so late it is noticed that it has ended."""
OwnBroker = EmbeddedBroker | MosquittoBroker


class BrokerEnded(BrokerError):
    """The broker that we started is not there any more."""

    def __init__(self, url: str) -> None:
        super().__init__(f"the broker at {url} has ended without being told to; start it again")
        self.url = url


def own_broker(settings: ServerSettings, hubs: Iterable[str] = ()) -> tuple[OwnBroker, Guard | None]:
    """Return the broker that the settings ask for, not started, and the guard of an embedded one.

    Mosquitto lets in the hubs named here only. Raises `BadKeyring`.
    """
    keyring = None if settings.keyring is None else Keyring.load(settings.keyring)
    tls, host, port = server_tls(settings), settings.mqtt_host, settings.mqtt_port
    if settings.broker == MOSQUITTO:
        mosquitto = MosquittoBroker(port, host, keyring=keyring, hubs=hubs, prefix=settings.prefix, tls=tls)
        return mosquitto, None
    guard = None if keyring is None else Guard(keyring, settings.prefix)
    return EmbeddedBroker(port, host, guard=guard, tls=tls), guard


@asynccontextmanager
async def renewing(settings: ServerSettings, broker: OwnBroker, guard: Guard | None) -> AsyncIterator[None]:
    """Read the keyring again on SIGHUP in here; a broken one is reported, and the old one stays."""
    if settings.keyring is None:
        yield
        return
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_renew(settings.keyring, broker, guard, asked), name="keyring")
            yield
            task.cancel()
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def _renew(path: Path, broker: OwnBroker, guard: Guard | None, asked: asyncio.Event) -> None:
    while True:
        await asked.wait()
        asked.clear()
        try:
            keyring = Keyring.load(path)
            if isinstance(broker, MosquittoBroker):
                await broker.renew(keyring)
            elif guard is not None:
                guard.renew(keyring)
        except BrokerError as error:
            get("broker").error("the keyring stays as it was", reason=str(error))
        else:
            get("broker").info("the keyring was read again")


@asynccontextmanager
async def running(broker: OwnBroker) -> AsyncIterator[None]:
    """Run the broker in here. Raises `BrokerError` from its start, and `BrokerEnded` if it ends meanwhile."""
    await broker.start()
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_watch(broker), name="broker watch")
            yield
            watch.cancel()
    finally:
        await _end(broker)


class Refusals(Collector):
    """What a guard has refused, as a metric."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def collect(self) -> Iterator[Metric]:
        """Yield the counters as they stand."""
        refused = CounterMetricFamily(
            "hubsim_broker_refused", "What clients were refused, by reason.", labels=["reason"]
        )
        for reason in LoginRefused:
            refused.add_metric([reason.value], self._guard.refused[reason])
        yield refused


async def _watch(broker: OwnBroker) -> None:
    """Raise `BrokerEnded` once a Mosquitto does not accept connections; the embedded one lives with us."""
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
        # an end in order may be cut short; the process of a Mosquitto is not left behind even then
        if isinstance(broker, MosquittoBroker):
            await broker.crash()
