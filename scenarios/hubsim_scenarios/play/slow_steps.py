"""Reports what a play waits for, when a step takes long.

A second task polls the play. The play itself does nothing for it and is not slowed down.
"""

import asyncio

from hubsim_scenarios.play.play import AwaitedMessages, OnWaiting, Play, PlayResult

POLL_INTERVAL_S = 0.5
"""A step that takes longer is reported within twice this time. A shorter display could not be read."""


async def run_watched(play: Play, on_waiting: OnWaiting | None) -> PlayResult:
    """Run the play; call `on_waiting` when a step takes longer than `POLL_INTERVAL_S`."""
    if on_waiting is None:
        return await play.run()
    watching = asyncio.create_task(_watch(play, on_waiting), name="slow steps")
    try:
        return await play.run()
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        if not watching.cancelled():
            watching.result()


async def _watch(play: Play, on_waiting: OnWaiting) -> None:
    before = -1
    while True:
        now = waiting(play)
        if now.step == before:
            on_waiting(now)
        before = now.step
        await asyncio.sleep(POLL_INTERVAL_S)


def waiting(play: Play) -> AwaitedMessages:
    """Return what the play waits for now."""
    world, aliases = play.context.world, play.context.aliases
    awaited = tuple(map(aliases.named, world.awaited()))
    return AwaitedMessages(play.step_number, world.clock.world_ms(), awaited)
