"""`hubsim run` with many plays: selection, parallel plays, repeats, watching, matrices and fragments."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scenario_folder import FAILING, GOOD, Folder

from hubsim_scenarios.product.files import CATALOG

ROOT = Path(__file__).parents[2]
MATRIX = GOOD.replace("steps:\n", "matrix: {model: [hub-2, hub-2-plus]}\nsteps:\n")
WORLD = GOOD[GOOD.index("world:") : GOOD.index("  hubs:")]


def test_the_cases_of_a_matrix_are_separate_plays(folder: Folder) -> None:
    file = folder.file("cases.yaml", MATRIX)

    done = folder.run("--virtual", file)

    assert done.stdout.splitlines() == [
        f"PASS     {file}  A hub with a cable is green [model=hub-2]",
        f"PASS     {file}  A hub with a cable is green [model=hub-2-plus]",
        "2 passed",
    ]


def test_a_single_case_can_be_selected_and_is_printed_step_by_step(folder: Folder) -> None:
    file = folder.file("cases.yaml", MATRIX.replace("led: green", "led: red"))

    done = folder.run("--virtual", "--case", "model=hub-2", file)

    assert done.exit_code == 1
    assert done.stdout.startswith("A hub with a cable is green [model=hub-2]\n")
    assert f"  rerun: hubsim run --virtual --seed 1 --case model=hub-2 {file}" in done.stdout


def test_fragments_are_not_played_alone_and_their_steps_fail_with_their_own_path(folder: Folder) -> None:
    fragment = f"fragment: A Dealer\n{WORLD}steps:\n  - {{as: ivan, sees: objects, refused: not_permitted}}\n"
    shared = folder.file("fragments/a-dealer.yaml", fragment)
    text = GOOD.replace(WORLD, "begin: a-dealer\nworld:\n")
    folder.file("begins.yaml", text)

    done = folder.run("--virtual", folder.path)

    assert done.exit_code == 1
    assert f"  {shared}:7:5: {{as: ivan, sees: objects, refused: not_permitted}}" in done.stdout


def test_a_mistake_in_a_fragment_is_printed_once_with_its_line(folder: Folder) -> None:
    folder.file("fragments/a-dealer.yaml", f"fragment: A Dealer\n{WORLD.replace('people', 'peple')}")
    text = GOOD.replace(WORLD, "begin: a-dealer\nworld:\n")
    folder.file("a.yaml", text)
    folder.file("b.yaml", text)

    done = folder.run("--virtual", folder.path)

    assert done.exit_code == 2
    assert done.stderr.count("unknown field 'peple' in the world; did you mean 'people'?") == 1
    assert "    3 |   peple: [olga, ivan, rita]" in done.stderr


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--tag", "fast"], "no scenario has the tag 'fast'"),
        (["--covers", "X9"], "the guide has no clause 'X9'; did you mean"),
        (["--name", "nowhere"], "no scenario matches --name 'nowhere'; 1 scenario searched"),
    ],
)
def test_a_selection_without_a_match_is_bad_input(
    folder: Folder, good: str, options: list[str], text: str
) -> None:
    done = folder.run("--virtual", *options, good)

    assert (done.exit_code, done.stdout) == (2, "")
    assert text in done.stderr


@pytest.mark.process
def test_parallel_plays_print_and_trace_the_same(folder: Folder, good: str) -> None:
    names = [good, folder.file("fails.yaml", FAILING), folder.file("z.yaml", GOOD)]

    alone = folder.run("--virtual", "--trace", folder.path / "a.jsonl", *names)
    together = folder.run("--virtual", "--jobs", "3", "--trace", folder.path / "b.jsonl", *names)

    assert together.stdout == alone.stdout
    assert together.exit_code == alone.exit_code == 1
    assert (folder.path / "b.jsonl").read_bytes() == (folder.path / "a.jsonl").read_bytes()


@pytest.mark.process
def test_twice_uses_the_selection(folder: Folder) -> None:
    done = folder.run("--virtual", "--twice", "--case", "model=hub-2", folder.file("cases.yaml", MATRIX))

    assert done.exit_code == 0
    assert "the traces are equal byte for byte: 1 scenario," in done.stdout


@pytest.mark.live
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_of_parallel_plays_leaves_no_files(
    tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    running = started(tmp_path, "--jobs", "2", str(CATALOG))
    assert running.stdout is not None
    first = running.stdout.readline()

    running.send_signal(number)
    _, stderr = running.communicate(timeout=60)

    assert first.startswith("PASS ")
    assert running.returncode == exit_code
    assert stderr == f"\ninterrupted by {number.name}: no verdict\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_with_watch_a_saved_file_is_played_again_until_an_interruption(folder: Folder) -> None:
    file = folder.file("a.yaml", GOOD)
    running = started(folder.path, "--virtual", "--watch", file)
    assert running.stdout is not None
    first = running.stdout.readline()

    folder.file("a.yaml", FAILING)
    blank, round_begins, second = (running.stdout.readline() for _ in range(3))
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)

    assert first == "1 passed\n"
    assert blank == "\n"
    assert round_begins.endswith(f"  {file} saved\n")
    assert second == f"FAIL     {file}  A hub with a cable is green  (was PASS)\n"
    assert running.returncode == 130


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-m", "hubsim", "run", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
