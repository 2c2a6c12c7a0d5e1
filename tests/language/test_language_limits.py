"""Files that are not scenarios, limits, arbitrary input, and bad vocabularies."""

from typing import Annotated, Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta
from small_world import HEAD, LANGUAGE, VOCABULARY, mistakes, read, scenario, step_mistakes

from hubsim_scenarios.language.errors import MAX_SHOWN_LINE_CHARS, ScenarioError, show
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.nodes import MAX_DEPTH, MAX_FILE_BYTES, compose
from hubsim_scenarios.language.problems import MAX_ERRORS, Problems
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.vocabulary import FieldSpec, VocabularyError

GOOD = HEAD + "  - {clock: +1 s}\n"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "x.yaml:1:1: the file is empty"),
        ("# nothing\n", "x.yaml:1:1: the file is empty"),
        (
            "- a\n",
            "x.yaml:1:1: a scenario, which is a mapping that begins with 'scenario:', is expected here",
        ),
        (GOOD + "---\na: b\n", "x.yaml:13:1: a second YAML document begins here; a file has only one"),
        (
            GOOD.replace("A small one", "&x one"),
            "x.yaml:1:11: YAML anchors (&x) are not part of the language",
        ),
        (GOOD.replace("A small one", "*x"), "x.yaml:1:11: YAML aliases (*x) are not part of the language"),
        (
            GOOD.replace("A small one", "!!str 5"),
            "x.yaml:1:11: YAML tags ('tag:yaml.org,2002:str') are not part",
        ),
        (GOOD + "<<: {a: b}\n", "x.yaml:12:1: YAML merge keys (<<) are not part of the language"),
        (GOOD + "scenario: twice\n", "x.yaml:12:1: duplicate key 'scenario'; line 1 has it already"),
        (GOOD + "? [a]\n: b\n", "x.yaml:12:3: a key must be a word, not a list or a mapping"),
        ("a: [b\n", "x.yaml:1:4: this '[' is not closed"),
        ("a: @wolf\n", "x.yaml:1:4: a word cannot begin with @ in YAML"),
        ("a: b: c\n", "x.yaml:1:5: a value contains ': '"),
        ("a: 'b\n", "x.yaml:1:4: this quote ' is not closed"),
        ("a: \x00\n", "x.yaml:1:4: the character U+0000 is not allowed in a scenario"),
        ("a: b\nc: \ufffe\n", "x.yaml:2:4: the character U+FFFE is not allowed in a scenario"),
        (b"a: b\nc: \xc3\xb3\xff\n", "x.yaml:2:5: the file is not UTF-8 (byte 0xff)"),
        ("a: \ud800\n", "x.yaml:1:4: the file is not UTF-8 (byte 0xed)"),
        (
            "[" * 50_000,
            f"x.yaml:1:{MAX_DEPTH + 2}: lists and mappings are nested more than {MAX_DEPTH} levels deep",
        ),
        ("- " * 50_000, f"x.yaml:1:{2 * MAX_DEPTH + 3}: lists and mappings are nested more than {MAX_DEPTH}"),
        (
            " " * (MAX_FILE_BYTES + 1),
            f"x.yaml:1:1: the file is larger than {MAX_FILE_BYTES} bytes",
        ),
    ],
)
def test_a_file_that_is_not_a_scenario_is_refused_with_a_place(text: str | bytes, mistake: str) -> None:
    assert any(found.startswith(mistake) for found in mistakes(text))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: @wolf\n", "put it in quotes: '@wolf'"),
        ("a: b: c\n", "put text that contains ': ' in quotes: a: 'b: c'"),
        ("a:\n\t- b\n", "indent it with spaces"),
    ],
)
def test_common_yaml_mistakes_get_a_hint(text: str, hint: str) -> None:
    assert mistakes(text)[0].endswith(f"; {hint}")


def test_the_parser_in_python_reads_the_same_tree_as_the_one_in_c() -> None:
    problems = Problems("x.yaml")
    text = GOOD + "about: |\n  żółw\n  'x'\n"

    assert compose(text, problems, yaml.SafeLoader) == compose(text, problems)
    assert problems.errors() == ()


def test_an_error_is_shown_with_its_line_and_a_caret() -> None:
    error = ScenarioError("x.yaml", 2, 5, "unknown field 'tyle'", "did you mean 'tile'?")

    shown = show(error, "a: b\n\t  {tyle: x}\nc: d\n")

    assert shown == (
        "x.yaml:2:5: unknown field 'tyle'; did you mean 'tile'?\n    2 | \t  {tyle: x}\n      | \t   ^"
    )


def test_an_error_after_the_last_line_is_shown_without_a_line() -> None:
    error = ScenarioError("x.yaml", 9, 1, "text")

    assert show(error, "a: b") == "x.yaml:9:1: text"


