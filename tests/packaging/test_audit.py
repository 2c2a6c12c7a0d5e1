"""`make audit` against a service on loopback: vulnerable, clean, unreachable, and bad answers."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from held_port import held_port

from tools.audit import LOCKS, Dependency, Vulnerability, pins, report

ROOT = Path(__file__).parents[2]
LOCK = """\
click==8.4.2 \\
    --hash=sha256:00
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:00
    # via click
numpy==1.26.4 ; python_full_version < '3.12' \\
    --hash=sha256:00
numpy==2.0.0 ; python_full_version >= '3.12' \\
    --hash=sha256:00
"""


@contextmanager
def osv(vulnerable: dict[tuple[str, str], str], body: bytes | None = None) -> Iterator[str]:
    """Serve answers of OSV: an id for each vulnerable version, or one body for all; yields the address."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is http.server's
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = question["package"]["name"], question["version"]
            found = {"vulns": [entry(asked[0], vulnerable[asked])]} if asked in vulnerable else {}
            answer = json.dumps(found).encode() if body is None else body
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def entry(name: str, known_as: str) -> dict[str, object]:
    """Return an entry of OSV for a package, fixed in version 9.9."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}]
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
    return {"schema_version": "1.4.0", "id": known_as, "summary": "Bad.", "affected": affected}


def audit(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "tools.audit", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "any.lock"
    file.write_text(LOCK, encoding="utf-8")
    return file


@pytest.mark.process
@pytest.mark.live
@pytest.mark.parametrize("bad", [("colorama", "0.4.6"), ("numpy", "1.26.4"), ("numpy", "2.0.0")])
def test_a_vulnerable_version_for_any_system_fails_and_is_named(lock: Path, bad: tuple[str, str]) -> None:
    with osv({bad: "PYSEC-2026-1"}) as url:
        done = audit("--lock", lock, "--osv-url", url)

    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines() == [
        f"{lock}: {bad[0]} {bad[1]}: PYSEC-2026-1; fixed in: 9.9",
        "audit: 4 locked versions, findings: 1",
    ]


@pytest.mark.process
@pytest.mark.live
def test_versions_without_vulnerabilities_pass(lock: Path) -> None:
    with osv({}) as url:
        done = audit("--lock", lock, "--osv-url", url)

    assert (done.returncode, done.stdout) == (0, "audit: 4 locked versions, findings: 0\n")


@pytest.mark.process
@pytest.mark.live
@pytest.mark.parametrize(("options", "code"), [((), 3), (("--skip-if-unreachable",), 0)])
def test_a_service_that_does_not_answer_is_never_reported_as_a_clean_result(
    lock: Path, options: tuple[str, ...], code: int
) -> None:
    with held_port() as port:  # nothing listens at it
        url = f"http://127.0.0.1:{port}/v1/query"
        done = audit("--lock", lock, "--osv-url", url, *options)

    assert done.returncode == code
    assert f"audit: {url} does not answer" in done.stderr
    assert "nothing was checked" in done.stderr
    assert done.stdout == ""


@pytest.mark.process
@pytest.mark.live
@pytest.mark.parametrize(
    "body",
    [
        b"<html>please sign in</html>",
        pytest.param(b'{"vulns": 7}', marks=pytest.mark.tracebacks),  # pip-audit does not expect it
        b"[]",
    ],
)
def test_an_answer_that_is_not_from_osv_is_not_a_clean_result(lock: Path, body: bytes) -> None:
    with osv({}, body) as url:
        done = audit("--lock", lock, "--osv-url", url)

    assert done.returncode == 3
    assert "nothing was checked" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.process
def test_a_lock_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.lock").touch()

    missing = audit("--lock", tmp_path / "missing.lock")
    empty = audit("--lock", tmp_path / "empty.lock")

    assert (missing.returncode, empty.returncode) == (2, 2)
    assert "missing.lock: cannot be read" in missing.stderr
    assert "empty.lock: has no line such as name==1.0" in empty.stderr


def test_the_locks_have_a_version_for_each_hashed_requirement() -> None:
    for lock in LOCKS:
        text = (ROOT / lock).read_text(encoding="utf-8")

        assert len(pins(ROOT / lock)) == text.count("==") - text.count("== '") > 40


def test_every_lock_of_the_checkout_is_checked() -> None:
    assert {file.name for file in ROOT.glob("requirements*.lock")} == set(LOCKS)


def test_a_version_that_was_not_checked_is_reported() -> None:
    skipped = Dependency("any", skip_reason="not on PyPI")
    found = Dependency("other", "1.0", [Vulnerability("PYSEC-1", [], ["CVE-1"])])

    assert report([skipped, found], {("other", "1.0"): ["requirements.lock"]}) == [
        "any: not checked: not on PyPI",
        "requirements.lock: other 1.0: PYSEC-1 (CVE-1); fixed in: no version yet",
    ]
