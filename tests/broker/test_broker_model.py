"""The broker model, by section of MQTT 3.1.1: connections, publishing, subscriptions, retained messages."""

import pytest
from modelled import CLOUD, HUB, OTHER, got, joined

from hubsim_simulator.broker.imitations import model_of
from hubsim_simulator.broker.model import BrokerModel
from hubsim_simulator.broker.outputs import REFUSED, Close, Connack, Deliver, Puback, Suback, Unsuback
from hubsim_simulator.broker.profiles import AMQTT, MOSQUITTO, REPAIRED_AMQTT, BrokerProfile

# ------------------------------------------------------------------ connecting (3.1)


def test_a_connection_is_accepted() -> None:
    assert BrokerModel().connect(HUB, "hub", True, 60) == [Connack(HUB, session_present=False)]


def test_a_client_without_an_id_is_rejected() -> None:
    assert BrokerModel().connect(HUB, "", True, 60) == [Close(HUB)]


def test_a_second_connect_on_one_connection_closes_it_and_sends_its_will() -> None:
    model = joined()
    model.subscribe(CLOUD, ["presence"])

    outputs = model.connect(HUB, "hub", True, 60)

    assert outputs[0] == Close(HUB)
    assert got(outputs, CLOUD) == [("presence", b"offline")]


def test_later_packets_of_a_closed_connection_are_ignored() -> None:
    model = joined()
    model.lost(HUB)

    assert model.publish(HUB, "t", b"late", packet_id=1) == []
    assert model.subscribe(HUB, ["t"]) == []
    assert model.unsubscribe(HUB, ["t"]) == []
    assert model.puback(HUB, 1) == []
    assert model.disconnect(HUB) == []
    assert model.lost(HUB) == []


@pytest.mark.parametrize(
    ("profile", "keepalive_s", "limit_ms"),
    [(MOSQUITTO, 60, 90_000), (REPAIRED_AMQTT, 1, 1500), (MOSQUITTO, 0, None), (AMQTT, 60, None)],
)
def test_a_silent_client_times_out_after_one_and_a_half_keepalives(
    profile: BrokerProfile, keepalive_s: int, limit_ms: int | None
) -> None:
    model = model_of(profile)
    model.connect(HUB, "hub", True, keepalive_s)

    assert model.silence_limit_ms(HUB) == limit_ms
    assert model.silence_limit_ms(OTHER) is None


# ------------------------------------------------------------------ publishing (3.3, 4.3)


def test_a_message_reaches_its_subscribers_and_is_acknowledged() -> None:
    model = joined()
    model.subscribe(CLOUD, ["hubs/+/reported"])

    outputs = model.publish(HUB, "hubs/1/reported", b"state", packet_id=7)

    assert outputs == [
        Deliver(CLOUD, "hubs/1/reported", b"state", 1, retain=False, dup=False, packet_id=1),
        Puback(HUB, 7),
    ]


@pytest.mark.parametrize(
    ("published", "subscribed", "delivered"), [(0, 1, 0), (1, 0, 0), (1, 1, 1), (1, 2, 1), (0, 2, 0)]
)
def test_a_message_is_delivered_with_the_lower_quality_of_service(
    published: int, subscribed: int, delivered: int
) -> None:
    model = joined()
    granted = model.subscribe(CLOUD, ["t"], qos=subscribed)

    outputs = model.publish(HUB, "t", b"x", qos=published, packet_id=1)

    assert granted == [Suback(CLOUD, (subscribed,))]
    assert [each.qos for each in outputs if isinstance(each, Deliver)] == [delivered]
    assert (Puback(HUB, 1) in outputs) is (published > 0)


def test_a_publisher_that_subscribes_receives_its_own_message() -> None:
    model = joined()
    model.subscribe(HUB, ["t"])

    assert got(model.publish(HUB, "t", b"x"), HUB) == [("t", b"x")]


@pytest.mark.parametrize("topic", ["", "a/+", "a/#", "a\0b"])
def test_an_illegal_topic_closes_the_connection(topic: str) -> None:
    assert joined().publish(HUB, topic, b"x")[0] == Close(HUB)


def test_messages_of_clients_to_sys_topics_are_acknowledged_and_dropped() -> None:
    model = joined()
    model.subscribe(CLOUD, ["$SYS/#", "$own/#"])

    dropped = model.publish(HUB, "$SYS/x", b"x", packet_id=1)
    passed = model.publish(HUB, "$own/x", b"x", packet_id=2)

    assert dropped == [Puback(HUB, 1)]
    assert got(passed, CLOUD) == [("$own/x", b"x")]


