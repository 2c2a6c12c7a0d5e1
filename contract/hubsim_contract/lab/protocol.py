"""The lab: how a cloud's bench works simulated hubs in another process, over the same broker.

Not for real hubs, which have real hands and one world clock anyway. Requests and answers carry a number;
a request that comes twice is done once. `world` names one of several worlds side by side: its topics stand
one level below the prefix. The main world's name is empty.
"""

import re
from typing import Any, TypeVar

import msgspec

from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup, Look
from hubsim_contract.lab.delivery import Watermark
from hubsim_contract.lab.faults import AnyMessageFault
from hubsim_contract.wire.errors import InvalidPayload
from hubsim_contract.wire.messages import Count
from hubsim_contract.wire.tags import snake
from hubsim_contract.wire.topics import DEFAULT_PREFIX, Topics

PAYLOAD_BYTES_MAX = 64 * 1024 * 1024
"""A saved bench of some ten thousand hubs; a longer payload is refused unread."""
ALL = "+"
_WORLD = re.compile(r"[a-z][a-z0-9-]{0,62}")
_TAKEN = frozenset({"hubs", "carrier", "bench", "lab"})


def world_name(text: str) -> str:
    """Return the text if it can name a world beside the main one, or raise `ValueError`."""
    if not _WORLD.fullmatch(text) or text in _TAKEN:
        raise ValueError(
            f"{text!r} cannot name a world: 1 to 63 lower-case letters, digits and hyphens, a letter first, "
            f"and none of {', '.join(sorted(_TAKEN))}"
        )
    return text


class LabTopics:
    """The topics of the lab under one prefix."""

    def __init__(self, prefix: str = DEFAULT_PREFIX) -> None:
        Topics(prefix)  # raises ValueError for what cannot be a prefix
        self._prefix = prefix
        self.requests = f"{prefix}/lab/requests"
        """What the cloud asks of the simulator."""
        self.answers = f"{prefix}/lab/answers"
        """What the simulator answers."""
        self.presence = f"{prefix}/lab/presence"
        """Which simulator is there; retained, and its last will."""

    def of_world(self, world: str) -> str:
        """Return the prefix of a world's topics."""
        return f"{self._prefix}/{world}" if world else self._prefix

    def bench_actions(self, world: str, hub: str) -> str:
        """Return where hands are laid on a hub."""
        return f"{self.of_world(world)}/bench/{hub}/actions"

    def bench_answers(self, world: str, hub: str) -> str:
        """Return where it is told what came of hands."""
        return f"{self.of_world(world)}/bench/{hub}/answers"

    def world_and_hub(self, topic: str) -> tuple[str, str] | None:
        """Return the world and the hub of a topic about hands, or None for any other topic."""
        levels = topic.removeprefix(self._prefix + "/").split("/")
        match levels:
            case ["bench", hub, "actions" | "answers"]:
                return "", hub
            case [world, "bench", hub, "actions" | "answers"]:
                return world, hub
        return None


# ------------------------------------------------------------------ hands, for anybody on the broker


class BenchRequest(msgspec.Struct, frozen=True):
    """One act of hands. `number` is chosen by who asks, and comes back with the answer."""

    number: str
    action: AnyBenchAction


class BenchAnswer(msgspec.Struct, frozen=True):
    """What came of it. `refused` is the name of the refusal, None when it is done."""

    number: str
    refused: str | None = None
    text: str = ""
    action: AnyBenchAction | None = None
    """What was asked for; None when no hub is there."""
    at_ms: Count = 0
    """World time."""


# ------------------------------------------------------------------ what the cloud asks


class ClockReading(msgspec.Struct, frozen=True):
    """The world clock: it stands at `world_ms`, or runs on from there with real time."""

    world_ms: Count
    held: bool


class SavedBench(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the bench of one world: its hubs, and the carrier's books."""

    hubs: tuple[HubSetup, ...] = ()
    carrier: bytes | None = None


class LabRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="ask", tag=snake):
    """A question or an order to the simulator."""

    world: str = ""


