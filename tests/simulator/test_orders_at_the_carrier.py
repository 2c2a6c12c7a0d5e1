import pytest
from carrier_bench import (
    ACCEPTED,
    ACTIVATION_MS,
    ACTIVE,
    CARD,
    EXECUTED,
    INACTIVE,
    ORDINARY,
    OTHER_CARD,
    SUPERSEDED,
    TOPICS,
    CarrierBench,
    confirmations,
    order_message,
)
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, encode
from hubsim_contract.wire.messages import Confirmation, Order, OrderStage, Profile
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.carrier.ports import Holding, MemoryChanged, Waiting

TOPIC = TOPICS.of(MessageKind.ORDER, CARD)


def test_an_unknown_card_is_inactive() -> None:
    assert CarrierBench().carrier.holding(CARD) == Holding(INACTIVE, 0, None, None)


def test_an_activation_is_accepted_and_executed_after_its_delay() -> None:
    bench = CarrierBench()

    first = bench.order(1, ACTIVE)
    waiting = bench.carrier.holding(CARD).waiting
    bench.run_to(ACTIVATION_MS - 1)
    before = bench.profile
    later = bench.run_to(ACTIVATION_MS)

    assert first == [(1, ACTIVE, ACCEPTED)]
    assert waiting == Waiting(1, ACTIVE, ACTIVATION_MS)
    assert before is INACTIVE
    assert confirmations(later) == [(1, ACTIVE, EXECUTED)]
    assert bench.carrier.holding(CARD) == Holding(ACTIVE, 1)


def test_a_cut_without_delay_is_executed_at_once() -> None:
    bench = CarrierBench()
    bench.activate()

    assert bench.order(2, INACTIVE) == [(2, INACTIVE, EXECUTED)]
    assert bench.profile is INACTIVE
    assert bench.carrier.due() is None


def test_a_cut_with_delay_waits() -> None:
    bench = CarrierBench(cut_delay_ms=7_200_000)
    bench.activate()

    bench.order(2, INACTIVE)
    bench.run_to(ACTIVATION_MS + 7_199_999)
    before = bench.profile
    bench.run_to(ACTIVATION_MS + 7_200_000)

    assert (before, bench.profile) == (ACTIVE, INACTIVE)


def test_mq_8_a_newer_order_replaces_the_waiting_one() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)

    answers = bench.order(2, INACTIVE)
    later = bench.run_to(10 * ACTIVATION_MS)

    assert answers == [(1, ACTIVE, SUPERSEDED), (2, INACTIVE, EXECUTED)]
    assert confirmations(later) == []
    assert bench.profile is INACTIVE


def test_mq_8_a_newer_activation_starts_a_new_delay() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)
    bench.run_to(30_000)

    bench.order(2, ACTIVE)
    bench.run_to(30_000 + ACTIVATION_MS - 1)
    before = bench.profile
    bench.run_to(30_000 + ACTIVATION_MS)

    assert (before, bench.profile) == (INACTIVE, ACTIVE)


def test_mq_8_the_same_order_is_confirmed_again_at_its_current_stage() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)
    bench.run_to(ACTIVATION_MS - 1)

    waiting = bench.order(1, ACTIVE)
    bench.run_to(ACTIVATION_MS)
    executed = bench.order(1, ACTIVE)

    assert (waiting, executed) == ([(1, ACTIVE, ACCEPTED)], [(1, ACTIVE, EXECUTED)])


def test_mq_8_a_duplicated_order_does_not_restart_the_delay() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)
    bench.run_to(ACTIVATION_MS - 1)

    bench.order(1, ACTIVE)
    bench.run_to(ACTIVATION_MS)

    assert bench.profile is ACTIVE


@pytest.mark.parametrize("wait_ms", [0, ACTIVATION_MS])
def test_mq_8_an_older_order_is_superseded_and_changes_nothing(wait_ms: int) -> None:
    bench = CarrierBench()
    bench.order(5, ACTIVE)
    bench.run_to(wait_ms)
    before = bench.carrier.holding(CARD)

    answers = bench.order(4, INACTIVE)

    assert answers[0] == (4, INACTIVE, SUPERSEDED)
    assert bench.carrier.holding(CARD) == before


def test_mq_8_the_executed_order_is_older_while_a_newer_one_waits() -> None:
    bench = CarrierBench()
    bench.order(1, INACTIVE)
    bench.order(2, ACTIVE)

    assert bench.order(1, INACTIVE) == [(1, INACTIVE, SUPERSEDED), (2, ACTIVE, ACCEPTED)]


