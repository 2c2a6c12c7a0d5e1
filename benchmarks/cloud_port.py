"""The cloud with each MQTT adapter: reports taken in a second, and CPU for each, over a socket.

A server in this process plays the broker: it sends reports at QoS 1 as fast as the cloud reads. The cloud
is a separate process: adapter, port filter, engine, and SQLite on the disk. The adapters alternate, so that
the load of the machine is the same for both. The first message of each hub is its presence.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cloud import HUBS, REPORTS_EACH, START_MS, TOPICS, message
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.store import Store
from hubsim_cloud.world.observer import Unobserved
from hubsim_cloud.world.running_cloud import RunningCloud
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start
from hubsim_contract.lab.in_flight import OneSideTracker
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode, publish_bytes
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    PubackPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.stream_port import StreamPort

ADAPTERS = ("aiomqtt", "stream")
ROUNDS = 3
MESSAGES = HUBS * REPORTS_EACH
PACKETS_A_WRITE = 50


class _Feeder(asyncio.Protocol):
    """The broker's side of one connection."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self._reader = PacketReader(Sender.CLIENT)
        self._writable = asyncio.Event()
        self._acknowledged = 0
        self._sending: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        for packet in self._reader.feed(data):
            if isinstance(packet, ConnectPacket):
                self._transport.write(encode(ConnackPacket(session_present=False)))
            elif isinstance(packet, SubscribePacket):
                self._transport.write(encode(SubackPacket(packet.packet_id, (1,) * len(packet.filters))))
                self._sending = asyncio.create_task(self._send())
            elif isinstance(packet, PubackPacket):
                self._acknowledged += 1
            elif isinstance(packet, PublishPacket):
                self._transport.write(encode(PubackPacket(packet.packet_id)))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the child has ended)
        self.done.set()

    async def _send(self) -> None:
        packets = [
            publish_bytes(each.topic, each.payload, 1, False, False, number % 65_535 + 1)
            for number, each in enumerate(
                message(hub, sequence) for sequence in range(REPORTS_EACH) for hub in range(HUBS)
            )
        ]
        for begin in range(0, len(packets), PACKETS_A_WRITE):
            await self._writable.wait()
            self._transport.write(b"".join(packets[begin : begin + PACKETS_A_WRITE]))


async def measure() -> dict[str, tuple[float, float]]:
    """Return, for each adapter, reports in a second and CPU µs for each report: medians of all rounds."""
    found: dict[str, list[tuple[float, float]]] = {adapter: [] for adapter in ADAPTERS}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Feeder, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for _ in range(ROUNDS):
        for adapter in ADAPTERS:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __name__, adapter, str(port), stdout=asyncio.subprocess.PIPE
            )
            output, _ = await child.communicate()
            found[adapter].append(tuple(json.loads(output)))
    server.close()
    return {
        adapter: (statistics.median(rate for rate, _ in rows), statistics.median(cpu for _, cpu in rows))
        for adapter, rows in found.items()
    }


def show(found: dict[str, tuple[float, float]]) -> None:
    """Print the figures."""
    for adapter, (rate, cpu_us) in found.items():
        print(f"cloud with {adapter}: {rate:,.0f} reports in a second, {cpu_us:.0f} µs of CPU each")


# ------------------------------------------------------------------ the process of the cloud


def _open_port(adapter: str, url: BrokerUrl) -> OpenPort:
    if adapter == "aiomqtt":
        return lambda deliver: AiomqttPort(url, deliver, "cloud")
    connector = MqttConnector(url)
    return lambda deliver: StreamPort(connector, deliver)


async def _cloud(adapter: str, port: int) -> tuple[float, float]:
    with TemporaryDirectory(prefix="hubsim-bench-") as folder:
        store = await Store.open(Path(folder) / "cloud.db")
        engine = CloudEngine(CloudSettings(), TOPICS)
        clock = WorldClock(START_MS, lambda: 0)
        open_port = _open_port(adapter, BrokerUrl.parse(f"mqtt://127.0.0.1:{port}"))
        tracker = OneSideTracker(TOPICS, lambda _: "cloud")
        cloud = RunningCloud(engine, store, clock, TOPICS, open_port, Unobserved(), tracker)
        serving = asyncio.create_task(cloud.service.run())
        cloud.service.post(Start())
        last = f"{HUBS - 1:08X}"

        def taken(sequence: int) -> bool:
            device = engine.state.devices.get(last)
            reported = None if device is None else device.reported
            return reported is not None and reported.sequence >= sequence

        await cloud.until(lambda: engine.online)
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        await cloud.until(lambda: taken(REPORTS_EACH - 1))
        took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        await cloud.crash(serving)
    return MESSAGES / took_s, cpu_s / MESSAGES * 1e6


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        print(json.dumps(asyncio.run(_cloud(sys.argv[1], int(sys.argv[2])))))
        sys.stdout.flush()
        os._exit(0)  # aiomqtt leaves a thread that waits for its socket
