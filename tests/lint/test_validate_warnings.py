"""`hubsim validate` reports the mistakes that `hubsim run` reports, and warnings."""

import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from hubsim_scenarios.cli.validate import command
from hubsim_scenarios.lint.clause_proofs import PROOFS, unproved
from hubsim_scenarios.lint.warnings import Warned, WarningKind, lint
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.product.vocabulary import language, vocabulary

HEAD = """\
scenario: A small one
covers: [A3, S1]
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  sims: {a1: ajax}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: a1}}
steps:
"""
STEPS = """\
  - {as: ivan, do: activate, hub: villa}
  - {as: ivan, do: schedule_deactivation, hub: villa}
  - {expect: villa, tile: expires_soon}
"""
GOOD = HEAD + STEPS


def warnings(text: str) -> list[tuple[WarningKind, int, int]]:
    """Return the kind and place of each warning about a file."""
    outcome = language().read("x.yaml", text)
    assert not isinstance(outcome, tuple), outcome
    return [(warning.kind, warning.line, warning.column) for warning in lint([outcome], text)]


def validate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_good_scenario_has_no_warning() -> None:
    assert warnings(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("[olga, ivan, rita]", "[olga, ivan, rita, paul]", (5, 30)),
        ("[olga, ivan, rita]", "{olga: , ivan: , rita: , paul: {account: no}}", (5, 36)),
        ("sims: {a1: ajax}", "sims: {a1: ajax, b1: ordinary}", (8, 20)),
        ("  hubs:", "  hubs:\n    spare: {model: hub}", (10, 5)),
        ("wolf: {owner", "lynx: {owner: rita, country: PL}, wolf: {owner", (6, 15)),
        (
            "  - {as: ivan, do: activate",
            "  - {as: ivan, do: create_object, name: Barn, called: barn}\n  - {as: ivan, do: activate",
            (12, 55),
        ),
    ],
)
def test_an_unused_name_gets_a_warning_at_its_declaration(old: str, new: str, place: tuple[int, int]) -> None:
    assert old in GOOD

    assert warnings(GOOD.replace(old, new)) == [(WarningKind.UNUSED_NAME, *place)]


def test_things_in_a_list_that_a_step_checks_are_used() -> None:
    shed = GOOD.replace("  hubs:", "  hubs:\n    shed: {model: hub, company: wolf, object: yard}")

    assert [kind for kind, *_ in warnings(shed)] == [WarningKind.UNUSED_NAME]
    assert warnings(shed + "  - {as: olga, sees: dashboard, shows: {accounts: 2}}\n") == []


def test_a_person_whose_address_a_step_names_is_used() -> None:
    mail = "  - {expect: mailbox, of: paul@example.test, mails: []}\n"

    assert warnings(GOOD.replace("rita]", "rita, paul]") + mail) == []


def test_a_clause_that_no_step_can_prove_gets_a_warning() -> None:
    found = warnings(GOOD.replace("[A3, S1]", "[A3, S1, X1]"))

    assert found == [(WarningKind.UNPROVED_CLAUSE, 2, 18)]


def test_an_unchecked_end_gets_a_warning_at_its_first_step() -> None:
    found = warnings(GOOD + "  - {as: ivan, do: stop_now, hub: villa}\n  - {clock: +3 d}\n")

    assert found == [(WarningKind.UNCHECKED_END, 15, 5)]


@pytest.mark.parametrize(
    "last",
    [
        "{as: ivan, do: resume, hub: villa, refused: not_permitted}",
        "{as: ivan, do: resume, hub: villa, screen: services_activated}",
        "{bench: villa, do: plug, link: ethernet, refused: already_plugged}",
        "{never: villa, star: on, for: 1 d}",
        "{order: [{event: fact}]}",
        "{as: ivan, sees: objects}",
    ],
)
def test_a_last_step_that_can_fail_gets_no_warning(last: str) -> None:
    assert warnings(f"{GOOD}  - {last}\n") == []


def test_a_scenario_without_expectations_gets_one_warning() -> None:
    text = (
        HEAD
        + "  - {as: ivan, do: activate, hub: villa}\n  - {as: ivan, do: schedule_deactivation, hub: villa}\n"
    )

    assert warnings(text) == [(WarningKind.NOTHING_EXPECTED, 11, 1)]


