"""Running scenarios: the whole catalog on real sockets, parallel jobs, and `--watch` after a saved file."""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from hubsim_scenarios.product.files import CATALOG

SAVES = 7
_HUBSIM = [sys.executable, "-m", "hubsim", "run"]
_SAVED = "001-*.yaml"


def catalog_live_s(jobs: int) -> float:
    """Return the time of `hubsim run --jobs N` for the whole catalog, live, with start-up."""
    began = time.monotonic()
    command = [*_HUBSIM, "--jobs", str(jobs), str(CATALOG)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (a trusted program)
    return time.monotonic() - began


def saved_to_verdict_s(*, live: bool) -> float:
    """Return the median time from the saving of one file of the catalog to its verdict."""
    with TemporaryDirectory() as folder:
        copied = shutil.copytree(CATALOG, Path(folder) / "catalog")
        file = next(copied.glob(_SAVED))
        kind = "--live" if live else "--virtual"
        command = [*_HUBSIM, kind, "--watch", str(copied)]
        with subprocess.Popen(  # noqa: S603 (a trusted program)
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as watching:
            try:
                _until_watching(watching)
                return statistics.median(_save(file, watching) for _ in range(SAVES))
            finally:
                watching.terminate()


def _save(file: Path, watching: "subprocess.Popen[str]") -> float:
    file.write_text(file.read_text(encoding="utf-8") + "# saved again\n", encoding="utf-8")
    began = time.monotonic()
    _until_watching(watching)
    return time.monotonic() - began


def _until_watching(watching: "subprocess.Popen[str]") -> None:
    assert watching.stderr is not None
    assert any(line.startswith("watching") for line in watching.stderr), "hubsim run --watch has ended"
