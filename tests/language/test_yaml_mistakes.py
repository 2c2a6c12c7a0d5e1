"""Mistakes in YAML are explained in words of the language: the place of the cause, and what to write."""

import pytest
from small_world import HEAD, read, scenario

from hubsim_scenarios.language.errors import ScenarioError, show
from hubsim_scenarios.language.steps import PersonStep, Scenario

FIRST = HEAD.count("\n") + 1
STEP = "  - {clock: +1 s}\n"


def explained(steps: str | bytes) -> list[str]:
    """Return the mistakes of a file with these steps; the line of the first step is 1."""
    text = HEAD.encode() + steps if isinstance(steps, bytes) else HEAD + steps
    found = read(text)
    assert not isinstance(found, Scenario), "no mistake was found"
    return [
        f"{error.line - FIRST + 1}:{error.column}: {error.text}" + (f"; {error.hint}" if error.hint else "")
        for error in found
    ]


@pytest.mark.parametrize(
    ("steps", "mistake"),
    [
        (
            "  - {as: olga, do: activate, hub: front-door, note: first, second, third}\n",
            (
                "1:60: unknown field 'second' in activate; "
                "put text that contains a comma in quotes: note: 'first, second, third'"
            ),
        ),
        (
            "  - {clock: +1 s, note: this: that}\n",
            "1:29: a value contains ': '; put text that contains ': ' in quotes: note: 'this: that'",
        ),
        (
            "  - clock: +1 s\n    note: this: that\n",
            "2:15: a value contains ': '; put text that contains ': ' in quotes: note: 'this: that'",
        ),
        (
            "  - {as: olga do: activate}\n",
            (
                "1:17: a value contains ': '; put text that contains ': ' in quotes: "
                "as: 'olga do: activate'; or write a comma before 'do'"
            ),
        ),
        ("  - {clock: +1 s\n" + STEP + STEP, "1:5: this '{' is not closed; write '}' after its last item"),
        ("  - {clock: +1 s\n", "1:5: this '{' is not closed; write '}' after its last item"),
        (
            "  - {expect: front-door, channels: [ethernet}\n" + STEP,
            "1:36: this '[' is not closed before the '}' in line 11, column 45; write ']' there",
        ),
        ("  - {clock: +1 s}}\n", "1:18: this '}' closes nothing; remove it"),
        (
            "  - {clock: +1 s, note: 'it}\n" + STEP,
            "1:25: this quote ' is not closed; write ' after the text, in the same line",
        ),
        (
            "  - {clock: +1 s, note: 'Olga's house'}\n",
            (
                "1:31: text follows the closing quote; "
                "in the text write '' for ', or use the other kind of quotes"
            ),
        ),
        (
            "  - {clock: +1 s, note: a #b}\n",
            "1:5: this '{' is not closed; a comment begins at ' #': put text with ' #' in quotes",
        ),
        (
            "  - as: olga\n   do: activate\n",
            "2:4: the indentation of this line does not fit the lines before it; indent it by 4 spaces",
        ),
        (
            STEP + " - {clock: +1 s}\n",
            "2:2: the indentation of this line does not fit the lines before it; indent it by 2 spaces",
        ),
        (
            STEP + "    - {clock: +1 s}\n",
            "2:5: the indentation of this line does not fit the lines before it; indent it by 2 spaces",
        ),
        ("\t- {clock: +1 s}\n", "1:1: this line is indented with a tab; indent it with spaces"),
        (
            "  - {clock:\u00a0+1 s}\n",
            "1:12: the character U+00A0 is not an ordinary space; write an ordinary space",
        ),
        (
            "\u00a0\u00a0- {clock: +1 s}\n",
            "1:1: the character U+00A0 is not an ordinary space; write an ordinary space",
        ),
        (
            "  - {as: ivan, do: activate, hub: \u2018front-door\u2019}\n",
            "1:35: \u2018 is a typographic quote, not a quote of YAML; write ordinary quotes: 'front-door'",
        ),
        (
            "  - {clock: +1 s, note: \u201cA, B\u201d}\n",
            "1:25: \u201c is a typographic quote, not a quote of YAML; write ordinary quotes: 'A'",
        ),
        (
            "  - {order: [{who: @front-door}]}\n",
            "1:20: a word cannot begin with @ in YAML; put it in quotes: '@front-door'",
        ),
        (
            STEP + "  {clock: +1 s}\n",
            "2:3: this line is not part of the list before it; begin each item with '- '",
        ),
        (
            "  {clock: +1 s}\n",
            "1:3: a list of steps is expected here, not a mapping; begin each item with '- '",
        ),
        (
            "  -{clock: +1 s}\n",
            "1:3: a list of steps is expected here, not a mapping; write a space after '-'",
        ),
        ("  - {clock:+1 s}\n", "1:6: the kind of the step is missing; write a space after 'clock:'"),
        (
            '  - {clock: +1 s, note: "C:\\x"}\n',
            "1:30: in double quotes \\ begins an escape sequence; use single quotes, or write \\\\ for \\",
        ),
        (
            "  - {clock: +1 s, note: a\u202eb}\n",
            "1:26: the character U+202E is not allowed in a scenario; remove it; editors do not show it",
        ),
        (
            '  - {clock: +1 s, note: "a\\u202eb"}\n',
            "1:25: the text contains the character U+202E, which a terminal does not show; remove it",
        ),
        (b"  - {clock: +1 s, note: caf\xe9}\n", "1:28: the file is not UTF-8 (byte 0xe9); save it as UTF-8"),
        (
            "  - {do: activate, hub: front-door}\n",
            (
                "1:6: the kind of the step is missing; "
                "who does it? add 'as:' with a person, or 'bench:' with a hub"
            ),
        ),
        (
            "  - {sees: your_resellers}\n",
            "1:6: the kind of the step is missing; who does it? add 'as:' with a person",
        ),
    ],
)
def test_a_mistake_in_yaml_is_explained_once_with_its_cause(steps: str | bytes, mistake: str) -> None:
    assert explained(steps) == [mistake]


