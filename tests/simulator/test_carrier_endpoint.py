import pytest
from carrier_bench import (
    ACCEPTED,
    ACTIVATION_MS,
    ACTIVE,
    EXECUTED,
    INACTIVE,
    OTHER_CARD,
    TOPICS,
    CarrierBench,
    confirmations,
)

from hubsim_contract.core import Start, Stop
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    Publish,
    Published,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.carrier.ports import CarrierEvent

CONNECT = Connect(client_id="carrier", clean=True, keepalive_s=60)


def test_the_carrier_connects_and_subscribes_to_all_orders() -> None:
    bench = CarrierBench(online=False)

    assert bench.send(Start()) == [CONNECT]
    assert bench.send(Connected()) == [Subscribe((TOPICS.of(MessageKind.ORDER, "+"),))]
    assert bench.send(Subscribed()) == []
    assert bench.carrier.link is LinkState.ONLINE


def test_a_lost_connection_is_reopened_at_once() -> None:
    bench = CarrierBench()
    bench.run_to(10_000)

    bench.send(ConnectionLost())

    assert bench.carrier.due() == bench.now_ms
    assert bench.run_to(bench.now_ms) == [CONNECT]


def test_the_waits_between_attempts_grow_to_at_most_a_minute_and_attempts_never_end() -> None:
    bench = CarrierBench(online=False)
    bench.send(Start())

    waits_ms = []
    for _ in range(50):
        bench.send(ConnectFailed("no route"))
        due_ms = bench.carrier.due()
        assert due_ms is not None
        waits_ms.append(due_ms - bench.now_ms)
        assert bench.run_to(due_ms) == [CONNECT]

    first, *later = waits_ms
    assert first == 0
    assert all(full // 2 <= wait <= full for wait, full in zip(later, (1_000, 2_000, 4_000), strict=False))
    assert all(30_000 <= wait <= 60_000 for wait in later[6:])


def test_mq_4_after_a_loss_only_the_current_stage_is_confirmed() -> None:
    bench = CarrierBench()
    bench.acknowledge = False
    bench.order(1, ACTIVE)
    bench.send(ConnectionLost())
    offline = bench.run_to(ACTIVATION_MS)

    effects = bench.reconnect()

    assert confirmations(offline) == []
    assert confirmations(effects) == [(1, ACTIVE, EXECUTED)]


def test_an_acknowledged_confirmation_is_not_sent_again() -> None:
    bench = CarrierBench()
    bench.order(1, ACTIVE)

    assert confirmations(bench.reconnect()) == []


def test_an_acknowledgement_of_an_older_stage_leaves_the_card_pending() -> None:
    bench = CarrierBench()
    bench.acknowledge = False
    bench.order(1, ACTIVE)
    bench.run_to(ACTIVATION_MS)
    first, second = [effect.token for effect in bench.effects if isinstance(effect, Publish)]

    bench.send(Published(first))

    assert first != second
    assert confirmations(bench.reconnect()) == [(1, ACTIVE, EXECUTED)]


def test_an_order_before_the_suback_is_confirmed_after_it() -> None:
    bench = CarrierBench(online=False)
    bench.send(Start())
    bench.send(Connected())

    early = bench.order(1, ACTIVE)

    assert early == []
    assert confirmations(bench.send(Subscribed())) == [(1, ACTIVE, ACCEPTED)]


def test_each_of_several_cards_is_confirmed_once() -> None:
    bench = CarrierBench()
    bench.send(ConnectionLost())
    for sequence in (1, 2, 3):
        bench.order(sequence, INACTIVE)
    bench.order(9, INACTIVE, OTHER_CARD)

    assert confirmations(bench.reconnect()) == [(3, INACTIVE, EXECUTED), (9, INACTIVE, EXECUTED)]


@pytest.mark.parametrize("late", [Connected(), Subscribed(), ConnectionLost(), ConnectFailed("x")])
def test_a_stopped_carrier_disconnects_and_does_not_reconnect(late: CarrierEvent) -> None:
    bench = CarrierBench()

    effects = bench.send(Stop())

    assert effects == [Disconnect()]
    assert bench.send(late) == []
    assert bench.carrier.due() is None


def test_stopping_between_attempts_sends_no_disconnect() -> None:
    bench = CarrierBench()
    bench.send(ConnectionLost())
    bench.send(ConnectFailed("x"))

    assert bench.send(Stop()) == []
    assert bench.carrier.due() is None


def test_a_stopped_carrier_can_start_again() -> None:
    bench = CarrierBench()
    bench.send(Stop())

    assert bench.send(Start()) == [CONNECT]
