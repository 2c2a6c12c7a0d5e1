"""The messages between the carrier and the hubs of other shards, over the broker, and the window for sending.

The link may lose messages, as radio does: a modem repeats an attempt without an answer. `RadioRelay` repairs
the rest at the beginning of each session of the carrier.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import msgspec

from hubsim_contract.mqtt.port import Publish
from hubsim_contract.wire.errors import InvalidPayload
from hubsim_simulator.carrier.ports import (
    AttachAnswer,
    AttachAttempt,
    CancelLocation,
    DataCounted,
    DataLimited,
    ServiceBegun,
    SimReleased,
    SimSilent,
)

BATCH_MAX = 500
"""Messages in one payload; about 100 KB."""

T = TypeVar("T")
RadioRequest = AttachAttempt | SimReleased | SimSilent | DataCounted
RadioReply = AttachAnswer | CancelLocation | ServiceBegun | DataLimited


class RadioUp(msgspec.Struct, frozen=True, omit_defaults=True):
    """From the hubs of a shard to the carrier. An empty one asks for the session of the carrier."""

    shard: str
    """Such as `2/4`."""
    requests: tuple[RadioRequest, ...] = ()
    sessions: dict[str, str] | None = None
    """All registered hubs of the shard with their ICCID, at the beginning of a session; else None."""


class RadioDown(msgspec.Struct, frozen=True):
    """From the carrier to the hubs of other shards; each shard ignores the hubs of the others."""

    session: str
    """Changes when the carrier may have missed requests, or its replies may not have arrived."""
    replies: tuple[RadioReply, ...] = ()


_encoder = msgspec.json.Encoder()
_up_decoder, _down_decoder = msgspec.json.Decoder(RadioUp), msgspec.json.Decoder(RadioDown)


def encode_radio(message: RadioUp | RadioDown) -> bytes:
    """Return the payload."""
    return _encoder.encode(message)


def decode_up(payload: bytes) -> RadioUp:
    """Return the message, or raise `InvalidPayload`."""
    return _decoded(_up_decoder, payload)


def decode_down(payload: bytes) -> RadioDown:
    """Return the message, or raise `InvalidPayload`."""
    return _decoded(_down_decoder, payload)


def _decoded(decoder: msgspec.json.Decoder[T], payload: bytes) -> T:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPayload(f"not a message of the radio link: {error}") from error


class RadioWindow(Generic[T]):
    """Sends one payload at a time. Messages that come while it is in flight go together into the next one.

    `build` makes the payload of some messages. The tokens are negative; those of the carrier's endpoint are
    not.
    """

    def __init__(self, topic: str, build: Callable[[tuple[T, ...]], RadioUp | RadioDown]) -> None:
        self._topic = topic
        self._build = build
        self._token = 0
        self._in_flight = False
        self._waiting: deque[T] = deque()

    def restart(self) -> None:
        """Forget everything: the connection is new."""
        self._in_flight = False
        self._waiting.clear()

    def send(self, messages: Iterable[T]) -> list[Publish]:
        """Send messages now, or when those before them have been acknowledged."""
        self._waiting.extend(messages)
        return self._next()

    def acknowledge(self, token: int) -> list[Publish]:
        """Take a PUBACK. A token of an earlier payload changes nothing."""
        if token != self._token:
            return []
        self._in_flight = False
        return self._next()

    def _next(self) -> list[Publish]:
        if self._in_flight or not self._waiting:
            return []
        self._in_flight = True
        self._token -= 1
        batch = tuple(self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting))))
        return [Publish(self._topic, encode_radio(self._build(batch)), token=self._token)]
