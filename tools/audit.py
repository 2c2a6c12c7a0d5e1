"""Checks the locked versions for known vulnerabilities: `make audit`.

pip-audit asks the OSV service for each version in the lock files, for all systems and not only for this one.
Exit codes: 0 no vulnerability is known; 1 one is known, or a version was not checked; 2 a lock file cannot be
used; 3 the service does not answer, so nothing is known. With `--skip-if-unreachable` the last one is 0, and
the output says that nothing was checked.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import httpx
import msgspec

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")
OSV_URL = "https://api.osv.dev/v1/query"
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
_ANSWER_S = 15
VULNERABLE, UNREACHABLE = 1, 3


class Unreachable(Exception):
    """The service gives no valid answer. The text says how it failed."""


class Vulnerability(msgspec.Struct, frozen=True):
    """A known vulnerability of one version."""

    id: str
    fix_versions: list[str]
    aliases: list[str] = []


class Dependency(msgspec.Struct, frozen=True):
    """A version that was checked, or the reason why it was not."""

    name: str
    version: str | None = None
    vulns: list[Vulnerability] = []
    skip_reason: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What pip-audit prints as JSON."""

    dependencies: list[Dependency]


def pins(lock: Path) -> set[tuple[str, str]]:
    """Return name and version of each line of a lock file, also of those for other systems."""
    return {(name.lower(), version) for name, version in _PIN.findall(lock.read_text(encoding="utf-8"))}


def check_service(url: str) -> None:
    """Ask the service for one version. Raises `Unreachable`."""
    question = {"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "26.0"}
    try:
        answer = httpx.post(url, json=question, timeout=_ANSWER_S)
        answer.raise_for_status()
        msgspec.json.decode(answer.content, type=dict[str, object])
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        raise Unreachable(str(error) or type(error).__name__) from error


def audit(pinned: set[tuple[str, str]], url: str) -> list[Dependency]:
    """Ask the service for each pinned version. Raises `Unreachable`."""
    found: list[Dependency] = []
    with tempfile.TemporaryDirectory(prefix="hubsim-audit-") as folder:
        for number, group in enumerate(_without_repeated_names(pinned)):
            file = Path(folder, f"{number}.txt")
            file.write_text("".join(f"{name}=={version}\n" for name, version in group), encoding="utf-8")
            found += _answer(file, url)
    return found


def _without_repeated_names(pinned: set[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Divide the versions into lists without repeated names: a lock can have two versions of a name."""
    rest = sorted(pinned)
    while rest:
        first = dict(reversed(rest))
        yield list(first.items())
        rest = [pin for pin in rest if pin not in first.items()]


def _answer(file: Path, url: str) -> list[Dependency]:
    options = ("--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json")
    service = ("--vulnerability-service", "osv", "--osv-url", url, "--timeout", str(_ANSWER_S))
    cache = ("--cache-dir", str(file.parent / "cache"))
    words = (sys.executable, "-m", "pip_audit", *options, *service, *cache, "--requirement", str(file))
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    try:
        return msgspec.json.decode(done.stdout, type=Answer).dependencies
    except msgspec.DecodeError as error:
        reason = done.stderr.strip().splitlines()[-1:] or ["pip-audit printed nothing"]
        raise Unreachable(reason[0]) from error


def report(dependencies: Sequence[Dependency], sources: dict[tuple[str, str], list[str]]) -> list[str]:
    """Return a line for each version that is vulnerable or was not checked."""
    lines = []
    for each in dependencies:
        if each.skip_reason is not None:
            lines.append(f"{each.name}: not checked: {each.skip_reason}")
        for vulnerability in each.vulns:
            names = " ".join([vulnerability.id, *(f"({alias})" for alias in vulnerability.aliases)])
            fixed = ", ".join(vulnerability.fix_versions) or "no version yet"
            where = ", ".join(sources.get((each.name, each.version or ""), []))
            lines.append(f"{where}: {each.name} {each.version}: {names}; fixed in: {fixed}")
    return lines


@click.command()
@click.option(
    "--lock", "locks", multiple=True, help="A lock file. May be given several times.  [default: all]"
)
@click.option("--osv-url", default=OSV_URL, show_default=True, help="The OSV service.")
@click.option("--skip-if-unreachable", is_flag=True, help="Exit with 0 if the service does not answer.")
def main(locks: Sequence[str], osv_url: str, *, skip_if_unreachable: bool) -> None:
    """Check the locked versions for known vulnerabilities."""
    sources: dict[tuple[str, str], list[str]] = {}
    for lock in locks or LOCKS:
        try:
            found = pins(ROOT / lock)
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"{lock}: cannot be read: {error}") from error
        if not found:
            raise click.UsageError(f"{lock}: has no line such as name==1.0; give a lock file with --lock")
        for pin in found:
            sources.setdefault(pin, []).append(lock)
    try:
        check_service(osv_url)
        dependencies = audit(set(sources), osv_url)
    except Unreachable as reason:
        advice = (
            "nothing was checked; try again with a connection to it, or give another address with --osv-url"
        )
        click.echo(f"audit: {osv_url} does not answer ({reason}): {advice}", err=True)
        sys.exit(0 if skip_if_unreachable else UNREACHABLE)
    lines = report(dependencies, sources)
    for line in lines:
        click.echo(line)
    click.echo(f"audit: {len(sources)} locked versions, findings: {len(lines)}")
    sys.exit(VULNERABLE if lines else 0)


if __name__ == "__main__":
    main()
