"""Proofs of short scenarios: noticed, not noticed, stopped, without an occasion, and weak steps."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from proved_scenarios import ACTIVATE, DEACTIVATE, FIRST_LINE, STOP, outcome, play, proof, scenario

from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.proving.mutant import Mutant, Part
from hubsim_scenarios.proving.mutants import BY_NAME
from hubsim_scenarios.proving.observation import ObservedField
from hubsim_scenarios.proving.proof import MutantPlay, Outcome, Prover, prove
from hubsim_scenarios.proving.seams import Seam
from hubsim_scenarios.proving.suggestion import suggestion
from hubsim_scenarios.proving.weak_steps import weak_steps

SUGGESTING = 60
"""Every this number of scenarios of the catalog, suggestions are tried."""


def test_a_step_that_fails_notices_the_mutant() -> None:
    found = play("star_missing", ACTIVATE, "{expect: villa, star: on}")

    assert found.outcome is Outcome.NOTICED
    assert found.failed_steps == (2,)
    assert found.reason == "villa: shows.star: expected on, saw off"


def test_a_play_continues_after_a_step_that_fails() -> None:
    found = play(
        "star_missing", ACTIVATE, "{expect: villa, star: on}", STOP, ACTIVATE, "{expect: villa, star: on}"
    )

    assert found.failed_steps == (2, 5)


def test_a_mutant_that_makes_a_difference_which_no_step_sees_is_not_noticed() -> None:
    found = play("star_missing", ACTIVATE, "{expect: villa, tile: activated}")

    assert found.outcome is Outcome.UNNOTICED
    assert found.difference is not None
    assert found.difference.step == 1
    assert found.difference.place == ObservedField("villa", "shows", "star")
    assert (found.difference.honest, found.difference.mutant) == (True, False)


def test_a_mutant_that_the_scenario_does_not_get_to_has_no_occasion() -> None:
    assert outcome("star_missing", "{expect: villa, star: off}") is Outcome.NO_OCCASION
    assert outcome("month_end_missed", ACTIVATE, "{expect: villa, star: on}") is Outcome.NO_OCCASION


def test_a_mutant_with_an_occasion_whose_play_is_equal_has_no_occasion_either() -> None:
    # a hub that is never offline for long: the later report makes no difference
    assert outcome("offline_reported_late", ACTIVATE, "{expect: villa, star: on}") is Outcome.NO_OCCASION


def test_a_mutant_that_crashes_the_product_is_stopped_and_not_noticed() -> None:
    def crash(facts: object, command: str) -> object:
        if command == "activate":
            raise KeyError(command)
        return facts

    mutant = Mutant("crashing", Part.COMMANDS, "It crashes.", (), lambda: {Seam.FACTS: crash})
    scenario_ = scenario("{expect: villa, star: off}", ACTIVATE)

    found = prove_with(scenario_, mutant)

    assert found.outcome is Outcome.STOPPED
    assert found.stopped_step == 2
    assert found.reason == "the product crashes: KeyError 'activate'"


def prove_with(scenario_: Scenario, mutant: Mutant) -> MutantPlay:
    prover = Prover(scenario_)
    prover.honest([])
    return prover.judge(mutant)


def test_a_mutant_that_repeats_a_message_forever_ends_early() -> None:
    found = play("confirmations_missing", ACTIVATE, "{clock: +300 d}", "{expect: villa, star: on}")

    assert found.outcome is Outcome.UNNOTICED
    assert found.stopped_step == 2
    assert "the world is busy at more than" in found.reason


def test_the_world_is_built_by_honest_commands() -> None:
    assert outcome("ignored_create_company", "{expect: villa, star: off}") is Outcome.NO_OCCASION
    assert outcome("mail_missing_employee_invitation", "{expect: villa, star: off}") is Outcome.NO_OCCASION


def test_a_command_that_does_nothing_is_accepted() -> None:
    found = play("ignored_activate", "{as: ivan, do: activate, hub: villa, screen: device_list}", STOP)

    assert found.failed_steps == (2,)
    assert found.reason.startswith("refused: not_active.")


def test_a_missing_refusal_is_an_acceptance_that_changes_nothing() -> None:
    refused = "{as: ivan, do: stop_now, hub: villa, refused: not_active}"

    found = play("unrefused_not_active", refused, "{expect: villa, tile: activation_required}")

    assert found.failed_steps == (1,)
    assert found.reason == "expected the refusal 'not_active', but the command was accepted"


def test_a_view_without_content_is_noticed_only_if_its_content_is_expected() -> None:
    opened = "{as: ivan, sees: objects}"
    checked = "{as: ivan, sees: objects, shows: {objects: [{name: house}]}}"

    assert outcome("view_blank_objects", opened) is Outcome.UNNOTICED
    assert outcome("view_blank_objects", checked) is Outcome.NOTICED


def test_an_invoice_that_is_missing_or_issued_twice_is_noticed_by_an_exact_list() -> None:
    steps = (ACTIVATE, "{clock: start of next month}", "{expect: billing, invoices: [{month: 2026-03}]}")

    assert outcome("invoice_missing", *steps) is Outcome.NOTICED
    assert outcome("invoice_doubled", *steps) is Outcome.NOTICED
    assert outcome("invoice_too_high", *steps) is Outcome.UNNOTICED


def test_a_service_that_does_not_end_is_not_due_again_and_again() -> None:
    found = play("month_end_missed", ACTIVATE, DEACTIVATE, "{clock: +300 d}", "{expect: villa, star: off}")

    assert found.failed_steps == (4,)
    assert found.stopped_step == 0


def test_a_mutant_does_not_change_a_scenario_that_fails_without_one() -> None:
    found = proof("{expect: villa, star: on}")

    assert found.honest.verdict.value == "fail"
    assert found.plays == ()


# ------------------------------------------------------------------ weak steps


def test_a_step_that_passes_in_every_world_is_weak() -> None:
    found = proof(ACTIVATE, "{expect: villa, star: on}", "{expect: villa, sim_card: ok}")

    assert lines(weak_steps(found)) == [FIRST_LINE + 2]


def test_a_step_is_not_weak_if_an_earlier_step_notices_the_same_mutants() -> None:
    found = proof(ACTIVATE, "{expect: villa, star: on}", "{expect: villa, star: on}")

    assert weak_steps(found) == []


def test_actions_are_not_weak_steps_because_they_check_nothing() -> None:
    found = proof("{bench: villa, do: set_lid, open: yes}", "{clock: +1 min}", mutants=["star_missing"])

    assert weak_steps(found) == []


def test_a_check_that_never_fails_is_weak() -> None:
    found = proof(ACTIVATE, "{never: villa, shows: {powered: off}, for: 1 min}", mutants=["star_missing"])

    assert lines(weak_steps(found)) == [FIRST_LINE + 1]


def lines(steps: Sequence[AnyStep]) -> list[int]:
    return [step.place.line for step in steps]


# ------------------------------------------------------------------ suggestions


def test_a_suggested_expectation_notices_the_mutant() -> None:
    """A suggestion can be read as a step. The step passes without the mutant, and fails with it."""
    tried = 0
    for scenario_ in read(find([CATALOG]))[::SUGGESTING]:
        found = prove(scenario_)
        for each in found.plays:
            text = (
                None if each.difference is None else suggestion(each.difference, found.names, scenario_.zone)
            )
            if text is None or not text.startswith("{expect"):
                continue
            step = language().step(text, scenario_)
            assert not isinstance(step, tuple), (text, step)
            longer = with_step(scenario_, step, each.difference.step)
            again = prove(longer, mutants=[BY_NAME[each.mutant]])
            assert again.honest.verdict.value == "pass", (scenario_.file, text, again.honest.reason)
            assert again.plays[0].outcome is Outcome.NOTICED, (scenario_.file, each.mutant, text)
            tried += 1

    assert tried > 50


def with_step(scenario_: Scenario, step: AnyStep, after: int) -> Scenario:
    steps = scenario_.steps
    return replace(scenario_, steps=(*steps[:after], step, *steps[after:]))


@pytest.mark.parametrize(
    ("mutant", "steps", "text"),
    [
        ("star_missing", (ACTIVATE,), "{expect: villa, shows: {star: on}}"),
        ("app_end_missing", (ACTIVATE, DEACTIVATE), "{expect: villa, app: {ends_at: 2026-04-01 00:00}}"),
        (
            "mail_missing_employee_invitation",
            ("{as: olga, do: add_employee, email: rita@example.test, role: installer}",),
            "{expect: mailbox, of: rita, mails: [{kind: employee_invitation, company: '@wolf'}]}",
        ),
        (
            "invoice_missing",
            (ACTIVATE, "{clock: start of next month}"),
            "{expect: billing, invoices: [{reseller: '@northwatch', dealer: '@wolf', month: 2026-03, total_cents: 500}]}",  # noqa: E501 (one line, as printed)
        ),
        (
            "view_blank_navigation",
            ("{as: olga, sees: navigation}",),
            "shows: {tabs: [objects, company, services]}",
        ),
    ],
)
def test_a_suggestion_is_written_as_in_a_scenario(mutant: str, steps: tuple[str, ...], text: str) -> None:
    found = proof(*steps, mutants=[mutant])

    difference = found.plays[0].difference

    assert difference is not None
    assert suggestion(difference, found.names, "Europe/Warsaw") == text
