"""The client of a fleet, gmqtt and aiomqtt, under the same port, in the same run: `make bench-fleet`.

Each station subscribes to a topic and publishes to it, which is the four packets of a hub's round trip: one
message out and its acknowledgement, one message in and its acknowledgement. Each adapter runs in a new
process.
"""

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from statistics import median

import msgspec

from benchmarks import machine, programs
from benchmarks.gmqtt_port import GmqttPort
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import Connect, Connected, PortEvent, Publish, Received, Subscribe, Subscribed
from hubsim_contract.mqtt.stream_port import StreamPort

STATIONS, ROUNDS, TOGETHER = 1_000, 10, 50
PAYLOAD = bytes(300)
LIMIT_S = 300
ADAPTERS = ("stream", "gmqtt", "aiomqtt")
RUNS = 3
Port = AiomqttPort | GmqttPort | StreamPort


class FleetFigures(msgspec.Struct, frozen=True):
    """The figures of one adapter."""

    connect_s: float
    round_trip_us: float
    """CPU of the client's process."""
    station_kb: float


class CountedEvents:
    """Counts the events of one kind, until the last one."""

    def __init__(self) -> None:
        self._kind: type[PortEvent] = Connected
        self._missing = 0
        self._done = asyncio.Event()

    def expect(self, kind: type[PortEvent], count: int) -> None:
        """Count this many events of this kind from now on."""
        self._kind, self._missing = kind, count
        self._done.clear()

    def take(self, event: PortEvent) -> None:
        """Take an event of any port."""
        if isinstance(event, self._kind):
            self._missing -= 1
            if not self._missing:
                self._done.set()

    async def all(self) -> None:
        """Wait for the last event. Raises `TimeoutError` after `LIMIT_S`."""
        await asyncio.wait_for(self._done.wait(), LIMIT_S)


def measure(adapter: str, url: str) -> FleetFigures:
    """Return the figures of one adapter, in this process."""
    return asyncio.run(_measure(adapter, BrokerUrl.parse(url)))


async def _measure(adapter: str, url: BrokerUrl) -> FleetFigures:
    events, connector = CountedEvents(), MqttConnector(url)
    opens: dict[str, Callable[[], Port]] = {
        "stream": lambda: StreamPort(connector, events.take),
        "gmqtt": lambda: GmqttPort(url, events.take),
        "aiomqtt": lambda: AiomqttPort(url, events.take),
    }
    before_kb, began_s = _memory_kb(), time.perf_counter()
    ports = [opens[adapter]() for _ in range(STATIONS)]
    for first in range(0, STATIONS, TOGETHER):
        batch = ports[first : first + TOGETHER]
        events.expect(Connected, len(batch))
        for number, port in enumerate(batch, first):
            port.perform(Connect(f"{adapter}-{number}", clean=True, keepalive_s=60))
        await events.all()
    connect_s = time.perf_counter() - began_s
    events.expect(Subscribed, STATIONS)
    for number, port in enumerate(ports):
        port.perform(Subscribe((f"bench/{adapter}/{number}",)))
    await events.all()
    cpu_s = time.process_time()
    for _ in range(ROUNDS):
        events.expect(Received, STATIONS)
        for number, port in enumerate(ports):
            port.perform(Publish(f"bench/{adapter}/{number}", PAYLOAD))
        await events.all()
    round_trip_us = (time.process_time() - cpu_s) / (ROUNDS * STATIONS) * 1e6
    station_kb = (_memory_kb() - before_kb) / STATIONS
    for port in ports:
        await port.aclose()
    return FleetFigures(connect_s, round_trip_us, station_kb)


def _memory_kb() -> float:
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> None:
    """Measure each adapter, and print the figures and their ratio."""
    print(f"{machine.describe()}, broker {programs.broker_kind()}; {STATIONS:,} stations")
    print("adapter   connect  CPU of a round trip  peak memory of a station")
    found = asyncio.run(_measure_all())
    for adapter, figures in found.items():
        print(
            f"{adapter:8} {figures.connect_s:7.2f} s {figures.round_trip_us:17.0f} µs "
            f"{figures.station_kb:21.1f} KB"
        )
    for adapter in ADAPTERS[1:]:
        ratio = found[adapter].round_trip_us / found["stream"].round_trip_us
        print(f"{adapter} needs {ratio:.1f} times the CPU of the stream adapter")


async def _measure_all() -> dict[str, FleetFigures]:
    """Measure the adapters in turns, because the speed of a shared machine changes; return the medians."""
    loop, found = asyncio.get_running_loop(), dict[str, list[FleetFigures]]()
    async with programs.broker() as url:
        for _ in range(RUNS):
            for adapter in ADAPTERS:
                with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                    figures = await loop.run_in_executor(pool, measure, adapter, url)
                found.setdefault(adapter, []).append(figures)
    return {adapter: _median(runs) for adapter, runs in found.items()}


def _median(runs: list[FleetFigures]) -> FleetFigures:
    return FleetFigures(
        *(median(getattr(run, field) for run in runs) for field in FleetFigures.__struct_fields__)
    )


if __name__ == "__main__":
    main()
