"""The hubs of `examples/` keep every rule of the contract that the bench can check."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from example_hubs import EXAMPLES, FAST, HUB, NAMES, built

from hubsim_conform import cli

pytestmark = [pytest.mark.foreign, pytest.mark.process, pytest.mark.live]


@pytest.mark.parametrize("name", NAMES)
def test_a_hub_written_from_the_contract_keeps_all_rules(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "hub-c":
        monkeypatch.setenv("HUB_PROGRAM", built(name, tmp_path)[0])
    folder, report = EXAMPLES / name, tmp_path / "report.json"
    command = shlex.join([str(folder / "device"), *FAST.split()])
    words = ["--device", command, "--actuator", str(folder / "actuate"), "--listen", "127.0.0.1:0"]
    words += ["--capabilities", str(folder / "capabilities-fast.toml"), "--json", str(report)]

    done = CliRunner().invoke(cli.command, [*words, HUB])

    rules = json.loads(report.read_bytes())["rules"]
    assert {rule["rule"]: rule["verdict"] for rule in rules if rule["verdict"] != "pass"} == {}, done.output
    assert done.exit_code == 0, done.output
