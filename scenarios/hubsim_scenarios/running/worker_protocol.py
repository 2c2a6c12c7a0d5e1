"""The protocol between a run and its worker processes: one record per frame, over the worker's pipes.

A frame is a length in 4 bytes, followed by a pickle. Unpickling is safe here: both ends are the same program
and the same user, and no other process can write to the pipes.
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
    """The play in a worker begins this step, from 1; 0: it builds the world."""

    step: int


class Waits(msgspec.Struct, frozen=True):
    """The play in a worker waits for messages within a step."""

    waiting: AwaitedMessages


class PlayDone(msgspec.Struct, frozen=True):
    """The play in a worker has ended."""

    played: Played


ToWorker = Target | PlayJob
"""First the target, once. Then play jobs, each after the previous one is done."""
FromWorker = Reached | Waits | PlayDone


def frame(record: ToWorker | FromWorker) -> bytes:
    """Return the bytes of one frame."""
    body = pickle.dumps(record)
    return len(body).to_bytes(_HEAD_BYTES, "big") + body


async def next_frame(reader: asyncio.StreamReader) -> Any:
    """Return the next record, or None if the other end has closed the pipe, even within a frame."""
    try:
        size = int.from_bytes(await reader.readexactly(_HEAD_BYTES), "big")
        return pickle.loads(await reader.readexactly(size))  # noqa: S301 (from our own process, over our own pipe)
    except asyncio.IncompleteReadError:
        return None
