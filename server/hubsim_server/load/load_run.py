"""One load run: performs a plan on a fleet that is connected, and measures it."""

import asyncio
import platform
import time
from collections.abc import Mapping
from contextlib import suppress
from random import Random

from hubsim_server.fleet.shard_messages import BeginActs, CutAll, EndActs, ShardReport
from hubsim_server.fleet.sharded_fleet import ShardedFleet, processors
from hubsim_server.load.load_client import LoadClient
from hubsim_server.load.load_profile import LoadPlan
from hubsim_server.load.load_result import LoadResult, LoadSample, percentiles
from hubsim_server.signals import StopRequest
from hubsim_simulator.serving.durations import Durations

SAMPLE_S = 0.5
"""The time between two samples, as between two reports of a shard."""
TICK_S = 0.02
"""The time between two groups of documents."""
LAST_REPORTS_S = 10.0
"""How long the last documents may take to be reported."""


class LoadRun:
    """The run. `begun_s` is the time at which the fleet started, on the axis of `time.monotonic`."""

    def __init__(self, fleet: ShardedFleet, client: LoadClient, plan: LoadPlan, begun_s: float) -> None:
        self._fleet = fleet
        self._client = client
        self._plan = plan
        self._begun_s = begun_s
        self._connected = ShardReport()
        """The state of the fleet when the run began."""
        self._storms = 0
        self._run_began_s = self._took_s = 0.0
        self.samples: list[LoadSample] = []

    def sample(self) -> None:
        """Take a sample, also before the run begins."""
        total, trips = self._fleet.total, self._client.trips
        self.samples.append(
            LoadSample(
                at_s=round(time.monotonic() - self._begun_s, 2),
                online=total.online,
                acts=total.acts,
                documents=trips.sent,
                reported=trips.completed,
                lost=total.lost,
                failed=total.failed,
            )
        )

    async def sampling(self) -> None:
        """Take samples until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(SAMPLE_S)

    async def perform(self, stopped: StopRequest) -> None:
        """Perform the plan for its duration, or until `stopped`. All hubs have been connected."""
        self._connected = self._fleet.total
        self._run_began_s = time.monotonic()
        if self._plan.acts_per_s:
            for shard in self._fleet.shards:
                per_s = self._plan.acts_per_s / len(self._fleet.shards)
                shard.send(BeginActs(per_s, f"{self._plan.seed} {shard.shard}"))
        async with asyncio.TaskGroup() as group:
            tasks = []
            if self._plan.documents_per_s:
                tasks.append(group.create_task(self._send_documents(), name="documents"))
            if self._plan.storm_pause_s is not None:
                tasks.append(group.create_task(self._storm(self._plan.storm_pause_s), name="storms"))
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), self._plan.duration_s)
            for task in tasks:
                task.cancel()
        self._took_s = time.monotonic() - self._run_began_s
        self._fleet.send(EndActs())
        if not stopped.asked:
            await self._last_reports()
        self.sample()

    def result(self, broker: str) -> LoadResult:
        """Return the result of the run that has ended."""
        total, trips = self._fleet.total, self._client.trips
        return LoadResult(
            hubs=total.hubs,
            processes=len(self._fleet.shards),
            broker=broker,
            machine=f"{platform.machine()}, {processors()} processors, Python {platform.python_version()}",
            plan=self._plan,
            took_s=round(self._took_s, 3),
            documents_by="cloud" if self._client.cloud_online else "fleet",
            connect=percentiles(Durations(self._connected.connect)),
            reconnect=percentiles(Durations(_without(total.connect, self._connected.connect))),
            round_trip=percentiles(trips.durations),
            attempts=total.attempts,
            failed_attempts=total.failed,
            lost_connections=total.lost,
            storms=self._storms,
            acts=total.acts,
            acts_refused=total.acts_refused,
            documents=trips.sent,
            superseded=trips.superseded,
            unanswered=trips.unanswered,
            restarts=self._fleet.restarts,
            cpu_s=round(total.cpu_s, 3),
            memory_bytes=total.memory_bytes,
            samples=tuple(self.samples),
        )

    async def _send_documents(self) -> None:
        """Send documents at the rate of the plan, to all hubs in turn, in an order that the seed gives."""
        chance = Random(self._plan.seed)  # noqa: S311 (not for secrets)
        hubs: list[str] = []
        began_s, done = time.monotonic(), 0
        while True:
            await asyncio.sleep(TICK_S)
            while done < (time.monotonic() - began_s) * self._plan.documents_per_s:
                done += 1
                if self._client.cloud_online:
                    continue  # the cloud sends its own
                if not hubs:
                    hubs = list(self._client.trips.hubs)
                    chance.shuffle(hubs)
                if hubs:
                    self._client.publish_document(hubs.pop())

    async def _storm(self, pause_s: float) -> None:
        """Cut all connections, and again after all hubs are back."""
        while True:
            self._storms += 1
            before, hubs = self._fleet.total.lost, self._fleet.total.online
            self._fleet.send(CutAll())
            while (now := self._fleet.total).lost < before + hubs or now.online < now.able:
                await self._fleet.until_changed()
            await asyncio.sleep(pause_s)

    @property
    def _missing(self) -> int:
        """The number of hubs that are connecting."""
        total = self._fleet.total
        return total.able - total.online

    async def _last_reports(self) -> None:
        """Wait until all documents are reported and all hubs connected, as of new reports of the shards."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_REPORTS_S):
                for _ in self._fleet.shards:
                    await self._fleet.until_changed()
                while self._client.trips.unanswered or self._missing:
                    await self._fleet.until_changed()


def _without(all_: Mapping[int, int], before: Mapping[int, int]) -> dict[int, int]:
    """Return the counts of buckets that were added since `before`."""
    added = {bucket: count - before.get(bucket, 0) for bucket, count in all_.items()}
    return {bucket: count for bucket, count in added.items() if count > 0}
