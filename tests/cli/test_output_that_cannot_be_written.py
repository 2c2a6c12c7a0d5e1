"""Output that is closed, full, cut or of another encoding: the exit code is that of the page docs/ci.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scenario_folder import GOOD
from tracebacks import with_watch

pytestmark = pytest.mark.process
ROOT = Path(__file__).parents[2]
HUBSIM = f"{sys.executable} -m hubsim"


def ended(folder: Path, line: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash with `hubsim` in a folder that has a scenario with Polish words."""
    text = GOOD.replace("scenario: ", "scenario: Zażółć ▶ ", 1)
    (folder / "good.yaml").write_text(text, encoding="utf-8")
    return subprocess.run(  # noqa: S603 (our own program)
        ["bash", "-c", f"set -o pipefail; {line.replace('hubsim', HUBSIM, 1)}"],  # noqa: S607 (any bash)
        cwd=folder,
        env={**os.environ, "PYTHONPATH": with_watch(str(ROOT)), "PYTHONUNBUFFERED": "1", **env},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("hubsim --help >/dev/full", 3),
        ("hubsim run --help >/dev/full", 3),
        ("hubsim run --no-such-option 2>/dev/full", 2),
        ("hubsim run --virtual good.yaml >&- 2>&-", 0),
        ("hubsim run --virtual good.yaml 2>/dev/full", 0),
        ("hubsim run --virtual good.yaml | true", 141),
        ("hubsim --help | true", 141),
    ],
)
def test_the_exit_code_is_that_of_the_page(tmp_path: Path, line: str, code: int) -> None:
    done = ended(tmp_path, line)

    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "iso-8859-2"])
def test_characters_that_the_terminal_does_not_have_are_escaped(tmp_path: Path, encoding: str) -> None:
    done = ended(tmp_path, "hubsim run --virtual good.yaml", PYTHONIOENCODING=encoding)

    assert done.returncode == 0, done.stderr
    assert b"\\u25b6" in done.stdout
