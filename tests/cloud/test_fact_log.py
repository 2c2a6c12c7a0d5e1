"""The log in memory: whatever part of it is packed, it reads as a list of its facts."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.domain.fact_log import PAGES_OPEN, FactLog, FactPage
from hubsim_cloud.domain.facts import Fact, ObjectDeleted, PersonSignedUp


def fact(number: int) -> Fact:
    if number % 3:
        return ObjectDeleted(at_ms=number, object=f"object-{number}")
    return PersonSignedUp(at_ms=number, person=f"person-{number}", email="łódź@example.test", name="Łukasz")


def page(first: int, last: int) -> FactPage:
    return FactPage.of(first, [msgspec.json.encode(fact(number)) for number in range(first, last + 1)])


@st.composite
def logs(draw: st.DrawFn) -> tuple[FactLog, list[Fact]]:
    """A log that was extended and packed in any order, and the list of its facts."""
    log, model = FactLog(), list[Fact]()
    for more, packed in draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6)), max_size=8)):
        facts = [fact(number) for number in range(len(model) + 1, len(model) + more + 1)]
        log.extend(facts)
        model += facts
        size = min(packed, len(log) - log.packed)
        if size:
            log.pack(page(log.packed + 1, log.packed + size))
    return log, model


@given(logs(), st.slices(40))
def test_a_packed_log_reads_as_a_list(case: tuple[FactLog, list[Fact]], part: slice) -> None:
    log, model = case

    assert len(log) == len(model)
    assert list(log) == model
    assert log == model
    assert log[part] == model[part]
    for place in range(-len(model), len(model)):
        assert log[place] == model[place]
    for begin in range(len(model) + 2):
        assert list(log.since(begin)) == model[begin:]


@given(logs())
def test_a_log_that_takes_over_another_equals_it_and_grows_alone(case: tuple[FactLog, list[Fact]]) -> None:
    log, model = case
    other = FactLog()

    other.take_over(log)
    other.extend([fact(len(model) + 1)])

    assert log == model
    assert other == [*model, fact(len(model) + 1)]


@pytest.mark.parametrize("place", [3, -4])
def test_a_place_outside_of_the_log_is_an_index_error(place: int) -> None:
    log = FactLog([page(1, 2)], [fact(3)])

    with pytest.raises(IndexError):
        log[place]


def test_a_page_that_is_packed_already_or_too_long_changes_nothing() -> None:
    log = FactLog([page(1, 2)], [fact(3), fact(4)])

    for late in (page(1, 2), page(3, 5), page(4, 4)):
        log.pack(late)

    assert (log.packed, list(log)) == (2, [fact(number) for number in range(1, 5)])


def test_logs_that_differ_in_one_fact_are_not_equal() -> None:
    assert FactLog([page(1, 2)], [fact(3)]) != [fact(1), fact(2), fact(4)]
    assert FactLog([page(1, 2)]) != [fact(1)]
    assert FactLog() != 0


def test_single_facts_keep_a_bounded_number_of_pages_open() -> None:
    pages = 2 * PAGES_OPEN
    log = FactLog([page(2 * number + 1, 2 * number + 2) for number in range(pages)])

    read: list[Any] = [log[place] for place in range(0, 2 * pages, 2)]

    assert read == [fact(number) for number in range(1, 2 * pages, 2)]
    assert len(log._open) == PAGES_OPEN
