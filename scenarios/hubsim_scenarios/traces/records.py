"""What stands in the lines of a trace file: one record for each kind of line.

Owns the format. Every line is a JSON object; `event` says which record it is. A reader ignores fields that
it does not know, so that a field can be added without a new format.
"""

from typing import Any, get_args

import msgspec

from hubsim_contract.wire.tags import snake
from hubsim_scenarios.play.verdict import Verdict

FORMAT = 1
"""The number of the format that is written. It changes when a reader of the former one would be misled."""
LATEST_MS = 253_370_764_800_000
"""The beginning of the year 9999: what is later has no date."""


class TraceLine(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=snake):
    """What every line has."""

    at_ms: int
    """The world time in milliseconds since 1970-01-01T00:00Z."""


class PlayBegan(TraceLine, frozen=True, kw_only=True):
    """The first line of a play: everything that is needed to read what follows, and to play it again."""

    format: int
    """The number of the format."""
    hubsim: str
    """The version of the program."""
    scenario: str
    """The title of the scenario."""
    file: str
    """The scenario file, as it was named."""
    case: dict[str, str] = {}
    """Which case of the file's matrix it is, by axis."""
    fragments: tuple[str, ...] = ()
    """The fragments that it begins with, as files."""
    sha256: str | None = None
    """Of the bytes of the scenario file and of those fragments, one behind the other, in hex.

    None: one of them could not be read any more.
    """
    seed: int
    """The root of all that is drawn by chance."""
    world: str
    """`virtual`, `live` or `remote`."""
    broker: str | None = None
    """`embedded`, `mosquitto` or a URL without user and password. None: the broker of a cloud elsewhere."""
    zone: str
    """The scenario's time zone."""
    names: dict[str, str] = {}
    """Ids of hubs and cards with the names that they have in the scenario."""
    models: tuple[str, ...] = ()
    """Files with hub models of the user's own."""


class PlayEnded(TraceLine, frozen=True, kw_only=True):
    """The last line of a play. A play without one was cut off."""

    verdict: Verdict
    """`pass`, `fail`, `blocked` or `skipped`."""
    steps: int
    """So many steps held."""
    reason: str = ""
    """Why it is no pass."""


class EventRecord(TraceLine, frozen=True, kw_only=True):
    """What every line between the first and the last of a play has."""

    who: str
    """A person's name, the id of a hub, `cloud`, `carrier` or `bench`."""


class ActRecord(EventRecord, frozen=True, kw_only=True, tag="act"):
    """A person wishes something."""

    do: str
    """The action."""


class BenchRecord(EventRecord, frozen=True, kw_only=True, tag="bench"):
    """Hands lie on the hub `who`."""

    do: str
    """The act of hands."""


class AnsweredRecord(EventRecord, frozen=True, kw_only=True, tag="answered"):
    """The answer to a wish; of hands only a refusal."""

    do: str
    """What was wished."""
    refused: str | None
    """The name of the refusal. None: it was granted."""


class FaultRecord(EventRecord, frozen=True, kw_only=True, tag="fault"):
    """Something goes wrong, because a step says so."""

    fault: str
    """The kind of fault."""


class PublishedRecord(EventRecord, frozen=True, kw_only=True, tag="published"):
    """A station publishes."""

    topic: str
    """The whole topic, with its prefix."""
    payload: str
    """The payload as text; bytes that are not UTF-8 are replaced."""


class InterferedRecord(EventRecord, frozen=True, kw_only=True, tag="interfered"):
    """A fault struck a message on its way to `who`."""

    topic: str
    """The topic of the message."""
    arrives: int
    """So many messages arrive now."""


class ConnectionLostRecord(EventRecord, frozen=True, kw_only=True, tag="connection_lost"):
    """A station hears that its connection is dead."""


class RefusedMessageRecord(EventRecord, frozen=True, kw_only=True, tag="refused_message"):
    """The cloud refuses a message."""

    topic: str
    """The topic of the message."""
    rule: str
    """The rule of the [contract](contract.md) that it breaks."""
    text: str
    """What is wrong with it."""


class FactRecord(EventRecord, frozen=True, kw_only=True, tag="fact"):
    """The cloud has something on record. Its further fields depend on the fact."""

    fact: str
    """Which one; see the facts of the [scenario language](scenarios.md#facts)."""


Record = (
    PlayBegan
    | ActRecord
    | BenchRecord
    | AnsweredRecord
    | FaultRecord
    | PublishedRecord
    | InterferedRecord
    | ConnectionLostRecord
    | RefusedMessageRecord
    | FactRecord
    | PlayEnded
)

KINDS: dict[str, type[TraceLine]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Record)}
"""The records by what stands under `event`, in the order of the page."""


def record_of(plain: dict[str, Any]) -> TraceLine:
    """Return the record of a line as JSON values. Raises `msgspec.ValidationError`."""
    record: TraceLine = msgspec.convert(plain, Record)
    return record
