"""The lab protocol: how a cloud controls simulated hubs in another process, over the same broker.

Not for real hubs: people operate their hardware, and they run in real time. Requests and answers carry a
number; a request that arrives twice is performed once. `world` names one of several worlds on one broker:
its topics are one level below the prefix. The main world's name is empty.
"""

import re
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from msgspec import Meta

from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup, Snapshot
from hubsim_contract.lab.bench_lists import CardsShown, DeadlinesShown, FaultsShown
from hubsim_contract.lab.delivery import Watermark
from hubsim_contract.lab.faults import AnyCarrierFault, AnyMessageFault, MessageFaultStatus
from hubsim_contract.lab.hub_brief import HubBrief
from hubsim_contract.lab.shards import WHOLE, Shard
from hubsim_contract.lab.watching import WatchedBench, WatchLease
from hubsim_contract.wire.errors import InvalidPayload
from hubsim_contract.wire.messages import Count
from hubsim_contract.wire.tags import snake
from hubsim_contract.wire.topics import DEFAULT_PREFIX, Topics

PAYLOAD_BYTES_MAX = 64 * 1024 * 1024
"""The size of a saved bench with about ten thousand hubs; a longer payload is refused unread."""
ALL = "+"
CANNOT_STORE = "cannot_store"
"""The refusal of a simulator that cannot write its database. Nothing was done."""
NOT_STORED = "not_stored"
"""The answer of a simulator that could not write what was done; it takes effect as soon as it can write."""
_WORLD = re.compile(r"[a-z][a-z0-9-]{0,62}")
_TAKEN = frozenset({"hubs", "carrier", "bench", "lab"})


def world_name(text: str) -> str:
    """Return the text if it can name a world other than the main one, or raise `ValueError`."""
    if not _WORLD.fullmatch(text) or text in _TAKEN:
        raise ValueError(
            f"{text!r} cannot name a world: 1 to 63 lower-case letters, digits and hyphens, a letter first, "
            f"not one of {', '.join(sorted(_TAKEN))}"
        )
    return text


class LabTopics:
    """The topics of the lab under one prefix."""

    def __init__(self, prefix: str = DEFAULT_PREFIX) -> None:
        Topics(prefix)  # raises ValueError for an invalid prefix
        self._prefix = prefix
        self.requests = f"{prefix}/lab/requests"
        """The requests of the cloud to the simulator."""
        self.answers = f"{prefix}/lab/answers"
        """The answers of the simulator."""
        self.presence = f"{prefix}/lab/presence"
        """The run of the simulator that is online; retained, and its last will."""
        self.presences = (self.presence, f"{self.presence}/{ALL}")
        """The filters of the presences of all shards."""
        self.radio_up = f"{prefix}/lab/radio/up"
        """From the hubs of the other shards to the carrier."""
        self.radio_down = f"{prefix}/lab/radio/down"
        """From the carrier to the hubs of the other shards."""
        self.leases = f"{prefix}/lab/watch"
        """From a cloud that watches worlds to every simulator, also to each shard."""
        self.watched = f"{prefix}/lab/watched"
        """From every simulator to the clouds that watch its worlds."""

    def of_world(self, world: str) -> str:
        """Return the prefix of a world's topics."""
        return f"{self._prefix}/{world}" if world else self._prefix

    def presence_of(self, shard: Shard) -> str:
        """Return the topic with the presence of a shard; the whole fleet has that of a single simulator."""
        return self.presence if shard.is_whole else f"{self.presence}/{shard.level}"

    def shard_of(self, topic: str) -> Shard | None:
        """Return the shard whose presence is on the topic; None for other topics."""
        if topic == self.presence:
            return WHOLE
        shard = Shard.of_level(topic.removeprefix(f"{self.presence}/"))
        return None if shard is None or shard.is_whole else shard

    def bench_actions(self, world: str, hub: str) -> str:
        """Return the topic of the bench actions on a hub."""
        return f"{self.of_world(world)}/bench/{hub}/actions"

    def bench_answers(self, world: str, hub: str) -> str:
        """Return the topic of the answers to bench actions on a hub."""
        return f"{self.of_world(world)}/bench/{hub}/answers"

    def world_and_hub(self, topic: str) -> tuple[str, str] | None:
        """Return the world and the hub of a topic of bench actions or answers; None for other topics."""
        levels = topic.removeprefix(self._prefix + "/").split("/")
        match levels:
            case ["bench", hub, "actions" | "answers"]:
                return "", hub
            case [world, "bench", hub, "actions" | "answers"]:
                return world, hub
        return None


