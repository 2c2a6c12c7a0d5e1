"""What a hub remembers over a restart, as bytes and back.

The format: the CRC-32 of the rest in 8 hex digits, a line feed, then `AgentMemory` as JSON. The check
sum is there because a flipped bit in a version would still be good JSON, and the hub would wait for
a version that never comes. Reading refuses everything else with `MemoryUnreadable`.
"""

from typing import Annotated
from zlib import crc32

import msgspec

from hubsim_agent.errors import MemoryUnreadable
from hubsim_contract.core import Now
from hubsim_contract.wire.messages import Desired, HubEvent

MEMORY_FORMAT = 1
_HEAD_BYTES = 9


class AgentMemory(msgspec.Struct, frozen=True, kw_only=True):
    """All that has to outlive the program."""

    format: int = MEMORY_FORMAT
    hub: str
    boot: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The number of the boot that wrote this."""
    desired: Desired
    """The newest desired document; version 0 before the first."""
    events: tuple[HubEvent, ...] = ()
    """Not acknowledged yet, oldest first. Numbers start again with each boot, so none is kept."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AgentMemory)


def encode_memory(memory: AgentMemory) -> bytes:
    """Return the memory as bytes for the flash."""
    body = _encoder.encode(memory)
    return b"%08x\n%b" % (crc32(body), body)


def decode_memory(data: bytes, hub_id: str) -> AgentMemory:
    """Return the memory, or raise `MemoryUnreadable`: corrupt, of another format, or another hub's."""
    body = data[_HEAD_BYTES:]
    if data[:_HEAD_BYTES] != b"%08x\n" % crc32(body):
        raise MemoryUnreadable("check sum wrong")
    try:
        memory = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MemoryUnreadable(f"not a memory: {error}") from error
    if memory.format != MEMORY_FORMAT:
        raise MemoryUnreadable(f"format {memory.format}, {MEMORY_FORMAT} is expected")
    if memory.hub != hub_id:
        raise MemoryUnreadable("written by another hub")
    return memory


def next_boot(remembered: int, now: Now) -> int:
    """Return the number of the boot that begins now.

    One more than the last one, but never less than the seconds of the world clock: a hub whose memory
    was wiped would else begin at 1 again, and the cloud would take all its presence, state and events
    for old news (rules MQ-4 and MQ-6). A hub would have to boot more than once a second to get ahead.
    """
    return max(remembered + 1, now.world_ms // 1000)


class Saving:
    """One write at a time; what changes while it runs goes into the next one."""

    def __init__(self) -> None:
        self._revision = 0
        self._running: AgentMemory | None = None
        self.asked_again = False
        """Something changed after the running write began."""

    @property
    def running(self) -> bool:
        """Whether a write is under way."""
        return self._running is not None

    def begin(self, memory: AgentMemory) -> tuple[int, bytes]:
        """Take this memory for the running write; return its revision and its bytes."""
        self._revision += 1
        self._running = memory
        self.asked_again = False
        return self._revision, encode_memory(memory)

    def finish(self, revision: int) -> AgentMemory | None:
        """Return what is durable now, or None when this revision is not the running one's."""
        if revision < self._revision:
            return None
        done, self._running = self._running, None
        return done
