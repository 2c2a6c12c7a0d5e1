"""`hubsim run` that a signal interrupts: it cleans up, and prints one line."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hubsim_scenarios.product.files import CATALOG

ROOT = Path(__file__).parents[2]


def interrupted(number: signal.Signals, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the whole catalog, send the signal after the first line, and return the finished process."""
    running = subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-m", "hubsim", "run", *arguments, str(CATALOG)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    first = running.stdout.readline()
    running.send_signal(number)
    rest, stderr = running.communicate(timeout=30)
    return subprocess.CompletedProcess(running.args, running.returncode, first + rest, stderr)


@pytest.mark.live
@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_an_interrupted_live_run_prints_a_line_and_leaves_no_files(
    tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    done = interrupted(number, tmp_path)

    assert done.returncode == exit_code
    assert done.stdout.startswith("PASS ")
    assert done.stderr == f"\ninterrupted by {number.name}: no verdict\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.mosquitto
def test_an_interrupted_run_on_mosquitto_stops_its_broker(tmp_path: Path) -> None:
    done = interrupted(signal.SIGTERM, tmp_path, "--broker", "mosquitto")

    assert done.returncode == 143
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_an_interrupted_virtual_run_has_no_verdict(tmp_path: Path) -> None:
    done = interrupted(signal.SIGTERM, tmp_path, "--virtual")

    assert done.returncode == 143
    assert " passed" not in done.stdout
