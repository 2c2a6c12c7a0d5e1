"""The access table, and the invariants that it must keep."""

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from hubsim_contract.lab.protocol import ALL, LabTopics
from hubsim_contract.mqtt.access import ITSELF, RULES, Access, Party, may_publish, may_receive, party_of
from hubsim_contract.wire.topics import DEFAULT_PREFIX, MessageKind, Topics
from hubsim_simulator.broker.filters import matches, valid_filter, valid_topic

P = DEFAULT_PREFIX
HUBS = st.sampled_from(["0000AAAA", "0000BBBB", "12345678", "FFFFFFFF"])
USERS = st.one_of(
    HUBS, st.sampled_from(["cloud", "simulator", "bench", "hub", "", "+", "#"]), st.text(max_size=9)
)
LEVELS = st.one_of(
    HUBS,
    st.sampled_from(
        ["hubs", "desired", "reported", "presence", "events", "carrier", "orders", "confirmations", "bench"]
    ),
    st.sampled_from(["actions", "answers", "lab", "requests", "world-7", "", "+", "#", "8988", "a+", "$SYS"]),
    st.text(max_size=3),
)
RESTS = st.lists(LEVELS, min_size=1, max_size=6).map("/".join)
TEXTS = st.one_of(RESTS, RESTS.map(lambda rest: f"{P}/{rest}"))
NAMES = TEXTS.filter(valid_topic)
WORLDS = st.sampled_from(["", "world-7/", "hubs/", "0000AAAA/"])


@st.composite
def topics_of_hubs(draw: st.DrawFn) -> tuple[str, str]:
    """Return a hub, and a topic about it, in the main world or in a lab world."""
    hub, kind = (
        draw(HUBS),
        draw(
            st.sampled_from(
                sorted({MessageKind.DESIRED, MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS})
            )
        ),
    )
    return hub, f"{P}/{draw(WORLDS)}hubs/{hub}/{kind}"


@st.composite
def near_filters(draw: st.DrawFn) -> str:
    """Return a filter of the table, with up to two levels replaced, removed or added."""
    rule = draw(st.sampled_from(RULES))
    levels = draw(st.sampled_from(rule.filters(P, draw(HUBS)))).split("/")
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(levels) - 1))
        levels[place : place + draw(st.integers(0, 1))] = draw(st.lists(LEVELS, max_size=1))
        assume(levels)
    return "/".join(levels)


@given(HUBS, topics_of_hubs())
def test_a_hub_may_not_publish_about_another_hub(user: str, about: tuple[str, str]) -> None:
    hub, topic = about
    assume(hub != user)

    assert not may_publish(user, topic)


@given(HUBS, st.one_of(near_filters(), TEXTS), topics_of_hubs())
@example("0000AAAA", f"{P}/hubs/#", ("0000BBBB", f"{P}/hubs/0000BBBB/desired"))
@example("0000AAAA", f"{P}/+/hubs/+/desired", ("0000BBBB", f"{P}/world-7/hubs/0000BBBB/desired"))
def test_a_hub_has_no_filter_that_matches_a_topic_of_another(
    user: str, topic_filter: str, about: tuple[str, str]
) -> None:
    hub, topic = about
    assume(hub != user)

    reaches = valid_filter(topic_filter) and matches(topic_filter, topic)

    assert not (reaches and may_receive(user, topic_filter))


@given(HUBS, st.one_of(near_filters(), TEXTS))
def test_a_hub_has_access_to_its_own_topics_and_the_presence_of_the_cloud_only(user: str, text: str) -> None:
    assume(valid_topic(text))
    own = f"/hubs/{user}/"

    if may_publish(user, text):
        assert text.startswith(f"{P}/")
        assert text.endswith((f"{own}reported", f"{own}presence", f"{own}events"))
    if may_receive(user, text):
        assert text.startswith(f"{P}/")
        assert text.endswith((f"{own}desired", f"{own}heard", "/cloud/presence"))


