"""The part of the lab protocol by which a cloud watches simulated hubs: what they do, as they do it.

A cloud asks for one world with a lease, and renews it. Every simulator under the prefix, and so each shard of
a fleet, publishes what happens on its bench while there is a lease. A lease that is not renewed runs out: a
cloud that was killed leaves nothing behind. Without a lease a simulator collects and publishes nothing.
"""

from enum import StrEnum

import msgspec

from hubsim_contract.lab.hub_brief import HubBrief
from hubsim_contract.mqtt.port import Publish, Received
from hubsim_contract.wire.messages import Count
from hubsim_contract.wire.tags import snake

LEASE_S = 30.0
"""How long a lease lasts. A cloud renews it after a third of that."""
EVENTS_MAX = 2_000
"""The number of events that a simulator collects between two publishes; further ones are only counted."""
TEXT_MAX = 16_384
"""The number of characters of a payload that is shown whole. A longer one is cut."""


class MessageStage(StrEnum):
    """A stage of a message on its way."""

    PUBLISHED = "published"
    """From its sender to the broker."""
    DELIVERED = "delivered"
    """From the broker to a receiver."""
    RETAINED = "retained"
    """From the broker to a receiver that has just subscribed: the broker had stored it."""
    DELAYED = "delayed"
    """A fault holds it back before its receiver; `delivered` follows."""
    DROPPED = "dropped"
    """A fault took it away before its receiver."""


class WatchLease(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cloud watches a world from now on, or still does."""

    watcher: str
    """One watch of one cloud. A new name gets the roster of each bench."""
    world: str = ""
    lasting_s: float = LEASE_S
    """From the arrival of this message; 0 ends the watch."""
    show: tuple[str, ...] = ()
    """Hubs whose briefs the cloud needs, changed or not. Ids of other benches are ignored."""


class StationMessage(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="what", tag=snake
):
    """A message at one station: published by it, or on its way to it."""

    at_ms: Count
    station: str
    """A hub id, `carrier` or `cloud`."""
    stage: MessageStage
    topic: str
    text: str
    """The payload as text, cut to `TEXT_MAX` characters."""
    size: int = 0
    """The size of a payload that was cut, in bytes."""
    retain: bool = False
    """Whether the sender has the broker store it. Only known where it is published."""
    qos: int = 1
    fault: str | None = None
    """The fault that was applied to it."""


class FaultHit(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", tag=snake):
    """An armed fault has met a message or an order."""

    at_ms: Count
    fault: str
    left: int
    """How many it still applies to; 0: it is done."""


BenchNews = StationMessage | FaultHit


class WatchedBench(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The events on a bench since the last message of its source."""

    world: str = ""
    source: str
    """One run of one simulator."""
    events: tuple[BenchNews, ...] = ()
    """In their order."""
    missed: int = 0
    """The number of events that were not collected, because they were too many."""
    hubs: tuple[HubBrief, ...] = ()
    """Hubs that look different now, and those of `show`."""
    gone: tuple[str, ...] = ()
    """Hubs that are no longer on the bench."""
    roster: tuple[str, ...] | None = None
    """All hubs on the bench, for a watcher that has begun; None: it has this."""
    attached: tuple[str, ...] = ()
    """With a roster: the hubs whose program runs elsewhere, on a device."""
    carrier: bool = False
    """With a roster: whether the carrier runs here."""


def text_of(payload: bytes) -> tuple[str, int]:
    """Return a payload as text, and its size if the text is cut, otherwise 0."""
    if len(payload) <= TEXT_MAX:
        return payload.decode(errors="replace"), 0
    return payload[:TEXT_MAX].decode(errors="replace"), len(payload)


def sent_message(at_ms: int, station: str, message: Publish) -> StationMessage:
    """Return the event of a message that a station publishes."""
    text, size = text_of(message.payload)
    return StationMessage(
        at_ms=at_ms,
        station=station,
        stage=MessageStage.PUBLISHED,
        topic=message.topic,
        text=text,
        size=size,
        retain=message.retain,
    )


def arriving_message(
    at_ms: int, station: str, message: Received, stage: MessageStage | None = None, fault: str | None = None
) -> StationMessage:
    """Return the event of a message on its way to a station; `stage`: None if it reaches the station."""
    text, size = text_of(message.payload)
    arrived = MessageStage.RETAINED if message.retained else MessageStage.DELIVERED
    return StationMessage(
        at_ms=at_ms,
        station=station,
        stage=stage or arrived,
        topic=message.topic,
        text=text,
        size=size,
        qos=message.qos,
        fault=fault,
    )
