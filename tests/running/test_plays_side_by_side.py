"""Plays in worker processes: the same results in the same order, and nothing left however it ends."""

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
from small_scenarios import FAILS, Nowhere, said, scenario, several

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played, play_virtual
from hubsim_scenarios.running.schedule import Series, jobs_of
from hubsim_scenarios.running.target import Target
from hubsim_scenarios.running.worker_pool import play_side_by_side
from hubsim_scenarios.running.worker_protocol import FromWorker, Reached, frame

VIRTUAL = Target(live=False)
ROOT = Path(__file__).parents[2]


class Deadly:
    """What kills the process that unpacks it, which leaves a folder and says where."""

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
    await play_side_by_side(target, series, jobs, Nowhere())
    return series.told


def left_in_process_table(folder: Path) -> list[str]:
    """Return the commands of processes that keep their files in the folder."""
    mark, found = f"TMPDIR={folder}".encode(), []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environment.read_bytes():
                found.append(environment.with_name("cmdline").read_text())
        except OSError:
            continue
    return found


def next_record(output: IO[bytes]) -> FromWorker:
    """Return what a worker says next."""
    record: FromWorker = pickle.loads(output.read(int.from_bytes(output.read(4), "big")))  # noqa: S301 (our own)
    return record


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@pytest.mark.process
async def test_results_and_traces_are_those_of_one_process_in_the_order_of_the_files(folder: Path) -> None:
    scenarios = [*several(3), scenario(FAILS, "fails.yaml"), scenario(file="last.yaml")]

    plays = await side_by_side(scenarios)

    alone = [play_virtual(each) for each in scenarios]
    assert [play.result for play in plays] == [play.result for play in alone]
    assert [play.trace.lines() for play in plays] == [play.trace.lines() for play in alone]
    assert files_in(folder) == []


@pytest.mark.process
async def test_a_worker_that_dies_blocks_its_play_alone_and_says_why(folder: Path) -> None:
    plays = await side_by_side([scenario(file="a.yaml"), deadly("b.yaml"), scenario(file="c.yaml")], jobs=1)

    assert said(plays) == ["a.yaml 1 pass", "b.yaml 1 blocked", "c.yaml 1 pass"]
    reason, _, left = plays[1].result.reason.rpartition(": ")
    assert reason == "the process that played it died (exit code 7); it said"
    assert Path(left).is_relative_to(folder)
    assert files_in(folder) == []


@pytest.mark.process
async def test_how_far_the_plays_are_is_told_meanwhile() -> None:
    board = Nowhere()
    series = Series(jobs_of([scenario(file="a.yaml")], 1), lambda _: None)

    await play_side_by_side(VIRTUAL, series, 1, board)

    assert board.seen == [*((0, "a.yaml", step) for step in range(4)), (0, "", -1)]


@pytest.mark.live
async def test_a_live_play_given_up_in_the_middle_leaves_nothing(folder: Path) -> None:
    begun = asyncio.Event()
    board = Nowhere()
    board.at = lambda *_: begun.set()  # type: ignore[method-assign]
    series = Series(jobs_of(several(50), 1), lambda _: None)
    run = asyncio.create_task(play_side_by_side(Target(), series, 2, board))
    await begun.wait()

    run.cancel()
    await asyncio.wait({run})

    assert run.cancelled()
    assert files_in(folder) == []
    assert left_in_process_table(folder) == []


@pytest.mark.live
def test_a_worker_ends_in_the_middle_of_a_play_when_the_run_is_gone(tmp_path: Path) -> None:
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
