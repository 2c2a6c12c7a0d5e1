"""The cloud: hub messages per second through the engine and the group commit of SQLite."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import Complain
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store
from hubsim_contract.core import Now
from hubsim_contract.mqtt.port import PortEffect, Received
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Channel, Hardware, Presence, Reported
from hubsim_contract.wire.topics import MessageKind, Topics

HUBS = 1_000
REPORTS_EACH = 20
START_MS = 1_768_464_000_000
TOPICS = Topics()


class _StoppedClock:
    def now(self) -> Now:
        return Now(START_MS, START_MS)


class _Watcher:
    """Sets `progress` after each batch, and counts the batches."""

    def __init__(self) -> None:
        self.batches = 0
        self.progress = asyncio.Event()

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:
        pass

    def kept(self, hubs: tuple[str, ...]) -> None:
        pass

    def complain(self, complaint: Complain) -> None:
        raise AssertionError(complaint.text)

    def judged(self, verdict: MessageVerdict) -> None:
        pass

    def served(self) -> None:
        self.batches += 1
        self.progress.set()


async def messages_per_second() -> tuple[float, int, int]:
    """Return messages per second, the number of messages, and the number of transactions."""
    watcher = _Watcher()
    sent: Counter[str] = Counter()

    def perform(effect: PortEffect) -> None:
        sent[type(effect).__name__] += 1

    with TemporaryDirectory(prefix="hubsim-bench-") as folder:
        store = await Store.open(Path(folder) / "cloud.db")
        service = CloudService(CloudEngine(CloudSettings(), TOPICS), store, _StoppedClock(), perform, watcher)
        running = asyncio.create_task(service.run())
        messages = [message(hub, sequence) for sequence in range(REPORTS_EACH) for hub in range(HUBS)]
        began = time.monotonic()
        for each in messages:
            service.post(each)
        while not service.idle:
            watcher.progress.clear()
            await watcher.progress.wait()
        took_s = time.monotonic() - began
        running.cancel()
        await asyncio.wait({running})
        await store.close()
    return len(messages) / took_s, len(messages), watcher.batches


def message(number: int, sequence: int) -> Received:
    """Return the message of a hub with this number: its presence, then its reports."""
    hub = f"{number:08X}"
    if sequence == 0:
        presence = Presence(hub=hub, online=True, boot=1, connection=1)
        return Received(TOPICS.of(MessageKind.PRESENCE, hub), encode(presence))
    hardware = Hardware(
        model="hub-2-plus",
        firmware="2.20.0",
        channels=(Channel.ETHERNET,),
        battery_percent=sequence % 20 * 5,
    )
    reported = Reported(hub=hub, boot=1, sequence=sequence, applied_version=0, hardware=hardware)
    return Received(TOPICS.of(MessageKind.REPORTED, hub), encode(reported))