@settings(suppress_health_check=[HealthCheck.filter_too_much])  # most pairs do not match, and test nothing
@given(USERS, st.one_of(near_filters(), TEXTS), st.one_of(near_filters(), TEXTS))
@example("cloud", f"{P}/carrier/confirmations/#", f"{P}/carrier/confirmations/1/2")
@example("cloud", f"{P}/lab/#", f"{P}/lab/requests")
@example("cloud", f"{P}/+/+/presence", f"{P}/lab/hubs/presence")
@example("simulator", "#", f"{P}/lab/answers")
@example("bench", "#", "another/prefix")
def test_a_filter_is_allowed_only_if_all_its_topics_are(user: str, topic_filter: str, topic: str) -> None:
    assume(valid_filter(topic_filter))
    assume(valid_topic(topic))
    assume(matches(topic_filter, topic))

    assert may_receive(user, topic) or not may_receive(user, topic_filter)


@given(USERS, st.one_of(near_filters(), TEXTS, st.text()))
def test_invalid_filters_and_topics_are_never_allowed(user: str, text: str) -> None:
    assert valid_filter(text) or not may_receive(user, text)
    assert valid_topic(text) or not may_publish(user, text)


@given(st.text(), st.one_of(near_filters(), TEXTS))
def test_an_unknown_user_has_no_access(user: str, text: str) -> None:
    assume(party_of(user) is None)

    assert not may_publish(user, text)
    assert not may_receive(user, text)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("prefix", [P, "other", "a/b/c"])
def test_each_row_of_the_table_applies_under_its_prefix_only(rule: object, prefix: str) -> None:
    assert isinstance(rule, type(RULES[0]))
    user = "0000AAAA" if rule.party is Party.HUB else rule.party.value
    allowed = may_publish if rule.access is Access.PUBLISH else may_receive

    for topic_filter in rule.filters(prefix, user):
        topic = topic_filter.replace("+", "0000BBBB").replace("#", "any/topic")
        assert allowed(user, topic, prefix)
        assert not allowed(user, topic, prefix + "x")
        assert not allowed(user, topic, prefix + "/x/y")
        if rule.access is Access.RECEIVE:
            assert may_receive(user, topic_filter, prefix)


@pytest.mark.parametrize(
    ("user", "party"),
    [
        ("0123ABCD", Party.HUB),
        ("cloud", Party.CLOUD),
        ("simulator", Party.SIMULATOR),
        ("bench", Party.BENCH),
        ("hub", None),
        ("0123abcd", None),
        ("0123ABCD\n", None),
        ("Cloud", None),
        (ITSELF, None),
        ("", None),
    ],
)
def test_the_party_of_a_user(user: str, party: Party | None) -> None:
    assert party_of(user) is party


def test_every_message_of_the_contract_may_be_sent_and_received() -> None:
    topics = Topics()
    hub, card = "0000AAAA", "8988300000000000001"
    ways = {
        MessageKind.DESIRED: ("cloud", hub),
        MessageKind.REPORTED: (hub, "cloud"),
        MessageKind.PRESENCE: (hub, "cloud"),
        MessageKind.EVENTS: (hub, "cloud"),
        MessageKind.ORDER: ("cloud", "simulator"),
        MessageKind.CONFIRMATION: ("simulator", "cloud"),
    }

    for kind, (author, reader) in ways.items():
        topic = topics.of(kind, hub if kind.value in {"desired", "reported", "presence", "events"} else card)
        assert may_publish(author, topic)
        assert may_receive(reader, topic)
        assert may_receive("bench", topic)
        if reader != hub:
            assert may_receive(reader, topics.of(kind, "+"))


@pytest.mark.parametrize("world", ["", "world-7"])
def test_every_message_of_the_lab_may_be_sent_and_received(world: str) -> None:
    lab, hub = LabTopics(), "0000AAAA"
    bench_actions, answers = lab.bench_actions(world, hub), lab.bench_answers(world, hub)

    assert may_publish("cloud", lab.requests)
    assert may_receive("simulator", lab.requests)
    assert may_publish("simulator", lab.answers)
    assert may_receive("cloud", lab.answers)
    assert may_publish("simulator", lab.presence)
    assert may_receive("cloud", lab.presence)
    assert may_publish("cloud", bench_actions)
    assert may_publish("bench", bench_actions)
    assert may_receive("simulator", bench_actions)
    assert may_receive("simulator", lab.bench_actions(world, ALL))
    assert may_publish("simulator", answers)
    assert may_receive("cloud", answers)
    assert may_receive("bench", answers)
    assert not may_publish(hub, bench_actions)
    assert not may_receive(hub, answers)
