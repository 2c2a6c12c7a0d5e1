"""The cloud's shell: what is answered is durable, batches share a commit, and nobody is answered falsely."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from engine_bench import HUB, NINE_MS, SETTINGS, TOPICS

from hubsim_cloud.domain.commands import CreateCompany, SignUp
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact, MailSent, PersonSignedUp
from hubsim_cloud.domain.queries import Accounts
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.engine import CloudEngine, Complain
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
    """A store that commits when it is told to, and breaks when it is told to."""

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


class StandingClock:
    def now(self) -> Now:
        return Now(NINE_MS, NINE_MS)


class NoteTaker:
    """Writes down what the service says it has done."""

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

    def served(self) -> None:
        self.batches_served += 1


class Bench:
    """A running service on a store that is held back."""

    def __init__(self) -> None:
        self.store = HeldStore()
        self.performed: list[PortEffect] = []
        self.notes = NoteTaker()
        self.engine = CloudEngine(SETTINGS, TOPICS)
        self.service = CloudService(
            self.engine,
            cast("Store", self.store),
            StandingClock(),
            self.performed.append,
            self.notes,
        )
        self.running = asyncio.ensure_future(self.service.run())

    def asks(self, question: Awaitable[T]) -> "asyncio.Future[T]":
        return asyncio.ensure_future(question)

    def signs_up(self, name: str) -> "asyncio.Future[Accepted | Refusal]":
        return self.asks(self.service.command(NOBODY, SignUp(email=f"{name}@example.test", name=name)))

    async def held(self) -> None:
        """Wait until a batch stands before its commit."""
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
    """Let every task run as far as it can by itself."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_command_is_answered_after_its_commit_and_not_before(bench: Bench) -> None:
    asked = bench.signs_up("olga")
    await bench.held()
    await until_settled()
    answered_early = asked.done()

    bench.store.gate.set()
    outcome = await asked

    assert not answered_early
    assert isinstance(outcome, Accepted)
    (batch,) = bench.store.batches
    assert [type(fact) for fact in batch.facts] == [PersonSignedUp]
    assert batch.first_position == 1


async def test_messages_go_out_after_the_commit_of_what_they_follow_from(bench: Bench) -> None:
    bench.service.post(Start())
    await bench.held()
    await until_settled()
    early = list(bench.performed)

    bench.store.gate.set()
    await bench.asks(bench.service.look(NOBODY, Accounts()))

    assert early == []
    assert [type(effect) for effect in bench.performed] == [Connect]


async def test_what_waits_in_the_queue_is_committed_as_one_batch(bench: Bench) -> None:
    first = bench.signs_up("olga")
    await bench.held()
    others = [bench.signs_up(name) for name in ("ivan", "rita", "zoe")]
    await until_settled()

    bench.store.gate.set()
    await asyncio.gather(first, *others)

    assert [len(batch.facts) for batch in bench.store.batches] == [1, 3]
    assert [batch.first_position for batch in bench.store.batches] == [1, 2]
    assert bench.notes.batches_served == 2


async def test_a_batch_is_bounded(bench: Bench) -> None:
    for _ in range(MAX_BATCH + 1):
        bench.service.post(Wake())
    await bench.held()
    asked = bench.asks(bench.service.look(NOBODY, Accounts()))
    await until_settled()

    bench.store.gate.set()
    await asked
    await until_settled()

    assert bench.notes.batches_served == 2
    assert bench.service.idle


async def test_each_question_gets_its_own_answer(bench: Bench) -> None:
    bench.store.gate.set()

    outcomes = await asyncio.gather(*(bench.signs_up(name) for name in ("olga", "olga", "ivan")))

    assert [type(outcome) for outcome in outcomes] == [Accepted, Refusal, Accepted]


async def test_a_view_shows_what_was_commanded_before_it(bench: Bench) -> None:
    bench.store.gate.set()
    signed_up = await bench.signs_up("olga")
    assert isinstance(signed_up, Accepted)
    olga = Actor(signed_up.result["person"])

    made = bench.asks(bench.service.command(olga, CreateCompany(name="Wolf", country="PL")))
    seen = await bench.asks(bench.service.look(olga, Accounts()))

    assert isinstance(await made, Accepted)
    assert "Wolf" in str(seen)


