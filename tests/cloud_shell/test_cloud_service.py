"""The cloud's shell: answers are durable, a batch has one commit, and failures give no answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from engine_bench import HUB, NINE_MS, SETTINGS, TOPICS

from hubsim_cloud.domain.commands import CreateCompany, SignUp
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.fact_log import FactPage
from hubsim_cloud.domain.facts import Fact, MailSent, PersonSignedUp
from hubsim_cloud.domain.queries import Accounts
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import Complain
from hubsim_cloud.service.rows import Kept
from hubsim_cloud.service.service import MAX_BATCH, CloudService, CloudStopped
from hubsim_cloud.service.store import Batch, Store
from hubsim_contract.core import Now, Start, Wake
from hubsim_contract.mqtt.port import Connect, Connected, PortEffect, Publish, Received, Subscribed
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import HubEvent
from hubsim_contract.wire.topics import MessageKind

T = TypeVar("T")
NOBODY = Actor(None)


class HeldStore:
    """A store whose commits wait for `gate`, and fail with `bug` if it is set."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.bug: Exception | None = None
        self.gate = asyncio.Event()
        self.waiting = asyncio.Event()

    async def commit(self, batch: Batch) -> None:
        self.waiting.set()
        await self.gate.wait()
        self.waiting.clear()
        if self.bug is not None:
            raise self.bug
        self.batches.append(batch)

    async def kept(self, _names: set[tuple[str, str]]) -> dict[tuple[str, str], Kept]:
        return {}

    async def pack(self) -> list[FactPage]:
        return []

    async def pack_events(self) -> bool:
        return False


class ConstantClock:
    def now(self) -> Now:
        return Now(NINE_MS, NINE_MS)


class RecordingWatcher:
    """Records the calls of the service."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.hubs: list[tuple[str, ...]] = []
        self.complaints: list[Complain] = []
        self.batches_served = 0

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:
        assert first_position == len(self.facts) + 1
        self.facts += facts

    def kept(self, hubs: tuple[str, ...]) -> None:
        self.hubs.append(hubs)

    def complain(self, complaint: Complain) -> None:
        self.complaints.append(complaint)

    def judged(self, verdict: MessageVerdict) -> None:
        pass

    def served(self) -> None:
        self.batches_served += 1


class Bench:
    """A running service on a `HeldStore`."""

    def __init__(self) -> None:
        self.store = HeldStore()
        self.performed: list[PortEffect] = []
        self.watcher = RecordingWatcher()
        self.engine = CloudEngine(SETTINGS, TOPICS)
        self.service = CloudService(
            self.engine,
            cast("Store", self.store),
            ConstantClock(),
            self.performed.append,
            self.watcher,
        )
        self.running = asyncio.ensure_future(self.service.run())

    def asks(self, question: Awaitable[T]) -> "asyncio.Future[T]":
        return asyncio.ensure_future(question)

    def signs_up(self, name: str) -> "asyncio.Future[Accepted | Refusal]":
        return self.asks(self.service.command(NOBODY, SignUp(email=f"{name}@example.test", name=name)))

    async def until_commit(self) -> None:
        """Wait until a batch waits for its commit."""
        await self.store.waiting.wait()

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    await bench.end()


async def until_settled() -> None:
    """Run all tasks until they wait."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_command_is_answered_after_its_commit_and_not_before(bench: Bench) -> None:
    asked = bench.signs_up("olga")
    await bench.until_commit()
    await until_settled()
    answered_early = asked.done()

    bench.store.gate.set()
    outcome = await asked

    assert not answered_early
    assert isinstance(outcome, Accepted)
    (batch,) = bench.store.batches
    assert [type(fact) for fact in batch.facts] == [PersonSignedUp]
    assert batch.first_position == 1


async def test_messages_are_sent_after_the_commit_of_their_facts(bench: Bench) -> None:
    bench.service.post(Start())
    await bench.until_commit()
    await until_settled()
    early = list(bench.performed)

    bench.store.gate.set()
    await bench.asks(bench.service.look(NOBODY, Accounts()))

    assert early == []
    assert [type(effect) for effect in bench.performed] == [Connect]


async def test_the_items_in_the_queue_are_committed_as_one_batch(bench: Bench) -> None:
    first = bench.signs_up("olga")
    await bench.until_commit()
    others = [bench.signs_up(name) for name in ("ivan", "rita", "zoe")]
    await until_settled()

    bench.store.gate.set()
    await asyncio.gather(first, *others)

    assert [len(batch.facts) for batch in bench.store.batches] == [1, 3]
    assert [batch.first_position for batch in bench.store.batches] == [1, 2]
    assert bench.watcher.batches_served == 2


async def test_a_batch_is_bounded(bench: Bench) -> None:
    for _ in range(MAX_BATCH + 1):
        bench.service.post(Wake())
    await bench.until_commit()
    asked = bench.asks(bench.service.look(NOBODY, Accounts()))
    await until_settled()

    bench.store.gate.set()
    await asked
    await until_settled()

    assert bench.watcher.batches_served == 2
    assert bench.service.idle


