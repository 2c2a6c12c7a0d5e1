"""Expectations: now, within a time, never, and in order. They are checked at each deadline of the world."""

import pytest
from steps_in_play import START_MS, WORLD, after_ms, play

from hubsim_contract.clock import LAST_YEAR
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language

ACTIVATED = "{as: ivan, do: activate, hub: villa}"
MINUTE_MS = 60_000
LAST_CENTURY = f"{{clock: {LAST_YEAR - 90}-01-01 00:00}}"


def last_step_ms(*steps: str) -> int:
    """Play steps that must pass, and return the world time that passed in the last step."""
    result = play(*steps)
    assert result.verdict is Verdict.PASS, result.reason
    instants = [START_MS, *(done.at_ms for done in result.steps)]
    return instants[-1] - instants[-2]


def test_an_expectation_that_is_true_at_once_takes_no_world_time() -> None:
    assert last_step_ms("{expect: villa, led: green, within: 10 min}") == 0


def test_an_expectation_passes_at_the_instant_at_which_it_becomes_true() -> None:
    """The carrier takes a minute for an activation. The check is not later than that."""
    waited_ms = last_step_ms(ACTIVATED, "{expect: villa, carrier: {profile: active}, within: 10 min}")

    assert waited_ms == MINUTE_MS


@pytest.mark.parametrize(("within", "verdict"), [("60 s", Verdict.PASS), ("59999 ms", Verdict.FAIL)])
def test_within_is_exact_to_the_millisecond(within: str, verdict: Verdict) -> None:
    result = play(ACTIVATED, f"{{expect: villa, carrier: {{profile: active}}, within: {within}}}")

    assert result.verdict is verdict


def test_an_expectation_fails_when_its_time_has_passed_and_not_later() -> None:
    result = play("{expect: villa, led: red, within: 7 min}")

    assert result.reason == "villa: shows.led: expected 'red', saw 'green' (waited 7 min of world time)"
    assert after_ms(result) == 7 * MINUTE_MS


def test_without_within_an_expectation_must_be_true_now() -> None:
    result = play(ACTIVATED, "{expect: villa, carrier: {profile: active}}")

    assert result.reason == "villa: carrier.profile: expected 'active', saw 'inactive'"
    assert after_ms(result) == 0


def test_a_field_without_a_group_is_checked_in_every_snapshot_that_has_it() -> None:
    result = play(
        "{fault: stop_process, process: carrier}",
        "{fault: drop, message: desired, hub: villa}",
        ACTIVATED,
        "{expect: villa, app: {tile: activated}}",
        "{expect: villa, tile: activated}",
    )

    assert result.verdict is Verdict.FAIL
    assert [each.where for each in result.differences] == ["villa: applied.tile", "villa: shows.tile"]
    assert result.reason == (
        "villa: applied.tile: expected 'activated', saw 'activation_required' (and 1 more field)"
    )


def test_all_values_of_an_expectation_must_match_at_the_same_time() -> None:
    result = play(ACTIVATED, "{expect: villa, app: {star: on}, carrier: {profile: inactive}, within: 5 min}")
    late = play(
        "{clock: +1 min}",
        ACTIVATED,
        "{clock: +2 min}",
        "{expect: villa, app: {star: on}, carrier: {profile: inactive}, within: 5 min}",
    )

    assert result.verdict is Verdict.PASS
    assert late.verdict is Verdict.FAIL


def test_a_hub_without_an_ajax_sim_has_no_record_at_the_carrier() -> None:
    result = play("{expect: shed, carrier: {profile: inactive}}")

    assert result.verdict is Verdict.FAIL
    assert result.reason == "shed: the hub has no Ajax SIM; name a card instead"


# ------------------------------------------------------------------ never


def test_never_passes_at_the_end_of_its_time() -> None:
    assert last_step_ms("{never: villa, led: red, for: 1 h}") == 60 * MINUTE_MS


