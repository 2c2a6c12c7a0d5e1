"""Rules for every test: it leaves no files, and its marks name everything it needs in addition to Python.

- A run fails if it changes the checkout or leaves files in the folder for temporary files. The main process
  of the run checks both once, at the end.
- A test that writes outside temporary folders fails.
- A test fails if a program writes a traceback to a log (`tracebacks`).
- A test of properties has no time limit for an example: a busy machine would fail it.
- A test without one of the marks in `reach.OUTSIDE` that starts a process or uses a socket fails. All others
  get the mark `quick`, so `make quick` always runs the right tests.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkout import Files, changes, files
from hypothesis import settings
from reach import OUTSIDE, Reach, watched
from tracebacks import MARK, TracebackWatch

settings.register_profile("without a time limit", deadline=None)
settings.load_profile("without a time limit")

REACH = pytest.StashKey[Reach]()
BEFORE = pytest.StashKey[Files]()
SCRATCH = pytest.StashKey[Path]()
TRACEBACKS = pytest.StashKey[TracebackWatch]()
LEFT = pytest.StashKey[list[str]]()


def _leads(config: pytest.Config) -> bool:
    """Whether this process leads the run; workers of xdist do not."""
    return not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if _leads(config):
        scratch = Path(tempfile.mkdtemp(prefix="hubsim-tests-"))
        scratch.chmod(0o711)  # some tests act as a user without rights, who has to get through
        config.stash[SCRATCH] = scratch
        config.stash[BEFORE] = files()
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # keeps the folders of failures
        os.environ["TMPDIR"] = str(scratch)  # for this process, the workers and all that they start
        tempfile.tempdir = None
    watch = config.stash[TRACEBACKS] = TracebackWatch(Path(tempfile.gettempdir()))
    watch.install()
    config.stash[REACH] = watched()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not any(item.get_closest_marker(mark) for mark in OUTSIDE):
            item.add_marker("quick")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    reach = item.config.stash[REACH]
    base = getattr(item.config, "_tmp_path_factory").getbasetemp()  # noqa: B009 (pytest keeps it private)
    roots = (
        base,
        Path(tempfile.gettempdir()),
        *(up for up in base.parents if up.name.startswith("pytest-of-")),
    )
    reach.temporary = tuple(map(str, roots))
    os.environ["XDG_CACHE_HOME"] = str(base / "cache")
    reach.begin()
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    tracebacks = item.config.stash[TRACEBACKS].taken()
    trouble = item.config.stash[REACH].end({mark.name for mark in item.iter_markers()})
    if tracebacks and not item.get_closest_marker(MARK):
        pytest.fail(f"{item.nodeid}: a log has a traceback:\n" + "\n".join(tracebacks), pytrace=False)
    if trouble:
        pytest.fail(f"{item.nodeid} {trouble}", pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if not _leads(config):
        return
    left = [f"{each} (in the checkout)" for each in changes(config.stash[BEFORE], files())]
    left += [
        f"new: {each.name} (in the folder for temporary files)" for each in config.stash[SCRATCH].iterdir()
    ]
    config.stash[LEFT] = left
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left = config.stash.get(LEFT, [])
    if left:
        terminalreporter.section(
            "the tests left something behind, or somebody changed it meanwhile", red=True
        )
        for each in left:
            terminalreporter.line(each)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _leads(config):
        shutil.rmtree(config.stash[SCRATCH], ignore_errors=True)