# ------------------------------------------------------------------ bench actions, for any client


class BenchRequest(msgspec.Struct, frozen=True):
    """A request for one bench action. The client chooses `number`; the answer repeats it."""

    number: str
    action: AnyBenchAction


class BenchAnswer(msgspec.Struct, frozen=True):
    """The result of a bench action. `refused` is the name of the refusal; None if it was performed."""

    number: str
    refused: str | None = None
    text: str = ""
    action: AnyBenchAction | None = None
    """The requested action; None if there is no such hub."""
    at_ms: Count = 0
    """World time."""


# ------------------------------------------------------------------ requests of the cloud


class ClockReading(msgspec.Struct, frozen=True):
    """The world clock: it is held at `world_ms`, or runs from there with real time."""

    world_ms: Count
    held: bool


class SavedBench(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the bench of one world: its hubs, the carrier's data, and the faults that wait."""

    hubs: tuple[HubSetup, ...] = ()
    carrier: bytes | None = None
    """All lines, with the faults of their next orders."""
    faults: tuple[MessageFaultStatus, ...] = ()
    """The armed faults of messages. A message that a fault holds back now is not saved."""


class LabRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="ask", tag=snake):
    """A request to the simulator."""

    world: str = ""


class OpenWorld(LabRequest, frozen=True, kw_only=True):
    """Create or replace the simulated side of a world, with the contents of a saved bench if there is one.

    `carrier` and `hub` are groups of settings, `models` the user's own hub models, as scenario and model
    files name them. The main world keeps the settings with which the simulator was started.
    """

    clock: ClockReading
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    models: dict[str, dict[str, Any]] = {}
    bench: SavedBench | None = None
    """None: an empty bench; for the main world, the hubs with which the simulator was started."""


class CloseWorld(LabRequest, frozen=True, kw_only=True):
    """Remove the simulated side of a world, and everything that it has retained at the broker."""


class PutHub(LabRequest, frozen=True, kw_only=True):
    """Put a hub on the bench."""

    setup: HubSetup


class TakeHub(LabRequest, frozen=True, kw_only=True):
    """Take a hub off the bench, with its cards. Its connection ends as in a power failure.

    What the broker retains of it stays, as of a hub that was carried away. A hub with
    which the simulator was started is there again when it starts again.
    """

    hub: str


class ArmFault(LabRequest, frozen=True, kw_only=True):
    """Apply a message fault to messages on their way to hubs and carrier."""

    fault: AnyMessageFault
    id: str = ""
    """The name by which it is shown and disarmed."""


class ActOnCarrier(LabRequest, frozen=True, kw_only=True):
    """Make the carrier act by itself. The `hub` of the fault is the ICCID of the card."""

    fault: AnyCarrierFault
    id: str = ""
    """The name by which a fault of the next orders is shown and disarmed."""


class ShowFaults(LabRequest, frozen=True, kw_only=True):
    """Show the faults that are armed here."""


class ShowCards(LabRequest, frozen=True, kw_only=True):
    """Show the cards in hubs and the cards with a line at the carrier, by ICCID."""

    after: str = ""
    """The ICCID before the first one."""
    limit: Annotated[int, Meta(ge=1, le=1_000)]
    search: str = ""
    """A part of the ICCID or of the hub's id; empty: all cards."""


class ShowDeadlines(LabRequest, frozen=True, kw_only=True):
    """Show what is due first on the bench."""

    limit: Annotated[int, Meta(ge=1, le=1_000)]


class DisarmFault(LabRequest, frozen=True, kw_only=True):
    """Disarm a fault. Messages that it holds back stay held back until they are due."""

    id: str


class CutStation(LabRequest, frozen=True, kw_only=True):
    """Cut the connection of a hub, or of the carrier, without a DISCONNECT."""

    station: str