def test_a_scenario_without_a_title_gets_a_warning() -> None:
    assert warnings(GOOD.replace("A small one", '""')) == [(WarningKind.NO_TITLE, 1, 1)]


def test_the_catalog_can_prove_every_clause_that_it_covers() -> None:
    words = vocabulary()

    assert PROOFS.keys() <= words.clauses.keys()
    assert {
        word for proofs in PROOFS.values() for word in proofs
    } <= words.commands.keys() | words.queries.keys()
    assert [scenario.file for scenario in read(find([CATALOG])) if unproved(scenario)] == []


def test_mistakes_and_warnings_in_all_files_are_printed_with_a_total(tmp_path: Path) -> None:
    wrong, idle, good = tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml"
    wrong.write_text(GOOD.replace("do: activate", "do: activat"), encoding="utf-8")
    idle.write_text(GOOD.replace("rita]", "rita, paul]"), encoding="utf-8")
    good.write_text(GOOD.replace("A small one", "Another"), encoding="utf-8")

    done = validate(tmp_path)

    assert done.exit_code == 2
    assert f"{wrong}:12:20: 'activat' is not an action; did you mean 'activate'?\n   12 | " in done.stdout
    assert f"{idle}:5:30: warning: the person 'paul' is never used; " in done.stdout
    assert done.stdout.endswith("3 files, 1 mistake, 1 warning\n")


def test_warnings_fail_only_with_strict(tmp_path: Path) -> None:
    file = tmp_path / "idle.yaml"
    file.write_text(GOOD.replace("rita]", "rita, paul]"), encoding="utf-8")

    assert validate(file).exit_code == 0
    assert validate("--strict", file).exit_code == 2


def test_two_files_with_the_same_title_get_a_warning(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")

    done = validate(tmp_path)

    assert f"{tmp_path / 'b.yaml'}:1:1: warning: {tmp_path / 'a.yaml'} has the same title" in done.stdout


def test_each_warning_in_json_has_its_place_and_kind(tmp_path: Path) -> None:
    file = tmp_path / "idle.yaml"
    file.write_text(GOOD.replace("rita]", "rita, paul]"), encoding="utf-8")

    (found,) = msgspec.json.decode(validate("--json", file).stdout)

    assert (found["file"], found["scenario"], found["mistakes"]) == (str(file), "A small one", [])
    (warning,) = found["warnings"]
    assert (warning["kind"], warning["line"], warning["column"]) == ("unused_name", 5, 30)
    assert msgspec.convert(warning, Warned).text.startswith("the person 'paul'")


def test_a_mistake_in_a_fragment_is_shown_with_its_line(tmp_path: Path) -> None:
    fragment = tmp_path / "fragments" / "dealer.yaml"
    fragment.parent.mkdir()
    fragment.write_text("fragment: A Dealer\nworld: {people: [Bob]}\n", encoding="utf-8")
    file = tmp_path / "begins.yaml"
    file.write_text(GOOD.replace("world:", "begin: dealer\nworld:"), encoding="utf-8")

    done = validate(file)

    assert done.exit_code == 2
    assert re.search(r"dealer\.yaml:2:18: 'Bob' cannot be a name.*\n    2 \| world: ", done.stdout)


def test_unused_names_of_a_fragment_get_no_warning(tmp_path: Path) -> None:
    fragment = tmp_path / "fragments" / "dealer.yaml"
    fragment.parent.mkdir()
    fragment.write_text("fragment: A Dealer\nworld: {people: [bob]}\n", encoding="utf-8")
    file = tmp_path / "begins.yaml"
    file.write_text(GOOD.replace("world:", "begin: dealer\nworld:"), encoding="utf-8")

    done = validate("--strict", file)

    assert (done.exit_code, done.stdout) == (0, "1 file, 0 mistakes, 0 warnings\n")


def test_the_hint_of_a_mistake_is_in_the_json(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(GOOD.replace("do: activate", "do: activat"), encoding="utf-8")

    (found,) = msgspec.json.decode(validate("--json", file).stdout)

    assert found["mistakes"] == [
        {
            "file": str(file),
            "line": 12,
            "column": 20,
            "text": "'activat' is not an action",
            "hint": "did you mean 'activate'?",
        }
    ]


def test_a_path_that_does_not_exist_is_bad_input(tmp_path: Path) -> None:
    done = validate(tmp_path / "none.yaml")

    assert done.exit_code == 2
    assert "no such file or folder" in done.stderr
