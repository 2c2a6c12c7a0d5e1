"""`together` in the virtual world: orders, outcomes, and what a member can rely on."""

import pytest
from steps_in_play import scenario

from hubsim_scenarios.language.orders import in_every_order, order_of
from hubsim_scenarios.language.steps import Scenario, Together
from hubsim_scenarios.play.launch import play_live, play_virtual, run_live
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict

ACTIVATED = "{as: ivan, do: activate, hub: villa}"
STOP = "{as: olga, do: stop_now, hub: villa}"
TWO = [
    "{as: ivan, do: activate, hub: villa, may_be_refused: already_active}",
    "{as: olga, do: activate, hub: villa, may_be_refused: already_active}",
]


def together(*members: str, more: str = "") -> str:
    return f"{{together: [{', '.join(members)}]{more}}}"


def plays(whole: Scenario, seed: int = 1) -> dict[str, PlayResult]:
    """Return the result of each order."""
    return {order_of(each): play_virtual(each, seed).result for each in in_every_order([whole])}


def outcomes(result: PlayResult) -> list[str | None]:
    """Return the refusal of each member of the `together` steps, or None where it was done."""
    steps = [done for done in result.steps if isinstance(done.step, Together)]
    return [outcome.refused for done in steps for outcome in done.outcome.members]


def test_the_order_decides_who_is_refused_and_outcomes_are_in_the_order_of_the_file() -> None:
    found = plays(scenario(together(*TWO, more=", succeed: 1")))

    assert {order: outcomes(result) for order, result in found.items()} == {
        "1-2": [None, "already_active"],
        "2-1": ["already_active", None],
    }
    assert {result.verdict for result in found.values()} == {Verdict.PASS}


def test_the_events_of_the_members_are_in_the_order_of_the_play() -> None:
    members = ["{as: ivan, do: activate, hub: villa}", "{bench: villa, do: set_lid, open: yes}"]
    first, second = (play_virtual(each) for each in in_every_order([scenario(together(*members))]))

    def order(played: object) -> list[str]:
        events = [event.event for event in played.trace.events]  # type: ignore[attr-defined]
        return [event for event in events if event in ("act", "bench")]

    assert (order(first), order(second)) == (["act", "bench"], ["bench", "act"])


def test_the_world_does_not_become_idle_between_two_members() -> None:
    """Some seed has the second command before any message of the first one is delivered."""
    whole = scenario(together(ACTIVATED, STOP))

    between = set()
    for seed in range(1, 20):
        events = [event.event for event in play_virtual(whole, seed).trace.events]
        first = events.index("act")
        second = events.index("act", first + 1)
        between.add("published" in events[first:second] and events[first:second].count("published"))

    assert len(between) > 1


def test_the_same_seed_and_order_give_the_same_trace() -> None:
    last = in_every_order([scenario(together(ACTIVATED, STOP, *TWO[:1]))])[-1]

    assert play_virtual(last, 3).trace.lines() == play_virtual(last, 3).trace.lines()


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (
            together(*TWO, more=", succeed: 2"),
            "expected 2 members to succeed, saw 1 (ivan activate: done, olga",
        ),
        (
            together(*TWO, more=", succeed: 0"),
            "expected 0 members to succeed, saw 1 (ivan activate: done, olga",
        ),
        (
            together(ACTIVATED, "{as: olga, do: activate, hub: villa}"),
            "olga activate: refused: already_active.",
        ),
        (
            together(ACTIVATED, TWO[1].replace("already_active", "not_permitted")),
            "olga activate: refused: already_active.",
        ),
        (
            together(STOP, "{as: olga, do: resume, hub: villa}"),
            "olga stop now: refused: not_active. ",
        ),
        (
            together(ACTIVATED, "{as: olga, sees: hub_information, hub: villa, shows: {star: off}}"),
            "olga looks at hub information: shows.star: expected off, saw on",
        ),
        (
            together(ACTIVATED, "{bench: villa, do: remove_sim, slot: 2, refused: slot_taken}"),
            "villa remove sim: expected the refusal 'slot_taken', saw 'slot_empty'",
        ),
    ],
)
def test_a_member_with_another_outcome_fails_the_step_and_is_named(step: str, reason: str) -> None:
    result = play_virtual(scenario(step)).result

    assert result.verdict is Verdict.FAIL
    assert reason in result.reason


