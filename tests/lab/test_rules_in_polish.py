"""The rules of the contract in Polish: complete, with the same identifiers and numbers, served on request."""

import re

import pytest

from hubsim_cloud.http.languages import ResponseLanguage
from hubsim_cloud.lab.contract_rules import polish_rule_texts, rules_view
from hubsim_contract.wire.rules import FAMILIES, RULES

ENGLISH = {
    *(text for family in FAMILIES for text in (family.title, family.text)),
    *(text for rule in RULES for text in (rule.text, rule.reason)),
}


def exact(text: str) -> list[str]:
    """Return the identifiers and numbers of a text."""
    return sorted(re.findall(r"`[^`]*`|\d[\d,.]*\d|\d", text))


def test_every_text_has_a_polish_one_and_no_other_is_kept() -> None:
    assert polish_rule_texts().keys() == ENGLISH


@pytest.mark.parametrize("english", sorted(ENGLISH))
def test_a_polish_text_has_the_same_identifiers_and_numbers(english: str) -> None:
    polish = polish_rule_texts()[english]

    assert exact(polish) == exact(english)
    assert polish.endswith(".") == english.endswith(".")


def test_only_the_texts_of_a_rule_are_translated() -> None:
    english, polish = (rules_view(language).rules for language in ResponseLanguage)

    assert [(each.id, each.side, each.severity) for each in polish] == [
        (each.id, each.side, each.severity) for each in english
    ]
    assert all(one.text != other.text for one, other in zip(english, polish, strict=True))
