"""The rules of the contract in the agent. The name of each test contains the id of its rule."""

import pytest
from agent_bench import (
    CLOUD_TOPIC,
    DESIRED_TOPIC,
    HEARD_TOPIC,
    HUB_ID,
    TOPICS,
    WORLD_MS,
    Bench,
    desired,
    of,
    published,
)

from hubsim_agent.hub_events import DetectedEvent
from hubsim_agent.ports import Boot, MemoryWritten, WriteMemory
from hubsim_contract.core import Now
from hubsim_contract.mqtt.link import ANSWER_LIMIT_MS, LinkState
from hubsim_contract.mqtt.port import Connect, Connected, Disconnect, Publish, Subscribe, Subscribed
from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.messages import Channel, HubEvent, Presence, Reported, ServiceState
from hubsim_contract.wire.topics import MessageKind


def test_mq_1_a_newer_document_replaces_the_whole_previous_one() -> None:
    bench = Bench().online()
    bench.apply(desired(3, service=ServiceState.EXPIRING, ends_at_ms=5, armed=True))

    effects = bench.apply(desired(4))

    (reported,) = published(effects, Reported)
    assert (reported.applied_version, reported.service) == (4, ServiceState.ACTIVE)
    assert (reported.ends_at_ms, reported.armed) == (None, False)


@pytest.mark.parametrize("version", [1, 6])
def test_mq_1_an_older_document_changes_nothing_and_is_counted(version: int) -> None:
    bench = Bench().online()
    bench.apply(desired(7))

    effects = bench.apply(desired(version, service=ServiceState.ACTIVATION_REQUIRED))

    assert effects == []
    assert bench.agent.view().applied_version == 7
    assert bench.agent.view().old_versions == 1


def test_mq_1_a_restarted_hub_ignores_documents_older_than_its_memory() -> None:
    bench = Bench().online()
    bench.apply(desired(7))

    again = bench.restarted().online()
    again.apply(desired(6))

    assert again.agent.view().applied_version == 7


def test_mq_2_reported_counts_sequences_and_presence_counts_connections() -> None:
    bench = Bench().online()
    bench.apply(desired(41))
    bench.lose()

    bench.reconnect()

    boot = bench.agent.view().boot
    online = [presence for presence in published(bench.effects, Presence) if presence.online]
    reported = published(bench.effects, Reported)
    assert [(presence.boot, presence.connection) for presence in online] == [(boot, 1), (boot, 2)]
    assert [(one.boot, one.sequence) for one in reported] == [(boot, 1), (boot, 2), (boot, 3)]
    assert [one.applied_version for one in reported] == [0, 41, 41]


def test_mq_3_subscribes_before_it_publishes_presence_reported_and_events() -> None:
    bench = Bench()
    bench.start()
    bench.change(lid_open=True)
    bench.finish_writes()

    after_connect = bench.feed(Connected())
    after_subscribe = bench.feed(Subscribed())

    assert after_connect == [Subscribe((DESIRED_TOPIC, HEARD_TOPIC, CLOUD_TOPIC))]
    kinds = [TOPICS.read(publish.topic).kind for publish in of(after_subscribe, Publish)]
    assert kinds == [MessageKind.PRESENCE, MessageKind.REPORTED, MessageKind.EVENTS]
    assert [publish.retain for publish in of(after_subscribe, Publish)] == [True, True, False]


def test_mq_3_a_desired_document_that_arrives_before_the_suback_is_applied() -> None:
    bench = Bench()
    bench.start()
    bench.feed(Connected())

    bench.apply(desired(9))
    effects = bench.feed(Subscribed())

    assert published(effects, Reported)[0].applied_version == 9


def test_mq_4_after_a_reconnect_only_the_current_state_is_sent() -> None:
    bench = Bench().online()
    for version in range(1, 6):
        bench.apply(desired(version))
    bench.lose()

    effects = bench.reconnect()

    assert [reported.applied_version for reported in published(effects, Reported)] == [5]


def test_mq_4_events_without_acknowledgement_are_sent_again_under_their_numbers() -> None:
    bench = Bench().online()
    first = bench.change(lid_open=True) + bench.change(lid_open=False)
    bench.lose()

    again = bench.reconnect()

    assert published(again, HubEvent) == published(first, HubEvent)
    assert [event.number for event in published(again, HubEvent)] == [1, 2]


def test_mq_5_nothing_is_applied_or_reported_before_it_is_durable() -> None:
    bench = Bench().online()

    on_arrival = bench.receive(desired(8))
    before = bench.agent.view()
    when_durable = bench.finish_writes()

    assert [type(effect) for effect in on_arrival] == [WriteMemory]
    assert before.applied_version == 0
    assert published(when_durable, Reported)[0].applied_version == 8


def test_mq_5_the_newest_of_several_wins_and_only_durable_ones_are_reported() -> None:
    bench = Bench().online()

    bench.receive(desired(2))
    bench.receive(desired(3))
    bench.receive(desired(4))
    effects = bench.finish_writes()

    assert [reported.applied_version for reported in published(effects, Reported)] == [2, 4]


def test_mq_5_the_confirmation_of_an_earlier_write_does_not_make_a_later_one_durable() -> None:
    bench = Bench().online()
    bench.receive(desired(8))

    effects = bench.feed(MemoryWritten(bench.unwritten[0].revision - 1))

    assert effects == []
    assert bench.agent.view().applied_version == 0


