"""The format of a trace file: one record for each kind of line.

Every line is a JSON object; `event` names its record. A reader ignores unknown fields, so a new field does
not need a new format number.
"""

from typing import Any, get_args

import msgspec

from hubsim_contract.lab.trace import PACKET
from hubsim_contract.wire.tags import snake
from hubsim_scenarios.play.verdict import Verdict

FORMAT = 1
"""The number of the current format. It changes if an older reader would misinterpret the file."""
LATEST_MS = 253_370_764_800_000
"""The beginning of the year 9999. Later times have no date in every time zone."""


class TraceLine(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=snake):
    """The fields of every line."""

    at_ms: int
    """The world time in milliseconds since 1970-01-01T00:00Z."""


class PlayBegan(TraceLine, frozen=True, kw_only=True):
    """The first line of a play. It has everything that a program needs to read the play and to replay it."""

    format: int
    """The format number."""
    hubsim: str
    """The version of the program."""
    zone_rules: str | None = None
    """The release of the time zone rules, for example `2025b`. None: an older program wrote the trace."""
    scenario: str
    """The title of the scenario."""
    file: str
    """The path of the scenario file, as it was given."""
    case: dict[str, str] = {}
    """The case of the file's matrix, by axis, and the `order` of its `together` steps in a virtual play."""
    fragments: tuple[str, ...] = ()
    """The paths of the fragments with which the scenario begins."""
    sha256: str | None = None
    """The digest of the scenario file followed by these fragments, in hex.

    None: one of the files could not be read.
    """
    seed: int
    """The root seed of all random values."""
    world: str
    """`virtual`, `live` or `remote`."""
    broker: str | None = None
    """`embedded`, `amqtt`, `mosquitto` or a URL without user and password. None: a remote server's broker."""
    zone: str
    """The scenario's time zone."""
    names: dict[str, str] = {}
    """The names of hubs and cards in the scenario, by id."""
    models: tuple[str, ...] = ()
    """The paths of files with the user's hub models."""
    market: str | None = None
    """The path of the file with the user's market, if any."""


class PlayEnded(TraceLine, frozen=True, kw_only=True):
    """The last line of a play. A play without this line was cut off."""

    verdict: Verdict
    """`pass`, `fail`, `blocked` or `skipped`."""
    steps: int
    """The number of steps that passed."""
    reason: str = ""
    """The reason of a verdict other than `pass`."""


class EventRecord(TraceLine, frozen=True, kw_only=True):
    """The fields of every line between the first and the last of a play."""

    who: str
    """A person's name, the id of a hub, `cloud`, `carrier` or `bench`."""


class ActRecord(EventRecord, frozen=True, kw_only=True, tag="act"):
    """A person sends a command."""

    do: str
    """The action."""


class BenchRecord(EventRecord, frozen=True, kw_only=True, tag="bench"):
    """A bench action on the hub `who`."""

    do: str
    """The bench action."""


class AnsweredRecord(EventRecord, frozen=True, kw_only=True, tag="answered"):
    """The response to a command, or the refusal of a bench action."""

    do: str
    """The command or bench action."""
    refused: str | None
    """The name of the refusal. None: the command was accepted."""


class FaultRecord(EventRecord, frozen=True, kw_only=True, tag="fault"):
    """A step injects a fault."""

    fault: str
    """The kind of fault."""


class PublishedRecord(EventRecord, frozen=True, kw_only=True, tag="published"):
    """A client of the broker publishes a message."""

    topic: str
    """The complete topic, with its prefix."""
    payload: str
    """The payload as text. Bytes that are not valid UTF-8 are replaced."""


class InterferedRecord(EventRecord, frozen=True, kw_only=True, tag="interfered"):
    """A fault was applied to a message to `who`."""

    topic: str
    """The topic of the message."""
    arrives: int
    """The number of messages that arrive now."""


class ConnectionLostRecord(EventRecord, frozen=True, kw_only=True, tag="connection_lost"):
    """A client of the broker is notified that its connection is lost."""


class RefusedMessageRecord(EventRecord, frozen=True, kw_only=True, tag="refused_message"):
    """The cloud rejects a message."""

    topic: str
    """The topic of the message."""
    rule: str
    """The rule of the [contract](contract.md) that the message breaks."""
    text: str
    """The error in the message."""


class FactRecord(EventRecord, frozen=True, kw_only=True, tag="fact"):
    """The cloud recorded a fact. Further fields depend on the fact."""

    fact: str
    """The kind of the fact; see the facts of the [scenario language](scenarios.md#facts)."""


class PacketRecord(EventRecord, frozen=True, kw_only=True, tag=PACKET):
    """An MQTT packet of `who` has passed the tap of a live play (`hubsim run --packets`).

    Further fields depend on the packet; they are those of [`hubsim tap --json`](tap.md). For a client that is
    not a station, `who` is its client id.
    """

    packet: str
    """`CONNECT` to `DISCONNECT`; `undecoded` for bytes that are not a packet, `ended` and `cut` for the end
    of a connection."""
    connection: int
    """Counts the connections to the broker, from 1."""
    real_us: int
    """Real microseconds since the first packet of the play. The world time stops between steps."""
    direction: str | None = None
    """`to_broker` or `to_client`. None: it is not a packet."""
    topic: str | None = None
    """The topic of a PUBLISH and of the packets that acknowledge it, or the first filter of a SUBSCRIBE."""


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
    | PacketRecord
    | PlayEnded
)

KINDS: dict[str, type[TraceLine]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Record)}
"""The records by the value of `event`, in the order of the documentation."""


def record_of(plain: dict[str, Any]) -> TraceLine:
    """Return the record of a line as JSON values. Raises `msgspec.ValidationError`."""
    record: TraceLine = msgspec.convert(plain, Record)
    return record
