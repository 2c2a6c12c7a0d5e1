"""`--last-failed`: the scenarios that did not pass when they were played last."""

from pathlib import Path

import pytest
from small_scenarios import FAILS, HOLDS, scenario

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.running.last_failed import LastFailed


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LastFailed:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return LastFailed(tmp_path)


def play(record: LastFailed, *scenarios: Scenario) -> None:
    record.record(play_virtual(each).result for each in scenarios)


GOOD, BAD = scenario(HOLDS, "good.yaml"), scenario(FAILS, "bad.yaml")
MENDED = scenario(HOLDS, "bad.yaml")


def test_without_a_record_all_scenarios_are_played(record: LastFailed) -> None:
    assert record.select([GOOD, BAD]) == [GOOD, BAD]


def test_only_scenarios_that_did_not_pass_are_played(record: LastFailed) -> None:
    play(record, GOOD, BAD)

    assert record.select([GOOD, BAD]) == [BAD]


def test_a_scenario_that_passes_again_leaves_the_record(record: LastFailed) -> None:
    play(record, GOOD, BAD)
    play(record, MENDED)

    assert record.select([GOOD, MENDED]) == [GOOD, MENDED]


def test_a_scenario_that_was_not_played_stays_in_the_record(record: LastFailed) -> None:
    play(record, BAD)
    play(record, GOOD)

    assert record.select([GOOD, BAD]) == [BAD]


def test_a_scenario_that_fails_under_one_of_several_seeds_is_in_the_record(record: LastFailed) -> None:
    record.record([play_virtual(BAD).result, play_virtual(MENDED).result])

    assert record.select([GOOD, BAD]) == [BAD]


def test_runs_that_pass_write_no_record(record: LastFailed) -> None:
    play(record, GOOD)

    assert not record.file.exists()


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff"])
def test_an_unreadable_record_is_ignored_and_replaced(record: LastFailed, content: bytes) -> None:
    record.file.parent.mkdir()
    record.file.write_bytes(content)
    assert record.select([GOOD, BAD]) == [GOOD, BAD]

    play(record, BAD)

    assert record.select([GOOD, BAD]) == [BAD]


def test_each_working_folder_has_its_own_record(record: LastFailed, tmp_path: Path) -> None:
    play(record, BAD)

    assert LastFailed(tmp_path / "other").select([GOOD, BAD]) == [GOOD, BAD]