def test_a_wildcard_in_the_first_level_does_not_match_dollar_topics() -> None:
    model = joined()
    model.subscribe(CLOUD, ["#", "+/x"])

    assert got(model.publish(HUB, "$own/x", b"x"), CLOUD) == []


# ------------------------------------------------------------------ subscribing (3.8, 3.10)


def test_overlapping_filters_deliver_once_at_the_highest_quality_of_service() -> None:
    model = joined()
    model.subscribe(CLOUD, ["a/+", "#"], qos=0)
    model.subscribe(CLOUD, ["a/b"], qos=1)

    deliveries = [each for each in model.publish(HUB, "a/b", b"x") if isinstance(each, Deliver)]

    assert [each.qos for each in deliveries] == [1]


def test_subscribing_again_replaces_the_quality_of_service() -> None:
    model = joined()
    model.subscribe(CLOUD, ["t"], qos=1)
    model.subscribe(CLOUD, ["t"], qos=0)

    deliveries = [each for each in model.publish(HUB, "t", b"x") if isinstance(each, Deliver)]

    assert [each.qos for each in deliveries] == [0]


def test_an_unsubscribed_client_receives_no_more_messages() -> None:
    model = joined()
    model.subscribe(CLOUD, ["t", "u"])

    answer = model.unsubscribe(CLOUD, ["t", "never subscribed"])

    assert answer == [Unsuback(CLOUD)]
    assert got(model.publish(HUB, "t", b"x"), CLOUD) == []
    assert got(model.publish(HUB, "u", b"x"), CLOUD) == [("u", b"x")]


def test_an_illegal_filter_closes_the_connection() -> None:
    assert joined().subscribe(CLOUD, ["a#"])[0] == Close(CLOUD)


def test_amqtt_refuses_an_illegal_filter_and_grants_the_other_subscriptions() -> None:
    model = joined(AMQTT)

    assert model.subscribe(CLOUD, ["a#", "t"]) == [Suback(CLOUD, (REFUSED, 1))]
    assert got(model.publish(HUB, "t", b"x"), CLOUD) == [("t", b"x")]


# ------------------------------------------------------------------ retained messages (3.3.1.3)


def test_a_later_subscriber_receives_the_retained_message_with_the_retain_flag() -> None:
    model = joined()
    model.publish(CLOUD, "hubs/1/desired", b"v1", retain=True)
    model.publish(CLOUD, "hubs/1/desired", b"v2", retain=True)

    outputs = model.subscribe(HUB, ["hubs/1/desired"])

    assert outputs == [
        Suback(HUB, (1,)),
        Deliver(HUB, "hubs/1/desired", b"v2", 1, retain=True, dup=False, packet_id=1),
    ]


def test_an_existing_subscriber_receives_it_without_the_retain_flag() -> None:
    model = joined()
    model.subscribe(HUB, ["t"])

    deliveries = [each for each in model.publish(CLOUD, "t", b"x", retain=True) if isinstance(each, Deliver)]

    assert [each.retain for each in deliveries] == [False]


def test_an_empty_retained_message_clears_the_topic_and_is_delivered() -> None:
    model = joined()
    model.subscribe(HUB, ["t"])
    model.publish(CLOUD, "t", b"x", retain=True)

    outputs = model.publish(CLOUD, "t", b"", retain=True)

    assert got(outputs, HUB) == [("t", b"")]
    assert got(model.subscribe(HUB, ["t"]), HUB) == []


def test_subscribing_again_delivers_the_retained_messages_again() -> None:
    model = joined()
    model.publish(CLOUD, "a/b", b"x", retain=True)

    first = model.subscribe(HUB, ["a/+"])
    second = model.subscribe(HUB, ["a/+"])

    assert got(first, HUB) == got(second, HUB) == [("a/b", b"x")]


def test_plain_amqtt_sends_the_retained_messages_of_others_to_a_new_client() -> None:
    results = {}
    for profile in (MOSQUITTO, AMQTT, REPAIRED_AMQTT):
        model = joined(profile)
        model.subscribe(HUB, ["private"])
        model.publish(HUB, "private", b"secret", retain=True)
        results[profile] = got(model.connect(OTHER, "other", True, 60), OTHER)

    assert results == {MOSQUITTO: [], AMQTT: [("private", b"secret")], REPAIRED_AMQTT: []}
