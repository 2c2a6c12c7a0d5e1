"""Plays on a server are reported and traced like plays in this process."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from server_with_a_lab import server

from hubsim_scenarios.product.files import CATALOG, find
from hubsim_scenarios.traces.compare import compare
from hubsim_scenarios.traces.matching import pairs
from hubsim_scenarios.traces.reader import RecordedPlay, read_plays
from hubsim_simulator.broker.embedded import EmbeddedBroker

pytestmark = pytest.mark.live

PASSING = ("034-", "416-", "630-", "633-", "641-", "832-")
"""Users and mails, two cards, injected messages for hub and cloud, a late will, and bench actions."""
NOT_OURS = "603-"
"""Stops a broker."""
FAILING = """\
scenario: A hub with a cable is red
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: ivan, do: activate, hub: villa}
  - {clock: +1 min}
  - {expect: villa, led: red}
"""


GOLD = """\
[packages.gold]
name = "Gold"
fee_cents = 900
currency = "PLN"
"""


def catalog(*numbers: str) -> list[str]:
    return [str(file) for file in find([CATALOG]) if file.name.startswith(numbers)]


async def hubsim_run(*arguments: str) -> tuple[int, str]:
    """Return the exit code and the standard output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hubsim", "run", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def plays(file: Path) -> list[RecordedPlay]:
    return list(read_plays(file))


async def test_a_play_on_a_server_has_the_users_market(tmp_path: Path) -> None:
    scenario, market = tmp_path / "gold.yaml", tmp_path / "market.toml"
    gold = FAILING.replace("activate, hub: villa}", "activate, hub: villa, package: gold}")
    scenario.write_text(gold.replace("led: red", "tile: activated"), encoding="utf-8")
    market.write_text(GOLD, encoding="utf-8")

    async with server(tmp_path, EmbeddedBroker()) as url:
        code, output = await hubsim_run("--cloud", url, "--market", str(market), str(scenario))
        without, refused = await hubsim_run("--cloud", url, str(scenario))

    assert code == 0, output
    assert (without, refused) == (2, "")  # without the market, the file names an unknown package


@pytest.mark.parametrize("actions_over_mqtt", [False, True])
async def test_a_play_on_a_server_has_the_trace_of_the_virtual_world(
    tmp_path: Path, actions_over_mqtt: bool
) -> None:
    broker = EmbeddedBroker()
    async with server(tmp_path, broker) as url:
        further = ["--broker", broker.url] if actions_over_mqtt else []
        ended = await hubsim_run(
            "--cloud", url, *further, "--trace", str(tmp_path / "remote"), *catalog(*PASSING)
        )
    await hubsim_run("--virtual", "--trace", str(tmp_path / "virtual"), *catalog(*PASSING))

    together = list(pairs(plays(tmp_path / "remote"), plays(tmp_path / "virtual")))
    assert ended == (0, ended[1])
    assert len(together) == len(PASSING)
    for remote, virtual in together:
        assert remote is not None
        assert virtual is not None
        assert compare(remote, virtual) is None, remote.head.file


async def test_every_report_of_a_run_on_a_server_is_complete(tmp_path: Path) -> None:
    failing = tmp_path / "failing.yaml"
    failing.write_text(FAILING, encoding="utf-8")
    reports = [f"--{name}={tmp_path / name}" for name in ("junit", "json", "html")]
    async with server(tmp_path, EmbeddedBroker()) as url:
        code, output = await hubsim_run("--cloud", url, *reports, *catalog("416-", NOT_OURS), str(failing))

    passed, skipped, failed = json.loads((tmp_path / "json").read_bytes())["plays"]
    assert code == 1
    assert output.endswith("1 passed, 1 failed, 1 skipped\n")
    assert [play["world"] for play in (passed, skipped, failed)] == ["remote"] * 3
    assert failed["again"] == f"hubsim run --cloud {url} --seed 1 {failing}"
    assert failed["aftermath"]["looks"]["villa"]["shows"]["led"] == "green"
    assert "published" in [event["event"] for event in failed["aftermath"]["events"]]
    _check_junit(ET.parse(tmp_path / "junit").getroot(), url)  # noqa: S314 (our own)
    _check_page((tmp_path / "html").read_text(encoding="utf-8"))


def _check_junit(report: ET.Element, url: str) -> None:
    (world,) = {each.get("value") for each in report.iter("property") if each.get("name") == "world"}
    failure = report.findtext(".//failure")

    assert world == f"new world at {url}"
    assert failure is not None
    assert "last events about villa:" in failure
    assert [case.tag for case in report.findall(".//testcase/*")] == ["skipped", "failure"]


def _check_page(html: str) -> None:
    view = _block(html, "play-0")
    kinds = [lane["kind"] for lane in view["diagram"]["lanes"]]
    labels = [row[4] for row in view["diagram"]["rows"]]

    assert kinds[-4:] == ["cloud", "broker", "carrier", "hub"]
    assert {"activate", "accepted", "presence online"} <= set(labels)
    assert any(label.startswith("orders 1, active (card ") for label in labels)
    assert all(step["looks"] for step in view["steps"])
    assert all(step["after_s"] is not None for step in view["steps"])


def _block(html: str, name: str) -> dict[str, Any]:
    _, _, after = html.partition(f'<script type="application/json" id="{name}">')
    block: dict[str, Any] = json.loads(after.partition("</script>")[0])
    return block
