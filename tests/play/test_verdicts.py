"""Verdicts of plays, their reasons, and the exit code of several plays."""

import itertools

import pytest
from steps_in_play import START_MS, WORLD, after_ms, play

from hubsim_scenarios.play.failure_context import EVENTS_SHOWN
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict, exit_code

ACTIVATED = "{as: ivan, do: activate, hub: villa}"


def test_a_play_passes_if_every_step_passes() -> None:
    result = play(ACTIVATED, "{expect: villa, tile: activated}")

    assert result.verdict is Verdict.PASS
    assert [done.number for done in result.steps] == [1, 2]
    assert (result.reason, result.failed_step) == ("", None)
    assert result.failure_context.snapshots == {}


def test_a_play_ends_at_the_first_failed_step() -> None:
    result = play("{expect: villa, led: red}", ACTIVATED)

    assert result.verdict is Verdict.FAIL
    assert result.steps == ()
    assert result.failed_step is not None
    assert result.failed_step.source == "{expect: villa, led: red}"


def test_a_failure_has_the_expected_and_the_seen_value() -> None:
    result = play("{expect: villa, app: {star: on}}")

    assert result.reason == "villa: app.star: expected on, saw off"


def test_a_failure_has_the_snapshots_and_the_last_events_of_its_hub() -> None:
    result = play(ACTIVATED, "{expect: villa, led: red, within: 3 min}")

    after = result.failure_context
    assert after.hub == "villa"
    assert list(after.snapshots) == ["villa"]
    assert after.snapshots["villa"]["shows"]["led"] == "green"
    assert len(after.events) == EVENTS_SHOWN
    assert [event["at_ms"] for event in after.events] == sorted(event["at_ms"] for event in after.events)
    assert after.events[-1]["fact"] == "carrier_order_confirmed"
    assert "villa" in {event["who"] for event in after.events}


def test_a_failure_that_is_not_about_a_hub_has_the_snapshots_of_all_hubs() -> None:
    result = play("{expect: billing, invoices: {count: 1}}")

    assert result.failure_context.hub is None
    assert list(result.failure_context.snapshots) == ["villa", "shed"]


# ------------------------------------------------------------------ actions


def test_an_unexpected_refusal_fails_with_its_name_and_text() -> None:
    result = play("{as: ivan, do: resume, hub: villa}")

    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith("refused: not_")
    assert result.reason.endswith(".")


def test_an_expected_refusal_passes() -> None:
    result = play("{as: ivan, do: stop_now, hub: villa, refused: not_active}")

    assert result.verdict is Verdict.PASS
    (done,) = result.steps
    assert done.outcome.refusal is not None
    assert done.outcome.refusal.name == "not_active"


def test_a_refusal_with_another_name_fails_with_both_names() -> None:
    result = play("{as: ivan, do: stop_now, hub: villa, refused: already_active}")

    assert result.reason.startswith("expected the refusal 'already_active', saw 'not_active': ")


def test_an_accepted_command_fails_if_a_refusal_is_expected() -> None:
    result = play("{as: ivan, do: activate, hub: villa, refused: already_active}")

    assert result.reason == "expected the refusal 'already_active', but the command was accepted"


def test_another_screen_fails_with_both_names() -> None:
    result = play("{as: ivan, do: activate, hub: villa, screen: services_activated}")

    assert result.reason == "expected the screen 'services_activated', saw 'device_list'"


def test_a_view_that_differs_fails_with_the_path_of_the_difference() -> None:
    result = play("{as: olga, sees: navigation, shows: {tabs: {count: 9}}}")

    assert result.reason.startswith("shows.tabs: expected 9 items, saw ")


def test_a_bench_action_passes_only_with_the_expected_result() -> None:
    assert play("{bench: villa, do: remove_sim, slot: 2, refused: slot_empty}").verdict is Verdict.PASS
    assert play("{bench: villa, do: remove_sim, slot: 2}").reason.startswith("refused: slot_empty. ")
    assert play("{bench: villa, do: remove_sim, slot: 1, refused: slot_empty}").reason == (
        "expected the refusal 'slot_empty', but the bench action was done"
    )


def test_a_person_without_an_account_is_refused_as_not_signed_in() -> None:
    head = WORLD.replace("[olga, ivan, rita]", "{olga: {}, ivan: {}, rita: {}, zoe: {account: no}}")

    result = play("{as: zoe, do: activate, hub: villa, refused: not_signed_in}", head=head)

    assert result.verdict is Verdict.PASS


