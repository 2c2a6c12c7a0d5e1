"""The actions and queries that every kind of world offers: faults, clock moves, snapshots of the cloud.

Used by a world of the lab, whose bench is in another process (`lab.world_control`), and by the virtual and
live worlds of a play (`worlds.simulated`). A subclass says how a fault reaches cloud, bench and broker, and
how the world becomes idle.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import msgspec

from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.world.observer import STATION
from hubsim_cloud.world.snapshots import app_snapshot, applied_snapshot, invoice_snapshot, mail_snapshot
from hubsim_contract.clock import WorldClock
from hubsim_contract.lab.bench_actions import Card, CardKind, Look
from hubsim_contract.lab.faults import (
    AnyFault,
    AnyMessageFault,
    Cut,
    CutProcess,
    Inject,
    MessageFault,
    Process,
    Replay,
    RestartProcess,
    StartProcess,
    StopProcess,
)
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.wire.topics import CARRIER_KINDS, MessageKind, Topics

CARRIER = "carrier"
HEARD_BY_CLOUD = frozenset(
    {MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS, MessageKind.CONFIRMATION}
)
"""Messages whose receiver is the cloud; those of the other kinds go to hubs and carrier."""


class ControlPlane(ABC):
    """One world, as whoever has its bench controls it."""

    topics: Topics
    clock: WorldClock
    cloud_settings: CloudSettings

    # ------------------------------------------------------------------ left to the kinds of world

    @property
    @abstractmethod
    def engine(self) -> CloudEngine:
        """The cloud's core, to look at."""

    @abstractmethod
    def due(self) -> int | None:
        """Return the earliest instant at which anything in the world wants to act, or None."""

    @abstractmethod
    async def come_to_rest(self) -> None:
        """Let everything happen that happens at this instant."""

    @abstractmethod
    async def cards(self, hub: str) -> Mapping[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""

    @abstractmethod
    async def arm(self, fault: AnyMessageFault) -> None:
        """Let a fault strike messages on their way to their receivers; it names hubs or cards."""

    @abstractmethod
    async def cut(self, station: str) -> None:
        """Cut a station's connection without a goodbye; it hears of it."""

    @abstractmethod
    async def publish(self, message: Publish) -> None:
        """Publish as a third party: over a connection that is none of the stations'."""

    @abstractmethod
    def cannot(self, name: str, text: str) -> Exception:
        """Return the error that says that something cannot be done here; `name` is for programs."""

    async def stop(self, process: Process) -> None:
        """Let a process die without a goodbye."""
        raise self.cannot("cannot", f"the {process} is the server's: it cannot be stopped from here")

    async def start(self, process: Process) -> None:
        """Let a stopped process come back."""
        raise self.cannot("cannot", f"the {process} is the server's: it cannot be started from here")

    def said_on(self, topic: str) -> Sequence[str]:
        """Return the payloads that were published on a topic, oldest first."""
        raise self.cannot("cannot", f"{topic}: what was published before is not known here")

    # ------------------------------------------------------------------ time

    async def advance(self, to_ms: int) -> None:
        """Move the clock of a world at rest; every timer on the way fires in order, at its own time.

        The world is at rest afterwards, and at each of those instants.
        """
        while (due_ms := self.due()) is not None and due_ms <= to_ms:
            self.clock.catch_up(due_ms)
            await self.come_to_rest()
        if self.clock.world_ms() < to_ms:
            self.clock.catch_up(to_ms)
            await self.come_to_rest()

    # ------------------------------------------------------------------ faults

    async def fault(self, fault: AnyFault) -> None:
        """Let something go wrong. Raises what `cannot` returns when this world cannot."""
        match fault:
            case MessageFault():
                about = None if fault.hub is None else await self._subject(fault.message, fault.hub)
                await self.arm(msgspec.structs.replace(fault, hub=about))
            case Cut():
                await self.cut(fault.hub)
            case CutProcess():
                await self.cut(self._station(fault.process))
            case StopProcess():
                await self.stop(fault.process)
            case StartProcess():
                await self.start(fault.process)
            case RestartProcess():
                await self.stop(fault.process)
                await self.come_to_rest()
                await self.start(fault.process)
            case Replay():
                topic = await self.topic_of(fault)
                try:
                    said = said_before(self.said_on(topic), fault.back, topic)
                except NotSaid as error:
                    raise self.cannot("cannot", str(error)) from error
                await self.publish(Publish(topic, said.encode(), retain=True))
            case Inject():
                payload = fault.payload.encode() * fault.repeat
                await self.publish(Publish(await self.topic_of(fault), payload, fault.retain))

    async def topic_of(self, fault: Inject | Replay) -> str:
        """Return the topic on which a third party publishes."""
        return self.topics.of(fault.message, await self._subject(fault.message, fault.hub))

    async def _subject(self, kind: MessageKind, hub: str) -> str:
        """Return what a topic of this kind is about: the hub, or its first Ajax SIM."""
        if kind not in CARRIER_KINDS:
            return hub
        card = first_ajax_sim(await self.cards(hub))
        if card is None:
            raise self.cannot("no_ajax_sim", f"{kind}: no Ajax SIM is in the hub {hub}")
        return card

    def _station(self, process: Process) -> str:
        if process is Process.BROKER:
            text = "the broker has no connection of its own to cut; use `stop_process`"
            raise self.cannot("cannot", text)
        return STATION if process is Process.CLOUD else CARRIER

    # ------------------------------------------------------------------ looking at the cloud

    def app(self, hub: str) -> Look:
        """Return what the app shows of a hub."""
        return app_snapshot(self.engine.state, hub, self.clock.world_ms(), self.cloud_settings)

    def applied(self, hub: str) -> Look:
        """Return what a hub has reported."""
        return applied_snapshot(self.engine.state, hub)

    def mailbox(self, address: str) -> list[Look]:
        """Return the mails of an address, oldest first."""
        return mail_snapshot(self.engine.state, address)

    def invoices(self) -> list[Look]:
        """Return every invoice, oldest first."""
        return invoice_snapshot(self.engine.state)

    def cloud_counters(self) -> Look:
        """Return the cloud's own counters."""
        return {"refused_messages": sum(self.engine.refused.values())}


def first_ajax_sim(cards: Mapping[int, Card]) -> str | None:
    """Return the ICCID of the Ajax SIM in the lowest slot, or None."""
    return next((cards[slot].iccid for slot in sorted(cards) if cards[slot].kind is CardKind.AJAX), None)


class NotSaid(Exception):
    """No such message was published on a topic."""


def said_before(said: Sequence[str], back: int, topic: str) -> str:
    """Return the message that was said on a topic so many different messages ago. Raises `NotSaid`."""
    different = [payload for place, payload in enumerate(said) if place == 0 or payload != said[place - 1]]
    if len(different) <= back:
        raise NotSaid(f"{topic}: only {len(different)} different messages were published so far")
    return different[-1 - back]
