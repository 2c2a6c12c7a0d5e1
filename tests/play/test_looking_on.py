"""After a failed `expect` the runner looks on: when the state occurs later, and when it was there before.

Looking on never changes the result, the trace or the reports of the play.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from steps_in_play import play, scenario

from hubsim_scenarios.language.steps import Expect
from hubsim_scenarios.play.launch import Played, conditions, finish, play_virtual
from hubsim_scenarios.play.look_on import look_on
from hubsim_scenarios.play.play import Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_simulator.broker.profiles import EMBEDDED

ACTIVATED = "{as: ivan, do: activate, hub: villa}"
WARSAW = "Europe/Warsaw"


def test_a_state_that_occurs_later_is_shown_with_the_time_that_would_pass() -> None:
    result = play(ACTIVATED, "{expect: villa, led: white}")

    assert result.remarks == (
        f"it became so 12 min 40 s later, at 2026-01-15 09:12:40 {WARSAW}: `within: 15 min`",
    )
    assert play(ACTIVATED, "{expect: villa, led: white, within: 15 min}").verdict is Verdict.PASS


def test_the_time_that_would_pass_counts_from_the_beginning_of_the_step() -> None:
    result = play(ACTIVATED, "{expect: villa, led: white, within: 10 min}")

    assert result.remarks == (
        "waited 10 min of world time",
        f"it became so 2 min 40 s later, at 2026-01-15 09:12:40 {WARSAW}: `within: 15 min`",
    )


def test_a_state_that_never_occurs_is_shown_with_the_instant_until_which_the_runner_looked() -> None:
    result = play("{expect: villa, led: red}")

    assert result.remarks == (f"it did not become so until 2026-02-15 09:00 {WARSAW}, 31 d later",)


def test_the_fields_that_never_matched_are_named() -> None:
    result = play(ACTIVATED, "{expect: villa, led: white, carrier: {profile: inactive}, lid_open: on}")

    assert result.remarks[-1] == "these fields never matched: shows.lid_open"


def test_fields_that_never_matched_together_are_told_apart_from_those_that_never_matched() -> None:
    result = play(ACTIVATED, "{expect: villa, led: white, carrier: {profile: inactive}}")

    assert result.remarks[-1] == "each field matched at some time, but never all of them together"


def test_a_state_that_was_there_before_is_shown_with_its_time() -> None:
    result = play(
        ACTIVATED,
        "{clock: +20 min}",
        "{bench: villa, do: unplug, link: ethernet}",
        "{expect: villa, led: white}",
    )

    assert result.remarks[0] == f"it was so from 2026-01-15 09:12:40 {WARSAW} until 2026-01-15 09:20 {WARSAW}"


def test_a_state_that_is_only_compared_with_another_time_has_no_remarks() -> None:
    assert play("{expect: villa, led: green}").remarks == ()
    assert play("{expect: shed, carrier: {profile: active}}").remarks == ()


def test_a_step_that_fails_in_a_live_world_alone_passes_in_the_virtual_one() -> None:
    played = scenario(ACTIVATED, "{expect: villa, led: green}")
    step = played.steps[-1]
    assert isinstance(step, Expect)
    start = conditions(played, 7, EMBEDDED)

    in_a_live_world = finish(look_on(played, start, played.steps[:1], step, "live"))
    in_the_virtual_world = finish(look_on(played, start, played.steps[:1], step, "virtual"))

    assert in_a_live_world == (
        (
            "the virtual world passes this step under the seed 7:"
            " compare the traces of both plays with `hubsim trace diff`"
        ),
    )
    assert in_the_virtual_world == ()


def test_remarks_about_a_live_play_name_the_virtual_world() -> None:
    played = scenario("{expect: villa, led: red}")
    step = played.steps[-1]
    assert isinstance(step, Expect)

    (remark,) = finish(look_on(played, conditions(played, 1, EMBEDDED), (), step, "live"))

    assert remark.startswith("in the virtual world it did not become so until ")


def test_a_play_that_cannot_be_repeated_has_no_remarks() -> None:
    played = scenario("{as: ivan, do: resume, hub: villa}", "{expect: villa, led: red}")
    step = played.steps[-1]
    assert isinstance(step, Expect)

    assert finish(look_on(played, conditions(played, 1, EMBEDDED), played.steps[:1], step, "live")) == ()


STEPS = st.lists(
    st.sampled_from(
        [
            ACTIVATED,
            "{as: ivan, do: schedule_deactivation, hub: villa}",
            "{bench: villa, do: set_lid, open: yes}",
            "{bench: villa, do: power_off}",
            "{clock: +7 min}",
            "{clock: start of next month}",
            "{fault: restart_process, process: broker}",
            "{fault: drop, message: desired, hub: villa}",
        ]
    ),
    max_size=5,
)
LAST = st.sampled_from(
    [
        "{expect: villa, led: red}",
        "{expect: villa, led: white, within: 3 min}",
        "{expect: villa, tile: expires_soon, star: off}",
        "{expect: mailbox, of: olga, mails: {has: [{kind: employee_invitation}]}}",
    ]
)


def parts(played: Played) -> tuple[object, ...]:
    result = played.result
    return (
        played.trace.lines(),
        result.verdict,
        result.reason,
        result.differences,
        result.failure_context,
        result.ended_at_ms,
        len(result.steps),
    )


@settings(max_examples=25, deadline=None)
@given(STEPS, LAST, st.integers(1, 50))
def test_looking_on_changes_neither_the_result_nor_the_trace(steps: list[str], last: str, seed: int) -> None:
    played = scenario(*steps, last)

    with_look = play_virtual(played, seed, record=True)
    without_look = play_virtual(played, seed, record=True, watched=Watched(look_on=False))

    assert parts(with_look) == parts(without_look)
