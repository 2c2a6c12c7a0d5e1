"""Scenarios are selected by tag, clause, name and case. An unknown word is refused with a suggestion."""

import pytest
from small_scenarios import HOLDS, scenario

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.running.selection import BadSelection, Selection, select


def catalog() -> list[Scenario]:
    slow = (
        HOLDS.replace("[hub, quick]", "[hub, slow]").replace("A3", "X2").replace("green", "Green (slow)", 1)
    )
    return [scenario(file="a/one.yaml"), scenario(slow, "b/two.yaml")]


def files(**conditions: tuple[str, ...]) -> list[str]:
    return [each.file for each in select(catalog(), Selection(**conditions))]


def refused(**conditions: tuple[str, ...]) -> str:
    with pytest.raises(BadSelection) as refusal:
        select(catalog(), Selection(**conditions))
    return str(refusal.value)


def test_an_empty_selection_selects_everything_in_order() -> None:
    assert files() == ["a/one.yaml", "b/two.yaml"]


def test_all_tags_must_match_and_a_tag_can_be_excluded() -> None:
    assert files(tags=("hub",)) == ["a/one.yaml", "b/two.yaml"]
    assert files(tags=("hub", "not slow")) == ["a/one.yaml"]
    assert files(tags=("slow",)) == ["b/two.yaml"]


def test_a_clause_selects_the_scenarios_that_cover_it_and_a_chapter_all_of_its_clauses() -> None:
    assert files(covers=("X2",)) == ["b/two.yaml"]
    assert files(covers=("A",)) == ["a/one.yaml"]
    assert files(covers=("X2", "A3")) == ["a/one.yaml", "b/two.yaml"]


def test_a_name_is_text_or_a_regular_expression_in_title_or_path() -> None:
    assert files(names=("B/TWO",)) == ["b/two.yaml"]
    assert files(names=("(slow)",)) == ["b/two.yaml"]
    assert files(names=("green$",)) == ["a/one.yaml"]
    assert files(names=("(slo",)) == ["b/two.yaml"]


def test_an_unknown_word_is_refused_with_a_suggestion() -> None:
    assert refused(tags=("quik",)) == "no scenario has the tag 'quik'; did you mean 'quick'?"
    assert refused(tags=("not slwo",)) == "no scenario has the tag 'slwo'; did you mean 'slow'?"
    assert refused(covers=("X22",)) == "the guide has no clause 'X22'; did you mean 'X2'?"
    assert refused(case=("model=hub",)) == "no matrix or table has the case 'model=hub'"


def test_a_selection_without_a_match_is_refused() -> None:
    assert refused(tags=("quick",), covers=("X2",)) == (
        "no scenario matches --tag 'quick', --covers 'X2'; 2 scenarios searched"
    )


def test_a_selection_from_the_catalog() -> None:
    scenarios = read(find([CATALOG]))

    chosen = select(scenarios, Selection(tags=("restart",), covers=("A",)))

    assert 0 < len(chosen) < len(scenarios)
    assert all("restart" in each.tags for each in chosen)
