"""A world to play in, as a play sees it: people's wishes, the bench, faults, time, and looks at every layer.

There are three kinds: `virtual` (computed), `live` (real sockets in this process) and `remote` (a cloud
and a simulator that run elsewhere). A play cannot tell them apart, but for what a kind cannot do.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.lab.control_plane import first_ajax_sim
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Look
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.lab.trace import Trace
from hubsim_simulator.broker.profiles import BrokerProfile
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.profile import ModelProfile
from hubsim_simulator.hardware.settings import HardwareSettings


class CannotPlay(Exception):
    """This world cannot do what the step asks for, or did not come to rest: the play is BLOCKED."""


class CloudUnreachable(Exception):
    """A person acts while the cloud is stopped."""


class BadServerUrl(ValueError):
    """Text that does not say where a cloud is."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a world, by group, as scenario files name them."""

    cloud: CloudSettings = CloudSettings()
    carrier: CarrierSettings = CarrierSettings()
    hub: HardwareSettings = HardwareSettings()


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What a world starts from. The same conditions give the same virtual history."""

    start_ms: int
    seed: int = 1
    settings: Settings = Settings()
    broker: BrokerProfile
    models: Mapping[str, ModelProfile] = {}
    """Hub models of the user's own, by name."""


class Aspect(StrEnum):
    """What can be looked at, and what has to be named for it."""

    APP = "app"
    """What the app shows of a hub, by its id."""
    APPLIED = "applied"
    """What a hub has reported, by its id."""
    SHOWS = "shows"
    """What a hub itself shows, by its id."""
    SIM = "sim"
    """What the carrier holds for a card, by its ICCID."""
    MAILBOX = "mailbox"
    """`mails`, by the address."""
    BILLING = "billing"
    """`invoices`; nothing is named."""
    CLOUD = "cloud"
    """The cloud's own counters; nothing is named."""
    CARRIER = "carrier"
    """The carrier's own counters; nothing is named."""


class PlayClock(Protocol):
    """The world's clock, for reading."""

    def world_ms(self) -> int:
        """Return the world time, in milliseconds since 1970-01-01T00:00Z."""
        ...


class World(ABC):
    """One world, for one play. Every method that acts comes back when the act is done, not its effects."""

    name: str
    conditions: Conditions
    clock: PlayClock
    trace: Trace

    @abstractmethod
    async def open(self) -> None:
        """Bring broker, cloud and carrier up. Raises `CannotPlay`."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of everything, whatever state it is in."""

    @abstractmethod
    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Let a person (or the operator) wish something. Raises `CloudUnreachable`."""

    @abstractmethod
    async def look(self, actor: Actor, query: Query) -> object | Refusal:
        """Let a person look at something; return the view as plain values. Raises `CloudUnreachable`."""

    @abstractmethod
    async def settle(self) -> None:
        """Come to rest: everything that happens at this instant has happened when this returns."""

    def awaited(self) -> list[str]:
        """Return, in words, what is under way now; empty at rest, or when this world cannot say."""
        return []

    @abstractmethod
    def due(self) -> int | None:
        """Return the earliest instant at which anything in the world wants to act, or None.

        As it was when the world came to rest the last time.
        """

    @abstractmethod
    async def advance(self, to_ms: int) -> None:
        """Move the clock to an instant; every timer on the way fires in order, at its own time.

        The world is at rest before and after, and at each of those instants.
        """

    @abstractmethod
    async def add_hub(self, setup: HubSetup) -> None:
        """Put a hub on the bench, and switch it on if it is to be on. Raises `BenchActionRefused`."""

    @abstractmethod
    async def bench_action(self, hub: str, action: AnyBenchAction) -> None:
        """Lay hands on a hub. Raises `BenchActionRefused`, having changed nothing."""

    @abstractmethod
    async def fault(self, fault: AnyFault) -> None:
        """Let something go wrong. Raises `CannotPlay` when this world cannot."""

    @abstractmethod
    async def see(self, aspect: Aspect, about: str = "") -> Look:
        """Look at one aspect of the world. Raises `CloudUnreachable` for those that the cloud shows."""

    @abstractmethod
    async def cards(self, hub: str) -> dict[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""

    async def ajax_sim(self, hub: str) -> str | None:
        """Return the ICCID of the first Ajax SIM in a hub's slots, or None."""
        return first_ajax_sim(await self.cards(hub))