async def test_each_command_gets_its_own_answer(bench: Bench) -> None:
    bench.store.gate.set()

    outcomes = await asyncio.gather(*(bench.signs_up(name) for name in ("olga", "olga", "ivan")))

    assert [type(outcome) for outcome in outcomes] == [Accepted, Refusal, Accepted]


async def test_a_view_shows_the_effects_of_earlier_commands(bench: Bench) -> None:
    bench.store.gate.set()
    signed_up = await bench.signs_up("olga")
    assert isinstance(signed_up, Accepted)
    olga = Actor(signed_up.result["person"])

    made = bench.asks(bench.service.command(olga, CreateCompany(name="Wolf", country="PL")))
    seen = await bench.asks(bench.service.look(olga, Accounts()))

    assert isinstance(await made, Accepted)
    assert "Wolf" in str(seen)


async def test_the_service_is_idle_after_all_posted_items_were_processed(bench: Bench) -> None:
    asked = bench.signs_up("olga")
    await bench.until_commit()
    busy = bench.service.idle

    bench.store.gate.set()
    await asked
    await until_settled()

    assert not busy
    assert bench.service.idle


async def test_a_refused_message_is_reported_to_the_watcher_and_not_stored(bench: Bench) -> None:
    bench.store.gate.set()
    bench.service.post(Received("somewhere/else", b"hello"))

    await bench.asks(bench.service.look(NOBODY, Accounts()))

    assert [complaint.topic for complaint in bench.watcher.complaints] == ["somewhere/else"]
    assert all(batch.empty for batch in bench.store.batches)


async def test_the_latest_state_of_a_hub_is_committed_with_its_events(bench: Bench) -> None:
    bench.store.gate.set()
    for number in (1, 2):
        event = HubEvent(hub=HUB, boot=1, number=number, kind="lid_opened", at_ms=NINE_MS)
        topic = TOPICS.of(MessageKind.EVENTS, HUB)
        bench.service.post(Received(topic, encode(event)))

    await bench.asks(bench.service.look(NOBODY, Accounts()))

    batch = bench.store.batches[0]
    assert bench.watcher.hubs == [(HUB,)]
    assert [event.number for event in batch.events] == [1, 2]
    assert [event.number for event in batch.devices[HUB].events] == [1, 2]


# ------------------------------------------------------------------ stopping


async def test_waiting_callers_get_cloud_stopped_when_the_cloud_is_killed(bench: Bench) -> None:
    asked = bench.signs_up("olga")
    await bench.until_commit()

    await bench.end()

    with pytest.raises(CloudStopped):
        await asked
    assert bench.running.cancelled()
    assert bench.watcher.facts == []
    assert bench.performed == []


async def test_callers_get_cloud_stopped_immediately_after_the_end(bench: Bench) -> None:
    await bench.end()

    with pytest.raises(CloudStopped):
        await asyncio.wait_for(bench.service.look(NOBODY, Accounts()), timeout=1)


async def test_an_error_outside_storage_ends_the_cloud_without_answers(bench: Bench) -> None:
    bench.store.bug = ZeroDivisionError("a bug")
    asked = [bench.signs_up("olga"), bench.asks(bench.service.look(NOBODY, Accounts()))]
    bench.store.gate.set()

    outcomes: list[Any] = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [CloudStopped, CloudStopped]
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await bench.running
    assert bench.watcher.facts == []
    assert bench.performed == []


async def test_a_cancelled_call_does_not_affect_other_calls(bench: Bench) -> None:
    impatient = bench.signs_up("olga")
    await bench.until_commit()
    impatient.cancel()
    bench.store.gate.set()

    assert isinstance(await bench.signs_up("ivan"), Accepted)


# ------------------------------------------------------------------ on a real database


async def test_a_restarted_cloud_has_all_answered_commands(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    await _signs_up_at(path, "olga")

    outcome = await _signs_up_at(path, "olga")

    assert isinstance(outcome, Refusal)


async def test_a_cloud_that_connects_publishes_through_its_port_only(bench: Bench) -> None:
    bench.store.gate.set()
    for event in (Start(), Connected(), Subscribed()):
        bench.service.post(event)

    await bench.asks(bench.service.look(NOBODY, Accounts()))

    assert bench.engine.online
    published = [effect.topic for effect in bench.performed if isinstance(effect, Publish)]
    assert published == [TOPICS.of(MessageKind.CLOUD_PRESENCE)]
    assert not any(isinstance(fact, MailSent) for fact in bench.watcher.facts)


async def _signs_up_at(path: Path, name: str) -> Accepted | Refusal:
    """Start a cloud on this file, sign up a person, and kill it."""
    store = await Store.open(path)
    saved = await store.load()
    engine = CloudEngine(SETTINGS, TOPICS)
    engine.restore(saved.facts, saved.devices)
    watcher = RecordingWatcher()
    service = CloudService(engine, store, ConstantClock(), lambda _: None, watcher)
    running = asyncio.ensure_future(service.run())
    try:
        return await service.command(NOBODY, SignUp(email=f"{name}@example.test", name=name))
    finally:
        running.cancel()
        await asyncio.wait({running})
        await store.close()