def test_mq_5_a_document_of_the_applied_version_is_reported_again_and_changes_nothing() -> None:
    bench = Bench().online()
    bench.apply(desired(8))

    effects = bench.receive(desired(8, service=ServiceState.EXPIRING))

    (reported,) = published(effects, Reported)
    assert (reported.applied_version, reported.service) == (8, ServiceState.ACTIVE)
    assert len(effects) == 1


def test_mq_5_a_write_with_an_unchanged_document_is_not_reported() -> None:
    bench = Bench().online()
    bench.apply(desired(8))
    event_effects = bench.change(lid_open=True)
    written = len(bench.unwritten)

    after_the_event = bench.finish_writes()
    bench.acknowledge(event_effects)
    written_again = len(bench.unwritten)
    after_the_acknowledgement = bench.finish_writes()

    assert (written, written_again) == (1, 1)
    assert published(after_the_event, Reported) == []
    assert published(after_the_acknowledgement, Reported) == []


def test_mq_5_unchanged_hardware_is_not_reported() -> None:
    bench = Bench().online()
    bench.apply(desired(8))

    effects = bench.change()

    assert effects == []


def test_mq_6_each_connection_has_a_different_will() -> None:
    bench = Bench()
    effects = bench.start()
    bench.answer_connect()
    bench.lose()

    effects += bench.reconnect()

    wills = [connect.will for connect in of(effects, Connect)]
    boot = bench.agent.view().boot
    assert [decode(MessageKind.PRESENCE, will.payload) for will in wills] == [
        Presence(hub=HUB_ID, online=False, boot=boot, connection=1),
        Presence(hub=HUB_ID, online=False, boot=boot, connection=2),
    ]
    assert all(will.retain for will in wills)


def test_mq_6_a_boot_is_durable_before_the_first_connection() -> None:
    bench = Bench()

    effects = bench.feed(Boot(bench.hardware))
    later = bench.finish_writes()

    assert of(effects, Connect) == []
    assert len(of(later, Connect)) == 1


def test_mq_6_a_hub_with_a_wiped_memory_continues_its_boot_numbers() -> None:
    bench = Bench()
    bench.start()
    one_second_later = Now(1_000, bench.now.world_ms + 1_000)

    wiped = Bench(None, now=one_second_later)

    assert wiped.agent.view().boot > bench.agent.view().boot


def test_mq_6_boot_numbers_grow_also_while_the_clock_is_stopped() -> None:
    bench = Bench()
    bench.start()

    again = Bench(bench.flash, now=Now(0, 0))

    assert again.agent.view().boot == bench.agent.view().boot + 1


def test_mq_7_a_hub_uses_a_clean_session_with_its_id() -> None:
    (connect,) = of(Bench().start(), Connect)

    assert (connect.clean, connect.client_id) == (True, f"hub-{HUB_ID}")


def test_mq_5_a_hub_does_not_end_a_service_itself() -> None:
    bench = Bench().online()
    bench.apply(desired(5, service=ServiceState.EXPIRING, ends_at_ms=WORLD_MS + 1_000))

    bench.wait(86_400_000)
    effects = bench.change(lid_open=True)

    (reported,) = published(effects, Reported)
    assert (reported.service, reported.ends_at_ms) == (ServiceState.EXPIRING, WORLD_MS + 1_000)
    assert bench.agent.view().face.tile == "expires_soon"


def test_mq_10_a_missing_connack_ends_the_attempt() -> None:
    bench = Bench()
    bench.start()

    early = bench.wait(ANSWER_LIMIT_MS - 1)
    in_time = bench.wait(1)

    assert early == []
    assert in_time == [Disconnect()]
    assert bench.agent.view().link is LinkState.BACKOFF


def test_mq_10_a_missing_suback_ends_the_connection() -> None:
    bench = Bench()
    bench.start()
    bench.feed(Connected())

    effects = bench.wait(ANSWER_LIMIT_MS)

    assert effects[-1] == Disconnect()
    assert bench.agent.view().link is LinkState.BACKOFF


def test_mq_10_a_connection_without_acknowledgements_is_closed() -> None:
    bench = Bench().online()
    bench.change(lid_open=True)

    early = bench.wait(59_999)
    effects = bench.wait(1)

    assert early == []
    assert [presence.online for presence in published(effects, Presence)] == [False]
    assert of(effects, Disconnect) == [Disconnect()]
    assert published(bench.reconnect(), HubEvent)[0].kind == DetectedEvent.LID_OPENED


def test_a_ping_outside_the_range_is_replaced_by_the_nearest_bound() -> None:
    seconds = []
    for ping_s in (-5, 10, 120, 99_999):
        bench = Bench().online()
        bench.apply(desired(1, ping_s=ping_s))
        bench.lose()
        bench.reconnect()
        seconds.append(of(bench.effects, Connect)[-1].keepalive_s)

    assert seconds == [10, 10, 120, 300]


def test_the_first_connection_uses_the_default_keepalive_of_the_contract() -> None:
    (connect,) = of(Bench().start(), Connect)

    assert connect.keepalive_s == 60


def test_a_hub_with_ethernet_stays_online_when_its_sim_is_cut_off() -> None:
    bench = Bench().online()

    effects = bench.change(channels=(Channel.ETHERNET,))

    assert published(effects, Reported)[0].hardware.channels == (Channel.ETHERNET,)
    assert [(event.kind, event.detail) for event in published(effects, HubEvent)] == [
        (DetectedEvent.CHANNEL_LOST, "cellular")
    ]
    assert bench.agent.view().link is LinkState.ONLINE
