"""Topic names, filters and the index of subscriptions (MQTT 3.1.1 section 4.7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_simulator.broker.filters import MAX_LEVELS, MAX_TOPIC_BYTES, matches, valid_filter, valid_topic
from hubsim_simulator.broker.routing import Routes

LEVELS = st.sampled_from(["a", "b", "", "$x"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS = (
    st.tuples(st.lists(st.one_of(LEVELS, st.just("+")), max_size=4), st.booleans())
    .map(lambda parts: "/".join([*parts[0], *(["#"] if parts[1] else [])]))
    .filter(bool)
)


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1"),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking"),
        ("sport/#", "sport"),
        ("#", "sport/tennis"),
        ("sport/tennis/+", "sport/tennis/player1"),
        ("sport/+", "sport/"),
        ("+/+", "/finance"),
        ("/+", "/finance"),
        ("+/monitor", "any/monitor"),
        ("$SYS/#", "$SYS/uptime"),
        ("$SYS/+", "$SYS/uptime"),
        ("a/b", "a/b"),
    ],
)
def test_a_filter_matches(topic_filter: str, topic: str) -> None:
    assert matches(topic_filter, topic)


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        ("sport/tennis/+", "sport/tennis/player1/ranking"),
        ("sport/+", "sport"),
        ("+", "/finance"),
        ("#", "$SYS/uptime"),
        ("+/uptime", "$SYS/uptime"),
        ("+/#", "$SYS"),
        ("a/b", "A/b"),
        ("a", "a/b"),
    ],
)
def test_a_filter_does_not_match(topic_filter: str, topic: str) -> None:
    assert not matches(topic_filter, topic)


@pytest.mark.parametrize("topic_filter", ["#", "+", "a/#", "+/a/#", "/", "a//b", "$own/+", "é"])
def test_a_legal_filter(topic_filter: str) -> None:
    assert valid_filter(topic_filter)


@pytest.mark.parametrize(
    "topic_filter",
    ["", "a#", "a/#/b", "#/a", "a+", "a/+b", "++", "a\0b", "x" * (MAX_TOPIC_BYTES + 1), "/" * MAX_LEVELS],
)
def test_an_illegal_filter(topic_filter: str) -> None:
    assert not valid_filter(topic_filter)


@pytest.mark.parametrize("topic", ["", "a/+", "#", "a\0", "é" * 32_768])
def test_an_illegal_topic(topic: str) -> None:
    assert not valid_topic(topic)


@given(st.lists(st.tuples(FILTERS, st.integers(0, 5)), max_size=12), TOPICS)
def test_the_index_finds_exactly_the_matching_filters(
    subscriptions: list[tuple[str, int]], topic: str
) -> None:
    routes: Routes[int] = Routes()
    for topic_filter, subscriber in subscriptions:
        routes.add(topic_filter, subscriber, 1)

    found = sorted(subscriber for hit in routes.hits(topic) for subscriber in hit)

    assert found == sorted(who for topic_filter, who in set(subscriptions) if matches(topic_filter, topic))


@given(st.lists(st.tuples(FILTERS, st.integers(0, 3)), min_size=1, max_size=10), st.data(), TOPICS)
def test_removing_subscriptions_keeps_exactly_the_others(
    subscriptions: list[tuple[str, int]], data: st.DataObject, topic: str
) -> None:
    removed = data.draw(st.lists(st.sampled_from(subscriptions)))
    routes: Routes[int] = Routes()
    expected: Routes[int] = Routes()
    for topic_filter, subscriber in subscriptions:
        routes.add(topic_filter, subscriber, 1)
        if (topic_filter, subscriber) not in removed:
            expected.add(topic_filter, subscriber, 1)

    for topic_filter, subscriber in removed:
        routes.remove(topic_filter, subscriber)

    assert _flat(routes, topic) == _flat(expected, topic)
    for topic_filter, subscriber in subscriptions:
        routes.remove(topic_filter, subscriber)
    assert routes.hits(topic) == []


def _flat(routes: Routes[int], topic: str) -> list[tuple[int, int]]:
    return sorted(item for hit in routes.hits(topic) for item in hit.items())
