"""Plays in worker processes: the same results in the same order, and a complete cleanup at every end."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

import msgspec
import pytest
from small_scenarios import FAILS, RecordedProgress, scenario, several, verdicts

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played, play_virtual
from hubsim_scenarios.running.schedule import Series, jobs_of
from hubsim_scenarios.running.target import Target
from hubsim_scenarios.running.worker_pool import play_in_parallel
from hubsim_scenarios.running.worker_protocol import FromWorker, Reached, frame

VIRTUAL = Target(live=False)
ROOT = Path(__file__).parents[2]


class Deadly:
    """Kills the process that unpickles it, after creating a folder and printing its path."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return exec, ("import os, tempfile; os.write(2, tempfile.mkdtemp().encode()); os._exit(7)",)


def deadly(file: str) -> Scenario:
    return msgspec.structs.replace(scenario(file=file), settings=cast("dict[str, Any]", {"x": Deadly()}))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


async def side_by_side(scenarios: list[Scenario], target: Target = VIRTUAL, jobs: int = 2) -> list[Played]:
    series = Series(jobs_of(scenarios, 1), lambda _: None)
    await play_in_parallel(target, series, jobs, RecordedProgress())
    return series.reported


def left_in_process_table(folder: Path) -> list[str]:
    """Return the commands of processes whose temporary files are in the folder."""
    mark, found = f"TMPDIR={folder}".encode(), []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environment.read_bytes():
                found.append(environment.with_name("cmdline").read_text())
        except OSError:
            continue
    return found


def next_record(output: IO[bytes]) -> FromWorker:
    """Return the next record of a worker."""
    record: FromWorker = pickle.loads(output.read(int.from_bytes(output.read(4), "big")))  # noqa: S301 (our own)
    return record


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@pytest.mark.process
async def test_results_and_traces_are_the_same_as_in_one_process(folder: Path) -> None:
    scenarios = [*several(3), scenario(FAILS, "fails.yaml"), scenario(file="last.yaml")]

    plays = await side_by_side(scenarios)

    alone = [play_virtual(each) for each in scenarios]
    assert [play.result for play in plays] == [play.result for play in alone]
    assert [play.trace.lines() for play in plays] == [play.trace.lines() for play in alone]
    assert files_in(folder) == []


@pytest.mark.process
async def test_a_dead_worker_blocks_only_its_own_play_with_its_last_output(folder: Path) -> None:
    plays = await side_by_side([scenario(file="a.yaml"), deadly("b.yaml"), scenario(file="c.yaml")], jobs=1)

    assert verdicts(plays) == ["a.yaml 1 pass", "b.yaml 1 blocked", "c.yaml 1 pass"]
    reason, _, left = plays[1].result.reason.rpartition(": ")
    assert reason == "the worker process died (exit code 7); its last output"
    assert Path(left).is_relative_to(folder)
    assert files_in(folder) == []


@pytest.mark.process
async def test_the_progress_of_parallel_plays_is_displayed() -> None:
    display = RecordedProgress()
    series = Series(jobs_of([scenario(file="a.yaml")], 1), lambda _: None)

    await play_in_parallel(VIRTUAL, series, 1, display)

    assert display.seen == [*((0, "a.yaml", step) for step in range(4)), (0, "", -1)]


@pytest.mark.live
async def test_a_cancelled_live_play_leaves_no_files_and_no_processes(folder: Path) -> None:
    begun = asyncio.Event()
    display = RecordedProgress()
    display.at = lambda *_: begun.set()  # type: ignore[method-assign]
    series = Series(jobs_of(several(50), 1), lambda _: None)
    run = asyncio.create_task(play_in_parallel(Target(), series, 2, display))
    await begun.wait()

    run.cancel()
    await asyncio.wait({run})

    assert run.cancelled()
    assert files_in(folder) == []
    assert left_in_process_table(folder) == []


@pytest.mark.live
def test_a_worker_ends_within_a_play_when_the_run_has_ended(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "hubsim_scenarios.running.worker"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(frame(Target()) + frame(jobs_of(several(1), 1)[0]))
    worker.stdin.flush()
    begun = [next_record(worker.stdout), next_record(worker.stdout)]

    worker.stdin.close()
    worker.stdout.close()

    assert worker.wait(timeout=30) == 0
    assert begun == [Reached(0), Reached(1)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_a_worker_ends_on_sigterm(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "hubsim_scenarios.running.worker"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(frame(VIRTUAL) + frame(jobs_of(several(1), 1)[0]))
        worker.stdin.flush()
        next_record(worker.stdout)

        worker.send_signal(signal.SIGTERM)

        assert worker.wait(timeout=30) == 0
