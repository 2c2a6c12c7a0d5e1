"""A play is described in the language of the run, and the Polish texts are complete."""

import string
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from said_texts import said_in, unsaid_in

import hubsim_console
from hubsim_cloud.domain import facts
from hubsim_cloud.domain.types import EmployeeRole
from hubsim_contract.wire.messages import (
    Channel,
    OrderStage,
    Profile,
    Registration,
    ServiceState,
    SimCard,
)
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.cli.run import command
from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.translation import story_language
from hubsim_scenarios.translation.story_language import (
    StoryLanguage,
    date_of,
    day_of,
    in_language,
    month_of,
    name_of,
    say,
    say_count,
    texts_of,
)
from hubsim_simulator.hardware.led import LedColour

POLISH = texts_of(StoryLanguage.POLISH)
CONSOLE = Path(hubsim_console.__file__).parent
SCENARIOS = Path(story_language.__file__).parents[1]
JOURNEY = str(CATALOG / "001-first-login-to-stop-now.yaml")


VALUES = {each.value for kind in (Channel, Profile, Registration, SimCard, LedColour) for each in kind}
SHOWN = (
    "play",
    "reports",
    "worlds",
    "running/interrupts.py",
    "running/progress.py",
    "running/target.py",
    "running/watch.py",
    "running/worker_pool.py",
    "language/comparisons.py",
    "language/matching.py",
    "language/wording.py",
)
"""The modules whose texts a person reads while plays run and after them."""
ENGLISH = {
    "play/preflight.py": "mistakes in a file, whose words are English",
    "play/slow_steps.py": "the name of a context variable",
    "reports/options.py": "options and their mistakes",
    "reports/html.py": "markup, and the title of a window",
    "reports/results.py": "the title of a JSON Schema",
}
"""Modules with texts that stay English, and the reason."""
ENGLISH_TEXTS = {
    "the URL of ": "a mistake in an option",
    " has a user, a password or a query, which would be printed: http(s)://host:port is expected": "the same",
    " is not the address of a cloud: http(s)://host:port is expected": "the same",
    " is not a URL (": "the same",
    "): http(s)://host:port is expected": "the same",
    "a fault of the scenario": "in the trace",
    "the broker of the server": "in an assertion",
    "hubsim run ": "a command",
}


def modules(part: str) -> list[Path]:
    path = SCENARIOS / part
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def test_every_text_has_a_polish_one_and_no_other_is_kept() -> None:
    said = said_in([*sorted(SCENARIOS.rglob("*.py")), *sorted(CONSOLE.rglob("*.py"))])

    assert set(POLISH.phrases) == said.phrases | VALUES
    assert set(POLISH.counts) == said.counts


def test_every_text_that_is_shown_can_be_translated() -> None:
    unsaid = [
        f"{module}:{line}: pass {text!r} to say()"
        for part in SHOWN
        for module in modules(part)
        if module.relative_to(SCENARIOS).as_posix() not in ENGLISH
        for line, text in unsaid_in(module)
        if text not in ENGLISH_TEXTS
    ]

    assert unsaid == []


def test_an_exception_is_needed() -> None:
    found = {text for part in SHOWN for module in modules(part) for _, text in unsaid_in(module)}

    assert set(ENGLISH_TEXTS) <= found
    assert [name for name in ENGLISH if not list(unsaid_in(SCENARIOS / name))] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise CannotPlay(f"the server {url} is gone")', ["the server ", " is gone"]),
        ('raise CannotPlay(say("the server {url} is gone", url=url))', []),
        ('text = "the server is gone"\nraise CannotPlay(say(text))', []),
        ('"""The server is gone."""', []),
        ('assert ready, "the server is gone"', []),
    ],
)
def test_a_text_outside_say_is_found(tmp_path: Path, source: str, found: list[str]) -> None:
    module = tmp_path / "module.py"
    module.write_text(source)

    assert [text for _, text in unsaid_in(module)] == found


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_a_polish_text_has_the_values_of_the_english_one() -> None:
    for english, polish in POLISH.phrases.items():
        assert values_of(polish) == values_of(english), english
    for english, forms in POLISH.counts.items():
        for form in forms:
            assert values_of(form) == values_of(english), english


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


