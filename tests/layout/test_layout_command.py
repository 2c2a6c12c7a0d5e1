"""`hubsim fmt` writes, checks and shows layouts, and does not change files that it cannot format."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubsim_scenarios.cli.fmt import command

ROOT = Path(__file__).parents[2]
FORMATTED = """\
scenario: A hub with a cable is green
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    villa: {model: hub-2-plus, links: [ethernet]}
steps:
  - {expect: villa, led: green, within: 1 min}  # soon
"""
UNFORMATTED = FORMATTED.replace("led: green, within: 1 min", "within: 1 min, led:   green")
WRONG = FORMATTED.replace("led: green", "led: purple")


def fmt(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_files_are_formatted_in_place_and_listed(tmp_path: Path) -> None:
    unformatted, formatted = tmp_path / "loose.yaml", tmp_path / "laid.yaml"
    unformatted.write_text(UNFORMATTED, encoding="utf-8")
    formatted.write_text(FORMATTED, encoding="utf-8")

    done = fmt(tmp_path)

    assert (done.exit_code, done.stdout) == (0, f"formatted {unformatted}\n")
    assert unformatted.read_text(encoding="utf-8") == FORMATTED


def test_a_check_writes_nothing_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "loose.yaml"
    file.write_text(UNFORMATTED, encoding="utf-8")

    done = fmt("--check", file)

    assert (done.exit_code, done.stdout) == (1, f"{file} is not formatted; run: hubsim fmt {file}\n")
    assert file.read_text(encoding="utf-8") == UNFORMATTED


def test_a_diff_shows_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "loose.yaml"
    file.write_text(UNFORMATTED, encoding="utf-8")

    done = fmt("--diff", file)

    assert done.exit_code == 1
    assert "-  - {expect: villa, within: 1 min, led:   green}  # soon\n" in done.stdout
    assert "+  - {expect: villa, led: green, within: 1 min}  # soon\n" in done.stdout
    assert file.read_text(encoding="utf-8") == UNFORMATTED


def test_a_formatted_file_passes_the_check(tmp_path: Path) -> None:
    file = tmp_path / "laid.yaml"
    file.write_text(FORMATTED, encoding="utf-8")

    done = fmt("--check", file)

    assert (done.exit_code, done.output) == (0, "")


def test_a_file_with_mistakes_does_not_change_and_the_others_are_formatted(tmp_path: Path) -> None:
    wrong, unformatted = tmp_path / "a.yaml", tmp_path / "b.yaml"
    wrong.write_text(WRONG, encoding="utf-8")
    unformatted.write_text(UNFORMATTED, encoding="utf-8")

    done = fmt(tmp_path)

    assert done.exit_code == 2
    assert done.stderr == f"{wrong}: not changed: it has mistakes; `hubsim validate` lists them\n"
    assert wrong.read_text(encoding="utf-8") == WRONG
    assert unformatted.read_text(encoding="utf-8") == FORMATTED


@pytest.mark.process
def test_a_file_keeps_its_content_when_there_is_no_room_for_the_result(tmp_path: Path) -> None:
    file = tmp_path / "loose.yaml"
    file.write_text(UNFORMATTED, encoding="utf-8")
    limit_bytes = len(UNFORMATTED) - 10  # the maximum size of a file in that process
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_bytes}, {limit_bytes}));"
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
    assert file.read_text(encoding="utf-8") == UNFORMATTED
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_remains_a_link_and_permissions_do_not_change(tmp_path: Path) -> None:
    file, link = tmp_path / "loose.yaml", tmp_path / "link.yaml"
    file.write_text(UNFORMATTED, encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)

    done = fmt(link)

    assert done.exit_code == 0
    assert link.is_symlink()
    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == (FORMATTED, 0o640)


@pytest.mark.process
def test_a_closed_output_pipe_is_not_reported_as_an_error_in_the_files(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.yaml").write_text(UNFORMATTED, encoding="utf-8")
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


def test_a_file_that_is_not_text_does_not_change(tmp_path: Path) -> None:
    file = tmp_path / "bytes.yaml"
    file.write_bytes(b"scenario: \xff\n")

    done = fmt(file)

    assert (done.exit_code, done.stderr) == (2, f"{file}: not changed: it is not UTF-8\n")


def test_a_path_that_does_not_exist_is_bad_input(tmp_path: Path) -> None:
    done = fmt(tmp_path / "none.yaml")

    assert done.exit_code == 2
    assert "no such file or folder" in done.stderr
