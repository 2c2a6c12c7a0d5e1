"""The guide in Polish: every clause has a text, with the exact terms, and reports show it."""

import re

import pytest

from hubsim_cloud.domain.ui_texts import ALL_TEXTS, TILE_ACTIVE
from hubsim_scenarios.product.guide import CHAPTERS, CLAUSES
from hubsim_scenarios.product.guide_words import chapter, clause_texts, polish_guide
from hubsim_scenarios.translation.story_language import StoryLanguage, in_language

TERMS = {
    **{text.en: text.pl for text in ALL_TEXTS if text is not TILE_ACTIVE and text.en[0].isupper()},
    "Dealer": "Sprzedaw",
    "Reseller": "Reseller",
    "Company owner": "Właściciel",
    "Senior service manager": "Starszy menadżer usług",
    "hub information screen": "ekranie informacyjnym huba",
    "Your Resellers": "Twoi Resellerzy",
    "Add Reseller": "Dodaj Resellera",
    "Send request": "Wyślij żądanie",
    "Service settings": "Ustawienia usług",
    "Additional Ajax services": "Dodatkowe usługi Ajax",
    "Create company": "Utwórz firmę",
}
"""The English terms of the guide, and the Polish ones, without an ending where it varies."""


def test_each_clause_and_chapter_has_a_polish_text() -> None:
    assert polish_guide().keys() == {"chapters", "clauses"}
    assert list(polish_guide()["clauses"]) == list(CLAUSES)
    assert polish_guide()["chapters"].keys() == CHAPTERS.keys()


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_has_the_terms_of_the_guide(clause: str) -> None:
    polish = polish_guide()["clauses"][clause]
    quoted = {term: word for term, word in TERMS.items() if re.search(rf"\b{term}\b", CLAUSES[clause])}

    assert [word for word in quoted.values() if word.lower() not in polish.lower()] == []
    assert polish.endswith(".")


def test_the_guide_is_in_the_language_of_the_run() -> None:
    with in_language(StoryLanguage.POLISH):
        assert (clause_texts()["A3"], chapter("A3")) == (
            "Hub musi mieć zainstalowaną kartę Ajax SIM.",
            "Aktywacja",
        )

    assert (clause_texts()["A3"], chapter("A3")) == (CLAUSES["A3"], "Activation")
