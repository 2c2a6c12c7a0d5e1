"""Unusual input at a halt is reported, ignored or rejected, and the debugger continues."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prompt_runs import halts, printed_after, run
from tracebacks import with_watch

from hubsim_scenarios.debugger.as_scenario import CannotWrite
from hubsim_scenarios.debugger.commands import MAX_LINE_CHARS
from hubsim_scenarios.debugger.save import save

ROOT = Path(__file__).parents[2]
LAST = "{expect: villa, tile: activated, led: white, within: 15 min}"


def test_a_comment_after_a_step_is_not_saved_with_it(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    typed = "{as: ivan, do: stop_now, hub: villa} # as a Dealer would"

    done = run(journey, [typed, typed, f"write {file}", "q"], "--break-on", "2")

    assert f"wrote {file}: 4 steps, PASS in the virtual world" in done.stdout
    assert "{as: ivan, do: stop_now, hub: villa, refused: not_active}" in file.read_text(encoding="utf-8")


def test_an_error_is_printed_below_its_column(journey: Path) -> None:
    done = run(journey, ["as ivan activte hub: villa", "c"], "--break-on", "3")

    assert printed_after(done, "as ivan activte hub: villa") == [
        "  {as: ivan, do: activte, hub: villa}",
        "                 ^ 'activte' is not an action; did you mean 'activate'?",
    ]


@pytest.mark.parametrize(
    "act", ["{clock: +1 min}", "{as: ivan, do: activate, hub: villa, screen: device_list}"]
)
def test_a_comment_after_a_manual_step_is_removed(journey: Path, tmp_path: Path, act: str) -> None:
    kept = tmp_path / "kept.yaml"

    done = run(journey, [f"{act}  # whatever {{}}", f"write {kept}", "q"], "--step")

    assert f"wrote {kept}: 2 steps, PASS in the virtual world" in done.stdout
    assert "whatever" not in kept.read_text(encoding="utf-8")


def test_a_comment_after_a_refused_action_is_removed(journey: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"

    run(journey, ["{as: ivan, do: stop_now, hub: villa}  # }", f"write {kept}", "q"], "--step")

    assert "{as: ivan, do: stop_now, hub: villa, refused: not_active}" in kept.read_text(encoding="utf-8")


def test_an_invalid_file_name_is_reported(journey: Path) -> None:
    done = run(journey, ["clock +1 min", "write a\0b.yaml", "write new", "q", "a\0b.yaml", ""], "--step")

    assert done.stdout.count("'a\\x00b.yaml' is not a file name") == 2
    assert "'new' is not the name of a scenario file: end it with .yaml" in done.stdout
    assert done.exit_code == 3


def test_a_file_that_cannot_be_written_completely_is_removed(tmp_path: Path) -> None:
    file = tmp_path / "kept.yaml"
    text = "# \ud800\n"  # cannot be encoded; the write fails as it does on a full disk

    with pytest.raises(CannotWrite):
        save("x" * 100_000 + text, file, {})

    assert not file.exists()


@pytest.mark.process
def test_invalid_utf_8_is_reported_and_the_play_continues(journey: Path) -> None:
    strict = {**os.environ, "PYTHONPATH": with_watch(str(ROOT)), "PYTHONIOENCODING": "utf-8:strict"}

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-P", "-m", "hubsim", "run", "--virtual", "--step", str(journey)],
        input=b"\xff\xfe\nquit\n",
        env=strict,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert r"unknown command '\\xff\\xfe'" in done.stdout.decode()
    assert done.returncode == 3


def test_a_line_that_is_too_long_is_rejected_and_the_next_one_is_executed(journey: Path) -> None:
    done = run(journey, ["clock " + "9" * 200_000, "steps", "q"], "--step")

    assert f"the line has more than {MAX_LINE_CHARS} characters" in done.stdout
    assert len(halts(done)) == 3
    assert halts(done)[-2:] == ["hubsim 1/3> steps", "hubsim 1/3> q"]
