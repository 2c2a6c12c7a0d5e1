"""The page about refusals: the meaning of each name, who gives it, the order of checks, and an example."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from hubsim_cloud.domain.decide import HANDLERS
from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.views.answer import ANSWERS
from hubsim_contract.docstrings import documented_texts
from hubsim_scenarios.language.steps import BenchStep, PersonSees, PersonStep, Scenario
from hubsim_scenarios.pages.reference_examples import StepExample, shown
from hubsim_scenarios.pages.refusal_checks import refusals_in_order
from hubsim_scenarios.play.launch import collecting_rarely, play_virtual
from hubsim_scenarios.play.play import StepDone
from hubsim_scenarios.product.closed_words import CLOUD_UNREACHABLE
from hubsim_simulator.hardware.refusals import BenchRefusal

_BEGINNING = """# Refusals

A refusal has a name, a sentence for people, and its facts. A refused action changes nothing. In a scenario,
`refused: NAME` expects it. Over HTTP a refusal is a problem document with the same name.

If there are several reasons, the first check that fails gives the refusal. The cloud checks in this order:
who acts (signed in, member of the company, role and app), whether the company is a Dealer or Reseller, then
the command itself. The table has the checks of each action in their order; "account" stands for these four:
{account}.
"""
_ACCOUNT = (
    RefusalName.NOT_SIGNED_IN,
    RefusalName.COMPANY_ACCOUNT_REQUIRED,
    RefusalName.NOT_A_MEMBER,
    RefusalName.NOT_PERMITTED,
)
"""The checks of `hubsim_cloud.domain.authorization.permitted`, with which most handlers begin."""
MAX_LISTED_ACTIONS = 12
"""A refusal of more actions refers to the table."""
_UNREACHABLE = "The cloud is stopped, so no request reaches it. Start it, and repeat the action."


class RefusedStep(NamedTuple):
    """A step of the catalog that is refused as expected, and the sentence of the refusal."""

    example: StepExample
    action: str
    text: str


RefusedSteps = Mapping[str, tuple[RefusedStep, ...]]
"""By the name of the refusal; the shortest step is first."""


def refused_steps(scenarios: Iterable[Scenario], link: Callable[[str], str]) -> RefusedSteps:
    """Play the scenarios that expect a refusal; return the refused steps, with the links to their files."""
    found: dict[str, list[RefusedStep]] = {}
    with collecting_rarely():
        for scenario in scenarios:
            if any(getattr(step, "refused", None) for step in scenario.steps):
                for done in play_virtual(scenario).result.steps:
                    _add(found, scenario, done, link)
    return {name: tuple(sorted(steps, key=_rank)) for name, steps in found.items()}


def _add(
    found: dict[str, list[RefusedStep]], scenario: Scenario, done: StepDone, link: Callable[[str], str]
) -> None:
    step, refusal = done.step, done.outcome.refusal
    if not isinstance(step, PersonStep | PersonSees | BenchStep) or step.refused is None:
        return
    action = step.view if isinstance(step, PersonSees) else step.action
    example = StepExample(step.source, link(step.file or scenario.file))
    found.setdefault(step.refused, []).append(RefusedStep(example, action, refusal.text if refusal else ""))


def _rank(step: RefusedStep) -> tuple[bool, int, str]:
    return "\n" in step.example.source, len(step.example.source), step.example.source


def refusals_page(steps: RefusedSteps) -> str:
    """Return the page as Markdown."""
    checks = checks_by_action()
    return "\n".join(
        [
            _BEGINNING.format(account=_links(_ACCOUNT)),
            "## Order of checks",
            "",
            *_order(checks),
            "",
            "## Refusals of the cloud",
            "",
            *_sections(RefusalName, steps, _givers(checks)),
            f"### `{CLOUD_UNREACHABLE}`",
            "",
            _UNREACHABLE,
            "",
            *_example(steps[CLOUD_UNREACHABLE]),
            "## Refusals of the bench",
            "",
            "The bench refuses what cannot be done with the hardware.",
            "",
            *_sections(BenchRefusal, steps, {}),
        ]
    )


def checks_by_action() -> dict[str, tuple[RefusalName, ...]]:
    """Return the refusals of each action and view, in the order of its checks."""
    handlers: dict[Any, Callable[..., Any]] = {**HANDLERS, **ANSWERS}
    return {str(act.__struct_config__.tag): refusals_in_order(each) for act, each in handlers.items()}


def _order(checks: Mapping[str, tuple[RefusalName, ...]]) -> Iterator[str]:
    yield "| action or view | checks, in their order |"
    yield "|---|---|"
    for action, names in checks.items():
        begins = names[: len(_ACCOUNT)] == _ACCOUNT
        rest = _links(names[len(_ACCOUNT) :] if begins else names)
        yield f"| `{action}` | {', '.join(filter(None, ['account' if begins else '', rest]))} |"


def _links(names: Iterable[RefusalName]) -> str:
    return ", ".join(f"[{name}](#{name})" for name in names)


def _givers(checks: Mapping[str, tuple[RefusalName, ...]]) -> dict[str, list[str]]:
    """Return the actions and views that can give each refusal."""
    givers: dict[str, list[str]] = {}
    for action, names in checks.items():
        for name in names:
            givers.setdefault(name, []).append(action)
    return givers


def _sections(names: type[StrEnum], steps: RefusedSteps, givers: Mapping[str, list[str]]) -> Iterator[str]:
    meanings = documented_texts(names)
    for name in names:
        by = givers.get(name.value) or sorted({step.action for step in steps[name.value]})
        yield f"### `{name.value}`"
        yield ""
        yield f"{meanings[name.name]} {_given_by(by)}"
        yield ""
        yield from _example(steps[name.value])


def _given_by(actions: list[str]) -> str:
    if len(actions) > MAX_LISTED_ACTIONS:
        return f"Given by {len(actions)} actions and views: see the table."
    return f"Given by {', '.join(f'`{action}`' for action in actions)}."


def _example(steps: tuple[RefusedStep, ...]) -> Iterator[str]:
    yield from shown(steps[0].example)
    yield ""
    if steps[0].text:
        yield f"> {steps[0].text}"
        yield ""