class OpenWorld(LabRequest, frozen=True, kw_only=True):
    """Make the simulated side of a world, or make it again, with what stood on a saved bench.

    `carrier` and `hub` are groups of settings, `models` hub models of the user's own, as scenario and
    model files name them. The main world keeps those that the simulator was started with.
    """

    clock: ClockReading
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    models: dict[str, dict[str, Any]] = {}
    bench: SavedBench | None = None
    """None: what the simulator was started with, for the main world; nothing, for any other."""


class CloseWorld(LabRequest, frozen=True, kw_only=True):
    """Take the simulated side of a world away, and everything it has retained at the broker."""


class PutHub(LabRequest, frozen=True, kw_only=True):
    """Put a hub on the bench."""

    setup: HubSetup


class ArmFault(LabRequest, frozen=True, kw_only=True):
    """Let a message fault strike messages on their way to hubs and carrier."""

    fault: AnyMessageFault


class CutStation(LabRequest, frozen=True, kw_only=True):
    """Cut the connection of a hub, or of the carrier, without a goodbye."""

    station: str


class Sync(LabRequest, frozen=True, kw_only=True):
    """Set the clock, let happen what is due, and answer when nothing is under way any more.

    `said` is the last message of each topic that the cloud has said since the last time; `heard` the
    number of the last `Synced` of which the cloud has heard everything; `again`: the cloud's
    subscription is new, so it wants to know all that is retained.
    """

    clock: ClockReading
    said: dict[str, Watermark] = {}
    heard: int = 0
    again: bool = False


class ShowWorld(LabRequest, frozen=True, kw_only=True):
    """Show hubs and cards, by id and ICCID; and what the carrier has refused."""

    hubs: tuple[str, ...] | None = ()
    """None: all of them."""
    cards: tuple[str, ...] = ()


class SaveBench(LabRequest, frozen=True, kw_only=True):
    """Return everything on the bench."""


AnyRequest = OpenWorld | CloseWorld | PutHub | ArmFault | CutStation | Sync | ShowWorld | SaveBench


class Asked(msgspec.Struct, frozen=True):
    """A request as it travels. `asker` is one run of one cloud; numbers count up within it."""

    asker: str
    number: int
    what: AnyRequest


# ------------------------------------------------------------------ what the simulator answers


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened on the simulated side, for a trace. `published` events name topic and mark."""

    at_ms: int
    event: str
    who: str
    facts: dict[str, Any] = {}


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """How the simulated side stands, at rest."""

    due_ms: int | None
    said: dict[str, Watermark] = {}
    noted: tuple[Noted, ...] = ()
    """What happened since the last time; without the main world, which is never traced."""


class HubShown(msgspec.Struct, frozen=True, kw_only=True):
    """One hub on the bench: what it shows, and how it stands."""

    shows: Look
    setup: HubSetup


class WorldShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked to be shown; hubs that are not on the bench are left out."""

    hubs: dict[str, HubShown] = {}
    cards: dict[str, Look] = {}
    carrier: Look = {}


class LabAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to the request of this number."""

    asker: str
    number: int
    refused: str | None = None
    """The name of a refusal (of hands, or `cannot`); None when it is done."""
    text: str = ""
    synced: Synced | None = None
    shown: WorldShown | None = None
    bench: SavedBench | None = None


class SimulatorPresence(msgspec.Struct, frozen=True):
    """Which run of the simulator is there. A new run knows of no message before it."""

    run: str
    online: bool


LabMessage = BenchRequest | BenchAnswer | Asked | LabAnswer | SimulatorPresence
T = TypeVar("T")
_encoder = msgspec.json.Encoder()


def encode_lab(message: LabMessage) -> bytes:
    """Return the payload."""
    return _encoder.encode(message)


_DECODERS: dict[type[Any], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (BenchRequest, BenchAnswer, Asked, LabAnswer, SimulatorPresence)
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
