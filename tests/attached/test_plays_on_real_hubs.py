"""The hubs of `examples/` play scenarios, as programs that know nothing but the contract."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from example_hubs import CATALOG, HUB, NAMES, ExampleHub, built, running

from hubsim_scenarios.cli import run
from hubsim_scenarios.play.verdict import EXITS, Verdict

pytestmark = [pytest.mark.foreign, pytest.mark.process, pytest.mark.live]
EVERY = 20
"""Each hub plays every n-th file of the catalog, and all of them in `make nightly`."""
HANGING = "764-*.yaml"
"""A modem hangs, which changes several fields of the report at once."""
LID = """\
scenario: The lid is opened
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    villa: {model: hub-2-plus, links: [ethernet], attach: 0A1B2C3D}
steps:
  - {bench: villa, do: set_lid, open: yes}
  - {expect: villa, lid_open: on, led: green, app: {online: yes, events: [lid_opened]}}
"""


@pytest.fixture(scope="module", params=NAMES)
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleHub]:
    folder = tmp_path_factory.mktemp(request.param)
    with running(request.param, built(request.param, folder), folder / "board") as started:
        yield started


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "lid.yaml"
    written.write_text(LID, encoding="utf-8")
    return written


def played(*words: str | Path) -> Result:
    return CliRunner().invoke(run.command, [str(word) for word in words])


def options(hub: ExampleHub) -> list[str]:
    """Return the options for a file that itself declares its hub as a real one."""
    return hub.options[2:]


def test_files_of_the_catalog_pass_on_a_real_hub(hub: ExampleHub, tmp_path: Path) -> None:
    every = sorted(CATALOG.glob("*.yaml"))[::EVERY]

    assert_they_pass(hub, sorted({*every, *CATALOG.glob(HANGING)}), tmp_path)


@pytest.mark.nightly
def test_every_file_of_the_catalog_that_fits_passes_on_a_real_hub(hub: ExampleHub, tmp_path: Path) -> None:
    assert_they_pass(hub, sorted(CATALOG.glob("*.yaml")), tmp_path)


def assert_they_pass(hub: ExampleHub, files: list[Path], tmp_path: Path) -> None:
    report = tmp_path / "results.json"

    done = played(*hub.options, "--json", report, *files)

    plays = json.loads(report.read_bytes())["plays"]
    bad = {play["file"]: play["explanation"] for play in plays if play["verdict"] in ("fail", "blocked")}
    assert bad == {}
    assert sum(play["verdict"] == "pass" for play in plays) * 2 > len(files), done.output
    skipped = [play["reason"] for play in plays if play["verdict"] == "skipped"]
    assert [reason for reason in skipped if not REASONS.search(reason)] == []


REASONS = re.compile(
    "the file declares no hub|cannot be applied to messages to a device|at_ms cannot be compared"
    "|acts in its own time|has no internet|does not count the data"
)
"""Why a hub with slots, links, battery, mains and lid cannot play a file."""


def test_a_file_attaches_its_hub_itself(hub: ExampleHub, file: Path) -> None:
    done = played(*options(hub), file)

    assert done.exit_code == EXITS[Verdict.PASS], done.output
    assert f"villa is the device {HUB}: it connects to mqtt://127.0.0.1:{hub.port}" in done.stderr
    assert "  not seen: villa: shows.led (the bench sees a device by its messages only)" in done.stdout


def test_a_device_that_does_nothing_fails_the_step_that_expects_its_report(
    hub: ExampleHub, file: Path
) -> None:
    both = shlex.join(["sh", "-c", f'case $1 in *prepare*) exec {hub.actuator} "$1";; esac', "actuate"])

    done = played(*options(hub), "--actuator", both, file)

    assert done.exit_code == EXITS[Verdict.FAIL], done.output
    assert "villa: shows.lid_open" in done.output


@pytest.mark.parametrize(
    ("script", "verdict", "reason"),
    [
        ("exit 3", Verdict.SKIPPED, 'villa: the actuator cannot do {"do":"prepare"'),
        ("echo the relay is stuck; exit 1", Verdict.BLOCKED, "the relay is stuck"),
    ],
)
def test_an_act_that_is_not_done_ends_the_play(
    hub: ExampleHub, file: Path, script: str, verdict: Verdict, reason: str
) -> None:
    done = played(*options(hub), "--actuator", shlex.join(["sh", "-c", script]), file)

    assert done.exit_code == EXITS[verdict], done.output
    assert reason in done.output


def test_a_device_that_does_not_come_blocks_the_play(file: Path) -> None:
    done = played("--actuator", "true", "--device-wait", "0.2", file)

    assert done.exit_code == EXITS[Verdict.BLOCKED]
    assert "villa: the device did not report within 0.2 s; check that it runs and connects to mqtt://127" in (
        done.output
    )


def test_a_person_operates_a_device_without_an_actuator(file: Path) -> None:
    done = CliRunner().invoke(run.command, [str(file)], input="skip it is on another desk\n")

    assert done.exit_code == EXITS[Verdict.SKIPPED]
    assert f"{HUB}: Prepare the hub: erase its memory; no card in it; ethernet connected;" in done.stderr
    assert "villa: it is on another desk" in done.output


def test_an_address_that_is_in_use_blocks_the_play(hub: ExampleHub, file: Path) -> None:
    done = played(*options(hub), "--listen", "203.0.113.1:1884", file)

    assert done.exit_code == EXITS[Verdict.BLOCKED]
    assert (
        "attached devices cannot connect: 203.0.113.1:1884 is not an address of this machine" in done.output
    )
