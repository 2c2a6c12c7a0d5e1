"""`python -m tools.prose`: check the prose of the repository, or of some files.

One line for each finding, `file:line:column: what to write [entry]`; exit code 1 when there is one.
"""

from collections import Counter
from pathlib import Path, PurePath

import click

from tools.prose.checking import Finding, check
from tools.prose.files import files, passages
from tools.prose.vocabulary import Vocabulary, load

ROOT = Path(__file__).parents[2]


@click.command()
@click.option(
    "--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=ROOT, hidden=True
)
@click.option("--count", is_flag=True, help="Print a table of findings by entry and folder instead.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def main(paths: tuple[Path, ...], root: Path, *, count: bool) -> None:
    """Check the prose in PATHS (files or folders), or in the whole repository."""
    chosen = [path.resolve() for path in paths] or [root]
    vocabulary = load()
    found = [
        finding
        for file in files(root)
        if any(file.is_relative_to(path) for path in chosen)
        for finding in in_file(root, file, vocabulary)
    ]
    for line in table(found) if count else map(str, found):
        click.echo(line)
    if found:
        click.echo(f"{len(found)} to rewrite; the rules are in CONTRIBUTING.md", err=True)
        raise SystemExit(1)


def in_file(root: Path, file: Path, vocabulary: Vocabulary) -> list[Finding]:
    """Return the findings in a file under `root`."""
    path = file.relative_to(root)
    source = file.read_text(encoding="utf-8")
    return check(str(path), source, passages(path, source), vocabulary)


def table(found: list[Finding]) -> list[str]:
    """Return a Markdown table of how many findings each entry has in each folder at the top."""
    cells = Counter((finding.check, _folder(finding)) for finding in found)
    checks = [name for name, _ in Counter(finding.check for finding in found).most_common()]
    folders = [name for name, _ in Counter(map(_folder, found)).most_common()]
    rows = [["entry", *folders, "all"], ["---", *["--:" for _ in folders], "--:"]]
    for name in checks:
        numbers = [cells[name, folder] for folder in folders]
        rows.append([name, *[str(number or "") for number in numbers], str(sum(numbers))])
    sums = [sum(1 for finding in found if _folder(finding) == folder) for folder in folders]
    rows.append(["all", *map(str, sums), str(len(found))])
    return [f"| {' | '.join(row)} |" for row in rows]


def _folder(finding: Finding) -> str:
    parts = PurePath(finding.file).parts
    return parts[0] if len(parts) > 1 else "(top)"


if __name__ == "__main__":
    main()
