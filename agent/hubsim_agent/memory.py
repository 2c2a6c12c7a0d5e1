"""The state that a hub keeps over a restart, as bytes and back.

The format: the CRC-32 of the rest in 8 hex digits, a line feed, then `AgentMemory` as JSON. The checksum
is needed because a version with a flipped bit is still valid JSON, and the hub would wait for a version that
never comes. Decoding anything else raises `MemoryUnreadable`.
"""

from typing import Annotated
from zlib import crc32

import msgspec

from hubsim_agent.errors import MemoryUnreadable
from hubsim_contract.core import Now
from hubsim_contract.wire.messages import Count, Desired, HubEvent, ServiceState

MEMORY_FORMAT = 1
_HEAD_BYTES = 9


class StoredDocument(Desired, frozen=True, kw_only=True):
    """The document that a hub holds: one from the cloud, or none."""

    version: Count = 0
    """0 before the first document."""


class AgentMemory(msgspec.Struct, frozen=True, kw_only=True):
    """All state that must survive a restart."""

    format: int = MEMORY_FORMAT
    hub: str
    boot: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The number of the boot that wrote this memory."""
    desired: StoredDocument
    """The newest desired document."""
    events: tuple[HubEvent, ...] = ()
    """Unacknowledged events, oldest first. Numbers start again with each boot, so no counter is stored."""


def no_document(hub: str) -> StoredDocument:
    """Return the state of a hub that has not received a document yet: version 0."""
    return StoredDocument(hub=hub, service=ServiceState.NOT_AVAILABLE)


def stored_document(desired: Desired) -> StoredDocument:
    """Return a document from the cloud as the hub stores it."""
    return StoredDocument(**msgspec.structs.asdict(desired))


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AgentMemory)


def encode_memory(memory: AgentMemory) -> bytes:
    """Return the memory as bytes for the flash."""
    body = _encoder.encode(memory)
    return b"%08x\n%b" % (crc32(body), body)


def decode_memory(data: bytes, hub_id: str) -> AgentMemory:
    """Return the memory. Raises `MemoryUnreadable` if corrupt, of another format, or of another hub."""
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


def load_memory(memory: bytes | None, hub_id: str) -> tuple[AgentMemory, str]:
    """Return the stored memory, and the reason if it is unreadable ("" if there is none)."""
    empty = AgentMemory(hub=hub_id, desired=no_document(hub_id))
    if memory is None:
        return empty, ""
    try:
        return decode_memory(memory, hub_id), ""
    except MemoryUnreadable as problem:
        return empty, str(problem)


def next_boot(remembered: int, now: Now) -> int:
    """Return the number of the boot that starts now.

    It is the last number plus 1, but at least the seconds of the world clock. Otherwise a hub with a wiped
    memory would start at 1 again, and the cloud would ignore its presence, state and events as old (rules
    MQ-4 and MQ-6). Only more than one boot per second could get ahead of the clock.
    """
    return max(remembered + 1, now.world_ms // 1000)


class Saving:
    """Allows one write at a time; changes during a write go into the next one."""

    __slots__ = (
        "_revision",
        "_running",
        "asked_again",
    )

    def __init__(self) -> None:
        self._revision = 0
        self._running: AgentMemory | None = None
        self.asked_again = False
        """Something changed after the write in progress began."""

    @property
    def running(self) -> bool:
        """Whether a write is in progress."""
        return self._running is not None

    def begin(self, memory: AgentMemory) -> tuple[int, bytes]:
        """Start a write of this memory; return its revision and its bytes."""
        self._revision += 1
        self._running = memory
        self.asked_again = False
        return self._revision, encode_memory(memory)

    def finish(self, revision: int) -> AgentMemory | None:
        """Return the memory that is durable now, or None if this revision is not in progress."""
        if revision < self._revision:
            return None
        done, self._running = self._running, None
        return done
