"""The debugger halts a play, executes the commands that the user types, and continues.

It decides when the play halts. During a halt the world clock stops, and the connections of a live world stay
open.
"""

import click

from hubsim_scenarios.debugger.as_scenario import CannotWrite
from hubsim_scenarios.debugger.breakpoints import BadBreakpoint, Breakpoints, places
from hubsim_scenarios.debugger.commands import (
    BadCommand,
    Command,
    Continue,
    Do,
    ExpectSeen,
    Help,
    Next,
    Quit,
    ShowLayers,
    ShowMessages,
    ShowSteps,
    Until,
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

OFFER = "write the session as a scenario? FILE, or Enter for no: "


class Debugger:
    """Intercepts the steps of one play, with a prompt for the user."""

    def __init__(self, breaks: Breakpoints, manual_steps: ManualSteps, prompt: Prompt, say: Say) -> None:
        self._manual_steps = manual_steps
        self._prompt = prompt
        self._say = say
        self._scenario = manual_steps.scenario
        self._breaks = frozenset().union(*(places(word, manual_steps.scenario) for word in breaks.words))
        self._once: frozenset[int] = frozenset()
        """The steps that `until` goes to. The next halt clears them."""
        self._to_pass: int | None = 0 if breaks.every else None
        """The number of steps to play before the next halt. None: play to the next breakpoint."""
        self._completion = Completion(manual_steps.language, self._scenario)

    async def before(self, play: Play, number: int) -> None:
        """Halt if there is a breakpoint before this step, or after the last one. Raises `GivenUp`."""
        is_end, command = number > len(self._scenario.steps), None
        if self._is_halt(number, is_end=is_end):
            end = "all steps passed; Enter ends the play"
            self._say("\n" + (end if is_end else next_line(self._scenario, number)))
            command = await self._halt(play, number)
        if is_end or isinstance(command, Quit):
            await self._offer(play.context)
        if is_end:
            return
        if isinstance(command, Quit):
            raise GivenUp(f"quit in the debugger before step {number}")
        self._manual_steps.done.append(number - 1)

    async def failed_softly(self, play: Play, reason: str) -> None:
        """Halt after a soft step that failed. The step is not recorded. Raises `GivenUp`."""
        number = self._manual_steps.undo()
        self._say("\n" + click.style(f"soft step {number} failed; 'continue' plays on", fg="red"))
        for line in contrast(reason):
            self._say(f"  {line}")
        if isinstance(await self._halt(play, number), Quit):
            await self._offer(play.context)
            raise GivenUp(f"quit in the debugger after step {number}")

    async def stopped(self, play: Play, reason: str) -> None:
        """Halt after a failed step. The step is not recorded, and the play ends after the halt."""
        number = self._manual_steps.undo()
        self._say("\n" + click.style(f"step {number} failed; Enter ends the play", fg="red"))
        for line in contrast(reason):
            self._say(f"  {line}")
        await self._halt(play, number)
        await self._offer(play.context)

    def _is_halt(self, number: int, *, is_end: bool) -> bool:
        if number in self._breaks or number in self._once:
            return True
        if self._to_pass is None:
            return False
        self._to_pass -= 1
        return is_end or self._to_pass < 0

    async def _halt(self, play: Play, number: int) -> Command:
        """Execute commands until one continues or ends the play, and return that one."""
        self._to_pass, self._once = None, frozenset()
        while True:
            prompt = f"hubsim {min(number, len(self._scenario.steps))}/{len(self._scenario.steps)}> "
            line = await self._prompt.line(prompt, self._suggest)
            if line is None:
                return Quit()
            try:
                command = parse_command(line, vocabulary())
                if await self._leaves_halt(command, play, number):
                    return command
            except (BadCommand, BadBreakpoint, CannotWrite) as error:
                self._say(click.style(str(error), fg="yellow"))
            except CANNOT_BE_DONE as error:
                self._say(click.style(f"  cannot be done: {error}", fg="yellow"))

    def _suggest(self, before: str) -> list[Suggestion]:
        self._completion.scenario = self._manual_steps.scenario
        return self._completion.suggest(before)

    async def _leaves_halt(self, command: Command, play: Play, number: int) -> bool:
        """Execute a command. Return whether the halt ends: the play continues or ends."""
        match command:
            case Next():
                self._to_pass = command.steps - 1
            case Until():
                self._once = self._ahead(command.word, number)
            case Continue() | Quit():
                pass
            case Do() | ExpectSeen() | Write():
                await self._act(command, play)
                return False
            case _:
                for shown in await self._shown(command, play.context, number):
                    self._say(shown)
                return False
        return True

    async def _act(self, command: Do | ExpectSeen | Write, play: Play) -> None:
        match command:
            case Do():
                await self._manual_steps.do(play, command.text)
            case ExpectSeen():
                await self._manual_steps.expect_seen(play, command.hub)
            case Write():
                await self._manual_steps.write(play.context, command.file)

    async def _shown(
        self, command: ShowLayers | ShowMessages | ShowSteps | Help, context: PlayContext, number: int
    ) -> list[str]:
        match command:
            case ShowLayers():
                return await layers(context, command.hub)
            case ShowMessages():
                return last_events(context, command.count)
            case ShowSteps():
                return around(self._scenario, number)
            case Help():
                return help_lines()

    def _ahead(self, word: str, number: int) -> frozenset[int]:
        ahead = frozenset(place for place in places(word, self._scenario) if place > number)
        if not ahead:
            raise BadBreakpoint(f"no later step matches {word!r}")
        return ahead

    async def _offer(self, context: PlayContext) -> None:
        """Offer to save the manual steps, if there are unsaved ones."""
        while self._manual_steps.unwritten:
            line = await self._prompt.line(OFFER, lambda _: ())
            if line is None or not line.strip():
                return
            try:
                await self._manual_steps.write(context, line.strip())
            except CannotWrite as error:
                self._say(click.style(str(error), fg="yellow"))
