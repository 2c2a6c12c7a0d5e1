"""The marks, suggestions and documentation of an editor with the YAML language server in scenario files."""

from collections.abc import Iterator

import pytest
from language_server import CURSOR, LanguageServer, Mark, language_server

from hubsim_scenarios.pages.reference_prose import EXAMPLE
from hubsim_scenarios.product.files import CATALOG, find

pytestmark = pytest.mark.editor

HEAD = """\
scenario: A small one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan]
  companies: {wolf: {owner: olga, country: NO, dealer: yes, employees: {ivan: installer}}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax, 2: empty}}
steps:
"""
FRAGMENT = "fragment: A Dealer\nworld:\n  people: [olga]\n  companies: {wolf: {owner: olga, country: PL}}\n"


@pytest.fixture(scope="module")
def editor() -> Iterator[LanguageServer]:
    with language_server() as server:
        yield server


def test_nothing_is_marked_in_the_catalog_and_in_the_example(editor: LanguageServer) -> None:
    texts = [file.read_text(encoding="utf-8") for file in find([CATALOG], fragments=True)]

    assert [mark for marks in editor.marks_of([EXAMPLE, FRAGMENT, *texts]) for mark in marks] == []


@pytest.mark.parametrize(
    ("step", "marked", "message"),
    [
        ("{expect: villa, tyle: activated}", "tyle", "Property tyle is not allowed."),
        ("{expect: villa, led: grene}", "grene", 'Valid values: "white", "green", "red", "off"'),
        (
            "{expect: villa, star: on, within: 90}",
            "90",
            "a duration such as 90 s, 12 min or 1 d 2 h is expected",
        ),
        ("{as: ivan, do: activat, hub: villa}", "activat", 'Valid values: "sign_up", "switch_account"'),
        ("{as: ivan, do: activate}", "{", 'Missing property "hub".'),
        ("{clock: soon}", "soon", "a clock move such as +3 d or start of next month is expected here"),
        ("{clok: +3 d}", "clok", "Property clok is not allowed."),
    ],
)
def test_a_mistake_in_a_step_is_marked_at_its_place(
    editor: LanguageServer, step: str, marked: str, message: str
) -> None:
    first, *_ = editor.marks(f"{HEAD}  - {step}\n")

    assert (first.line, first.text) == (8, marked)
    assert message in first.message


@pytest.mark.parametrize(
    ("more", "marked", "message"),
    [
        ("matrix: {model: [hub-2, hub-22]}", "hub-22", 'Valid values: "en54-fire-hub", "hub", "hub-2"'),
        ("matrix: {villa.modl: [hub]}", "villa.modl", "Property villa.modl is not allowed."),
        ("matrix: {villa.model: hub}", "hub", 'Expected "array"'),
        ("matrix: {carrier.networks: [1, 9]}", "9", "Value is above the maximum of 8."),
        ("matrix: {signal: []}", "[]", "Array has too few items."),
        ("begin: A-dealer", "A-dealer", "the name of a fragment (its file name without .yaml)"),
    ],
)
def test_a_mistake_in_a_beginning_or_a_matrix_is_marked_at_its_place(
    editor: LanguageServer, more: str, marked: str, message: str
) -> None:
    (mark,) = editor.marks(HEAD.replace("steps:", f"{more}\nsteps:") + "  - {clock: +1 s}\n")

    assert (mark.line, mark.text) == (7, marked)
    assert message in mark.message


