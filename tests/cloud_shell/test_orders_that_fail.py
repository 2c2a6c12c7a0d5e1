"""Orders that the carrier refuses or cannot execute, and cards that it suspends by itself."""

import pytest
from engine_bench import AJAX, HUB, SETTINGS, CloudBench, complaints_in, facts_in, orders_in

from hubsim_cloud.domain.carrier_facts import SimReactivated, SimSuspended
from hubsim_cloud.domain.commands import StopNow
from hubsim_cloud.domain.orders import ProfileState, profile_state
from hubsim_cloud.ports import CloudEffect
from hubsim_contract.wire.messages import OrderStage, Profile

ACCEPTED, EXECUTED = OrderStage.ACCEPTED, OrderStage.EXECUTED
REFUSED, FAILED = OrderStage.REFUSED, OrderStage.FAILED
RENEWAL_MS, LONGEST_MS = SETTINGS.order_renewal_ms, SETTINGS.order_renewal_longest_ms


def ordered() -> CloudBench:
    cloud = CloudBench()
    cloud.goes_online()
    cloud.activated()
    return cloud


def shown(cloud: CloudBench) -> ProfileState:
    state = cloud.engine.state
    return profile_state(state.profiles.get(AJAX), state.suspensions.get(AJAX))


def sequences(effects: list[CloudEffect]) -> list[int]:
    return [order.sequence for order in orders_in(effects)]


def test_a_failed_order_is_renewed_under_a_new_sequence_after_a_pause() -> None:
    cloud = ordered()
    cloud.carrier_confirms(ACCEPTED)

    effects = cloud.carrier_confirms(FAILED, reason="platform_error")
    early = cloud.passes(RENEWAL_MS - 1)
    renewed = cloud.passes(1)

    (complaint,) = complaints_in(effects)
    assert (complaint.rule, "platform_error" in complaint.text) == ("MQ-8.refused", True)
    assert (sequences(early), sequences(renewed)) == ([], [2])


def test_the_pauses_double_up_to_the_longest() -> None:
    cloud = ordered()
    pauses = []

    for sequence in range(1, 10):
        failed_ms = cloud.now_ms
        cloud.carrier_confirms(FAILED, sequence=sequence)
        while sequences(cloud.passes(60_000)) != [sequence + 1]:
            pass
        pauses.append(cloud.now_ms - failed_ms)

    assert pauses[:3] == [RENEWAL_MS, 2 * RENEWAL_MS, 4 * RENEWAL_MS]
    assert pauses[-1] == LONGEST_MS


def test_a_refused_order_is_renewed_after_the_longest_pause() -> None:
    cloud = ordered()
    cloud.carrier_confirms(REFUSED, reason="not_allowed")

    early = cloud.passes(LONGEST_MS - 1)
    renewed = cloud.passes(1)

    assert (sequences(early), sequences(renewed)) == ([], [2])


def test_a_renewed_order_that_is_executed_ends_the_failures() -> None:
    cloud = ordered()
    cloud.carrier_confirms(FAILED)
    cloud.passes(RENEWAL_MS)
    between = shown(cloud)

    cloud.carrier_confirms(EXECUTED, sequence=2)

    assert (between, shown(cloud)) == (ProfileState.ACTIVATION_FAILED, ProfileState.ACTIVE)
    assert sequences(cloud.passes(10 * LONGEST_MS)) == []


def test_a_command_replaces_an_order_that_has_failed() -> None:
    cloud = CloudBench()
    cloud.goes_online()
    dealer = cloud.activated()
    cloud.carrier_confirms(REFUSED)

    cloud.does(dealer, StopNow(hub=HUB))

    (order,) = orders_in(cloud.effects[-5:])
    assert (order.sequence, order.profile) == (2, Profile.INACTIVE)
    assert shown(cloud) is ProfileState.CUTTING


@pytest.mark.parametrize("stage", [REFUSED, FAILED])
def test_a_late_confirmation_does_not_revive_an_ended_order(stage: OrderStage) -> None:
    cloud = ordered()
    cloud.carrier_confirms(stage)

    for late in (ACCEPTED, EXECUTED, REFUSED, FAILED):
        assert facts_in(cloud.carrier_confirms(late)) == []

    assert shown(cloud) is ProfileState.ACTIVATION_FAILED


def test_a_restarted_cloud_renews_at_the_same_instant() -> None:
    cloud = ordered()
    cloud.carrier_confirms(FAILED)
    cloud.passes(RENEWAL_MS - 60_000)

    restarted = CloudBench(cloud.facts)
    restarted.now_ms = cloud.now_ms
    at_once = restarted.goes_online()
    early = restarted.passes(59_999)
    renewed = restarted.passes(1)

    assert (sequences(at_once), sequences(early), sequences(renewed)) == ([], [], [2])


def test_a_suspension_is_shown_and_ends() -> None:
    cloud = ordered()
    cloud.carrier_confirms(EXECUTED)

    suspended = cloud.carrier_confirms(EXECUTED, suspended=True, suspended_for="unpaid", revision=1)
    while_suspended = shown(cloud)
    cloud.carrier_confirms(EXECUTED, revision=2)

    (fact,) = facts_in(suspended)
    assert fact == SimSuspended(at_ms=cloud.now_ms, iccid=AJAX, revision=1, reason="unpaid")
    assert (while_suspended, shown(cloud)) == (ProfileState.SUSPENDED, ProfileState.ACTIVE)


def test_an_older_or_equal_revision_is_ignored() -> None:
    cloud = ordered()
    cloud.carrier_confirms(EXECUTED, revision=2)

    late = cloud.carrier_confirms(EXECUTED, suspended=True, revision=1)
    doubled = cloud.carrier_confirms(EXECUTED, suspended=True, revision=2)

    assert [type(fact) for fact in facts_in(cloud.effects)].count(SimReactivated) == 1
    assert facts_in(late) == facts_in(doubled) == []
    assert shown(cloud) is ProfileState.ACTIVE


def test_a_revision_that_would_leave_no_room_is_not_believed() -> None:
    cloud = ordered()

    effects = cloud.carrier_confirms(ACCEPTED, suspended=True, revision=2**53 - 1)

    assert [type(fact).__name__ for fact in facts_in(effects)] == ["CarrierOrderConfirmed"]


def test_a_suspension_survives_a_restart_of_the_cloud() -> None:
    cloud = ordered()
    cloud.carrier_confirms(EXECUTED, suspended=True, revision=1)

    restarted = CloudBench(cloud.facts)

    assert shown(restarted) is ProfileState.SUSPENDED


def test_a_reason_is_cut_to_its_bound() -> None:
    cloud = ordered()

    (fact,) = facts_in(cloud.carrier_confirms(FAILED, reason="x" * 5000))

    assert len(fact.reason) == 100  # type: ignore[union-attr]
