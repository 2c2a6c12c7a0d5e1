"""The lines about the orders of one scenario: the verdict of each, and the outcome of `together` steps."""

from collections.abc import Sequence

import click

from hubsim_scenarios.language.errors import Place
from hubsim_scenarios.language.orders import order_of
from hubsim_scenarios.language.steps import AnyMember, Together
from hubsim_scenarios.language.together_reader import may_be_refused
from hubsim_scenarios.play.at_once import member_text
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import Say, explain, together_text
from hubsim_scenarios.reports.summary import COLOURS, Again, coloured
from hubsim_scenarios.translation.story_language import say


class OrderLines:
    """Prints a line for each order, and explains the first play that did not pass.

    The first play was printed step by step, with its explanation.
    """

    def __init__(self, again: Again, say: Say) -> None:
        self._again = again
        self._say = say
        self._explained = False
        self._count = 0

    def add(self, played: Played) -> None:
        """Print the next play."""
        result = played.result
        self._count += 1
        mark = click.style(f"{result.verdict.upper():8}", fg=COLOURS[result.verdict])
        outcome = together_text(result)
        order = say("order {order}", order=order_of(result.scenario))
        self._say(f"{mark} {order}" + (f"  {outcome}" if outcome else ""))
        if result.verdict is Verdict.PASS:
            return
        if self._explained or self._count == 1:
            self._say(f"  {result.reason.splitlines()[0]}")
        else:
            for line in explain(result, self._again(result.scenario, result.seed)):
                self._say(coloured(line))
        self._explained = True

    def end(self, results: Sequence[PlayResult]) -> None:
        """Print a note about each member whose outcome does not depend on the order after all."""
        for member, outcomes in _outcomes(results):
            if len(outcomes) > 1 and len(set(outcomes)) == 1:
                place = f"{member.file or results[0].scenario.file}:{member.place.line}"
                self._say(_note(place, member_text(member), outcomes[0]))


def _note(place: str, member: str, refusal: str | None) -> str:
    if refusal is None:
        text = "note: {place}: {member} is never refused: remove 'may_be_refused'"
        return say(text, place=place, member=member)
    text = "note: {place}: {member} is always refused with {refusal}: use 'refused'"
    return say(text, place=place, member=member, refusal=refusal)


def _outcomes(results: Sequence[PlayResult]) -> list[tuple[AnyMember, list[str | None]]]:
    """Return each member with `may_be_refused`, and its refusal in each play, or None where it succeeded."""
    found: dict[tuple[str | None, Place], tuple[AnyMember, list[str | None]]] = {}
    for done in (done for result in results for done in result.steps):
        if isinstance(done.step, Together):
            for member, outcome in zip(done.step.members, done.outcome.members, strict=False):
                if may_be_refused(member):
                    found.setdefault((member.file, member.place), (member, []))[1].append(outcome.refused)
    return list(found.values())