class Sync(LabRequest, frozen=True, kw_only=True):
    """Set the clock, do everything that is due, and answer when no message is in flight.

    `sent` is the last message of each topic that the cloud has sent since the last request; `received` the
    number of the last `Synced` whose messages the cloud has all received; `resubscribed`: the cloud's
    subscription is new, so it needs a report of everything that is retained.
    """

    clock: ClockReading
    sent: dict[str, Watermark] = {}
    received: int = 0
    resubscribed: bool = False


class ShowWorld(LabRequest, frozen=True, kw_only=True):
    """Show hubs and cards, by id and ICCID, and the carrier's counters."""

    hubs: tuple[str, ...] | None = ()
    """None: all hubs."""
    cards: tuple[str, ...] = ()


class ShowFleet(LabRequest, frozen=True, kw_only=True):
    """Show briefs of hubs by id, and which hubs are on the bench."""

    hubs: tuple[str, ...] = ()
    roster: str | None = None
    """The roster that the cloud has already: then the answer omits it."""


class SaveBench(LabRequest, frozen=True, kw_only=True):
    """Return the whole bench."""


AnyRequest = (
    OpenWorld
    | CloseWorld
    | PutHub
    | TakeHub
    | ArmFault
    | ActOnCarrier
    | ShowFaults
    | ShowCards
    | ShowDeadlines
    | DisarmFault
    | CutStation
    | Sync
    | ShowWorld
    | ShowFleet
    | SaveBench
)


class NumberedRequest(msgspec.Struct, frozen=True):
    """A request with its address. `asker` is one run of one cloud; numbers count up within it."""

    asker: str
    number: int
    what: AnyRequest


# ------------------------------------------------------------------ answers of the simulator


class BenchEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the simulated side, for a trace."""

    at_ms: int
    event: str
    who: str
    facts: dict[str, Any] = {}


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the simulated side once it is idle."""

    due_ms: int | None
    sent: dict[str, Watermark] = {}
    """The last message of each topic that the cloud has not confirmed."""
    events: tuple[BenchEvent, ...] = ()
    """The events since the last answer; empty for the main world, which is never traced."""


class HubShown(msgspec.Struct, frozen=True, kw_only=True):
    """One hub on the bench: its visible state, and its setup."""

    shows: Snapshot
    setup: HubSetup


class WorldShown(msgspec.Struct, frozen=True, kw_only=True):
    """The requested hubs and cards, without hubs that are not on the bench."""

    hubs: dict[str, HubShown] = {}
    cards: dict[str, Snapshot] = {}
    carrier: Snapshot = {}


class FleetShown(msgspec.Struct, frozen=True, kw_only=True):
    """The requested hubs that are on the bench, and the roster of the bench."""

    hubs: dict[str, HubBrief] = {}
    roster: str
    """The name of this roster. It changes when a hub is put on the bench or taken off it."""
    models: dict[str, str] | None = None
    """The model of each hub on the bench by hub id; None: the cloud has this roster."""


class LabAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to the request with this number."""

    asker: str
    number: int
    refused: str | None = None
    """The name of a refusal (of a bench action, or `cannot`); None if the request was performed."""
    text: str = ""
    synced: Synced | None = None
    shown: WorldShown | None = None
    fleet: FleetShown | None = None
    faults: FaultsShown | None = None
    cards: CardsShown | None = None
    deadlines: DeadlinesShown | None = None
    bench: SavedBench | None = None


class SimulatorPresence(msgspec.Struct, frozen=True):
    """The run of the simulator that is online. A new run knows no earlier message."""

    run: str
    online: bool
    lost: bool = False
    """In the last will: the connection is lost, but the simulator may still have its side of the worlds."""


LabMessage = (
    BenchRequest | BenchAnswer | NumberedRequest | LabAnswer | SimulatorPresence | WatchLease | WatchedBench
)
T = TypeVar("T")
_encoder = msgspec.json.Encoder()


def encode_lab(message: LabMessage) -> bytes:
    """Return the payload."""
    return _encoder.encode(message)


_DECODERS: dict[type[Any], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in get_args(LabMessage)
}


def decode_lab(kind: type[T], payload: bytes) -> T:
    """Return the message, or raise `InvalidPayload`. Any bytes give one or the other."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise InvalidPayload(f"{len(payload)} bytes are more than {PAYLOAD_BYTES_MAX}")
    try:
        message: T = _DECODERS[kind].decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPayload(f"not a message of the lab: {error}") from error
    return message
