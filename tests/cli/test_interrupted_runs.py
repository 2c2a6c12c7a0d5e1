"""`hubsim run` ended from outside: nothing is left running, and the end is told in a line."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hubsim_scenarios.product.files import CATALOG

ROOT = Path(__file__).parents[2]


def interrupted(number: signal.Signals, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the whole catalog, send the signal after the first line, and return how it ended."""
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
    rest, talk = running.communicate(timeout=30)
    return subprocess.CompletedProcess(running.args, running.returncode, first + rest, talk)


@pytest.mark.live
@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_an_interrupted_live_run_says_so_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    done = interrupted(number, tmp_path)

    assert done.returncode == exit_code
    assert done.stdout.startswith("PASS ")
    assert done.stderr == f"\ninterrupted by {number.name}: no verdict\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.mosquitto
def test_a_run_on_mosquitto_takes_its_broker_along(tmp_path: Path) -> None:
    done = interrupted(signal.SIGTERM, tmp_path, "--broker", "mosquitto")

    assert done.returncode == 143
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_an_interrupted_virtual_run_is_no_verdict(tmp_path: Path) -> None:
    done = interrupted(signal.SIGTERM, tmp_path, "--virtual")

    assert done.returncode == 143
    assert " pass" not in done.stdout
