"""`hubsim fmt`: writes, checks and shows layouts; leaves alone what it cannot lay out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubsim_scenarios.cli.fmt import command

ROOT = Path(__file__).parents[2]
LAID = """\
scenario: A hub with a cable is green
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    villa: {model: hub-2-plus, links: [ethernet]}
steps:
  - {expect: villa, led: green, within: 1 min}  # soon
"""
LOOSE = LAID.replace("led: green, within: 1 min", "within: 1 min, led:   green")
WRONG = LAID.replace("led: green", "led: purple")


def fmt(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_files_are_laid_out_in_place_and_named(tmp_path: Path) -> None:
    loose, laid = tmp_path / "loose.yaml", tmp_path / "laid.yaml"
    loose.write_text(LOOSE, encoding="utf-8")
    laid.write_text(LAID, encoding="utf-8")

    done = fmt(tmp_path)

    assert (done.exit_code, done.stdout) == (0, f"formatted {loose}\n")
    assert loose.read_text(encoding="utf-8") == LAID


def test_a_check_writes_nothing_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "loose.yaml"
    file.write_text(LOOSE, encoding="utf-8")

    done = fmt("--check", file)

    assert (done.exit_code, done.stdout) == (1, f"{file} is not formatted; run: hubsim fmt {file}\n")
    assert file.read_text(encoding="utf-8") == LOOSE


def test_a_diff_shows_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "loose.yaml"
    file.write_text(LOOSE, encoding="utf-8")

    done = fmt("--diff", file)

    assert done.exit_code == 1
    assert "-  - {expect: villa, within: 1 min, led:   green}  # soon\n" in done.stdout
    assert "+  - {expect: villa, led: green, within: 1 min}  # soon\n" in done.stdout
    assert file.read_text(encoding="utf-8") == LOOSE


def test_what_is_laid_out_already_passes_the_check(tmp_path: Path) -> None:
    file = tmp_path / "laid.yaml"
    file.write_text(LAID, encoding="utf-8")

    done = fmt("--check", file)

    assert (done.exit_code, done.output) == (0, "")


def test_a_file_with_mistakes_stays_and_the_others_are_laid_out(tmp_path: Path) -> None:
    wrong, loose = tmp_path / "a.yaml", tmp_path / "b.yaml"
    wrong.write_text(WRONG, encoding="utf-8")
    loose.write_text(LOOSE, encoding="utf-8")

    done = fmt(tmp_path)

    assert done.exit_code == 2
    assert done.stderr == f"{wrong}: not changed: it has mistakes; `hubsim validate` says which\n"
    assert wrong.read_text(encoding="utf-8") == WRONG
    assert loose.read_text(encoding="utf-8") == LAID


@pytest.mark.process
def test_a_file_for_whose_layout_there_is_no_room_keeps_all_it_has(tmp_path: Path) -> None:
    file = tmp_path / "loose.yaml"
    file.write_text(LOOSE, encoding="utf-8")
    least = len(LOOSE) - 10  # of bytes that a file may have in that process
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({least}, {least}));"
        "from hubsim_scenarios.cli.fmt import command; command()"
    )

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-B", "-c", script, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "not changed: it cannot be read or written (File too large)" in done.stderr
    assert file.read_text(encoding="utf-8") == LOOSE
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link_and_rights_stay_as_they_are(tmp_path: Path) -> None:
    file, link = tmp_path / "loose.yaml", tmp_path / "link.yaml"
    file.write_text(LOOSE, encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)

    done = fmt(link)

    assert done.exit_code == 0
    assert link.is_symlink()
    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == (LAID, 0o640)


@pytest.mark.process
def test_a_reader_that_has_seen_enough_is_no_fault_of_the_files(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.yaml").write_text(LOOSE, encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "hubsim", "fmt", "--diff", str(tmp_path)],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)

    assert "not changed" not in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_text_stays(tmp_path: Path) -> None:
    file = tmp_path / "bytes.yaml"
    file.write_bytes(b"scenario: \xff\n")

    done = fmt(file)

    assert (done.exit_code, done.stderr) == (2, f"{file}: not changed: it is not UTF-8\n")


def test_a_path_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    done = fmt(tmp_path / "none.yaml")

    assert done.exit_code == 2
    assert "there is no such file or folder" in done.stderr
