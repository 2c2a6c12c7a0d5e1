"""The distribution of durations: percentiles within 2 %, and sums over processes."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from hubsim_simulator.serving.durations import SHORTEST_S, Durations

SECONDS = st.floats(SHORTEST_S, 1e5)


@given(values=st.lists(SECONDS, min_size=1), percent=st.floats(0.1, 100))
def test_a_percentile_is_at_most_two_percent_too_large(values: list[float], percent: float) -> None:
    durations = Durations()
    for value in values:
        durations.add(value)

    exact = sorted(values)[ceil(len(values) * percent / 100) - 1]
    found = durations.percentile_s(percent)
    assert found is not None
    assert exact * 0.999999 <= found <= exact * 1.0201


@given(first=st.lists(SECONDS), second=st.lists(SECONDS))
def test_the_sum_over_processes_is_that_of_all_durations(first: list[float], second: list[float]) -> None:
    one, other, both = Durations(), Durations(), Durations()
    for value in first:
        one.add(value)
        both.add(value)
    for value in second:
        other.add(value)
        both.add(value)

    one.merge(other.buckets)

    assert one.buckets == both.buckets
    assert len(one) == len(first) + len(second)


def test_without_durations_there_is_no_percentile() -> None:
    assert Durations().percentile_s(50) is None
    assert Durations().sum_s == 0


def test_a_duration_of_zero_counts_as_the_shortest() -> None:
    durations = Durations()
    durations.add(0)

    assert durations.percentile_s(100) == SHORTEST_S
