"""Which hubs are shown again: at most ten times a second each, and the last change always."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.lab.hub_changes import AT_ONCE_MAX, EVERY_MS, HubChanges

HUB, OTHER = "0000AA01", "0000AA02"


def test_the_first_change_is_shown_at_once_and_the_next_ones_together() -> None:
    changes = HubChanges()

    changes.touch(HUB)
    assert changes.take(1_000) == [HUB]
    changes.touch(HUB)
    changes.touch(HUB)
    changes.touch(OTHER)

    assert changes.take(1_001) == [OTHER]
    assert changes.due(1_001) == 1_000 + EVERY_MS
    assert changes.take(1_000 + EVERY_MS - 1) == []
    assert changes.take(1_000 + EVERY_MS) == [HUB]
    assert changes.due(2_000) is None


def test_many_hubs_are_shown_in_parts() -> None:
    changes = HubChanges()
    hubs = [f"{number:08X}" for number in range(AT_ONCE_MAX + 1)]
    for hub in hubs:
        changes.touch(hub)

    assert changes.take(0) == hubs[:AT_ONCE_MAX]
    assert changes.due(0) == 0
    assert changes.take(0) == hubs[AT_ONCE_MAX:]


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([HUB, OTHER])), max_size=60))
def test_no_hub_is_shown_too_often_and_no_last_change_is_lost(steps: list[tuple[int, str]]) -> None:
    changes, now_ms = HubChanges(), 0
    touched: dict[str, int] = {}
    shown: dict[str, list[int]] = {HUB: [], OTHER: []}
    for pause_ms, hub in steps:
        now_ms += pause_ms
        changes.touch(hub)
        touched[hub] = now_ms
        for each in changes.take(now_ms):
            shown[each].append(now_ms)
    while (due_ms := changes.due(now_ms)) is not None:
        now_ms = due_ms
        for each in changes.take(now_ms):
            shown[each].append(now_ms)

    assert all(shown[hub][-1] >= at_ms for hub, at_ms in touched.items())
    for times in shown.values():
        assert all(later - earlier >= EVERY_MS for earlier, later in pairwise(times))
