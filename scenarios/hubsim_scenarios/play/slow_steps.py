"""Saying what a play waits for: looked at from outside, when a step takes longer than a moment.

The play itself does nothing for it and is not slowed down: whoever shows it to people looks on beside it.
"""

import asyncio
import re

from hubsim_scenarios.play.play import AwaitedMessages, Hear, Play, PlayResult

MOMENT_S = 0.5
"""A step that takes longer is noticed within twice that time: what is shown sooner, nobody could read."""
_WORD = re.compile(r"[\w-]+")


async def run_watched(play: Play, hear: Hear | None) -> PlayResult:
    """Run the play; `hear` is told what it waits for whenever a step takes longer than a moment."""
    if hear is None:
        return await play.run()
    watching = asyncio.create_task(_watch(play, hear), name="what is awaited")
    try:
        return await play.run()
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        if not watching.cancelled():
            watching.result()


async def _watch(play: Play, hear: Hear) -> None:
    before = -1
    while True:
        now = waiting(play)
        if now.step == before:
            hear(now)
        before = now.step
        await asyncio.sleep(MOMENT_S)


def waiting(play: Play) -> AwaitedMessages:
    """Return what the play waits for now."""
    world, aliases = play.context.world, play.context.aliases
    awaited = (_WORD.sub(lambda word: aliases.name(word[0]), text) for text in world.awaited())
    return AwaitedMessages(play.step_number, world.clock.world_ms(), tuple(awaited))
