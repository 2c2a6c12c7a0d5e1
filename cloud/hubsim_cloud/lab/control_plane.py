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
from hubsim_cloud.world.snapshots import (
    app_snapshot,
    applied_snapshot,
    device_snapshot,
    invoice_snapshot,
    mail_snapshot,
)
from hubsim_contract.clock import WorldClock
from hubsim_contract.lab.bench_actions import Card, CardKind, Snapshot
from hubsim_contract.lab.faults import (
    AnyCarrierFault,
    AnyFault,
    AnyMessageFault,
    CarrierFault,
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


class ControlPlane(ABC):
    """The control of one world: faults, clock and snapshots."""

    topics: Topics
    clock: WorldClock
    cloud_settings: CloudSettings

    # ------------------------------------------------------------------ left to the kinds of world

    @property
    @abstractmethod
    def engine(self) -> CloudEngine:
        """The cloud's core, for reading."""

    @abstractmethod
    def due(self) -> int | None:
        """Return the instant of the earliest timer in the world, or None."""

    @abstractmethod
    async def wait_until_idle(self) -> None:
        """Wait until the world is idle at this instant."""

    @abstractmethod
    async def cards(self, hub: str) -> Mapping[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""

    @abstractmethod
    async def arm(self, fault: AnyMessageFault, name: str) -> None:
        """Apply a fault with the id `name` to messages on their way; it names hubs or cards."""

    @abstractmethod
    async def act_on_carrier(self, fault: AnyCarrierFault, name: str) -> None:
        """Make the carrier act by itself on the card whose ICCID is the `hub` of the fault.

        `name`: the id of a fault of the next orders.
        """

    @abstractmethod
    async def cut(self, station: str) -> None:
        """Cut a station's connection without a DISCONNECT; the station receives `ConnectionLost`."""

    @abstractmethod
    async def publish(self, message: Publish) -> None:
        """Publish as a third party: over a connection that belongs to no station."""

    @abstractmethod
    def cannot(self, name: str, text: str) -> Exception:
        """Return the error for an action that this world cannot perform; `name` is for programs."""

    async def stop(self, process: Process) -> None:
        """Kill a process."""
        raise self.cannot("cannot", f"the {process} belongs to the server: a lab cannot stop it")

    async def start(self, process: Process) -> None:
        """Start a stopped process."""
        raise self.cannot("cannot", f"the {process} belongs to the server: a lab cannot start it")

    def payloads_on(self, topic: str) -> Sequence[str]:
        """Return the payloads that were published on a topic, oldest first."""
        raise self.cannot("cannot", f"{topic}: a lab does not keep earlier messages")

    # ------------------------------------------------------------------ time

    async def advance(self, to_ms: int) -> None:
        """Move the clock of an idle world; every timer on the way fires in order, at its own time.

        The world is idle afterwards, and at each of those instants.
        """
        while (due_ms := self.due()) is not None and due_ms <= to_ms:
            self.clock.catch_up(due_ms)
            await self.wait_until_idle()
        if self.clock.world_ms() < to_ms:
            self.clock.catch_up(to_ms)
            await self.wait_until_idle()

    # ------------------------------------------------------------------ faults

    async def fault(self, fault: AnyFault, name: str = "") -> None:
        """Inject a fault; `name`: its id, if it stays armed. Raises the error of `cannot`."""
        match fault:
            case MessageFault():
                about = None if fault.hub is None else await self._subject(fault.message, fault.hub)
                await self.arm(msgspec.structs.replace(fault, hub=about), name)
            case CarrierFault():
                card = await self._subject(MessageKind.ORDER, fault.hub)
                await self.act_on_carrier(msgspec.structs.replace(fault, hub=card), name)
            case Cut():
                await self.cut(fault.hub)
            case CutProcess() | StopProcess() | StartProcess() | RestartProcess():
                await self._process_fault(fault)
            case Replay():
                topic = await self.topic_of(fault)
                try:
                    payload = payload_before(self.payloads_on(topic), fault.back, topic)
                except NotPublished as error:
                    raise self.cannot("cannot", str(error)) from error
                await self.publish(Publish(topic, payload.encode(), retain=True))
            case Inject():
                text = fault.payload.encode() * fault.repeat
                await self.publish(Publish(await self.topic_of(fault), text, fault.retain))

    async def _process_fault(self, fault: CutProcess | StopProcess | StartProcess | RestartProcess) -> None:
        match fault:
            case CutProcess():
                await self.cut(self._station(fault.process))
            case StopProcess():
                await self.stop(fault.process)
            case StartProcess():
                await self.start(fault.process)
            case RestartProcess():
                await self.stop(fault.process)
                await self.wait_until_idle()
                await self.start(fault.process)

    async def topic_of(self, fault: Inject | Replay) -> str:
        """Return the topic on which a third party publishes."""
        return self.topics.of(fault.message, await self._subject(fault.message, fault.hub))

    async def _subject(self, kind: MessageKind, hub: str) -> str:
        """Return the subject of a topic of this kind: the hub, or its first Ajax SIM."""
        if kind not in CARRIER_KINDS:
            return hub
        card = first_ajax_sim(await self.cards(hub))
        if card is None:
            raise self.cannot("no_ajax_sim", f"{kind}: the hub {hub} has no Ajax SIM")
        return card

    def _station(self, process: Process) -> str:
        if process is Process.BROKER:
            text = "the broker itself has no connection to cut; use `stop_process`"
            raise self.cannot("cannot", text)
        return STATION if process is Process.CLOUD else CARRIER

    # ------------------------------------------------------------------ snapshots of the cloud

    def app(self, hub: str) -> Snapshot:
        """Return the state of a hub in the app."""
        return app_snapshot(self.engine.state, hub, self.clock.world_ms(), self.cloud_settings)

    def applied(self, hub: str) -> Snapshot:
        """Return the state that a hub has reported."""
        return applied_snapshot(self.engine.state, hub)

    def device(self, hub: str) -> Snapshot:
        """Return the cloud's record of the device itself."""
        return device_snapshot(self.engine.state, hub)

    def mailbox(self, address: str) -> list[Snapshot]:
        """Return the mails of an address, oldest first."""
        return mail_snapshot(self.engine.state, address)

    def invoices(self) -> list[Snapshot]:
        """Return every invoice, oldest first."""
        return invoice_snapshot(self.engine.state)

    def cloud_counters(self) -> Snapshot:
        """Return the cloud's own counters."""
        return {"refused_messages": sum(self.engine.refused.values())}


def first_ajax_sim(cards: Mapping[int, Card]) -> str | None:
    """Return the ICCID of the Ajax SIM in the lowest slot, or None."""
    return next((cards[slot].iccid for slot in sorted(cards) if cards[slot].kind is CardKind.AJAX), None)


class NotPublished(Exception):
    """No such message was published on a topic."""


def payload_before(sent: Sequence[str], back: int, topic: str) -> str:
    """Return the payload `back` different messages before the last one. Raises `NotPublished`."""
    different = [payload for place, payload in enumerate(sent) if place == 0 or payload != sent[place - 1]]
    if len(different) <= back:
        raise NotPublished(f"{topic}: only {len(different)} different messages were published so far")
    return different[-1 - back]