def test_a_line_that_is_too_long_is_not_shown() -> None:
    error = ScenarioError("x.yaml", 1, 1, "text")

    assert show(error, "a" * (MAX_SHOWN_LINE_CHARS + 1)) == "x.yaml:1:1: text"


def test_only_the_first_mistakes_are_kept_and_the_others_are_counted() -> None:
    found = mistakes(HEAD + "  - {cluck: x}\n" * 3000)

    assert len(found) == MAX_ERRORS + 1
    assert found[-1] == f"x.yaml:1:1: and {3000 - MAX_ERRORS} more mistakes"


def test_one_more_mistake_than_the_limit_is_singular() -> None:
    found = mistakes(HEAD + "  - {cluck: x}\n" * (MAX_ERRORS + 1))

    assert found[-1] == "x.yaml:1:1: and 1 more mistake"


def test_there_is_no_suggestion_from_very_many_names() -> None:
    people = "".join(f"    p{number}: {{}}\n" for number in range(2000))

    found = mistakes(
        f"scenario: x\nclock: 2026-01-15 09:00 UTC\nworld:\n  people:\n{people}"
        "steps:\n  - {as: pp1, do: switch_account}\n"
    )

    assert found == ["x.yaml:2006:10: no person is called 'pp1'"]


def test_a_very_long_word_is_cut_in_the_message() -> None:
    found = step_mistakes("{clock: " + "x" * 10_000 + "}")

    assert len(found[0]) < 300


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_or_text_give_a_scenario_or_mistakes(source: bytes | str) -> None:
    found = read(source)

    assert isinstance(found, Scenario) or (found and all(isinstance(error, ScenarioError) for error in found))


@given(st.data())
def test_a_damaged_file_gives_a_scenario_or_mistakes_at_places_in_it(data: st.DataObject) -> None:
    text = GOOD + "  - {expect: front-door, app: {star: on}, within: 9 s}\n  - {clock: end of month}\n"
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    damage = data.draw(st.text(alphabet="{}[]:,-@&*!'\" \n#ax1?|", max_size=4))
    damaged = text[:start] + damage + text[start + length :]

    found = read(damaged)

    if not isinstance(found, Scenario):
        assert found
        lines = damaged.count("\n") + 1
        assert all(1 <= error.line <= lines and error.column >= 1 for error in found)


_WORDS: Any = st.sampled_from(
    [
        "as",
        "do",
        "ivan",
        "activate",
        "hub",
        "front-door",
        "clock",
        "+1 s",
        "expect",
        "has",
        "not",
        "app",
        "5",
        "",
    ]
)


@given(
    st.recursive(
        _WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4)
    )
)
def test_any_tree_as_steps_is_read_or_refused(tree: object) -> None:
    text = HEAD + "  " + yaml.safe_dump(tree, default_flow_style=True, width=10_000)

    assert read(text.removesuffix("...\n"))


class ClashingStep(msgspec.Struct):
    note: str


class UnknownAlias(msgspec.Struct):
    x: Annotated[str, Meta(extra={"alias": "cat"})]


class Fraction(msgspec.Struct):
    x: float


class SeveralTypes(msgspec.Struct):
    x: int | str


class UnknownWords(msgspec.Struct):
    x: Annotated[str, Meta(extra={"word": "colour"})]


@pytest.mark.parametrize(
    ("struct", "message"),
    [
        (ClashingStep, "'bad' has the field 'note', which is a key of steps"),
        (UnknownAlias, "field 'x': 'cat' is not a kind of alias"),
        (Fraction, "field 'x': FloatType has no form in a scenario"),
        (SeveralTypes, "field 'x': a scenario cannot distinguish the types of a union"),
        (UnknownWords, "field 'x': unknown list of words 'colour'"),
    ],
)
def test_a_vocabulary_that_no_file_can_express_is_refused(struct: type, message: str) -> None:
    vocabulary = msgspec.structs.replace(VOCABULARY, commands={"bad": struct})

    with pytest.raises(VocabularyError) as caught:
        Language(vocabulary)

    assert str(caught.value) == message


def test_a_group_cannot_have_a_field_with_the_name_of_a_pattern_word() -> None:
    group = FieldSpec(group={"count": FieldSpec(type=int)})
    vocabulary = msgspec.structs.replace(VOCABULARY, expectations={"hub": {"app": group}})

    with pytest.raises(VocabularyError, match="'count', a word of patterns"):
        Language(vocabulary)


def test_reading_a_file_does_not_affect_the_next_file() -> None:
    text = HEAD + "  - {as: olga, do: create_company, name: x, country: PL, called: second}\n"

    assert scenario(text) == scenario(text)
    assert LANGUAGE.read("y.yaml", GOOD.replace("+1 s", "second"))
