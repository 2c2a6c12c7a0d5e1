"""The report of proofs: differences in words, plays that stop, and the totals of several plays."""

from proved_scenarios import ACTIVATE, FIRST_LINE, STOP, play, proof, scenario

from hubsim_scenarios.proving.proof import MutantPlay, Outcome
from hubsim_scenarios.proving.proof_text import explanation, several_plays, single_play
from hubsim_scenarios.proving.totals import all_noticed, totals


def text(mutant: str, *steps: str) -> tuple[str, str]:
    found = proof(*steps, mutants=[mutant])
    return explanation(found.honest.scenario, found.plays[0], found.names)


def test_a_difference_has_the_field_with_both_values_and_the_expectation_to_add() -> None:
    seen, advice = text("star_missing", ACTIVATE)

    assert seen == "star is off instead of on."
    assert advice == f"add after line {FIRST_LINE}: {{expect: villa, shows: {{star: on}}}}"


def test_a_difference_that_is_there_before_the_first_step_is_named_so() -> None:
    _seen, advice = text("logo_never_green", "{clock: +1 min}")

    assert advice == "add before the first step: {expect: villa, shows: {led: green}}"


def test_a_view_is_checked_in_its_own_step() -> None:
    seen, advice = text("services_tab_missing", "{as: olga, sees: navigation}")

    assert seen == "tabs is [objects, company] instead of [objects, company, services]."
    assert (
        advice == f"add after line {FIRST_LINE}: shows: {{tabs: [objects, company, services]}} (in that step)"
    )


def test_ids_are_written_as_names() -> None:
    _seen, advice = text("orders_lost", ACTIVATE, "{clock: +10 min}")

    assert "'@" not in advice
    _seen, advice = text("invoice_missing", ACTIVATE, "{clock: start of next month}")
    assert "reseller: '@northwatch', dealer: '@wolf'" in advice


def test_a_difference_of_events_alone_has_the_messages_without_ids() -> None:
    seen, advice = text("old_order_unanswered", ACTIVATE, STOP)

    assert seen == (
        f"Only events differ after line {FIRST_LINE + 1}: `carrier published confirmations "
        "{sequence: 2, profile: inactive, stage: executed}` instead of `carrier published confirmations "
        "{sequence: 1, profile: active, stage: superseded}`."
    )
    assert advice.startswith("no state differs after line ")


def test_a_play_that_ends_early_says_which_steps_are_not_tried() -> None:
    seen, _advice = text("confirmations_missing", ACTIVATE, "{clock: +300 d}")

    assert f"Steps from line {FIRST_LINE + 1} on are not tried: the world is busy at more than" in seen


def test_a_play_that_stops_says_where_and_why() -> None:
    stopped = MutantPlay(mutant="star_missing", outcome=Outcome.STOPPED, reason="it crashes", stopped_step=2)

    seen, advice = explanation(scenario(ACTIVATE, STOP), stopped, {})

    assert seen == f"The play stops in line {FIRST_LINE + 1}: it crashes."
    assert advice == "the play stops: add an expectation before that step"


def test_a_mutant_is_noticed_if_one_of_several_plays_notices_it() -> None:
    blind = proof(ACTIVATE, mutants=["star_missing"])
    seeing = proof(ACTIVATE, "{expect: villa, star: on}", mutants=["star_missing"])

    assert not all_noticed(totals([blind]))
    assert all_noticed(totals([blind, seeing]))
    assert totals([blind, seeing])[0].outcome is Outcome.NOTICED
    assert several_plays([blind, seeing])[-1] == "1 noticed, 0 NOT noticed, 0 without an occasion (1 mutant)"


def test_a_mutant_without_an_occasion_is_not_a_weakness() -> None:
    found = proof("{expect: villa, star: off}", mutants=["month_end_missed"])

    assert all_noticed(totals([found]))
    assert single_play(found)[-1] == "0 noticed, 0 NOT noticed, 1 without an occasion (1 mutant)"


def test_several_plays_name_the_mutants_without_an_occasion() -> None:
    found = proof("{expect: villa, star: off}", mutants=["month_end_missed"])

    assert several_plays([found, found])[1:4] == [
        "without an occasion: nothing differs from the play without a mutant",
        "  cloud, business",
        "      month_end_missed",
    ]


def test_a_mutant_is_listed_under_the_first_step_that_fails() -> None:
    found = proof(ACTIVATE, "{expect: villa, star: on}", STOP, ACTIVATE, "{expect: villa, star: on}")

    printed = single_play(found)

    step = printed.index(f"  line {FIRST_LINE + 1}  villa: star: on")
    assert printed[step + 1].startswith("      star_missing, ")
    assert play("star_missing", ACTIVATE).outcome is Outcome.UNNOTICED
