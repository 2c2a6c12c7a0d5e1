"""The table of mutants: it is complete for what it is made from, and each row says what it breaks."""

import re

import pytest

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_contract.wire.rules import RULE_IDS
from hubsim_scenarios.product.guide import CLAUSES
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.proving.mutant import Mutant
from hubsim_scenarios.proving.mutants import BY_NAME, MUTANTS
from hubsim_scenarios.proving.request_mutants import NEVER_ACCEPTED

NOT_FALSIFIABLE = {
    "C5": "builds of PRO Desktop are sent by e-mail, outside the simulated services",
    "E3": "two roles that have the same rights: the table of permissions tests it",
    "E8": "a setting for the future",
    "R1": "a definition",
    "R5": "the views of Resellers have no clause of their own in the table",
    "A8": "the confirmation pop-up is in the client",
}
"""Clauses that no mutant violates, with the reason."""


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_says_in_one_sentence_what_it_breaks(mutant: Mutant) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]+", mutant.name)
    assert re.fullmatch(r"[A-Z][^.]*\.", mutant.breaks)
    for violated in mutant.violates:
        assert violated in CLAUSES or violated in RULE_IDS or violated.startswith("domain: ")


def test_every_clause_that_can_be_violated_is_violated_by_a_mutant() -> None:
    violated = {clause for mutant in MUTANTS for clause in mutant.violates}

    assert {clause for clause in CLAUSES if clause not in violated} <= set(NOT_FALSIFIABLE)


def test_every_refusal_every_command_and_every_view_has_a_mutant() -> None:
    words = vocabulary()

    assert {f"unrefused_{name.value}" for name in RefusalName} <= BY_NAME.keys()
    assert {f"ignored_{name}" for name in words.commands if name != NEVER_ACCEPTED} <= BY_NAME.keys()
    assert {f"view_blank_{name}" for name in words.queries} <= BY_NAME.keys()
