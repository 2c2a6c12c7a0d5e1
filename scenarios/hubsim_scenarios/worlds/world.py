"""The interface of a world for a play: commands, queries, the bench, faults, time, and snapshots.

There are three kinds: `virtual` (computed), `live` (real sockets in this process) and `remote` (a cloud
and a simulator in other processes). They behave the same, except for actions that a kind cannot perform.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import Protocol, TypeVar

import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.lab.control_plane import first_ajax_sim
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Snapshot
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.lab.trace import Trace
from hubsim_scenarios.translation.story_language import say
from hubsim_simulator.broker.profiles import BrokerProfile
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.profile import ModelProfile
from hubsim_simulator.hardware.settings import HardwareSettings

T = TypeVar("T")


class CannotPlay(Exception):
    """This world cannot perform the step, or did not become idle: the play is BLOCKED."""


class DeviceLacks(Exception):
    """A step needs something that an attached device does not have: the play is SKIPPED."""


class CloudUnreachable(Exception):
    """A user acts while the cloud is stopped."""


class BadServerUrl(ValueError):
    """A text that is not the URL of a cloud."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a world, by group, as scenario files name them."""

    cloud: CloudSettings = CloudSettings()
    carrier: CarrierSettings = CarrierSettings()
    hub: HardwareSettings = HardwareSettings()


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """The start conditions of a world. The same conditions give the same virtual history."""

    start_ms: int
    seed: int = 1
    settings: Settings = Settings()
    broker: BrokerProfile
    models: Mapping[str, ModelProfile] = {}
    """The user's own hub models, by name."""
    market: Market = DEFAULT_MARKET
    """The countries with the services, and the packages."""


class Aspect(StrEnum):
    """The aspects of a world. Each has a snapshot, most for a given subject."""

    APP = "app"
    """The state of a hub in the app, by its id."""
    APPLIED = "applied"
    """The state that a hub has reported, by its id."""
    SHOWS = "shows"
    """The state that a hub itself shows, by its id."""
    DEVICE = "device"
    """The cloud's record of a device, by its id: `online`, `desired_version`, `reported`, `last_event`."""
    SIM = "sim"
    """The carrier's record of a card, by its ICCID."""
    MAILBOX = "mailbox"
    """The `mails` of an address."""
    BILLING = "billing"
    """All `invoices`, without a subject."""
    CLOUD = "cloud"
    """The cloud's counters, without a subject."""
    CARRIER = "carrier"
    """The carrier's counters, without a subject."""


class Unseen(msgspec.Struct, frozen=True):
    """The value of a field that the world cannot see, with the reason."""

    reason: str


class PlayClock(Protocol):
    """The world's clock, for reading."""

    def world_ms(self) -> int:
        """Return the world time, in milliseconds since 1970-01-01T00:00Z."""
        ...


class World(ABC):
    """One world, for one play. An action returns when it is performed; its effects may follow later."""

    name: str
    conditions: Conditions
    clock: PlayClock
    trace: Trace
    _starts = 0
    """How often actions were started at the same time."""

    @abstractmethod
    async def open(self) -> None:
        """Start broker, cloud and carrier. Raises `CannotPlay`."""

    @abstractmethod
    async def close(self) -> None:
        """Close everything, in any state."""

    @abstractmethod
    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Send a command of a user or the operator. Raises `CloudUnreachable`."""

    @abstractmethod
    async def query(self, actor: Actor, query: Query) -> object | Refusal:
        """Send a query of a user; return the view as plain values. Raises `CloudUnreachable`."""

    async def open_session(self, actor: Actor) -> None:  # noqa: B027 (a world in this process has no sessions)
        """Open the session with which this actor sends commands, if this world has sessions.

        Without this, the first command of an actor takes longer than the commands sent at the same time.
        """

    async def at_once(
        self, doings: Sequence[Callable[[], Awaitable[T]]], order: Sequence[int] = ()
    ) -> list[T]:
        """Start all at the same time, and return their results in the order of `doings`.

        The order in which they are started is drawn from the seed: messages in one connection and calls in
        one process cannot overtake each other. Raises `CannotPlay` for a given `order`.
        """
        if order:
            raise CannotPlay(say("only the virtual world plays a chosen order: play with --virtual"))
        places = list(range(len(doings)))
        self._starts += 1
        Random(f"start {self._starts} under {self.conditions.seed}").shuffle(places)  # noqa: S311 (no secret)
        async with asyncio.TaskGroup() as group:
            tasks = {place: group.create_task(_awaited(doings[place])) for place in places}
        return [tasks[place].result() for place in range(len(doings))]

    @abstractmethod
    async def settle(self) -> None:
        """Wait until the world is idle: all events of this instant have happened."""

    def awaited(self) -> list[str]:
        """Return, in words, what is in flight; empty when the world is idle or does not know."""
        return []

    @abstractmethod
    def due(self) -> int | None:
        """Return the instant of the earliest timer in the world, or None.

        The value is as of when the world was last idle.
        """

    @abstractmethod
    async def advance(self, to_ms: int) -> None:
        """Move the clock to an instant; every timer on the way fires in order, at its own time.

        The world is idle before and after, and at each of those instants.
        """

    @abstractmethod
    async def add_hub(self, setup: HubSetup) -> None:
        """Put a hub on the bench, and switch it on if it is powered. Raises `BenchActionRefused`."""

    @abstractmethod
    async def bench_action(self, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action. Raises `BenchActionRefused` and then changes nothing."""

    @abstractmethod
    async def fault(self, fault: AnyFault) -> None:
        """Inject a fault. Raises `CannotPlay` when this world cannot."""

    @abstractmethod
    async def snapshot(self, aspect: Aspect, about: str = "") -> Snapshot:
        """Return one aspect of the world. Raises `CloudUnreachable` for the cloud's aspects."""

    @abstractmethod
    async def setup(self, hub: str) -> HubSetup:
        """Return the setup of a hub, as the bench has set it."""

    @abstractmethod
    async def cards(self, hub: str) -> dict[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""

    async def ajax_sim(self, hub: str) -> str | None:
        """Return the ICCID of the first Ajax SIM in a hub's slots, or None."""
        return first_ajax_sim(await self.cards(hub))


async def _awaited(doing: Callable[[], Awaitable[T]]) -> T:
    return await doing()
