"""The lines about the orders of one scenario: the verdict of each, and the outcome of `together` steps."""

import click

from hubsim_scenarios.language.orders import order_of
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import Say, explain, together_text
from hubsim_scenarios.reports.summary import COLOURS, Again, coloured


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
        self._say(f"{mark} order {order_of(result.scenario)}" + (f"  {outcome}" if outcome else ""))
        if result.verdict is Verdict.PASS:
            return
        if self._explained or self._count == 1:
            self._say(f"  {result.reason.splitlines()[0]}")
        else:
            for line in explain(result, self._again(result.scenario, result.seed)):
                self._say(coloured(line))
        self._explained = True
