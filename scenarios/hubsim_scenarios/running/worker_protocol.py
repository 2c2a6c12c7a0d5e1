"""What a run and its worker processes say to each other: one record a frame, over the worker's pipes.

A frame is its length in 4 bytes and a pickle. Both ends are the same program under the same user, on pipes
that nobody else holds; nothing from elsewhere is ever read so.
"""

import asyncio
import pickle
from typing import Any

import msgspec

from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.play import AwaitedMessages
from hubsim_scenarios.running.target import PlayJob, Target

_HEAD_BYTES = 4


class Reached(msgspec.Struct, frozen=True):
    """The play in a worker begins this step, from 1; 0 is the building of the world."""

    step: int


class Waits(msgspec.Struct, frozen=True):
    """The play in a worker waits for something in the middle of a step."""

    waiting: AwaitedMessages


class PlayDone(msgspec.Struct, frozen=True):
    """The play in a worker is over."""

    played: Played


ToWorker = Target | PlayJob
"""The venue once, then turns, each after the one before is done."""
FromWorker = Reached | Waits | PlayDone


def frame(record: ToWorker | FromWorker) -> bytes:
    """Return the bytes of one frame."""
    body = pickle.dumps(record)
    return len(body).to_bytes(_HEAD_BYTES, "big") + body


async def next_frame(reader: asyncio.StreamReader) -> Any:
    """Return the next record, or None when the other end has gone, be it in the middle of a frame."""
    try:
        size = int.from_bytes(await reader.readexactly(_HEAD_BYTES), "big")
        return pickle.loads(await reader.readexactly(size))  # noqa: S301 (from our own process, over our own pipe)
    except asyncio.IncompleteReadError:
        return None
