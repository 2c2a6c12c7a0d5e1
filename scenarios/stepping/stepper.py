"""Somebody steps through a play: it halts, they look, act by hand, and let it go on.

Owns when the play halts. While it does, the world stands still; connections of a live one stay alive.
"""

import click

from scenarios.play import GivenUp, Play
from scenarios.running.contrast import contrast
from scenarios.step import Stage
from scenarios.stepping.asking import Asking
from scenarios.stepping.breaks import BadBreak, Breaks, places
from scenarios.stepping.hands import CANNOT_BE_DONE, Hands
from scenarios.stepping.suggesting import Suggesting, Suggestion
from scenarios.stepping.views import around, help_lines, last_events, layers, next_line
from scenarios.stepping.wishes import (
    BadWish,
    Do,
    ExpectSeen,
    GoOn,
    Help,
    Look,
    Messages,
    Next,
    Quit,
    Steps,
    Until,
    Wish,
    Write,
    wish_of,
)
from scenarios.stepping.written import CannotWrite
from scenarios.telling import Say
from scenarios.vocabulary import vocabulary

OFFER = "write what was done as a scenario? FILE, or Enter for no: "


class Stepper:
    """Attends one play for somebody at a prompt."""

    def __init__(self, breaks: Breaks, hands: Hands, asking: Asking, say: Say) -> None:
        self._hands = hands
        self._asking = asking
        self._say = say
        self._scenario = hands.scenario
        self._breaks = frozenset().union(*(places(word, hands.scenario) for word in breaks.words))
        self._once: frozenset[int] = frozenset()
        """Where `until` goes; behind the next halt it is forgotten."""
        self._to_pass: int | None = 0 if breaks.every else None
        """So many steps are played before the next halt; None: to the next break."""
        self._suggesting = Suggesting(hands.language, self._scenario)

    async def before(self, play: Play, number: int) -> None:
        """Halt if it is time. Raises `GivenUp`."""
        total = len(self._scenario.steps)
        is_over, wish = number > total, None
        if self._is_halt(number, is_over=is_over):
            over = f"all {total} steps held; Enter ends the play"
            self._say("\n" + (over if is_over else next_line(self._scenario, number)))
            wish = await self._halt(play, number)
        if is_over or isinstance(wish, Quit):
            await self._offer(play.stage)
        if is_over:
            return
        if isinstance(wish, Quit):
            raise GivenUp(f"ended by hand before step {number}")
        self._hands.done.append(number - 1)

    async def stopped(self, play: Play, reason: str) -> None:
        """Halt behind a step that did not hold: it is not done, and the play ends afterwards."""
        number = self._hands.undo()
        self._say("\n" + click.style(f"step {number} did not hold; Enter ends the play", fg="red"))
        for line in contrast(reason):
            self._say(f"  {line}")
        await self._halt(play, number)
        await self._offer(play.stage)

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
                wish = wish_of(line, vocabulary())
                if await self._goes_on(wish, play, number):
                    return wish
            except (BadWish, BadBreak, CannotWrite) as error:
                self._say(click.style(str(error), fg="yellow"))
            except CANNOT_BE_DONE as trouble:
                self._say(click.style(f"  cannot be done: {trouble}", fg="yellow"))

    def _suggest(self, before: str) -> list[Suggestion]:
        self._suggesting.scenario = self._hands.scenario
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
                for shown in await self._shown(wish, play.stage, number):
                    self._say(shown)
                return False
        return True

    async def _act(self, wish: Do | ExpectSeen | Write, play: Play) -> None:
        match wish:
            case Do():
                await self._hands.do(play, wish.text)
            case ExpectSeen():
                await self._hands.expect_seen(play, wish.hub)
            case Write():
                await self._hands.write(play.stage, wish.file)

    async def _shown(self, wish: Look | Messages | Steps | Help, stage: Stage, number: int) -> list[str]:
        match wish:
            case Look():
                return await layers(stage, wish.hub)
            case Messages():
                return last_events(stage, wish.count)
            case Steps():
                return around(self._scenario, number)
            case Help():
                return help_lines()

    def _ahead(self, word: str, number: int) -> frozenset[int]:
        ahead = frozenset(place for place in places(word, self._scenario) if place > number)
        if not ahead:
            raise BadBreak(f"{word!r} breaks before no step behind this one")
        return ahead

    async def _offer(self, stage: Stage) -> None:
        """Offer to write what was done by hand, if it is not written yet."""
        while self._hands.unwritten:
            line = await self._asking.line(OFFER, lambda _: ())
            if line is None or not line.strip():
                return
            try:
                await self._hands.write(stage, line.strip())
            except CannotWrite as error:
                self._say(click.style(str(error), fg="yellow"))
