"""`hubsim run` that a signal interrupts: it cleans up, and prints one line."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

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
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_reports_of_an_interrupted_run_have_the_finished_plays_and_the_cause(
    tmp_path: Path, number: signal.Signals, jobs: str
) -> None:
    results, page, suites = (tmp_path / name for name in ("r.json", "r.html", "r.xml"))
    done = interrupted(
        number,
        tmp_path,
        *("--live", "--jobs", jobs, "--json", str(results), "--html", str(page), "--junit", str(suites)),
    )

    run = json.loads(results.read_bytes())
    assert done.returncode == 128 + number
    assert (run["run"]["interrupted"], run["run"]["unplayed"] > 0) == (number.name, True)
    assert [play["verdict"] for play in run["plays"]] == ["pass"] * len(run["plays"])
    assert f'"interrupted":"{number.name}"' in page.read_text("utf-8")
    document = ET.parse(suites).getroot()  # noqa: S314 (our own file)
    (error,) = document.findall("testsuite/testcase/error")
    assert error.attrib["type"] == "interrupted"
    assert document.attrib["errors"] == "1"
    assert {file.name for file in tmp_path.iterdir()} == {"r.json", "r.html", "r.xml"}


@pytest.mark.live
def test_a_run_that_is_interrupted_before_the_first_verdict_keeps_the_old_report(tmp_path: Path) -> None:
    results = tmp_path / "r.json"
    results.write_text("old", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker = f"mqtt://127.0.0.1:{silent.getsockname()[1]}"
        running = subprocess.Popen(  # noqa: S603 (our own program)
            [
                *(sys.executable, "-m", "hubsim", "run", "--broker", broker, "--json", str(results)),
                str(CATALOG / "001-first-login-to-stop-now.yaml"),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        running.stdout.readline()
        connection, _ = silent.accept()  # the play waits for the broker's answer
        running.terminate()
        running.communicate(timeout=30)
        connection.close()

    assert running.returncode == 143
    assert results.read_text("utf-8") == "old"


@pytest.mark.process
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reader_that_closes_the_output_ends_the_run_without_a_message(tmp_path: Path, jobs: str) -> None:
    results = tmp_path / "r.json"
    running = subprocess.Popen(  # noqa: S603 (our own program)
        [
            *(sys.executable, "-m", "hubsim", "run", "--virtual", "--jobs", jobs),
            *("--json", str(results), str(CATALOG)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    with running.stderr:
        stderr = running.stderr.read()

    assert running.wait(timeout=60) == 128 + signal.SIGPIPE
    assert stderr == ""
    assert json.loads(results.read_bytes())["run"]["interrupted"] == "a closed output"


@pytest.mark.process
@pytest.mark.parametrize("option", ["--watch", "--prove"])
def test_watching_and_proving_also_end_when_the_output_is_closed(tmp_path: Path, option: str) -> None:
    files = sorted(CATALOG.glob("00*.yaml"))
    running = subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-m", "hubsim", "run", "--virtual", option, *map(str, files)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    with running.stderr:
        stderr = running.stderr.read()

    assert running.wait(timeout=60) == 128 + signal.SIGPIPE
    assert "Traceback" not in stderr


@pytest.mark.process
def test_an_interrupted_virtual_run_has_no_verdict(tmp_path: Path) -> None:
    done = interrupted(signal.SIGTERM, tmp_path, "--virtual")

    assert done.returncode == 143
    assert " passed" not in done.stdout
