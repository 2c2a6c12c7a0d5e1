"""Completions of option values in a shell: clauses, tags, cases and brokers.

Reads only the files that are already on the command line, or else those of the working directory. Files that
cannot be read give no completions.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.nodes import Scalar, compose, text_of
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.product.files import BadFiles, find, read, start_of
from hubsim_scenarios.product.guide import CHAPTERS, CLAUSES
from hubsim_scenarios.worlds.brokers import EMBEDDED_NAME, MOSQUITTO_NAME

MAX_FILES = 500
"""More files are not read for a completion, because the user waits for it."""
BREAK_ON_FAIL = "fail"


def complete_clause(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the clauses and chapters of the guide that begin so, with their texts."""
    return [
        CompletionItem(word, help=text)
        for word, text in {**CHAPTERS, **CLAUSES}.items()
        if word.lower().startswith(begun.lower())
    ]


def complete_break(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the word for failures and the clauses that begin so."""
    fail = CompletionItem(BREAK_ON_FAIL, help="Halt only where a step fails.")
    return [*([fail] if BREAK_ON_FAIL.startswith(begun) else []), *complete_clause(ctx, param, begun)]


def complete_broker(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the brokers with a name that begin so."""
    return _items((EMBEDDED_NAME, MOSQUITTO_NAME), begun)


def complete_tag(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the tags of the scenarios that begin so."""
    return _items(sorted({tag for file in _files(ctx) for tag in _tags(file)}), begun)


def complete_case(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the cases of the scenarios that begin so."""
    cases: dict[str, None] = {}
    for file in _files(ctx):
        try:
            scenarios = read([file])
        except BadFiles:
            continue
        cases |= {f"{axis}={value}": None for each in scenarios for axis, value in each.case.items()}
    return _items(cases, begun)


def _items(words: Iterable[str], begun: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(begun)]


def _files(ctx: click.Context) -> list[Path]:
    # Click leaves the arguments unread, because the command line is not complete.
    given = [Path(word) for word in ctx.args if not word.startswith("-")]
    try:
        return find(given or [Path()])[:MAX_FILES]
    except (BadFiles, OSError):
        return []


def _tags(file: Path) -> Iterator[str]:
    problems = Problems(str(file))
    try:
        text = text_of(start_of(file), problems)
    except OSError:
        return
    root = compose(text, problems) if text is not None else None
    tags = root.get("tags") if isinstance(root, nodes.Mapping) else None
    if isinstance(tags, nodes.Sequence):
        yield from (tag.text for tag in tags.items if isinstance(tag, Scalar))
