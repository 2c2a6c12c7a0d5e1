"""The state that survives a restart of the carrier, as bytes: every line with its orders and its session."""

from collections.abc import Iterable

import msgspec

from hubsim_simulator.carrier.subscriber_lines import SubscriberLine

MEMORY_VERSION = 1


class BadMemory(Exception):
    """Bytes that are not the memory of a carrier.

    The carrier does not start empty instead, because that would cut off every card without a message.
    """


class _Memory(msgspec.Struct):
    version: int
    lines: list[SubscriberLine]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Memory)


def encode_memory(lines: Iterable[SubscriberLine]) -> bytes:
    """Return the lines as bytes."""
    return _encoder.encode(_Memory(MEMORY_VERSION, list(lines)))


def encode_line(line: SubscriberLine) -> bytes:
    """Return one line as bytes."""
    return _encoder.encode(line)


def join_memory(lines: Iterable[bytes]) -> bytes:
    """Return the memory of these encoded lines."""
    return _encoder.encode({"version": MEMORY_VERSION, "lines": [msgspec.Raw(line) for line in lines]})


def decode_memory(data: bytes) -> dict[str, SubscriberLine]:
    """Return the lines by ICCID, or raise `BadMemory`."""
    try:
        memory = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMemory(f"not the memory of a carrier: {error}") from error
    if memory.version != MEMORY_VERSION:
        raise BadMemory(f"the memory has version {memory.version}, but version {MEMORY_VERSION} is expected")
    return {line.iccid: line for line in memory.lines}