async def test_the_service_is_idle_when_everything_posted_is_done_with(bench: Bench) -> None:
    asked = bench.signs_up("olga")
    await bench.held()
    busy = bench.service.idle

    bench.store.gate.set()
    await asked
    await until_settled()

    assert not busy
    assert bench.service.idle


async def test_a_refused_message_is_told_to_the_watcher_and_stored_nowhere(bench: Bench) -> None:
    bench.store.gate.set()
    bench.service.post(Received("somewhere/else", b"hello"))

    await bench.asks(bench.service.look(NOBODY, Accounts()))

    assert [complaint.topic for complaint in bench.notes.complaints] == ["somewhere/else"]
    assert all(batch.empty for batch in bench.store.batches)


async def test_what_a_hub_said_last_is_committed_with_its_events(bench: Bench) -> None:
    bench.store.gate.set()
    for number in (1, 2):
        event = HubEvent(hub=HUB, boot=1, number=number, kind="lid_opened", at_ms=NINE_MS)
        topic = TOPICS.of(MessageKind.EVENTS, HUB)
        bench.service.post(Received(topic, encode(event)))

    await bench.asks(bench.service.look(NOBODY, Accounts()))

    batch = bench.store.batches[0]
    assert bench.notes.hubs == [(HUB,)]
    assert [event.number for event in batch.events] == [1, 2]
    assert [event.number for event in batch.devices[HUB].events] == [1, 2]


# ------------------------------------------------------------------ the end


async def test_who_waits_when_the_cloud_is_killed_hears_that_it_stopped(bench: Bench) -> None:
    asked = bench.signs_up("olga")
    await bench.held()

    await bench.end()

    with pytest.raises(CloudStopped):
        await asked
    assert bench.running.cancelled()
    assert bench.notes.facts == []
    assert bench.performed == []


async def test_who_asks_after_the_end_hears_at_once_that_the_cloud_stopped(bench: Bench) -> None:
    await bench.end()

    with pytest.raises(CloudStopped):
        await asyncio.wait_for(bench.service.look(NOBODY, Accounts()), timeout=1)


async def test_an_error_that_is_not_storage_ends_the_cloud_and_nobody_is_answered(bench: Bench) -> None:
    bench.store.bug = ZeroDivisionError("a bug")
    asked = [bench.signs_up("olga"), bench.asks(bench.service.look(NOBODY, Accounts()))]
    bench.store.gate.set()

    outcomes: list[Any] = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [CloudStopped, CloudStopped]
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await bench.running
    assert bench.notes.facts == []
    assert bench.performed == []


async def test_a_question_nobody_waits_for_any_more_disturbs_nobody(bench: Bench) -> None:
    impatient = bench.signs_up("olga")
    await bench.held()
    impatient.cancel()
    bench.store.gate.set()

    assert isinstance(await bench.signs_up("ivan"), Accepted)


# ------------------------------------------------------------------ on a real database


async def test_a_restarted_cloud_knows_what_was_answered(tmp_path: Path) -> None:
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
    assert not any(isinstance(effect, Publish) for effect in bench.performed)
    assert not any(isinstance(fact, MailSent) for fact in bench.notes.facts)


async def _signs_up_at(path: Path, name: str) -> Accepted | Refusal:
    """Start a cloud on this file, let somebody sign up, and kill it."""
    store = await Store.open(path)
    saved = await store.load()
    engine = CloudEngine(SETTINGS, TOPICS)
    engine.restore(saved.facts, saved.devices)
    notes = NoteTaker()
    service = CloudService(engine, store, StandingClock(), lambda _: None, notes)
    running = asyncio.ensure_future(service.run())
    try:
        return await service.command(NOBODY, SignUp(email=f"{name}@example.test", name=name))
    finally:
        running.cancel()
        await asyncio.wait({running})
        await store.close()
