"""The source distribution has every file of the checkout, so that its tests pass."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from checkout import ROOT, tracked

pytestmark = pytest.mark.process


def test_the_sdist_has_every_file_of_the_checkout(tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603 (the build backend)
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [archive] = tmp_path.glob("*.tar.gz")

    with tarfile.open(archive) as opened:
        packed = {name.partition("/")[2] for name in opened.getnames()}

    wanted = {str(file.relative_to(ROOT)) for file in tracked()}
    assert wanted - packed == set()