def test_never_fails_at_the_instant_at_which_the_state_occurs() -> None:
    result = play(ACTIVATED, "{never: villa, carrier: {profile: active}, for: 1 h}")

    assert result.verdict is Verdict.FAIL
    assert result.reason == "villa: the state that must never occur has occurred"
    assert after_ms(result) == MINUTE_MS


def test_never_includes_the_first_and_the_last_instant_of_its_time() -> None:
    at_once = play("{never: villa, led: green, for: 1 h}")
    at_the_end = play(ACTIVATED, "{never: villa, carrier: {profile: active}, for: 60 s}")
    just_before = play(ACTIVATED, "{never: villa, carrier: {profile: active}, for: 59999 ms}")

    assert after_ms(at_once) == 0
    assert [at_once.verdict, at_the_end.verdict, just_before.verdict] == [
        Verdict.FAIL,
        Verdict.FAIL,
        Verdict.PASS,
    ]


# ------------------------------------------------------------------ order


def test_events_in_the_expected_order_pass() -> None:
    result = play(
        ACTIVATED,
        "{clock: +2 min}",
        "{order: [{event: fact, fact: service_activated}, {event: fact, fact: carrier_order_confirmed,"
        " stage: executed}]}",
    )

    assert result.verdict is Verdict.PASS, result.reason


def test_events_in_another_order_fail_with_the_missing_event() -> None:
    result = play(
        ACTIVATED,
        "{clock: +2 min}",
        "{order: [{event: fact, fact: carrier_order_confirmed}, {event: fact, fact: service_activated}]}",
    )

    assert result.verdict is Verdict.FAIL
    assert result.reason == (
        "event 2 of 2 did not occur after event 1: {event: 'fact', fact: 'service_activated'}"
    )


def test_one_event_does_not_match_two_expected_events() -> None:
    twice = "{event: fact, fact: service_activated}"

    result = play(ACTIVATED, f"{{order: [{twice}, {twice}]}}")

    assert result.verdict is Verdict.FAIL


def test_an_order_since_the_last_step_ignores_earlier_events() -> None:
    event = "{event: fact, fact: service_activated}"

    before = play(ACTIVATED, f"{{order: [{event}], since: last step}}")
    too_late = play(ACTIVATED, "{clock: +1 ms}", f"{{order: [{event}], since: last step}}")

    assert before.verdict is Verdict.PASS, before.reason
    assert too_late.verdict is Verdict.FAIL


def test_an_order_can_check_the_payload_of_a_message() -> None:
    result = play(
        ACTIVATED,
        "{order: [{event: published, who: cloud, message: {service: active, sim_cut_off: no}}]}",
    )

    assert result.verdict is Verdict.PASS, result.reason


def test_a_mailbox_is_named_by_its_owner_or_by_an_address() -> None:
    sent = "mails: [{kind: employee_invitation}]"

    by_name = play(f"{{expect: mailbox, of: ivan, {sent}}}")
    by_address = play(f"{{expect: mailbox, of: ivan@example.test, {sent}}}")

    assert (by_name.verdict, by_name.reason) == (by_address.verdict, by_address.reason)
    assert by_name.verdict is Verdict.PASS


def test_a_mailbox_of_an_unknown_person_is_a_mistake() -> None:
    found = language().read("x.yaml", WORLD + "  - {expect: mailbox, of: ivo, mails: {empty: yes}}\n")

    assert not isinstance(found, Scenario)
    assert "no person is called 'ivo'" in str(found[0])


def test_an_expectation_that_needs_time_after_the_last_year_is_blocked() -> None:
    result = play(LAST_CENTURY, "{expect: shed, led: white, within: 36000 d}")

    assert result.verdict is Verdict.BLOCKED
    assert f"cannot move past 1 December {LAST_YEAR}" in result.reason


def test_a_bound_after_the_last_year_does_not_matter_when_the_expectation_matches_before() -> None:
    assert last_step_ms(LAST_CENTURY, "{expect: villa, led: green, within: 36000 d}") == 0
