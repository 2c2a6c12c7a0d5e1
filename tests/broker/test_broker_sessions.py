"""The broker model, by section of MQTT 3.1.1: wills, takeovers, persistent sessions, restarts."""

import pytest
from modelled import CLOUD, HUB, OTHER, got, joined

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.errors import BrokerStateError
from hubsim_simulator.broker.imitations import model_of
from hubsim_simulator.broker.limits import BrokerLimits
from hubsim_simulator.broker.model import BrokerModel, ShutdownKind
from hubsim_simulator.broker.outputs import Close, Connack, Deliver
from hubsim_simulator.broker.profiles import AMQTT, EMBEDDED, MOSQUITTO, REPAIRED_AMQTT, BrokerProfile

# ------------------------------------------------------------------ wills (3.1.2.5)


def test_a_lost_connection_sends_its_will_and_a_disconnect_does_not() -> None:
    model = joined()
    model.subscribe(CLOUD, ["presence"])

    lost = model.lost(HUB)
    model.connect(HUB, "hub", True, 60, Will("presence", b"offline"))
    disconnected = model.disconnect(HUB)

    assert got(lost, CLOUD) == [("presence", b"offline")]
    assert disconnected == []


def test_a_later_subscriber_receives_a_retained_will() -> None:
    model = joined()
    model.lost(HUB)

    assert got(model.subscribe(CLOUD, ["presence"]), CLOUD) == [("presence", b"offline")]


def test_a_later_subscriber_does_not_receive_a_will_that_is_not_retained() -> None:
    model = BrokerModel()
    model.connect(HUB, "hub", True, 60, Will("presence", b"offline", retain=False))
    model.connect(CLOUD, "cloud", True, 60)
    model.lost(HUB)

    assert got(model.subscribe(CLOUD, ["presence"]), CLOUD) == []


def test_a_lost_client_does_not_receive_its_own_will() -> None:
    model = joined()
    model.subscribe(HUB, ["presence"])

    assert model.lost(HUB) == []


# ------------------------------------------------------------------ takeover (3.1.4)


def test_a_takeover_closes_the_older_connection_and_sends_its_will() -> None:
    model = joined()
    model.subscribe(CLOUD, ["presence"])

    outputs = model.connect(OTHER, "hub", True, 60, Will("presence", b"newer"))

    assert [each for each in outputs if not isinstance(each, Deliver)] == [
        Close(HUB),
        Connack(OTHER, session_present=False),
    ]
    assert got(outputs, CLOUD) == [("presence", b"offline")]
    assert model.lost(HUB) == []


def test_a_takeover_of_a_persistent_session_sends_no_will_and_loses_nothing() -> None:
    model = BrokerModel()
    model.connect(CLOUD, "cloud", True, 60)
    model.subscribe(CLOUD, ["presence"])
    model.connect(HUB, "hub", False, 60, Will("presence", b"offline"))
    model.subscribe(HUB, ["t"])
    model.publish(CLOUD, "t", b"in flight")

    outputs = model.connect(OTHER, "hub", False, 60)

    assert outputs == [
        Close(HUB),
        Connack(OTHER, session_present=True),
        Deliver(OTHER, "t", b"in flight", 1, retain=False, dup=True, packet_id=1),
    ]


def test_plain_amqtt_leaves_the_older_connection_open_without_its_subscriptions() -> None:
    model = joined(AMQTT)
    model.subscribe(HUB, ["t"])
    model.subscribe(CLOUD, ["presence"])

    outputs = model.connect(OTHER, "hub", True, 60)

    assert outputs == [Connack(OTHER, session_present=False)]
    assert got(model.publish(CLOUD, "t", b"x"), HUB) == []
    assert got(model.lost(HUB), CLOUD) == [("presence", b"offline")]


def test_on_amqtt_a_takeover_of_a_persistent_session_loses_both_connections() -> None:
    model = joined(REPAIRED_AMQTT)
    model.subscribe(CLOUD, ["presence"])

    outputs = model.connect(OTHER, "hub", False, 60, Will("presence", b"newer"))

    assert Close(HUB) in outputs
    assert outputs[-1] == Close(OTHER)
    assert got(outputs, CLOUD) == [("presence", b"newer")] * 2
    assert model.connect(4, "hub", False, 60) == [Connack(4, session_present=False)]


# ------------------------------------------------------------------ persistent sessions (3.1.2.4, 4.4)


def kept(model: BrokerModel) -> None:
    """Connect the hub with a persistent session that is subscribed to `t`."""
    model.connect(HUB, "hub", False, 60)
    model.subscribe(HUB, ["t"])


def test_a_persistent_session_receives_messages_sent_while_offline_except_qos_0() -> None:
    model = BrokerModel()
    model.connect(CLOUD, "cloud", True, 60)
    kept(model)
    model.disconnect(HUB)
    model.publish(CLOUD, "t", b"one")
    model.publish(CLOUD, "t", b"unsure", qos=0)
    model.publish(CLOUD, "t", b"two")

    outputs = model.connect(OTHER, "hub", False, 60)

    assert outputs[0] == Connack(OTHER, session_present=True)
    assert got(outputs, OTHER) == [("t", b"one"), ("t", b"two")]
    assert not any(each.dup for each in outputs if isinstance(each, Deliver))


