"""A play is described in the language of the run, and the Polish texts are complete."""

import ast
import string
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from hubsim_contract.wire.messages import Channel, Profile, Registration, SimCard
from hubsim_scenarios.cli.run import command
from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.reports import story_language
from hubsim_scenarios.reports.story_language import (
    StoryLanguage,
    in_language,
    name_of,
    say,
    steps_text,
    texts_of,
)
from hubsim_simulator.hardware.led import LedColour

POLISH = texts_of(StoryLanguage.POLISH)
REPORTS = Path(story_language.__file__).parent
JOURNEY = str(CATALOG / "001-first-login-to-stop-now.yaml")


def said() -> set[str]:
    """Return every text that the modules pass to `say`, directly or as a variable `text`."""
    found = set()
    for module in REPORTS.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name("say"), args=[ast.Constant(str(text)), *_]):
                    found.add(text)
                case ast.Assign(targets=[ast.Name("text")], value=ast.Constant(str(text))):
                    found.add(text)
                case ast.Assign(
                    targets=[ast.Tuple(elts=[_, ast.Name("text")])],
                    value=ast.Tuple(elts=[_, ast.Constant(str(text))]),
                ):
                    found.add(text)
    return found


VALUES = {each.value for kind in (Channel, Profile, Registration, SimCard, LedColour) for each in kind}
MOVES = {"start of next month", "end of month"}


def test_every_text_has_a_polish_one_and_no_other_is_kept() -> None:
    wanted = said() | VALUES | MOVES

    assert set(POLISH.phrases) == wanted


def test_a_polish_text_has_the_values_of_the_english_one() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert {text: values(text) for text in POLISH.phrases} == {
        text: values(polish) for text, polish in POLISH.phrases.items()
    }


def test_every_action_view_bench_action_and_fault_has_a_polish_name() -> None:
    known = vocabulary()
    acts = [*known.commands, *known.queries, *known.bench_actions, *known.faults]
    fields = {
        field.name
        for kind in (known.commands, known.queries, known.bench_actions, known.faults)
        for struct in kind.values()
        for field in msgspec.structs.fields(struct)
    }

    assert sorted({*acts, *fields} - set(POLISH.names)) == []


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 krok"), (2, "2 kroki"), (5, "5 kroków"), (12, "12 kroków"), (22, "22 kroki")]
)
def test_polish_has_three_plurals(count: int, text: str) -> None:
    with in_language(StoryLanguage.POLISH):
        assert steps_text(count) == text


def test_the_language_ends_with_its_context() -> None:
    with in_language(StoryLanguage.POLISH):
        assert (say("no channel"), name_of("insert_sim")) == ("brak kanału", "włożenie karty SIM")

    assert (say("no channel"), name_of("insert_sim")) == ("no channel", "insert sim")
    assert steps_text(1) == "1 step"


def test_the_story_is_in_polish() -> None:
    done = CliRunner().invoke(command, ["--virtual", "--lang", "pl", JOURNEY])

    assert done.exit_code == 0
    assert "styczeń 2026" in done.stdout
    assert "ivan        aktywuje usługi (hub front-door)" in done.stdout
    assert "aplikacja: [Wymagana aktywacja] bez gwiazdki, online" in done.stdout
    assert "PASS  36 z 36 kroków zaliczone" in done.stdout


def test_a_report_names_its_language(tmp_path: Path) -> None:
    report = tmp_path / "report.html"

    CliRunner().invoke(command, ["--virtual", "--lang", "pl", "--html", str(report), JOURNEY])

    assert '"lang":"pl"' in report.read_text(encoding="utf-8")
    assert "Wygasa wkrótce" in report.read_text(encoding="utf-8")


def test_a_failure_is_explained_in_the_language_of_the_run(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "scenario: Wrong\nclock: 2026-01-15 09:00 Europe/Warsaw\nworld: {hubs: {shed: {model: hub-2}}}\n"
        "steps:\n  - {expect: shed, led: white}\n"
    )

    done = CliRunner().invoke(command, ["--virtual", "--lang", "pl", str(file)])

    assert done.exit_code == 1
    assert "powtórzenie: hubsim run" in done.stdout
    assert "czas świata" in done.stdout
