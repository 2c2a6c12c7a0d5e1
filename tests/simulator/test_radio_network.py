"""The network's part: sessions that outlive their devices, steering, and the APN."""

import pytest
from carrier_bench import CARD, HUB, OTHER_HUB, OTHER_IMEI, CarrierBench, cancelled

from hubsim_simulator.hardware.radio import AttachAccepted, AttachRejected, RejectCause

HOUR_MS = 3_600_000
TIMEOUT_MS = 62 * 60_000


def attached(**settings: object) -> CarrierBench:
    bench = CarrierBench(**settings)
    bench.activate()
    bench.attach()
    return bench


def test_a_session_outlives_a_device_that_is_gone_without_a_detach() -> None:
    bench = attached()
    lost_ms = bench.now_ms

    bench.lose_contact()
    bench.run_to(lost_ms + TIMEOUT_MS - 1)
    before = bench.carrier.holding(CARD).attached_hub
    effects = bench.run_to(lost_ms + TIMEOUT_MS)

    assert (before, bench.carrier.holding(CARD).attached_hub) == (HUB, None)
    assert cancelled(effects) == []
    assert bench.carrier.due() is None


def test_a_device_that_returns_in_time_keeps_its_session() -> None:
    bench = attached()
    bench.lose_contact()
    bench.run_to(bench.now_ms + HOUR_MS)

    bench.attach()
    bench.run_to(bench.now_ms + 24 * HOUR_MS)

    assert bench.carrier.holding(CARD).attached_hub == HUB


def test_the_silence_of_a_former_hub_does_not_end_the_session_of_its_successor() -> None:
    bench = attached()
    bench.attach(hub=OTHER_HUB, imei=OTHER_IMEI)

    bench.lose_contact(hub=HUB)
    bench.run_to(bench.now_ms + 24 * HOUR_MS)

    assert bench.carrier.holding(CARD).attached_hub == OTHER_HUB


def test_a_network_that_notices_at_once_ends_the_session_at_once() -> None:
    bench = attached(session_timeout_ms=0)

    bench.lose_contact()

    assert bench.carrier.holding(CARD).attached_hub is None


def test_the_silence_of_a_card_without_a_line_or_session_changes_nothing() -> None:
    bench = CarrierBench()

    bench.lose_contact()

    assert bench.carrier.cards == ()


def test_a_restarted_carrier_still_gives_up_the_session() -> None:
    bench = attached()
    bench.lose_contact()

    restarted = bench.restarted()
    restarted.run_to(bench.now_ms + TIMEOUT_MS)

    assert restarted.carrier.holding(CARD).attached_hub is None


def test_steering_rejects_the_first_attempts_of_each_attach() -> None:
    bench = CarrierBench(steering_rejects=2)
    bench.activate()

    answers = [bench.attach() for _ in range(3)]
    again = [bench.served() for _ in range(3)]

    steered = AttachRejected(CARD, RejectCause.EMM_17, permanent=False)
    assert answers[:2] == [steered, steered]
    assert isinstance(answers[2], AttachAccepted)
    assert again == [False, False, True]


def test_a_card_without_service_is_not_steered() -> None:
    bench = CarrierBench(steering_rejects=1, steering_cause="emm_15", reject_cause="emm_17")

    answer = bench.attach()

    assert answer == AttachRejected(CARD, RejectCause.EMM_17, permanent=False, standing=True)


@pytest.mark.parametrize("apn", ["", "Ajax.M2M", "ajax.m2m"])
def test_the_right_apn_and_an_empty_one_get_data(apn: str) -> None:
    bench = CarrierBench(apn="ajax.m2m")
    bench.activate()

    answer = bench.attach(apn=apn)

    assert isinstance(answer, AttachAccepted)
    assert answer.data


def test_a_wrong_apn_is_rejected_or_gets_no_data() -> None:
    answers = []
    for way in ("reject", "no_data"):
        bench = CarrierBench(apn="ajax.m2m", wrong_apn=way)
        bench.activate()
        answers.append(bench.attach(apn="internet"))

    rejected, registered = answers
    assert rejected == AttachRejected(CARD, RejectCause.ESM_27, permanent=False, standing=True)
    assert isinstance(registered, AttachAccepted)
    assert not registered.data
