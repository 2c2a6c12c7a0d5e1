"""The disruptions of a long storm, drawn from its seed: kills, floods, fights for client ids, a bad device.

Owns the processes at a site, and the figures. After each disruption the cloud is ready again.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import NamedTuple

import aiomqtt
from process_bench import children_of, end_of
from storm_flood import flooded
from storm_line import Line
from storm_record import ComparableFact
from storm_site import BOUND_S, OPERATOR_TOKEN, Process, Site

from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Hardware, Presence, Reported
from hubsim_contract.wire.topics import MessageKind, Topics

TOPICS = Topics()
BAD = "0BADBAD0"
OPERATOR = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}
BAD_REPORTS = 300
GREATEST = 2**53 - 1
IDLE = 150
"""Idle connections to each of the two servers."""
FIGHTS = 5


class Figures:
    """What one storm has done, and what it has found."""

    def __init__(self) -> None:
        self.kills = 0
        self.disruptions = 0
        self.full_disks = 0
        self.acknowledged = 0
        self.lost = 0
        self.doubled = 0
        self.longest_s = 0.0
        """The longest time from the beginning of a disruption until the cloud was ready again."""

    def compare(self, granted: Counter[ComparableFact], kept: Counter[ComparableFact]) -> None:
        """Count the granted commands whose fact is missing, and the facts without a granted command."""
        self.acknowledged += granted.total()
        self.lost += (granted - kept).total()
        self.doubled += (kept - granted).total()

    def __str__(self) -> str:
        return (
            f"{self.disruptions} disruptions, {self.kills} kills, {self.full_disks} full disks, "
            f"{self.acknowledged} commands acknowledged, {self.lost} lost, {self.doubled} doubled, "
            f"longest time until ready {self.longest_s:.1f} s"
        )


class Running(NamedTuple):
    """The processes at the beginning of a storm."""

    broker: Process
    simulator: Process
    cloud: Process


class Disruptions:
    """The disruptions of one site. `hubs` are its simulated ones."""

    def __init__(
        self, site: Site, line: Line, rng: Random, figures: Figures, hubs: list[str], running: Running
    ) -> None:
        self._site = site
        self._line = line
        self._rng = rng
        self._figures = figures
        self._hubs = hubs
        self.broker, self.simulator, self.cloud = running

    async def all_once(self, kinds: "tuple[Kind, ...]") -> None:
        """Do each of these disruptions once, in random order. Before each one some requests are answered."""
        for kind in self._rng.sample(kinds, len(kinds)):
            await self._line.answered(self._rng.randint(1, 150))
            begun_s = time.monotonic()
            await kind(self)
            await self._line.ready()
            self._figures.longest_s = max(self._figures.longest_s, time.monotonic() - begun_s)
            self._figures.disruptions += 1
        await self._line.answered(50)

    # ------------------------------------------------------------------ ends of processes

    async def kill_cloud(self) -> None:
        """Kill the cloud, and start it again."""
        self._line.leave()
        await self.cloud.kill()
        self._figures.kills += 1
        await self._start_cloud()

    async def terminate_cloud(self) -> None:
        """End the cloud gracefully, and start it again."""
        self.cloud.terminate()
        assert await self.cloud.end() == 0
        await self._start_cloud()

    async def _start_cloud(self) -> None:
        self.cloud, url = await self._site.cloud()
        self._line.arrive(url)

    async def kill_simulator(self) -> None:
        """Kill the simulator, and start it again."""
        await self.simulator.kill()
        self._figures.kills += 1
        self.simulator = await self._site.simulator(len(self._hubs))

    async def kill_broker(self) -> None:
        """Kill the broker, and start it again without its state. Its Mosquitto, if any, ends with it."""
        children = children_of(self.broker.id)
        await self.broker.kill()
        self._figures.kills += 1
        async with asyncio.timeout(BOUND_S):
            for child in children:
                with suppress(ProcessLookupError):
                    await end_of(child)
        self.broker = await self._site.broker()

    async def kill_mosquitto(self) -> None:
        """Kill the Mosquitto of the broker, which ends then, and start the broker again."""
        (mosquitto,) = children_of(self.broker.id)
        os.kill(mosquitto, signal.SIGKILL)
        self._figures.kills += 1
        assert await self.broker.end() != 0
        self.broker = await self._site.broker()

    async def fill_disk(self) -> None:
        """Fill the disk of all processes until a command is refused; queries are answered. Then make room."""
        self._site.disk_is_full.touch()
        try:
            await self._line.fill()
            seen = await self._line.once("GET", "/v1/operator/invoices", headers=OPERATOR)
            assert seen is not None
            assert seen.is_success, seen.text
            self._figures.full_disks += 1
        finally:
            self._site.disk_is_full.unlink()
            self._line.make_room()

    # ------------------------------------------------------------------ clients that do harm

    async def fight_for_client_ids(self) -> None:
        """Take the client ids of cloud, simulator and hubs, with and without their sessions."""
        ids = ["cloud", "simulator", *(f"hub-{hub}" for hub in self._hubs)]
        for _ in range(FIGHTS):
            taken, clean = self._rng.choice(ids), self._rng.random() < 0.5
            with suppress(aiomqtt.MqttError):  # the other client takes its id back
                async with self._client(taken, clean=clean):
                    await self._line.answered(self._rng.randint(1, 20))

    async def open_idle_connections(self) -> None:
        """Open many connections to both servers, and send nothing."""
        assert self._line.url is not None
        mqtt = f"mqtt://127.0.0.1:{self._site.mqtt_port}"
        async with flooded(mqtt, IDLE), flooded(self._line.url, IDLE):
            await self._line.answered(self._rng.randint(10, 100))

    async def misbehave(self) -> None:
        """Send as a broken device: garbage, versions that do not exist, numbers that no hub can have."""
        async with self._client(f"hub-{BAD}", clean=True) as client:
            presence = Presence(hub=BAD, boot=GREATEST, connection=GREATEST, online=True)
            await client.publish(TOPICS.of(MessageKind.PRESENCE, BAD), encode(presence), qos=1, retain=True)
            for number in range(1, BAD_REPORTS + 1):
                await client.publish(TOPICS.of(MessageKind.REPORTED, BAD), self._bad_report(number), qos=1)

    def _bad_report(self, number: int) -> bytes:
        if self._rng.random() < 0.2:
            return self._rng.randbytes(self._rng.randint(0, 2_000))
        return encode(
            Reported(
                hub=BAD,
                boot=1,
                sequence=number,
                connection=1,
                applied_version=self._rng.randint(0, 10**9),
                hardware=Hardware(model="hub-2", firmware="1"),
            )
        )

    def _client(self, client_id: str, *, clean: bool) -> aiomqtt.Client:
        client = aiomqtt.Client(
            "127.0.0.1", self._site.mqtt_port, identifier=client_id, clean_session=clean, timeout=BOUND_S
        )
        # aiomqtt does not retrieve the end of a connection that it did not expect, which asyncio would log
        client._disconnected.add_done_callback(lambda end: end.cancelled() or end.exception())
        return client


Kind = Callable[[Disruptions], Awaitable[None]]
KINDS: tuple[Kind, ...] = (
    Disruptions.kill_cloud,
    Disruptions.terminate_cloud,
    Disruptions.kill_simulator,
    Disruptions.kill_broker,
    Disruptions.fill_disk,
    Disruptions.fight_for_client_ids,
    Disruptions.open_idle_connections,
    Disruptions.misbehave,
)
"""The disruptions on every broker."""
KINDS_OF: dict[str, tuple[Kind, ...]] = {
    "embedded": KINDS,
    "mosquitto": (*KINDS, Disruptions.kill_mosquitto),
}