# ------------------------------------------------------------------ a stopped cloud


def test_the_cloud_cannot_be_reached_while_it_is_stopped() -> None:
    result = play(
        "{fault: stop_process, process: cloud}",
        "{as: ivan, do: activate, hub: villa, refused: cloud_unreachable}",
        "{as: ivan, sees: accounts, refused: cloud_unreachable}",
        "{expect: villa, shows: {link: online, cloud_reachable: no}}",
        "{fault: start_process, process: cloud}",
        "{as: ivan, do: activate, hub: villa}",
    )

    assert result.verdict is Verdict.PASS, result.reason


def test_a_stopped_cloud_fails_a_step_that_does_not_expect_it() -> None:
    result = play("{fault: stop_process, process: cloud}", "{as: ivan, sees: accounts}")

    assert result.verdict is Verdict.FAIL
    assert "cloud_unreachable" in result.reason


def test_an_expectation_about_the_app_fails_while_the_cloud_is_stopped() -> None:
    result = play("{fault: stop_process, process: cloud}", "{expect: villa, app: {star: off}}")

    assert (result.verdict, result.reason) == (Verdict.FAIL, "the cloud is stopped")


# ------------------------------------------------------------------ blocked


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (["{fault: start_process, process: cloud}"], "the cloud is running already"),
        (["{fault: stop_process, process: cloud}"] * 2, "the cloud is stopped already"),
        (["{fault: cut_process, process: broker}"], "the broker itself has no connection to cut"),
        (["{fault: replay, message: desired, hub: villa, back: 9}"], "different messages were published"),
        (
            [
                "{fault: stop_process, process: broker}",
                "{fault: inject, message: reported, hub: villa, payload: boo}",
            ],
            "cannot publish while the broker is stopped",
        ),
    ],
)
def test_a_step_that_cannot_be_played_blocks_the_play(steps: list[str], reason: str) -> None:
    result = play(*steps)

    assert result.verdict is Verdict.BLOCKED, result.reason
    assert reason in result.reason
    assert result.failed_step is not None


def test_an_old_message_can_be_replayed_after_a_fault_dropped_newer_ones() -> None:
    result = play(
        ACTIVATED,
        "{fault: drop, message: desired, hub: villa}",
        "{as: ivan, do: schedule_deactivation, hub: villa}",
        "{fault: replay, message: desired, hub: villa, back: 1}",
    )

    assert result.verdict is Verdict.PASS, result.reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("country: PL, dealer: yes", "country: CN, dealer: yes", "the cloud refuses 'wolf': country_"),
        ("{1: ajax}", "{7: ajax}", "the hub 'villa' cannot be built"),
        ("model: hub-2, links: [ethernet]", "model: hub-2, links: [wifi]", "the hub 'shed' cannot be built"),
    ],
    ids=["a Dealer in an unsupported country", "a missing slot", "a missing link"],
)
def test_a_world_that_cannot_be_built_blocks_the_play_with_the_reason(
    old: str, new: str, reason: str
) -> None:
    assert old in WORLD

    result = play(ACTIVATED, head=WORLD.replace(old, new))

    assert (result.verdict, result.steps, result.failed_step) == (Verdict.BLOCKED, (), None)
    assert result.reason.startswith("world: ")
    assert reason in result.reason
    assert after_ms(result) == 0


# ------------------------------------------------------------------ exit codes


def test_every_verdict_and_bad_input_have_different_exit_codes() -> None:
    codes = [*EXITS.values(), BAD_INPUT_EXIT]

    assert set(EXITS) == set(Verdict)
    assert len(set(codes)) == len(codes)
    assert EXITS[Verdict.PASS] == 0


def test_the_exit_code_of_several_plays_is_that_of_the_worst() -> None:
    worst_first = [Verdict.FAIL, Verdict.BLOCKED, Verdict.SKIPPED, Verdict.PASS]

    for count in (1, 2, 3, 4):
        for verdicts in itertools.combinations(worst_first, count):
            for shuffled in itertools.permutations(verdicts):
                assert exit_code(list(shuffled)) == EXITS[verdicts[0]]


def test_a_result_has_its_world_its_seed_and_the_time_of_its_end() -> None:
    result = play("{clock: +1 h}")

    assert (result.world, result.seed) == ("virtual", 1)
    assert result.ended_at_ms == START_MS + 3_600_000
