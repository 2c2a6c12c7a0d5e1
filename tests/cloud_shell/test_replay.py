"""A replay while the database is read makes the state of an engine that is restored from all facts."""

from pathlib import Path

import pytest
from engine_bench import HUB, SETTINGS, TOPICS, CloudBench

from hubsim_cloud.domain.commands import Activate
from hubsim_cloud.domain.market import DEFAULT_MARKET
from hubsim_cloud.domain.replay import StateReplay
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.store import Batch, Store


@pytest.mark.parametrize("packed_pages", [0, 2])
async def test_a_replay_has_the_state_of_a_restored_engine(tmp_path: Path, packed_pages: int) -> None:
    bench = CloudBench()
    dealer = bench.dealer_with_hub()
    bench.hub_connects()
    bench.does(dealer, Activate(hub=HUB))
    store = await Store.open(tmp_path / "cloud.db")
    await store.load()
    await store.commit(Batch(first_position=1, facts=tuple(bench.facts), devices=bench.engine.state.devices))
    await store.pack(packed_pages, size=3, loose=2)
    replay = StateReplay(SETTINGS, DEFAULT_MARKET)

    saved = await store.load(replay)
    await store.close()

    replayed, restored = CloudEngine(SETTINGS, TOPICS, state=replay.state), CloudEngine(SETTINGS, TOPICS)
    replayed.restore(saved.facts, saved.devices)
    restored.restore(saved.facts, saved.devices)
    assert len(saved.facts.pages) == packed_pages
    assert list(replayed.log) == bench.facts
    assert replayed.state.position == len(bench.facts)
    assert replayed.state == restored.state
    assert replayed.due() == restored.due()
