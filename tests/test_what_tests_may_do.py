"""The watch over the tests: what they leave behind, and what they reach without saying so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT, changes, files
from reach import OUTSIDE, Reach

WATCH = ("conftest.py", "checkout.py", "reach.py", "tracebacks.py", "child_watch/sitecustomize.py")
OPTIONS = "[pytest]\nmarkers =\n    quick: .\n    process: .\n    live: .\n    tracebacks: .\n"
FINE = "def test_one(tmp_path):\n    (tmp_path / 'a').write_text('')\n"
WRITES = "from pathlib import Path\n\n\ndef test_one():\n    Path('stray.txt').write_text('')\n"
STARTS = "import subprocess\n\n\ndef test_one():\n    subprocess.run(['touch', 'stray.txt'], check=True)\n"
LEAVES = "import tempfile\n\n\ndef test_one():\n    tempfile.mkdtemp(prefix='forgotten-')\n"
FAILING_CHILD = """
import subprocess, sys, pytest

@pytest.mark.process
def test_one():
    subprocess.run([sys.executable, "-c", "1 / 0"], capture_output=True)
"""
LOGGED = """
import logging

def test_one():
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("part").exception("it failed")
"""
UNRETRIEVED = """
import asyncio, gc

async def fail():
    1 / 0

async def main():
    asyncio.create_task(fail())
    await asyncio.sleep(0)

def test_one():
    asyncio.run(main())
    gc.collect()
"""
MARKED = STARTS.replace("def ", "import pytest\n\n\n@pytest.mark.process\ndef ")


def run(folder: Path, test: str, *options: str) -> tuple[int, str]:
    """Run pytest on a project with this test, under our watch; return exit code and output."""
    tests = folder / "tests"
    tests.mkdir()
    for name in WATCH:
        (tests / name).parent.mkdir(exist_ok=True)
        (tests / name).write_bytes((ROOT / "tests" / name).read_bytes())
    (folder / "pytest.ini").write_text(OPTIONS, encoding="utf-8")
    (tests / "test_one.py").write_text(test, encoding="utf-8")
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", *options, "tests"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.process
@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "worker"])
@pytest.mark.parametrize(
    ("test", "said"),
    [
        (WRITES, "new: stray.txt (in the checkout)"),
        (STARTS, "reaches outside its process (subprocess.Popen touch): mark it"),
        (MARKED, "new: stray.txt (in the checkout)"),
        (LEAVES, "(in the folder for temporary files)"),
        (FAILING_CHILD, "a log has a traceback"),
        (LOGGED, "a log has a traceback"),
        (UNRETRIEVED, "Task exception was never retrieved"),
    ],
    ids=[
        "leaves a file",
        "starts a process",
        "leaves a file by a process",
        "leaves a folder",
        "a process writes a traceback",
        "an exception is logged",
        "an exception is not retrieved",
    ],
)
def test_a_run_in_which_a_test_does_not_keep_to_the_rules_fails_and_says_why(
    tmp_path: Path, test: str, said: str, options: tuple[str, ...]
) -> None:
    code, output = run(tmp_path, test, *options)

    assert code == pytest.ExitCode.TESTS_FAILED
    assert said in output


@pytest.mark.process
def test_a_run_that_leaves_nothing_behind_passes(tmp_path: Path) -> None:
    code, output = run(tmp_path, FINE, "-m", "quick")

    assert code == pytest.ExitCode.OK, output
    assert "1 passed" in output


@pytest.mark.process
def test_a_test_with_the_mark_may_make_a_program_fail_by_a_bug(tmp_path: Path) -> None:
    code, output = run(tmp_path, FAILING_CHILD.replace("@pytest", "@pytest.mark.tracebacks\n@pytest"))

    assert code == pytest.ExitCode.OK, output


def test_caches_of_tools_are_not_changes_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a", encoding="utf-8")
    (tmp_path / "gone").write_text("b", encoding="utf-8")
    (tmp_path / ".hypothesis").mkdir()
    before = files(tmp_path)

    (tmp_path / ".hypothesis" / "example").write_text("c", encoding="utf-8")
    (tmp_path / "kept").write_text("longer", encoding="utf-8")
    (tmp_path / "gone").unlink()
    (tmp_path / "new").write_text("d", encoding="utf-8")

    assert changes(before, before) == []
    assert changes(before, files(tmp_path)) == ["new: new", "changed: kept", "gone: gone"]


@pytest.mark.parametrize("mark", OUTSIDE)
def test_a_mark_lets_a_test_reach_outside_its_process(mark: str) -> None:
    reach = Reach()
    reach.begin()

    reach.hook("socket.connect", (None, ("127.0.0.1", 1883)))

    assert reach.end({mark}) == ""
    assert reach.end({"parametrize"}).startswith("reaches outside its process")


def test_no_mark_lets_a_test_write_where_it_likes() -> None:
    reach = Reach()
    reach.temporary = ("/tmp/ours/",)  # noqa: S108 (only a name here)
    reach.begin()

    reach.hook("open", ("/tmp/ours/file", "w", os.O_WRONLY))  # noqa: S108 (only a name here)
    reach.hook("open", (str(ROOT / "README.md"), "r", os.O_RDONLY))
    fine = reach.end(set(OUTSIDE))
    reach.begin()
    reach.hook("open", (str(ROOT / "stray.txt"), "w", os.O_WRONLY))

    assert fine == ""
    assert reach.end(set(OUTSIDE)).endswith("stray.txt")
