"""Expectations: looked at when they can change, waited for to their bound, never so, and in order."""

import pytest
from stage_play import START_MS, WORLD, after_ms, play

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language

ACTIVATED = "{as: ivan, do: activate, hub: villa}"
MINUTE_MS = 60_000


def held_after_ms(*steps: str) -> int:
    """Play what must pass, and return the world time that passed in the last step."""
    result = play(*steps)
    assert result.verdict is Verdict.PASS, result.reason
    instants = [START_MS, *(done.at_ms for done in result.steps)]
    return instants[-1] - instants[-2]


def test_what_is_so_at_once_takes_no_world_time() -> None:
    assert held_after_ms("{expect: villa, led: green, within: 10 min}") == 0


def test_what_comes_to_be_so_is_seen_at_the_instant_at_which_it_does() -> None:
    """The carrier takes a minute for an activation; nobody looks later than that."""
    waited_ms = held_after_ms(ACTIVATED, "{expect: villa, carrier: {profile: active}, within: 10 min}")

    assert waited_ms == MINUTE_MS


@pytest.mark.parametrize(("within", "verdict"), [("60 s", Verdict.PASS), ("59999 ms", Verdict.FAIL)])
def test_a_bound_is_kept_to_the_millisecond(within: str, verdict: Verdict) -> None:
    result = play(ACTIVATED, f"{{expect: villa, carrier: {{profile: active}}, within: {within}}}")

    assert result.verdict is verdict


def test_what_does_not_come_is_waited_for_to_the_bound_and_not_longer() -> None:
    result = play("{expect: villa, led: red, within: 7 min}")

    assert result.reason == "villa: shows.led: expected 'red', saw 'green' (waited 7 min of world time)"
    assert after_ms(result) == 7 * MINUTE_MS


def test_without_a_bound_it_must_be_so_now() -> None:
    result = play(ACTIVATED, "{expect: villa, carrier: {profile: active}}")

    assert result.reason == "villa: carrier.profile: expected 'active', saw 'inactive'"
    assert after_ms(result) == 0


def test_a_field_without_a_group_is_checked_in_every_look_that_has_it() -> None:
    result = play(
        "{fault: stop_process, process: carrier}",
        "{fault: drop, message: desired, hub: villa}",
        ACTIVATED,
        "{expect: villa, app: {tile: activated}}",
        "{expect: villa, tile: activated}",
    )

    assert result.verdict is Verdict.FAIL
    assert result.reason == "villa: applied.tile: expected 'activated', saw 'activation_required'"


def test_several_things_must_be_so_at_the_same_time() -> None:
    result = play(ACTIVATED, "{expect: villa, app: {star: on}, carrier: {profile: inactive}, within: 5 min}")
    late = play(
        "{clock: +1 min}",
        ACTIVATED,
        "{clock: +2 min}",
        "{expect: villa, app: {star: on}, carrier: {profile: inactive}, within: 5 min}",
    )

    assert result.verdict is Verdict.PASS
    assert late.verdict is Verdict.FAIL


def test_a_hub_without_an_ajax_sim_has_nothing_at_the_carrier() -> None:
    result = play("{expect: shed, carrier: {profile: inactive}}")

    assert result.verdict is Verdict.FAIL
    assert result.reason == "shed: no Ajax SIM is in the hub; name the card instead"


# ------------------------------------------------------------------ never


def test_what_is_never_so_is_looked_for_to_the_end() -> None:
    assert held_after_ms("{never: villa, led: red, for: 1 h}") == 60 * MINUTE_MS


def test_what_is_so_for_an_instant_is_caught_at_that_instant() -> None:
    result = play(ACTIVATED, "{never: villa, carrier: {profile: active}, for: 1 h}")

    assert result.verdict is Verdict.FAIL
    assert result.reason == "villa: what must never be is so"
    assert after_ms(result) == MINUTE_MS


def test_what_is_so_at_the_beginning_or_at_the_very_end_counts_as_well() -> None:
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


def test_events_that_came_in_this_order_hold() -> None:
    result = play(
        ACTIVATED,
        "{clock: +2 min}",
        "{order: [{event: fact, fact: service_activated}, {event: fact, fact: carrier_order_confirmed,"
        " stage: executed}]}",
    )

    assert result.verdict is Verdict.PASS, result.reason


def test_events_in_another_order_fail_with_the_one_that_did_not_come() -> None:
    result = play(
        ACTIVATED,
        "{clock: +2 min}",
        "{order: [{event: fact, fact: carrier_order_confirmed}, {event: fact, fact: service_activated}]}",
    )

    assert result.verdict is Verdict.FAIL
    assert result.reason == (
        "event 2 of 2 did not come behind event 1: {event: 'fact', fact: 'service_activated'}"
    )


def test_one_event_is_not_taken_for_two() -> None:
    twice = "{event: fact, fact: service_activated}"

    result = play(ACTIVATED, f"{{order: [{twice}, {twice}]}}")

    assert result.verdict is Verdict.FAIL


def test_an_order_since_the_last_step_does_not_see_what_came_before() -> None:
    event = "{event: fact, fact: service_activated}"

    before = play(ACTIVATED, f"{{order: [{event}], since: last step}}")
    too_late = play(ACTIVATED, "{clock: +1 ms}", f"{{order: [{event}], since: last step}}")

    assert before.verdict is Verdict.PASS, before.reason
    assert too_late.verdict is Verdict.FAIL


def test_a_message_can_be_looked_into() -> None:
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


def test_a_mailbox_of_nobody_is_a_mistake() -> None:
    found = language().read("x.yaml", WORLD + "  - {expect: mailbox, of: ivo, mails: {empty: yes}}\n")

    assert not isinstance(found, Scenario)
    assert "no person is called 'ivo'" in str(found[0])
