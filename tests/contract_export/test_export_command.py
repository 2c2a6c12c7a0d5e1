"""`hubsim contract`: writes and compares the exported files, and prints rules."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from exported import EXPORTED

from hubsim_contract.wire.rules import RULES, rules_of
from hubsim_scenarios.cli.contract_export import command
from hubsim_scenarios.contract_export.export_files import export_files


def contract(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)


def written(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


def test_the_files_are_written_once_and_equal_those_of_the_repository(tmp_path: Path) -> None:
    first, second = contract("export", tmp_path / "new"), contract("export", tmp_path / "new")

    assert (first.exit_code, first.stdout.count("wrote ")) == (0, len(export_files()))
    assert (second.exit_code, second.stdout) == (0, "")
    assert written(tmp_path / "new") == written(EXPORTED) == export_files()


def test_check_names_each_file_that_differs_or_is_missing_and_writes_nothing(tmp_path: Path) -> None:
    contract("export", tmp_path)
    (tmp_path / "rules.json").write_text("[]", encoding="utf-8")
    (tmp_path / "vectors" / "agent.jsonl").unlink()

    done = contract("export", "--check", tmp_path)

    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"{tmp_path / name} differs; run: hubsim contract export {tmp_path}"
        for name in ("rules.json", "vectors/agent.jsonl")
    ]
    assert (tmp_path / "rules.json").read_text(encoding="utf-8") == "[]"


def test_check_of_equal_files_prints_nothing() -> None:
    done = contract("export", "--check", EXPORTED)

    assert (done.exit_code, done.output) == (0, "")


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")

    contract("export", tmp_path)

    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["schemas", "rules.json"])
def test_a_file_that_cannot_be_written_is_named(name: str, tmp_path: Path) -> None:
    blocker = tmp_path / name
    if name == "schemas":
        blocker.write_text("a file where a folder belongs", encoding="utf-8")
    else:
        blocker.mkdir()

    done = contract("export", tmp_path)

    assert done.exit_code == 2
    assert str(blocker) in done.stderr


def test_the_manifest_has_the_checksum_of_every_other_file() -> None:
    files = written(EXPORTED)

    manifest = json.loads(files.pop("contract.json"))

    assert manifest["sha256"] == {
        path: hashlib.sha256(text.encode()).hexdigest() for path, text in sorted(files.items())
    }


def test_rules_prints_all_rules_or_those_with_an_id() -> None:
    everything, family, one = contract("rules"), contract("rules", "MQ-8"), contract("rules", "MQ-7.json")

    assert all(f"{rule.id}  {rule.side}, {rule.severity}" in everything.stdout for rule in RULES)
    assert [line for line in family.stdout.splitlines() if line.startswith("MQ-")] == [
        f"{rule.id}  {rule.side}, {rule.severity}" for rule in rules_of("MQ-8")
    ]
    assert one.stdout.startswith("MQ-7.json  hub, must\n    A payload is one JSON object")


def test_rules_prints_json() -> None:
    printed = json.loads(contract("rules", "--json", "MQ-7.json", "MQ-1").stdout)

    assert [each["id"] for each in printed] == [*(rule.id for rule in rules_of("MQ-1")), "MQ-7.json"]


def test_an_unknown_rule_is_refused_with_a_hint() -> None:
    done = contract("rules", "MQ-7.jsn")

    assert done.exit_code == 2
    assert done.stderr == "'MQ-7.jsn' is not a rule of the contract; did you mean 'MQ-7.json'?\n"
