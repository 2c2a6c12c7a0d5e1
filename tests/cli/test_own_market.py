"""`hubsim run --market`: the user's own countries, packages and fees are a file, without code."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from scenario_folder import run, written

from hubsim import main
from hubsim_cloud.service.market_file import read_market

MARKET = """\
services = false

[countries.HR]
services = true
zone = "Europe/London"

[packages.gold]
name = "Gold"
fee_cents = 1234
currency = "PLN"
"""
SCENARIO = """\
scenario: A market of one country
clock: 2026-01-15 09:00 Europe/Zagreb
world:
  people: [olga, ivan, rita, pola]
  companies:
    wolf: {owner: olga, country: HR, dealer: yes, employees: {ivan: installer}}
    fox: {owner: pola, country: PL}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: pola, do: enroll_as_dealer, registration_number: 5213003700, refused: country_not_supported}
  - {as: olga, sees: company, shows: {zone: Europe/London}}
  - {as: ivan, sees: activation_form, hub: villa, shows: {package: gold}}
  - {as: ivan, do: activate, hub: villa, package: ajax-sim, refused: package_not_found}
  - {as: ivan, do: activate, hub: villa}
  - {clock: 2026-02-01 01:00}
  - {expect: billing, invoices: [{month: 2026-01, currency: PLN, total_cents: 1234}]}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return written(tmp_path / "market.yaml", SCENARIO)


def market(folder: Path, text: str = MARKET, name: str = "market.toml") -> Path:
    return written(folder / name, text)


@pytest.mark.parametrize("world", ["--virtual", pytest.param("--live", marks=pytest.mark.live)])
def test_a_scenario_plays_in_the_users_own_market(scenario: Path, tmp_path: Path, world: str) -> None:
    outcome = run(world, "--market", market(tmp_path), scenario)

    assert outcome.exit_code == 0, outcome.output


def test_without_its_file_the_packages_of_the_market_are_unknown(scenario: Path) -> None:
    outcome = run("--virtual", scenario)

    assert outcome.exit_code == 2
    assert "'gold'" in outcome.stderr
    assert "ajax-sim" in outcome.stderr


def test_the_market_in_the_documentation_can_be_used_unchanged(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "market.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]

    own = read_market(market(tmp_path, example))

    assert list(own.packages) == ["home", "business"]
    assert own.countries["KZ"].zone == "Asia/Qyzylorda"


@pytest.mark.process
def test_plays_in_other_processes_have_the_market(scenario: Path, tmp_path: Path) -> None:
    own = market(tmp_path)

    twice = run("--virtual", "--twice", "--market", own, scenario)
    in_parallel = run("--virtual", "--jobs", "2", "--repeat", "3", "--market", own, scenario)

    assert twice.exit_code == 0, twice.output
    assert in_parallel.exit_code == 0, in_parallel.output


def test_the_command_to_repeat_names_the_market_file(scenario: Path, tmp_path: Path) -> None:
    own = market(tmp_path, MARKET.replace("1234", "1235"))

    outcome = run("--virtual", "--market", own, scenario)

    assert outcome.exit_code == 1
    assert f"--market {own}" in outcome.stdout


def test_a_trace_can_be_replayed_with_its_market(scenario: Path, tmp_path: Path) -> None:
    own, trace = market(tmp_path), tmp_path / "trace.jsonl"
    assert run("--virtual", "--trace", trace, "--market", own, scenario).exit_code == 0

    replayed = CliRunner().invoke(main, ["trace", "replay", str(trace)])
    own.write_text(MARKET.replace("1234", "9"), encoding="utf-8")
    changed = CliRunner().invoke(main, ["trace", "replay", str(trace)])
    own.unlink()
    without = CliRunner().invoke(main, ["trace", "replay", str(trace)])

    assert json.loads(trace.read_text(encoding="utf-8").splitlines()[0])["market"] == str(own)
    assert replayed.exit_code == 0, replayed.output
    assert changed.exit_code == 1
    assert without.exit_code == 2
    assert f"{own}: cannot be read" in without.output


@pytest.mark.parametrize("command", ["run", "validate"])
@pytest.mark.parametrize(
    ("text", "line"),
    [("services = ", 1), (MARKET.replace("zone", "zome"), 5), (MARKET.replace("HR", "YU"), 3)],
)
def test_a_bad_market_file_is_refused_with_its_line_before_anything_is_played(
    scenario: Path, tmp_path: Path, text: str, line: int, command: str
) -> None:
    own = market(tmp_path, text)

    outcome = CliRunner().invoke(main, [command, "--market", str(own), str(scenario)])

    assert outcome.exit_code == 2
    assert outcome.stderr.startswith(f"{own}:{line}:")
    assert outcome.stdout == ""


def test_a_trace_never_replaces_the_market_file(scenario: Path, tmp_path: Path) -> None:
    own = market(tmp_path)

    outcome = run("--virtual", "--market", own, "--trace", own, scenario)

    assert outcome.exit_code == 2
    assert own.read_text(encoding="utf-8") == MARKET
