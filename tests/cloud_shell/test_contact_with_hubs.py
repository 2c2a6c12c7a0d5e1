"""What the cloud sends to hubs about itself: its presence, and answers to their reports."""

from engine_bench import (
    HUB,
    HUB_2,
    SETTINGS,
    TOPICS,
    CloudBench,
    answers_in,
    cloud_presence_in,
    complaints_in,
)

from hubsim_cloud.contact import ECHO_LIMIT_MS
from hubsim_cloud.domain.commands import ArmHub
from hubsim_cloud.ports import CloudEffect, Keep
from hubsim_contract.core import Start, Stop
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    Disconnect,
    Publish,
    Received,
    Subscribed,
)
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import CloudPresence, Hardware, Heard, Reported
from hubsim_contract.wire.topics import MessageKind

HARDWARE = Hardware(model="hub-2-plus", firmware="2.20.0")


def online() -> CloudBench:
    cloud = CloudBench()
    cloud.goes_online()
    return cloud


def report(sequence: int, *, hub: str = HUB, ask: bool = True, retained: bool = False) -> Received:
    reported = Reported(hub=hub, boot=7, sequence=sequence, applied_version=0, ask=ask, hardware=HARDWARE)
    return Received(TOPICS.of(MessageKind.REPORTED, hub), encode(reported), retained)


def presence(boot: int, connection: int, *, is_online: bool, retained: bool = False) -> Received:
    message = CloudPresence(online=is_online, boot=boot, connection=connection)
    return Received(TOPICS.of(MessageKind.CLOUD_PRESENCE), encode(message), retained)


def will_in(effects: list[CloudEffect]) -> CloudPresence:
    (connect,) = [effect for effect in effects if isinstance(effect, Connect)]
    assert connect.will is not None
    assert connect.will.retain
    assert connect.will.topic == TOPICS.of(MessageKind.CLOUD_PRESENCE)
    message = decode(MessageKind.CLOUD_PRESENCE, connect.will.payload)
    assert isinstance(message, CloudPresence)
    return message


def test_each_connection_has_its_own_will_and_the_presence_of_the_same_number() -> None:
    cloud = CloudBench()
    first = will_in(cloud.handle(Start()))
    began = cloud_presence_in(cloud.handle(Connected(), Subscribed()))
    second = will_in(cloud.handle(ConnectionLost()) + cloud.passes(0))
    again = cloud_presence_in(cloud.goes_online_again())

    assert first == CloudPresence(online=False, boot=1, connection=1)
    assert began == [CloudPresence(online=True, boot=1, connection=1)]
    assert second == CloudPresence(online=False, boot=1, connection=2)
    assert again == [CloudPresence(online=True, boot=1, connection=2)]


def test_the_presence_is_the_first_message_of_a_connection() -> None:
    cloud = CloudBench()
    cloud.dealer_with_hub()

    effects = cloud.goes_online()

    published = [effect.topic for effect in effects if isinstance(effect, Publish)]
    assert published[0] == TOPICS.of(MessageKind.CLOUD_PRESENCE)
    assert len(published) > 1


def test_a_cloud_that_stops_is_offline_and_one_that_starts_again_has_a_new_connection() -> None:
    cloud = online()

    stopped = cloud_presence_in(cloud.handle(Stop()))
    again = cloud_presence_in(cloud.goes_online())

    assert [(one.online, one.connection) for one in stopped + again] == [(False, 1), (True, 2)]


def test_a_new_engine_of_the_same_start_continues_its_numbers() -> None:
    cloud = online()

    cloud.engine = cloud.engine.anew()

    assert will_in(cloud.handle(Start())).connection == 2


def test_a_report_that_asks_is_answered_after_it_is_kept() -> None:
    cloud = online()

    effects = cloud.handle(report(3))

    assert answers_in(effects) == [Heard(hub=HUB, boot=7, sequence=3)]
    kept = next(place for place, effect in enumerate(effects) if isinstance(effect, Keep))
    assert isinstance(effects[-1], Publish)
    assert kept < len(effects) - 1