def test_a_fragment_is_marked_as_a_fragment(editor: LanguageServer) -> None:
    more = "clock: 2026-01-15 09:00 UTC\n"

    marks = editor.marks(FRAGMENT.replace("people", "peple") + more, "scenarios/catalog/fragments/x.yaml")

    assert marks == [
        Mark(2, "peple", "Property peple is not allowed."),
        Mark(4, "clock", "Property clock is not allowed."),
    ]


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        (CURSOR, ["scenario", "clock", "begin", "matrix", "steps", "fragment"]),
        (f"fragment: x\n{CURSOR}\n", ["about", "world", "steps"]),
        (f"{HEAD}  - {{e{CURSOR}}}\n", ["as", "bench", "fault", "clock", "expect", "never", "order"]),
        (f"{HEAD}  - {{as: ivan, do: {CURSOR}}}\n", ["activate", "stop_now"]),
        (f"{HEAD}  - {{as: ivan, do: activate, h{CURSOR}}}\n", ["hub", "reseller", "refused", "note"]),
        (f"{HEAD}  - {{expect: villa, led: {CURSOR}}}\n", ["green", "white", "red"]),
        (f"scenario: x\nmatrix:\n  {CURSOR}\n", ["model", "links", "carrier.cut_delay_ms", "hub.boot_ms"]),
        (f"scenario: x\nmatrix:\n  model: [{CURSOR}]\n", ["hub-2", "hub-2-plus"]),
        (f"scenario: x\nmatrix:\n  villa.signal: [{CURSOR}]\n", ["weak", "strong"]),
        (f"scenario: x\nmatrix:\n  carrier.cut_style: [{CURSOR}]\n", ["cancel_location", "lazy"]),
    ],
)
def test_words_are_suggested_where_they_are_allowed(
    editor: LanguageServer, text: str, proposed: list[str]
) -> None:
    found = editor.completions(text)

    assert [word for word in proposed if word not in found] == []


def test_no_word_is_suggested_where_it_is_not_allowed(editor: LanguageServer) -> None:
    of_a_fragment = editor.completions(f"fragment: x\n{CURSOR}\n")
    of_an_action = editor.completions(f"{HEAD}  - {{as: ivan, do: activate, h{CURSOR}}}\n")

    assert of_a_fragment.keys() & {"clock", "begin", "matrix", "settings", "scenario"} == set()
    assert of_an_action.keys() & {"object", "email", "shows", "tile"} == set()


def test_suggestions_have_documentation(editor: LanguageServer) -> None:
    actions = editor.completions(f"{HEAD}  - {{as: ivan, do: {CURSOR}}}\n")
    settings = editor.completions(f"scenario: x\nmatrix:\n  {CURSOR}\n")

    assert actions["enroll_as_dealer"] == "Register the company as a Dealer (guide D1, D2)."
    assert "Takes a duration from 0 s to 2 h. Default: 0 s." in settings["carrier.cut_delay_ms"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"scenario: x\nbeg{CURSOR}in: a-dealer\n", "Fragments whose world and steps come first"),
        (
            f"scenario: x\nmat{CURSOR}rix: {{model: [hub]}}\n",
            "Values to play the scenario with; each combination is a case",
        ),
        (
            f"scenario: x\nmatrix: {{carrier.cut_del{CURSOR}ay_ms: [0 s]}}\n",
            "From the order to the withdrawn",
        ),
        (f"scenario: x\nmatrix: {{villa.sig{CURSOR}nal: [weak]}}\n", "Takes a signal"),
        (f"{HEAD}  - {{as: ivan, do: acti{CURSOR}vate, hub: villa}}\n", "Activate the services of a hub"),
        (f"{HEAD}  - {{expect: villa, within: 3 s, ti{CURSOR}le: none}}\n", "tile"),
        (f"fragment: x\nworld: {{peo{CURSOR}ple: [olga]}}\n", "A person."),
    ],
)
def test_a_word_at_the_pointer_has_documentation(editor: LanguageServer, text: str, shown: str) -> None:
    assert shown in editor.hover(text)


def test_a_file_in_another_folder_can_name_the_schema_in_its_first_line(editor: LanguageServer) -> None:
    wrong = f"{HEAD}  - {{expect: villa, tyle: activated}}\n"
    line = "# yaml-language-server: $schema=../docs/scenario.schema.json\n"

    assert editor.marks(wrong, "plays/x.yml") == []
    assert [mark.text for mark in editor.marks(line + wrong, "plays/x.yml")] == ["tyle"]