def test_the_labels_of_the_diagram_have_polish_names() -> None:
    tags = {
        kind.__struct_config__.tag
        for kind in vars(facts).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    }
    words = {each.value for kind in (ServiceState, OrderStage, MessageKind, EmployeeRole) for each in kind}

    assert sorted({*filter(None, tags), *words} - set(POLISH.names)) == []


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 plik"),
        (2, "2 pliki"),
        (5, "5 plików"),
        (12, "12 plików"),
        (22, "22 pliki"),
        (112, "112 plików"),
    ],
)
def test_polish_has_three_plurals(count: int, text: str) -> None:
    with in_language(StoryLanguage.POLISH):
        assert say_count("{count} file", "{count} files", count) == text


def test_the_language_ends_with_its_context() -> None:
    with in_language(StoryLanguage.POLISH):
        assert (say("no channel"), name_of("insert_sim")) == ("brak kanału", "włożenie karty SIM")

    assert (say("no channel"), name_of("insert_sim")) == ("no channel", "insert sim")
    assert say_count("{count} file", "{count} files", 1) == "1 file"
    assert say_count("{count} file", "{count} files", 0) == "0 files"


def test_dates_are_polish() -> None:
    at = datetime(2026, 3, 5, tzinfo=UTC)

    with in_language(StoryLanguage.POLISH):
        assert (month_of(at), day_of(at), date_of(at)) == ("marzec 2026", "05 mar", "5 marca 2026")
    assert (month_of(at), day_of(at), date_of(at)) == ("March 2026", "05 Mar", "5 March 2026")


def test_the_story_is_in_polish() -> None:
    done = CliRunner().invoke(command, ["--virtual", "--lang", "pl", JOURNEY])

    assert done.exit_code == 0
    assert "styczeń 2026" in done.stdout
    assert "ivan        aktywuje usługi (hub front-door)" in done.stdout
    assert "dodaje pracownika (e-mail ivan@example.test, rola Instalator)" in done.stdout
    assert (
        "odmowa: sim_not_installed - W hubie front-door nie ma karty SIM: włóż kartę Ajax SIM." in done.stdout
    )
    assert "aplikacja: [Wymagana aktywacja] bez gwiazdki, online" in done.stdout
    assert "PASS  zaliczono 36 z 36 kroków, 6 oczekiwanych odmów" in done.stdout


def test_a_report_names_its_language(tmp_path: Path) -> None:
    report = tmp_path / "report.html"

    CliRunner().invoke(command, ["--virtual", "--lang", "pl", "--html", str(report), JOURNEY])

    assert '"lang":"pl"' in report.read_text(encoding="utf-8")
    assert "Wygasa wkrótce" in report.read_text(encoding="utf-8")


WRONG = (
    "scenario: Wrong\nclock: 2026-01-15 09:00 Europe/Warsaw\nworld: {hubs: {shed: {model: hub-2}}}\n"
    "steps:\n  - {expect: shed, led: white, within: 1 min}\n"
)


def test_a_failure_is_explained_in_the_language_of_the_run(tmp_path: Path) -> None:
    file, junit = tmp_path / "wrong.yaml", tmp_path / "report.xml"
    file.write_text(WRONG)

    done = CliRunner().invoke(command, ["--virtual", "--lang", "pl", "--junit", str(junit), str(file)])

    assert done.exit_code == 1
    assert f"powtórzenie: hubsim run --virtual --seed 1 --lang pl {file}" in done.stdout
    assert "czas świata" in done.stdout
    assert "czekano 1 min czasu świata" in done.stdout
    assert "FAIL  zaliczono 0 z 1 kroku" in done.stdout
    report = junit.read_text(encoding="utf-8")
    assert "shed: shows.led: oczekiwano 'white', zaobserwowano 'red' (czekano 1 min czasu świata)" in report


@pytest.mark.process
def test_parallel_plays_are_explained_in_the_language_of_the_run(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(WRONG)

    done = CliRunner().invoke(command, ["--virtual", "--jobs", "2", "--lang", "pl", str(tmp_path)])

    assert done.stdout.count("czekano 1 min czasu świata") == 2
    assert done.stdout.endswith("niezaliczone: 2\n")


def test_mistakes_of_files_stay_in_the_language_of_files(tmp_path: Path) -> None:
    file = tmp_path / "mistaken.yaml"
    file.write_text(WRONG.replace("expect: shed", "expect: shet"))

    done = CliRunner().invoke(command, ["--virtual", "--lang", "pl", str(file)])

    assert done.exit_code == 2
    assert "did you mean" in done.output
