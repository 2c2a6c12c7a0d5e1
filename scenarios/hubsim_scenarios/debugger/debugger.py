"""Somebody steps through a play: it halts, they look, act by hand, and let it go on.

Owns when the play halts. While it does, the world stands still; connections of a live one stay alive.
"""

import click

from hubsim_scenarios.debugger.as_scenario import CannotWrite
from hubsim_scenarios.debugger.breakpoints import BadBreakpoint, Breakpoints, places
from hubsim_scenarios.debugger.commands import (
    BadCommand,
    Do,
    ExpectSeen,
    GoOn,
    Help,
    Next,
    Quit,
    ShowLayers,
    ShowMessages,
    ShowSteps,
    Until,
    Wish,
    Write,
    parse_command,
)
from hubsim_scenarios.debugger.completion import Completion, Suggestion
from hubsim_scenarios.debugger.manual_steps import CANNOT_BE_DONE, ManualSteps
from hubsim_scenarios.debugger.prompt import Prompt
from hubsim_scenarios.debugger.views import around, help_lines, last_events, layers, next_line
from hubsim_scenarios.play.context import PlayContext
from hubsim_scenarios.play.play import GivenUp, Play
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.reports.console_report import Say
from hubsim_scenarios.reports.diff import contrast

OFFER = "write what was done as a scenario? FILE, or Enter for no: "


class Debugger:
    """Attends one play for somebody at a prompt."""

    def __init__(self, breaks: Breakpoints, bench_actions: ManualSteps, asking: Prompt, say: Say) -> None:
        self._bench_actions = bench_actions
        self._asking = asking
        self._say = say
        self._scenario = bench_actions.scenario
        self._breaks = frozenset().union(*(places(word, bench_actions.scenario) for word in breaks.words))
        self._once: frozenset[int] = frozenset()
        """Where `until` goes; behind the next halt it is forgotten."""
        self._to_pass: int | None = 0 if breaks.every else None
        """So many steps are played before the next halt; None: to the next break."""
        self._suggesting = Completion(bench_actions.language, self._scenario)

    async def before(self, play: Play, number: int) -> None:
        """Halt if it is time. Raises `GivenUp`."""
        total = len(self._scenario.steps)
        is_over, wish = number > total, None
        if self._is_halt(number, is_over=is_over):
            over = f"all {total} steps held; Enter ends the play"
            self._say("\n" + (over if is_over else next_line(self._scenario, number)))
            wish = await self._halt(play, number)
        if is_over or isinstance(wish, Quit):
            await self._offer(play.context)
        if is_over:
            return
        if isinstance(wish, Quit):
            raise GivenUp(f"ended by hand before step {number}")
        self._bench_actions.done.append(number - 1)

    async def stopped(self, play: Play, reason: str) -> None:
        """Halt behind a step that did not hold: it is not done, and the play ends afterwards."""
        number = self._bench_actions.undo()
        self._say("\n" + click.style(f"step {number} did not hold; Enter ends the play", fg="red"))
        for line in contrast(reason):
            self._say(f"  {line}")
        await self._halt(play, number)
        await self._offer(play.context)

    def _is_halt(self, number: int, *, is_over: bool) -> bool:
        if number in self._breaks or number in self._once:
            return True
        if self._to_pass is None:
            return False
        self._to_pass -= 1
        return is_over or self._to_pass < 0

    async def _halt(self, play: Play, number: int) -> Wish:
        """Do what is typed until something lets the play go on, and return that."""
        self._to_pass, self._once = None, frozenset()
        while True:
            prompt = f"hubsim {min(number, len(self._scenario.steps))}/{len(self._scenario.steps)}> "
            line = await self._asking.line(prompt, self._suggest)
            if line is None:
                return Quit()
            try:
                wish = parse_command(line, vocabulary())
                if await self._goes_on(wish, play, number):
                    return wish
            except (BadCommand, BadBreakpoint, CannotWrite) as error:
                self._say(click.style(str(error), fg="yellow"))
            except CANNOT_BE_DONE as trouble:
                self._say(click.style(f"  cannot be done: {trouble}", fg="yellow"))

    def _suggest(self, before: str) -> list[Suggestion]:
        self._suggesting.scenario = self._bench_actions.scenario
        return self._suggesting.suggest(before)

    async def _goes_on(self, wish: Wish, play: Play, number: int) -> bool:
        """Do what was asked; return whether the play goes on, or ends."""
        match wish:
            case Next():
                self._to_pass = wish.steps - 1
            case Until():
                self._once = self._ahead(wish.word, number)
            case GoOn() | Quit():
                pass
            case Do() | ExpectSeen() | Write():
                await self._act(wish, play)
                return False
            case _:
                for shown in await self._shown(wish, play.context, number):
                    self._say(shown)
                return False
        return True

    async def _act(self, wish: Do | ExpectSeen | Write, play: Play) -> None:
        match wish:
            case Do():
                await self._bench_actions.do(play, wish.text)
            case ExpectSeen():
                await self._bench_actions.expect_seen(play, wish.hub)
            case Write():
                await self._bench_actions.write(play.context, wish.file)

    async def _shown(
        self, wish: ShowLayers | ShowMessages | ShowSteps | Help, context: PlayContext, number: int
    ) -> list[str]:
        match wish:
            case ShowLayers():
                return await layers(context, wish.hub)
            case ShowMessages():
                return last_events(context, wish.count)
            case ShowSteps():
                return around(self._scenario, number)
            case Help():
                return help_lines()

    def _ahead(self, word: str, number: int) -> frozenset[int]:
        ahead = frozenset(place for place in places(word, self._scenario) if place > number)
        if not ahead:
            raise BadBreakpoint(f"{word!r} breaks before no step behind this one")
        return ahead

    async def _offer(self, context: PlayContext) -> None:
        """Offer to write what was done by hand, if it is not written yet."""
        while self._bench_actions.unwritten:
            line = await self._asking.line(OFFER, lambda _: ())
            if line is None or not line.strip():
                return
            try:
                await self._bench_actions.write(context, line.strip())
            except CannotWrite as error:
                self._say(click.style(str(error), fg="yellow"))