def test_the_line_of_a_mistake_shows_no_character_that_changes_its_direction() -> None:
    shown = show(ScenarioError("x.yaml", 1, 3, "text"), "a\u202eb\u200b: c")

    assert shown == "x.yaml:1:3: text\n    1 | aU+202EbU+200B: c\n      | " + " " * 7 + "^"


def test_ordinary_text_in_another_script_or_with_typographic_quotes_inside_is_allowed() -> None:
    name = "Bob\u2019s \u201cHub\u201d \u05d0\u05d1"

    made = scenario(HEAD + f"  - {{as: olga, do: create_company, name: {name}, country: 'NO'}}\n").steps[0]

    assert isinstance(made, PersonStep)
    assert made.fields["name"] == name


@pytest.mark.parametrize(
    ("world", "mistake"),
    [
        ("people: olga", "a list of names, or a mapping by name is expected here, not a word; write [olga]"),
        ("poeple: [olga]", "unknown field 'poeple' in the world; did you mean 'people'?"),
        (
            "people: [Olga]",
            "'Olga' cannot be a name; use small letters, digits, - and _, and begin with a letter",
        ),
    ],
)
def test_names_that_could_not_be_read_give_no_further_mistakes(world: str, mistake: str) -> None:
    name = "Olga" if "Olga" in world else "olga"
    text = f"scenario: T\nclock: 2026-01-15 09:00 UTC\nworld:\n  {world}\nsteps:\n"
    text += f"  - {{as: {name}, sees: your_resellers}}\n  - {{as: {name}, sees: your_resellers}}\n"

    found = read(text)

    assert isinstance(found, tuple)
    assert [f"{error.text}; {error.hint}" for error in found] == [mistake]


@pytest.mark.parametrize(
    ("steps", "mistake"),
    [
        (
            STEP + "  - {clock: 2026-01-01 00:00}\n",
            (
                "2:5: the world clock is at 2026-01-15 09:00:01.000 Europe/Warsaw and cannot move back "
                "to 2026-01-01 00:00:00.000 Europe/Warsaw; use a later instant, or a move such as +3 d"
            ),
        ),
        (
            "  - {clock: 2499-01-01 00:00}\n  - {clock: +36000 d}\n",
            (
                "2:5: the world clock cannot move past 1 December 2499; the calendar ends at "
                "2499-12-01 01:00:00.000 Europe/Warsaw, at most 334 d after this step"
            ),
        ),
        (
            "  - {clock: 2499-01-01 00:00}\n  - {never: front-door, star: on, for: 36000 d}\n",
            (
                "2:5: the world clock cannot move past 1 December 2499; the calendar ends at "
                "2499-12-01 01:00:00.000 Europe/Warsaw, at most 334 d after this step"
            ),
        ),
    ],
)
def test_a_move_that_is_never_possible_is_found_in_the_file(steps: str, mistake: str) -> None:
    assert explained(steps) == [mistake]


@pytest.mark.parametrize(
    ("step", "mistake"),
    [
        ("{clock: '-3 d'}", "'-3 d' is not a clock move; the clock only moves forward: write '+3 d'"),
        (
            "{never: front-door, star: on, for: -3 d}",
            "'-3 d' is not a duration; a duration is never negative: write 3 d",
        ),
        (
            "{never: front-door, star: on, for: 1.5 min}",
            "'1.5 min' is not a duration; numbers are whole: write 1 min 30 s",
        ),
        (
            "{never: front-door, star: on, for: 0.5 ms}",
            "'0.5 ms' is not a duration; numbers are whole: use a smaller unit",
        ),
        (
            "{expect: front-door, star: maybe}",
            "'maybe' is not on or off; use one of: false, no, off, on, true, yes",
        ),
        (
            "{expect: front-door, channels: ethernet}",
            (
                "a list in any order (each item: a channel (`ethernet`, `wifi`, `cellular`)) is expected "
                "here, not a word; write [ethernet]"
            ),
        ),
    ],
)
def test_a_wrong_value_gets_the_right_one(step: str, mistake: str) -> None:
    assert [text.partition(": ")[2] for text in explained(f"  - {step}\n")] == [mistake]


def test_an_empty_matrix_is_called_empty() -> None:
    found = read(HEAD.replace("steps:\n", f"matrix: {{}}\nsteps:\n{STEP}"))

    assert isinstance(found, tuple)
    assert [str(error) for error in found] == [
        "x.yaml:10:9: the matrix is empty; name a place with its values, or remove the matrix"
    ]