def test_a_report_that_does_not_ask_is_not_answered() -> None:
    assert answers_in(online().handle(report(3, ask=False))) == []


def test_a_report_that_the_cloud_has_is_answered_unless_the_broker_only_retains_it() -> None:
    cloud = online()
    cloud.handle(report(3))

    assert len(answers_in(cloud.handle(report(3)))) == 1
    assert answers_in(cloud.handle(report(3, retained=True))) == []
    assert len(answers_in(cloud.handle(report(4, retained=True)))) == 1


def test_reports_that_arrive_before_the_subscription_are_answered_after_it() -> None:
    cloud = CloudBench()
    cloud.handle(Start(), Connected())

    assert answers_in(cloud.handle(report(3), report(4), report(1, hub=HUB_2))) == []

    effects = cloud.handle(Subscribed())
    assert [(answer.hub, answer.sequence) for answer in answers_in(effects)] == [(HUB, 4), (HUB_2, 1)]
    assert isinstance(effects[0], Publish)
    assert effects[0].topic == TOPICS.of(MessageKind.CLOUD_PRESENCE)


def test_its_own_presence_that_comes_back_changes_nothing() -> None:
    assert online().handle(presence(1, 1, is_online=True)) == []


def test_a_late_will_is_replaced_at_the_broker() -> None:
    cloud = online()
    cloud.reconnects()

    effects = cloud.handle(presence(1, 1, is_online=False))

    assert effects == [
        Publish(
            TOPICS.of(MessageKind.CLOUD_PRESENCE),
            encode(CloudPresence(online=True, boot=1, connection=2)),
            retain=True,
        )
    ]


def test_the_will_that_the_broker_retained_before_the_subscription_is_ignored() -> None:
    cloud = online()

    assert cloud.handle(presence(0, 9, is_online=False, retained=True)) == []
    assert cloud.handle(presence(0, 9, is_online=True, retained=True)) == []


def test_another_cloud_under_the_prefix_is_complained_about() -> None:
    (complaint,) = complaints_in(online().handle(presence(2, 1, is_online=True)))

    assert "another cloud" in complaint.text


def test_mq_10_a_cloud_that_receives_nothing_connects_again() -> None:
    """A broker that forgets its subscription acknowledges everything, and delivers nothing."""
    cloud = CloudBench()
    cloud.goes_online()
    dealer = cloud.dealer_with_hub()
    cloud.passes(ECHO_LIMIT_MS)
    cloud.is_deaf = True
    cloud.does(dealer, ArmHub(hub=HUB))

    first = cloud.passes(SETTINGS.desired_retry_ms)
    assert [one.online for one in cloud_presence_in(first)] == [True]
    assert not [effect for effect in first if isinstance(effect, Disconnect)]

    second = cloud.passes(ECHO_LIMIT_MS)
    assert [type(effect) for effect in second if isinstance(effect, Disconnect | Connect)] == [
        Disconnect,
        Connect,
    ]


def test_a_cloud_that_receives_its_own_presence_keeps_its_connection() -> None:
    cloud = CloudBench()
    cloud.goes_online()
    dealer = cloud.dealer_with_hub()
    cloud.passes(ECHO_LIMIT_MS)
    cloud.does(dealer, ArmHub(hub=HUB))

    effects = cloud.passes(10 * ECHO_LIMIT_MS)

    assert cloud_presence_in(effects)
    assert not [effect for effect in effects if isinstance(effect, Disconnect)]


def test_a_broken_presence_is_refused_and_replaced_at_the_broker() -> None:
    cloud = online()

    effects = cloud.handle(Received(TOPICS.of(MessageKind.CLOUD_PRESENCE), b""))

    assert sum(cloud.engine.refused.values()) == 1
    assert [one.online for one in cloud_presence_in(effects)] == [True]