@pytest.mark.parametrize(("wait_ms", "stage"), [(0, ACCEPTED), (ACTIVATION_MS, EXECUTED)])
def test_mq_8_an_older_order_is_also_answered_with_the_newest_one(wait_ms: int, stage: OrderStage) -> None:
    bench = CarrierBench()
    bench.order(5, ACTIVE)
    bench.run_to(wait_ms)

    answers = bench.order(4, INACTIVE)

    assert answers[1:] == [(5, ACTIVE, stage)]


def test_each_card_has_its_own_sequence() -> None:
    bench = CarrierBench()
    bench.order(7, ACTIVE, OTHER_CARD)

    answers = bench.order(1, ACTIVE)

    assert answers == [(1, ACTIVE, ACCEPTED)]


def test_each_order_is_executed_at_its_own_time() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE, OTHER_CARD)
    bench.run_to(10)
    bench.order(1, ACTIVE)

    bench.run_to(ACTIVATION_MS)

    assert bench.carrier.holding(OTHER_CARD).profile is ACTIVE
    assert bench.profile is INACTIVE
    assert bench.carrier.due() == ACTIVATION_MS + 10


def test_an_order_without_a_change_is_not_persisted_again() -> None:
    bench = CarrierBench()

    first = bench.send(order_message(1, ACTIVE))
    again = bench.send(order_message(1, ACTIVE))

    assert first[0] == MemoryChanged(CARD)
    assert MemoryChanged(CARD) not in again


@pytest.mark.parametrize(
    "message",
    [
        Received(TOPIC, b""),
        Received(TOPIC, b"\xff\x00"),
        Received(TOPIC, b"[" * 10_000),
        Received(TOPIC, b" " * (MAX_PAYLOAD_BYTES + 1)),
        Received(TOPIC, b'{"contract":9,"iccid":"x"}'),
        Received(TOPIC, encode(Order(iccid=OTHER_CARD, sequence=1, profile=ACTIVE))),
        Received(TOPIC, encode(Order(iccid=CARD, sequence=0, profile=ACTIVE))),
        Received(TOPIC, encode(Order(iccid=CARD, sequence=-3, profile=ACTIVE))),
        Received(
            TOPICS.of(MessageKind.CONFIRMATION, CARD),
            encode(Confirmation(iccid=CARD, sequence=1, profile=ACTIVE, stage=EXECUTED)),
        ),
        Received("somebody/else", b"{}"),
        order_message(1, ACTIVE, ORDINARY),
        order_message(1, ACTIVE, "8988300000000000099"),
    ],
)
def test_mq_7_an_unreadable_or_foreign_message_is_counted_and_ignored(message: Received) -> None:
    bench = CarrierBench()

    effects = bench.send(message)

    assert effects == []
    assert bench.carrier.refused_messages == 1
    assert bench.carrier.holding(CARD) == Holding()


@given(st.binary(max_size=300), st.sampled_from([TOPIC, "x", "hubsim/v1/carrier/orders/1", ""]))
def test_mq_7_arbitrary_bytes_are_counted_and_ignored(payload: bytes, topic: str) -> None:
    bench = CarrierBench()

    bench.send(Received(topic, payload))

    assert bench.carrier.refused_messages == 1


def profile_of(sequence: int) -> Profile:
    return ACTIVE if sequence % 3 else INACTIVE


@given(
    arrivals=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 90_000)), min_size=1, max_size=30),
    cut_delay_ms=st.sampled_from([0, 1, 50_000]),
)
def test_mq_8_after_lost_late_and_duplicated_orders_the_highest_sequence_wins(
    arrivals: list[tuple[int, int]], cut_delay_ms: int
) -> None:
    bench = CarrierBench(cut_delay_ms=cut_delay_ms)
    for sequence, pause_ms in arrivals:
        bench.order(sequence, profile_of(sequence))
        bench.run_to(bench.now_ms + pause_ms)
    bench.run_to(bench.now_ms + ACTIVATION_MS)

    highest = max(sequence for sequence, _ in arrivals)

    assert bench.carrier.holding(CARD) == Holding(profile_of(highest), highest)
    assert confirmations(bench.effects)[-1][0] <= highest
    assert (highest, profile_of(highest), EXECUTED) in confirmations(bench.effects)
    assert bench.carrier.due() is None


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 90_000)), min_size=1, max_size=20))
def test_mq_8_every_order_is_answered(arrivals: list[tuple[int, int]]) -> None:
    bench = CarrierBench()
    for sequence, pause_ms in arrivals:
        answers = bench.order(sequence, profile_of(sequence))

        assert sequence in [answered for answered, _, _ in answers]
        bench.run_to(bench.now_ms + pause_ms)
