"""The databases of shards: another number of shards loses nothing, or is refused with what to do."""

from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from hubsim_contract.lab.bench_actions import HubSetup
from hubsim_contract.lab.protocol import ClockReading
from hubsim_contract.lab.shards import Shard
from hubsim_simulator.carrier.memory import decode_memory, encode_line
from hubsim_simulator.carrier.subscriber_lines import SubscriberLine
from hubsim_simulator.fleet_file import counted_fleet
from hubsim_simulator.serving import shard_files
from hubsim_simulator.serving.shard_files import HubsTwice, HubsWithoutShard, arrange, database_of
from hubsim_simulator.serving.store import SimulatorStore, WorldMade
from hubsim_simulator.serving.world_bench import Changes
from hubsim_storage.database import take_lock
from hubsim_storage.errors import StoreError

CARDS = ("89883000000000000011", "89883000000000000029")
HUBS = counted_fleet(20, "hub-2").hubs


def shards(text: str) -> list[Shard]:
    """Return shards such as `1/4 3/4`; `4` means all four."""
    if text.isdecimal():
        return [Shard(number, int(text)) for number in range(1, int(text) + 1)]
    return [Shard.parse(each) for each in text.split()]


async def fill(state: Path, kept: list[Shard], *, lines: bool = True) -> None:
    """Write the databases of these shards, with the hubs of each, and the carrier in shard 1."""
    made = WorldMade(clock=ClockReading(1_000, held=False))
    for number, shard in enumerate(kept):
        store = await SimulatorStore.open(database_of(state, shard))
        await store.make("", made)
        hubs = {hub.id: msgspec.json.encode(hub) for hub in HUBS if shard.has(hub.id)}
        cards = {card: encode_line(SubscriberLine(card)) for card in CARDS if shard.serves_carrier and lines}
        await store.keep(
            [Changes("", ClockReading(5_000 + number, held=False), hubs, (), cards)], 9_000 + number
        )
        await store.close()


async def content(state: Path, kept: list[Shard]) -> tuple[dict[str, HubSetup], set[str]]:
    """Return the hubs and the cards of these shards, each in its own one."""
    hubs: dict[str, HubSetup] = {}
    cards: set[str] = set()
    for shard in kept:
        store = await SimulatorStore.open(database_of(state, shard))
        world = (await store.load())[""]
        await store.close()
        assert all(shard.has(hub.id) for hub in world.hubs)
        assert world.clock is not None
        hubs |= {hub.id: hub for hub in world.hubs}
        found = decode_memory(world.carrier or b'{"version":1,"lines":[]}')
        assert not found or shard.serves_carrier
        cards |= found.keys()
    return hubs, cards


def left(state: Path) -> list[str]:
    """Return the names of the files, without locks."""
    return sorted(each.name for each in state.iterdir() if each.suffix != ".lock")


ALL = ({hub.id: hub for hub in HUBS}, set(CARDS))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1", "4"),
        ("4", "1"),
        ("3", "2"),
        ("2", "2"),
        ("2", "1/4 3/4 2/2"),
        ("1/2 2/4 4/4", "3"),
    ],
)
async def test_another_number_of_shards_keeps_every_hub_and_card(
    tmp_path: Path, before: str, after: str
) -> None:
    await fill(tmp_path, shards(before))

    await arrange(tmp_path, shards(after))

    assert await content(tmp_path, shards(after)) == ALL
    assert left(tmp_path) == sorted(database_of(tmp_path, shard).name for shard in shards(after))


async def test_the_newest_clock_is_kept(tmp_path: Path) -> None:
    await fill(tmp_path, shards("2"))

    await arrange(tmp_path, shards("1"))

    store = await SimulatorStore.open(database_of(tmp_path, Shard()))
    clock = (await store.load())[""].clock
    await store.close()
    assert clock is not None
    assert (clock.world_ms, clock.host_ms) == (5_001, 9_001)


@pytest.mark.parametrize(
    ("before", "after", "advice"),
    [
        ("1", "2/2", "10 hubs, such as F0000002, which shard 2/2 would not have; start shard 1/1"),
        ("2", "1/4 2/4", "which shards 1/4, 2/4 would not have; start shards 1/2, 2/2"),
    ],
)
async def test_hubs_without_a_shard_are_refused_and_kept(
    tmp_path: Path, before: str, after: str, advice: str
) -> None:
    await fill(tmp_path, shards(before))

    with pytest.raises(HubsWithoutShard, match=advice):
        await arrange(tmp_path, shards(after))

    assert await content(tmp_path, shards(before)) == ALL
    assert left(tmp_path) == sorted(database_of(tmp_path, shard).name for shard in shards(before))


async def test_a_single_hub_without_a_shard_is_named(tmp_path: Path) -> None:
    store = await SimulatorStore.open(database_of(tmp_path, Shard()))
    await store.make("", WorldMade(clock=ClockReading(1_000, held=False)))
    hubs = {HUBS[0].id: msgspec.json.encode(HUBS[0])}
    await store.keep([Changes("", ClockReading(1_000, held=False), hubs, (), {})], 1_000)
    await store.close()

    with pytest.raises(HubsWithoutShard, match="it has the hub F0000001, which shard 1/2 would not have"):
        await arrange(tmp_path, shards("1/2"))


async def test_shards_of_other_machines_in_the_folder_are_not_touched(tmp_path: Path) -> None:
    await fill(tmp_path, shards("1/2 2/2"))

    moved = await arrange(tmp_path, shards("2/4 4/4"))

    assert moved == (Shard(2, 2),)
    assert await content(tmp_path, shards("1/2 2/4 4/4")) == ALL


async def test_two_databases_with_the_same_hubs_are_refused(tmp_path: Path) -> None:
    await fill(tmp_path, shards("1/1 1/2"))

    with pytest.raises(HubsTwice, match=r"simulator-1-of-2\.db can both have a hub"):
        await arrange(tmp_path, shards("2"))

    assert await content(tmp_path, shards("1/1")) == ALL


async def test_a_database_in_use_is_not_redistributed(tmp_path: Path) -> None:
    await fill(tmp_path, shards("2"))
    lock = take_lock(database_of(tmp_path, Shard(2, 2)))

    with pytest.raises(StoreError, match="is used by another hubsim"):
        await arrange(tmp_path, shards("3"))

    lock.release()
    assert await content(tmp_path, shards("2")) == ALL


class Crash(BaseException):
    """The process is killed."""


STEPS = 12
"""The steps of the exchange from two shards to three."""


@pytest.mark.parametrize("at", range(STEPS + 1))
async def test_a_crash_at_any_step_of_the_exchange_loses_nothing(tmp_path: Path, at: int) -> None:
    state = tmp_path
    await fill(state, shards("2"))
    steps = 0
    names = ("sync", "_remove", "_remove_logs", "_write_whole")
    real = {name: getattr(shard_files, name) for name in names}

    def counted(name: str) -> object:
        def step(*values: object) -> None:
            nonlocal steps
            steps += 1
            if steps > at:
                raise Crash
            real[name](*values)

        return step

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(shard_files, name, counted(name))
        with suppress(Crash):
            await arrange(state, shards("3"))
    assert steps == min(at + 1, STEPS)  # every step is tested

    await arrange(state, shards("3"))

    assert await content(state, shards("3")) == ALL
