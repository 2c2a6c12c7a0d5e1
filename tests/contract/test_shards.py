"""Shards: each hub is in exactly one, also after a shard was divided again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.lab.protocol import LabTopics
from hubsim_contract.lab.shards import SHARDS_MAX, WHOLE, BadShard, Shard

HUBS = st.integers(0, 0xFFFF_FFFF).map("{:08X}".format)
COUNTS = st.integers(1, 40)


@st.composite
def shards(draw: st.DrawFn) -> Shard:
    count = draw(COUNTS)
    return Shard(draw(st.integers(1, count)), count)


@given(hub=st.one_of(HUBS, st.text()), count=COUNTS)
def test_each_hub_is_in_exactly_one_shard(hub: str, count: int) -> None:
    assert [Shard(index, count).has(hub) for index in range(1, count + 1)].count(True) == 1


@given(hub=HUBS, shard=shards(), count=COUNTS)
def test_the_parts_of_a_shard_divide_its_hubs(hub: str, shard: Shard, count: int) -> None:
    parts = [shard.part(index, count) for index in range(1, count + 1)]

    assert [part.has(hub) for part in parts].count(True) == shard.has(hub)
    assert shard.serves_carrier == any(part.serves_carrier for part in parts)


@given(first=shards(), second=shards())
def test_shards_overlap_if_a_hub_is_in_both(first: Shard, second: Shard) -> None:
    both = [
        number
        for number in range(first.count * second.count)
        if first.has(f"{number:08X}") and second.has(f"{number:08X}")
    ]

    assert first.overlaps(second) == second.overlaps(first) == bool(both)


@given(shard=shards())
def test_a_shard_is_read_from_its_text_and_from_its_topic(shard: Shard) -> None:
    topics = LabTopics()

    assert Shard.parse(str(shard)) == shard
    assert Shard.of_level(shard.level) == shard
    assert topics.shard_of(topics.presence_of(shard)) == shard


@pytest.mark.parametrize("text", ["", "1", "0/1", "2/1", "1/0", "-1/2", "1/2/3", "a/b", "1/5000", "1.0/2"])
def test_a_text_that_names_no_shard_is_refused(text: str) -> None:
    with pytest.raises(BadShard, match="not a shard such as 2/4"):
        Shard.parse(text)


@pytest.mark.parametrize("level", ["", "1-of-1", "2-of-1", "0-of-2", "1-of-99999", "1-of-2/x"])
def test_no_other_topic_is_the_presence_of_a_shard(level: str) -> None:
    topics = LabTopics()

    assert topics.shard_of(f"{topics.presence}/{level}") is None
    assert topics.shard_of(topics.requests) is None


def test_a_shard_cannot_be_divided_without_end() -> None:
    with pytest.raises(BadShard, match="use fewer processes"):
        Shard(2, SHARDS_MAX // 2).part(1, 3)

    assert WHOLE.part(2, 4) == Shard(2, 4)
