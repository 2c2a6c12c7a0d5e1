"""The memory of the agent over a restart, and its display."""

from pathlib import Path

import msgspec
import pytest
from agent_bench import HUB_ID, WORLD_MS, Bench, desired, of, published
from hypothesis import given
from hypothesis import strategies as st

from hubsim_agent.errors import BadAgentSetting, MemoryUnreadable
from hubsim_agent.file_memory import FileMemory
from hubsim_agent.memory import AgentMemory, decode_memory, encode_memory, next_boot, stored_document
from hubsim_agent.ports import Boot, HubDisplay, ShowDisplay
from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now
from hubsim_contract.wire.messages import HubEvent, ServiceState
from hubsim_contract.wire.service import Tile

EVENT = HubEvent(hub=HUB_ID, boot=7, number=1, kind="lid_opened", at_ms=WORLD_MS)
MEMORY = AgentMemory(hub=HUB_ID, boot=7, desired=stored_document(desired(12)), events=(EVENT,))
DARK = HubDisplay(
    service=ServiceState.NOT_AVAILABLE, tile=Tile.NONE, star=False, sim_cut_off=False, cloud_reachable=False
)


def test_a_decoded_memory_equals_the_encoded_one() -> None:
    assert decode_memory(encode_memory(MEMORY), HUB_ID) == MEMORY


@given(st.integers(0), st.integers(0, 7))
def test_a_memory_with_a_flipped_bit_is_refused(place: int, bit: int) -> None:
    data = bytearray(encode_memory(MEMORY))

    data[place % len(data)] ^= 1 << bit

    with pytest.raises(MemoryUnreadable):
        decode_memory(bytes(data), HUB_ID)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (encode_memory(MEMORY)[:-1], "check sum"),
        (b"", "check sum"),
        (encode_memory(msgspec.structs.replace(MEMORY, hub="FFFFFFFF")), "another hub"),
        (encode_memory(msgspec.structs.replace(MEMORY, format=2)), "format 2"),
        (encode_memory(msgspec.structs.replace(MEMORY, boot=-1)), "not a memory"),
    ],
)
def test_an_unreadable_memory_is_reported_and_the_hub_starts_empty(data: bytes, why: str) -> None:
    bench = Bench(data).online()

    (event,) = published(bench.effects, HubEvent)
    assert event.kind == "memory_lost"
    assert why in event.detail
    assert bench.agent.view().applied_version == 0


@given(st.binary(max_size=300))
def test_no_memory_content_prevents_a_hub_from_starting(data: bytes) -> None:
    assert Bench(data).online().agent.view().buffered_events == 1


def test_a_hub_that_never_ran_reports_no_lost_memory() -> None:
    assert Bench(None).online().agent.view().buffered_events == 0


def test_a_hub_shows_its_stored_state_before_the_first_connection() -> None:
    bench = Bench(encode_memory(MEMORY))

    effects = bench.feed(Boot(bench.hardware))

    (show,) = of(effects, ShowDisplay)
    assert (show.face.tile, show.face.star, show.face.cloud_reachable) == (Tile.ACTIVATED, True, False)


def test_the_display_is_shown_only_after_a_change() -> None:
    bench = Bench()
    shown = of(bench.start(), ShowDisplay) + of(bench.answer_connect(), ShowDisplay)

    bench.change(lid_open=True)
    shown += of(bench.apply(desired(1, sim_cut_off=True)), ShowDisplay)
    shown += of(bench.apply(desired(2, sim_cut_off=True, armed=True)), ShowDisplay)
    shown += of(bench.lose(), ShowDisplay)

    online = msgspec.structs.replace(DARK, cloud_reachable=True)
    cut = HubDisplay(
        service=ServiceState.ACTIVE, tile=Tile.ACTIVATED, star=True, sim_cut_off=True, cloud_reachable=True
    )
    assert [show.face for show in shown] == [
        DARK, online, cut, msgspec.structs.replace(cut, cloud_reachable=False),
    ]  # fmt: skip


@given(boot=st.integers(0, 2**40), world_ms=st.integers(0, 2**45))
def test_a_boot_number_is_new_and_at_least_the_world_time_in_seconds(boot: int, world_ms: int) -> None:
    number = next_boot(boot, Now(0, world_ms))

    assert number > boot
    assert number >= world_ms // 1000


def test_a_file_that_was_never_written_has_no_content(tmp_path: Path) -> None:
    assert FileMemory(tmp_path / "memory").read() is None


def test_a_file_keeps_the_last_write_and_nothing_else(tmp_path: Path) -> None:
    memory = FileMemory(tmp_path / "memory")
    (tmp_path / "memory.new").write_bytes(b"left by a crash, and longer than the rest")

    memory.write(b"one")
    memory.write(b"two")

    assert FileMemory(tmp_path / "memory").read() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["memory"]


def test_a_failed_write_keeps_the_old_content(tmp_path: Path) -> None:
    memory = FileMemory(tmp_path / "memory")
    memory.write(b"old")
    (tmp_path / "memory.new").mkdir()

    with pytest.raises(OSError, match=r"memory\.new"):
        memory.write(b"new")

    assert memory.read() == b"old"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hub_id", "0a1b2c3d"),
        ("hub_id", "12"),
        ("prefix", "/x"),
        ("event_buffer", 0),
        ("event_buffer", 1001),
        ("reconnect_min_ms", 0),
        ("reconnect_max_ms", 999),
    ],
)
def test_a_setting_outside_its_range_is_named(field: str, value: object) -> None:
    with pytest.raises(BadAgentSetting, match=field) as caught:
        AgentSettings(**{"hub_id": HUB_ID, field: value})

    assert (caught.value.field, caught.value.value) == (field, value)