def test_an_unacknowledged_message_is_sent_again_as_a_duplicate() -> None:
    model = BrokerModel()
    model.connect(CLOUD, "cloud", True, 60)
    kept(model)
    for payload in (b"one", b"two"):
        model.publish(CLOUD, "t", payload)
    model.puback(HUB, 1)
    model.lost(HUB)

    outputs = model.connect(OTHER, "hub", False, 60)

    assert outputs[1:] == [Deliver(OTHER, "t", b"two", 1, retain=False, dup=True, packet_id=2)]


def test_a_clean_connection_ends_a_persistent_session() -> None:
    model = BrokerModel()
    model.connect(CLOUD, "cloud", True, 60)
    kept(model)
    model.disconnect(HUB)
    model.publish(CLOUD, "t", b"one")

    clean = model.connect(HUB, "hub", True, 60)
    model.disconnect(HUB)

    assert clean == [Connack(HUB, session_present=False)]
    assert model.connect(HUB, "hub", False, 60) == [Connack(HUB, session_present=False)]
    assert got(model.publish(CLOUD, "t", b"two"), HUB) == []


def test_a_clean_session_ends_with_its_connection() -> None:
    model = joined()
    model.subscribe(HUB, ["t"])
    model.lost(HUB)
    model.publish(CLOUD, "t", b"missed")

    assert model.connect(OTHER, "hub", False, 60) == [Connack(OTHER, session_present=False)]


def test_amqtt_keeps_no_session() -> None:
    model = model_of(REPAIRED_AMQTT)
    kept(model)
    model.lost(HUB)

    assert model.connect(OTHER, "hub", False, 60) == [Connack(OTHER, session_present=False)]


def test_a_full_offline_queue_drops_new_messages() -> None:
    model = BrokerModel(BrokerLimits(max_queued=3))
    model.connect(CLOUD, "cloud", True, 60)
    kept(model)
    model.disconnect(HUB)
    for number in range(5):
        model.publish(CLOUD, "t", str(number).encode())

    outputs = model.connect(OTHER, "hub", False, 60)

    assert [payload for _, payload in got(outputs, OTHER)] == [b"0", b"1", b"2"]


def test_a_client_without_acknowledgements_gets_one_window_then_one_message_per_puback() -> None:
    model = BrokerModel(BrokerLimits(max_inflight=2))
    model.connect(CLOUD, "cloud", True, 60)
    model.connect(HUB, "hub", True, 60)
    model.subscribe(HUB, ["t"])

    first = [got(model.publish(CLOUD, "t", str(number).encode()), HUB) for number in range(4)]
    released = model.puback(HUB, 1)
    again = model.puback(HUB, 1)

    assert first == [[("t", b"0")], [("t", b"1")], [], []]
    assert got(released, HUB) == [("t", b"2")]
    assert again == []


def test_packet_ids_wrap_and_skip_those_in_use() -> None:
    model = joined()
    model.subscribe(HUB, ["t"])
    model.publish(CLOUD, "t", b"never acknowledged")

    ids = []
    for _ in range(65_535):
        for each in model.publish(CLOUD, "t", b"x"):
            if isinstance(each, Deliver):
                ids.append(each.packet_id)
                model.puback(HUB, each.packet_id)

    assert ids[:2] == [2, 3]
    assert ids[-2:] == [65_535, 2]


# ------------------------------------------------------------------ stop and restart of the broker


@pytest.mark.parametrize(
    ("profile", "stop", "wills"),
    [
        (MOSQUITTO, ShutdownKind.TERMINATE, 1),
        (MOSQUITTO, ShutdownKind.CRASH, 0),
        (REPAIRED_AMQTT, ShutdownKind.TERMINATE, 0),
    ],
)
def test_a_graceful_stop_sends_wills_and_a_crash_does_not(
    profile: BrokerProfile, stop: ShutdownKind, wills: int
) -> None:
    model = joined(profile)
    model.subscribe(CLOUD, ["presence"])

    outputs = model.shutdown(stop)

    assert len(got(outputs, CLOUD)) == wills
    assert outputs[-2:] == [Close(HUB), Close(CLOUD)]


@pytest.mark.parametrize(
    ("profile", "persistent", "survives"),
    [(MOSQUITTO, True, True), (MOSQUITTO, False, False), (EMBEDDED, False, False)],
)
def test_a_restart_keeps_retained_messages_and_sessions_if_the_broker_persists(
    profile: BrokerProfile, persistent: bool, survives: bool
) -> None:
    model = model_of(profile)
    model.connect(CLOUD, "cloud", True, 60)
    kept(model)
    model.publish(CLOUD, "u", b"retained", retain=True)

    model.shutdown(ShutdownKind.CRASH)
    model.restart(persistent=persistent)

    assert model.connect(HUB, "hub", False, 60) == [Connack(HUB, session_present=survives)]
    assert bool(got(model.subscribe(HUB, ["u"]), HUB)) is survives
    assert bool(got(model.publish(HUB, "t", b"x"), HUB)) is survives


def test_a_stopped_broker_rejects_connections() -> None:
    model = joined()
    model.shutdown(ShutdownKind.CRASH)

    assert model.connect(OTHER, "other", True, 60) == [Close(OTHER)]
    assert model.publish(HUB, "t", b"x", packet_id=1) == []


def test_stopping_or_starting_twice_is_an_error() -> None:
    model = joined()

    with pytest.raises(BrokerStateError, match="running"):
        model.restart(persistent=True)
    model.shutdown(ShutdownKind.TERMINATE)
    with pytest.raises(BrokerStateError, match="not running"):
        model.shutdown(ShutdownKind.TERMINATE)