def test_all_members_that_fail_are_in_the_reason() -> None:
    members = ["{as: ivan, do: resume, hub: villa}", "{as: olga, do: stop_now, hub: villa}"]

    result = play_virtual(scenario(together(*members))).result

    assert "ivan resume: refused: not_expiring" in result.reason
    assert "olga stop now: refused: not_active" in result.reason


def test_a_failure_in_one_order_only_is_found() -> None:
    whole = scenario(
        ACTIVATED, together(STOP, TWO[0]), "{expect: villa, tile: activation_required, within: 1 min}"
    )

    verdicts = {order: result.verdict for order, result in plays(whole).items()}

    assert verdicts == {"1-2": Verdict.FAIL, "2-1": Verdict.PASS}


def test_one_of_accepts_either_result() -> None:
    either = "{expect: villa, tile: {one_of: [activated, activation_required]}, within: 1 min}"
    neither = "{expect: villa, tile: {one_of: [none, expires_soon]}}"

    found = plays(scenario(ACTIVATED, together(STOP, TWO[0]), either))
    wrong = play_virtual(scenario(ACTIVATED, neither)).result

    assert {result.verdict for result in found.values()} == {Verdict.PASS}
    assert "app.tile: expected one of 'none', 'expires_soon', saw 'activated'" in wrong.reason


def test_a_person_acts_for_the_account_chosen_before_the_step() -> None:
    """In every order: leaving the company does not take the other action's account away."""
    leave = "{as: ivan, do: switch_account, company: null}"

    found = plays(scenario(together(leave, ACTIVATED)))

    assert {result.verdict for result in found.values()} == {Verdict.PASS}, found


def test_a_member_that_cannot_be_played_blocks_the_play() -> None:
    result = play_virtual(scenario(together(ACTIVATED, "{fault: start_process, process: cloud}"))).result

    assert (result.verdict, result.reason) == (Verdict.BLOCKED, "the cloud is running already")


def test_a_command_at_the_moment_of_a_crash_is_answered_or_not() -> None:
    crash = "{fault: stop_process, process: cloud}"
    command = ACTIVATED.replace("villa}", "villa, may_be_refused: cloud_unreachable}")

    found = plays(scenario(together(crash, command), "{fault: start_process, process: cloud}"))

    assert {order: outcomes(result)[1] for order, result in found.items()} == {
        "1-2": "cloud_unreachable",
        "2-1": None,
    }


@pytest.mark.live
def test_a_live_cloud_that_crashes_leaves_commands_unanswered_and_the_play_continues() -> None:
    crash = "{fault: stop_process, process: cloud}"
    commands = [member.replace("already_active", "[already_active, cloud_unreachable]") for member in TWO]
    whole = scenario(together(crash, *commands), "{fault: start_process, process: cloud}")

    for seed in range(1, 5):
        assert run_live(play_live(whole, seed)).result.reason == ""


@pytest.mark.live
def test_a_live_world_does_not_play_a_chosen_order() -> None:
    chosen = in_every_order([scenario(together(ACTIVATED, STOP))])[1]

    result = run_live(play_live(chosen)).result

    assert result.verdict is Verdict.BLOCKED
    assert "play with --virtual" in result.reason


@pytest.mark.live
def test_the_members_of_a_live_play_start_in_an_order_drawn_from_the_seed() -> None:
    whole = scenario(together(*TWO, more=", succeed: 1"))

    found = {tuple(outcomes(run_live(play_live(whole, seed)).result)) for seed in range(1, 7)}

    assert found == {(None, "already_active"), ("already_active", None)}
