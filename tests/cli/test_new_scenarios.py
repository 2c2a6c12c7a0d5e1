"""`hubsim new` writes a scenario that is formatted, has no warnings, and passes."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubsim import main
from hubsim_cloud.domain.countries import countries
from hubsim_scenarios.language.language import NO_FRAGMENTS
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.layout import format_scenario
from hubsim_scenarios.lint.check import check_scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.first_scenarios import COUNTRY, JOURNEYS, MODEL, START, first_scenario
from hubsim_scenarios.product.vocabulary import language
from hubsim_simulator.hardware.profile import model_names


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*args: str, answers: str = "") -> Result:
    return CliRunner().invoke(main, ["new", *args], input=answers, prog_name="hubsim")


def reason(text: str) -> str:
    """Return why a text is not a good first scenario, or an empty text."""
    checked = check_scenario("x.yaml", text.encode(), language(), NO_FRAGMENTS)
    if checked.mistakes or checked.warnings:
        return str([*checked.mistakes, *checked.warnings])
    if format_scenario(text, language()) != text:
        return "not formatted"
    found = language().read("x.yaml", text)
    assert isinstance(found, Scenario)
    result = play_virtual(found).result
    return "" if result.verdict is Verdict.PASS else result.reason


@pytest.mark.parametrize("model", sorted(model_names()))
@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_journey_passes_with_every_model(journey: str, model: str) -> None:
    assert reason(first_scenario(journey, model, COUNTRY, START)) == ""


@pytest.mark.parametrize("start", ["2026-01-31 23:59", "2028-02-29 00:00", "2026-12-31 12:00:30"])
@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_journey_passes_at_every_date(journey: str, start: str) -> None:
    assert reason(first_scenario(journey, MODEL, COUNTRY, start)) == ""


@pytest.mark.parametrize("country", countries())
def test_a_first_scenario_passes_in_every_country_with_services(country: str) -> None:
    for journey in JOURNEYS:
        found = reason(first_scenario(journey, MODEL, country, START))

        assert found == "" or "country_not_supported" in found or "not offered" in found


def test_defaults_need_no_answers(folder: Path) -> None:
    done = new("--yes", "mine")

    assert (done.exit_code, done.stderr) == (0, "")
    assert (folder / "mine.yaml").read_text(encoding="utf-8") == first_scenario(
        "activate", MODEL, COUNTRY, START
    )
    assert "hubsim run --virtual mine.yaml" in done.stdout


def test_without_a_name_the_file_is_named_after_the_journey(folder: Path) -> None:
    assert new("--yes", "--journey", "stop-now").exit_code == 0
    assert (folder / "stop-now.yaml").exists()


def test_answers_are_asked_for(folder: Path) -> None:
    done = new(answers="month-end\nhub-4g\nde\n2026-05-15 10:00\nmay\n")

    assert done.exit_code == 0, done.output
    text = (folder / "may.yaml").read_text(encoding="utf-8")
    assert text == first_scenario("month-end", "hub-4g", "DE", "2026-05-15 10:00")
    assert "clock: 2026-05-15 10:00 Europe/Berlin" in text
    assert all(journey.about in done.stderr for journey in JOURNEYS.values())


def test_a_wrong_answer_is_asked_again(folder: Path) -> None:
    done = new("--model", "hub-2", "--country", "PL", "--start", START, "it", answers="fly\nresume\n")

    assert done.exit_code == 0
    assert "'fly' is not one of" in done.stderr
    assert (folder / "it.yaml").exists()


def test_a_file_is_never_overwritten(folder: Path) -> None:
    (folder / "mine.yaml").write_text("mine", encoding="utf-8")

    done = new("--yes", "mine.yaml")

    assert done.exit_code == 2
    assert done.stderr == "hubsim new: mine.yaml already exists: give another name\n"
    assert (folder / "mine.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--start", "tomorrow"], "'tomorrow' is not an instant"),
        (["--start", "2026-01-15 09:00 Asia/Tokyo"], "names a time zone; the zone is that of the country"),
        (["--start", "2499-12-15 09:00", "--journey", "month-end"], "no scenario passes with these answers"),
        (["--start", "2026-03-29 02:30"], "does not exist in Europe/Warsaw"),
    ],
)
def test_impossible_answers_write_nothing(folder: Path, options: list[str], message: str) -> None:
    done = new("--yes", *options, "mine")

    assert done.exit_code == 2
    assert message in done.stderr
    assert list(folder.iterdir()) == []


def test_a_folder_that_does_not_exist_is_named(folder: Path) -> None:
    done = new("--yes", "missing/mine")

    assert done.exit_code == 2
    assert "missing/mine.yaml cannot be written" in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.live
@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_journey_passes_over_real_sockets(folder: Path, journey: str) -> None:
    assert new("--yes", "--journey", journey, "it").exit_code == 0

    done = CliRunner().invoke(main, ["run", str(folder / "it.yaml")], prog_name="hubsim")

    assert done.exit_code == 0, done.output


def test_questions_without_answers_end_with_a_hint(folder: Path) -> None:
    done = new(answers="month-end\n")

    assert done.exit_code == 2
    assert "add --yes to use the defaults" in done.stderr
    assert list(folder.iterdir()) == []
