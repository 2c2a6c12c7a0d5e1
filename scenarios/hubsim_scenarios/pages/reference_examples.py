"""Examples for the reference: for each word the best step from the catalog.

The tests play the catalog, so the examples work.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from hubsim_scenarios.language.steps import (
    AnyStep,
    BenchStep,
    Expect,
    InjectFault,
    PersonSees,
    PersonStep,
    Scenario,
    single_steps,
)
from hubsim_scenarios.language.vocabulary import AliasRef

MAX_SHORT_CHARS = 110
"""A step in one line of at most this length is better than a longer step."""


class ReferenceWord(NamedTuple):
    """A word of the language, by the kind of step: `do`, `sees`, `bench`, `fault` or `expect`."""

    key: str
    text: str


class StepExample(NamedTuple):
    """The text of a step in its file."""

    source: str
    file: str


Examples = Mapping[ReferenceWord, StepExample]
NO_EXAMPLES: Examples = {}
_Rank = tuple[bool, bool, bool, bool, int, int]


def examples(scenarios: Iterable[Scenario]) -> Examples:
    """Return the best example of each word. The same scenarios give the same examples."""
    best: dict[ReferenceWord, tuple[_Rank, StepExample]] = {}
    for scenario in scenarios:
        for step in single_steps(scenario.steps):
            word = _word(step)
            if word is None or step.file is not None:
                continue
            rank = _rank(step)
            if word not in best or rank < best[word][0]:
                best[word] = rank, StepExample(step.source, scenario.file)
    return {word: example for word, (_, example) in best.items()}


def shown(example: StepExample) -> Iterator[str]:
    """Yield an example as Markdown, with a link to its file."""
    first, *more = example.source.split("\n")
    lines = [f"- {first}", *(f"  {line}" for line in more)]
    yield "\n".join(["```yaml", *lines, "```"])
    yield f"From [{example.file.rpartition('/')[2]}]({example.file})."


def _word(step: AnyStep) -> ReferenceWord | None:
    match step:
        case PersonStep():
            return ReferenceWord("do", step.action)
        case PersonSees():
            return ReferenceWord("sees", step.view)
        case BenchStep():
            return ReferenceWord("bench", step.action)
        case InjectFault():
            return ReferenceWord("fault", step.fault)
        case Expect(subject=AliasRef() as subject):
            return ReferenceWord("expect", subject.kind.value)
        case Expect():
            return ReferenceWord("expect", str(step.subject))
        case _:
            return None


def _rank(step: AnyStep) -> _Rank:
    """Return the rank; the best step is granted, short, has many fields, no caption, and no empty list."""
    refused = getattr(step, "refused", None) is not None or bool(getattr(step, "may_be_refused", ()))
    long = len(step.source) > MAX_SHORT_CHARS or "\n" in step.source
    return refused, step.note is not None, long, "[]" in step.source, -_fields(step), len(step.source)


def _fields(step: AnyStep) -> int:
    count = sum(1 for value in getattr(step, "fields", {}).values() if value is not None)
    return count + (1 if getattr(step, "shows", None) is not None else 0)
