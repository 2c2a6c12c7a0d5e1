"""The address to which attached devices connect in a live world: a tap before the broker.

The gate is the port of each attached device, as far as the world is concerned: it records in the tracker
and in the trace what the device sends and receives, and it performs the faults on its connection. Other
clients may connect through it too; they are forwarded and not recorded.
"""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress

from hubsim_agent.cloud_contact import CloudContact
from hubsim_contract.lab.faults import AnyFault, Cut, Drop, Duplicate, MessageFault
from hubsim_contract.lab.in_flight import Item
from hubsim_contract.mqtt.codec.packets import (
    SUBSCRIPTION_FAILED,
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PacketKind,
    PubackPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_contract.mqtt.port import Publish, Received, Will
from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.messages import CloudPresence, Heard, Presence, Reported
from hubsim_contract.wire.topics import HUB_KINDS, RECEIVED_BY_CLOUD, MessageKind
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.gate import DevicesAt, DeviceSeen
from hubsim_scenarios.worlds.live import LiveWorld
from hubsim_scenarios.worlds.world import CannotPlay
from hubsim_simulator.broker.errors import PortTaken
from hubsim_simulator.tap.packet_faults import ArmedFault, PacketAction, PacketFault
from hubsim_simulator.tap.proxy import TapProxy
from hubsim_simulator.tap.tap_core import PacketTap
from hubsim_simulator.tap.tap_events import (
    ConnectionCut,
    PacketSeen,
    Reset,
    SideEnded,
    TapEffect,
    TapTime,
    TcpAddress,
)

ACTIONS: dict[type[MessageFault], PacketAction] = {
    Drop: PacketAction.DROP,
    Duplicate: PacketAction.DOUBLE,
}
"""The faults on messages to a device. The others hold a message back in world time, unknown to a tap."""
_ARRIVES = {PacketAction.DROP: 0, PacketAction.DOUBLE: 2}
TO_HUBS = (HUB_KINDS | {MessageKind.CLOUD_PRESENCE}) - RECEIVED_BY_CLOUD
"""The messages that a hub receives."""


class _Line:
    """One connection of an attached device."""

    def __init__(self, station: str, number: int, contact: CloudContact) -> None:
        self.station = station
        self.number = number
        self.unacknowledged: dict[int, Item] = {}
        self.filters: tuple[str, ...] = ()
        self.subscribed = False
        self.contact = contact
        """What the device knows of the cloud: the same rules as in the agent."""


class DeviceGate:
    """The tap of a live world. `stations` are the ids of the attached hubs."""

    def __init__(self, world: LiveWorld, stations: Iterable[str], listen: TcpAddress) -> None:
        self._world = world
        self._stations = frozenset(stations)
        self._tracker = world.tracker
        self._observer = world.observer
        self._listen = listen
        self._lines: dict[str, _Line] = {}
        """The open connection of each station."""
        self._packets: dict[str, float] = {}
        self._reports: dict[str, Reported] = {}
        self._proxy: TapProxy | None = None
        self._barred: dict[str, ArmedFault] = {}
        """The faults that keep devices away that are not prepared yet."""
        self._held: ArmedFault | None = None
        self._stack = AsyncExitStack()

    async def open(self) -> DevicesAt:
        """Listen, and forward to the broker. Raises `CannotPlay` if the address cannot be used."""
        host, port, topics = self._listen.host, self._listen.port, self._world.topics
        proxy = TapProxy(PacketTap(topics=topics), self._world.broker_url, self._see, host=host, port=port)
        try:
            self._proxy = await self._stack.enter_async_context(proxy.running())
        except PortTaken as error:
            raise CannotPlay(say("attached devices cannot connect: {reason}", reason=error)) from error
        except OSError as error:
            text = (
                "attached devices cannot connect: {host}:{port} is not an address of this machine ({reason})"
            )
            raise CannotPlay(say(text, host=host, port=port, reason=error.strerror)) from error
        for station in sorted(self._stations):
            self._barred[station] = proxy.arm(
                PacketFault(
                    action=PacketAction.CUT, kind=PacketKind.CONNECT, client=f"hub-{station}", count=None
                )
            )
        return DevicesAt(proxy.url, topics.prefix)

    async def close(self) -> None:
        """Reset all connections, and stop listening."""
        await self._stack.aclose()

    def admit(self, station: str) -> None:
        """Allow a device to connect. Earlier, its connections are cut: its past must not arrive."""
        assert self._proxy is not None, "the gate is open"
        self._proxy.disarm(self._barred.pop(station))

    def hold(self) -> None:
        """Hold back messages to devices.

        The simulated network changes a device only by an act. A message of the same instant must not overtake
        the act: a hub whose SIM is cut off does not receive the document about it.
        """
        if self._held is None and self._proxy is not None:
            self._held = self._proxy.arm(
                PacketFault(
                    action=PacketAction.HOLD, kind=PacketKind.PUBLISH, sender=Sender.SERVER, count=None
                )
            )

    def release(self) -> None:
        """Deliver the messages that were held back, to devices that are still connected."""
        if self._held is not None and self._proxy is not None:
            held, self._held = self._held, None
            self._proxy.disarm(held)

    @property
    def broker_runs(self) -> bool:
        """Whether devices can connect."""
        return self._world.broker_runs

    def fault(self, fault: AnyFault) -> bool:
        """Cut a device off, or drop or duplicate messages to it; return False for any other fault."""
        assert self._proxy is not None, "the gate is open"
        if isinstance(fault, Cut) and fault.hub in self._stations:
            self._proxy.cut(fault.hub, "a fault of the scenario")
            return True
        if isinstance(fault, MessageFault) and fault.hub in self._stations and fault.message in TO_HUBS:
            self._arm(self._proxy, fault)
            return True
        return False

    def _arm(self, proxy: TapProxy, fault: MessageFault) -> None:
        action = ACTIONS.get(type(fault))
        if action is None:
            text = "{message}: only 'drop' and 'duplicate' apply to messages to a device"
            raise CannotPlay(say(text, message=fault.message))
        proxy.arm(
            PacketFault(
                action=action,
                kind=PacketKind.PUBLISH,
                message=fault.message,
                sender=Sender.SERVER,
                client=fault.hub or "*",
                count=fault.count,
            )
        )

    async def device(self, station: str) -> DeviceSeen:
        """Return a device as its packets show it."""
        line = self._lines.get(station)
        report = self._reports.get(station)
        if line is None or not line.subscribed:
            return DeviceSeen(online=False, report=report)
        return DeviceSeen(True, report, line.contact.in_reach)

    def active_at_s(self, station: str) -> float:
        """Return when a device last sent or received a message, in s. Pings do not count."""
        return self._packets.get(station, 0.0)

    # ------------------------------------------------------------------ what the tap sees

    def _see(self, effect: TapEffect, at: TapTime) -> None:
        del at
        match effect:
            case PacketSeen(packet=ConnectPacket() as connect, fault=None):
                self._connecting(effect.connection, connect)
            case PacketSeen():
                line = self._line(effect.connection)
                if line is not None:
                    self._interfered(line, effect)
                    self._packet(line, effect)
            case SideEnded(sender=Sender.CLIENT) | ConnectionCut() | Reset():
                self._ended(effect.connection)

    def _line(self, connection: int) -> _Line | None:
        return next((line for line in self._lines.values() if line.number == connection), None)

    def _connecting(self, connection: int, connect: ConnectPacket) -> None:
        station = connect.client_id.removeprefix("hub-")
        if station not in self._stations:
            return
        if station in self._lines:  # the broker ends the older connection
            self._ended(self._lines[station].number)
        self._lines[station] = _Line(station, connection, CloudContact(_boot_in(connect)))
        last = connect.will
        will = None if last is None else Will(last.topic, last.payload, last.retain)
        self._tracker.connecting(station, will, kept=not connect.clean)
        self._moved(station)

    def _interfered(self, line: _Line, seen: PacketSeen) -> None:
        if seen.fault is not None and isinstance(seen.packet, PublishPacket):
            arrives = _ARRIVES.get(seen.fault.action)
            if arrives is not None:
                self._observer.interfered(line.station, seen.packet.topic, arrives)

    def _packet(self, line: _Line, seen: PacketSeen) -> None:
        if seen.sender is Sender.CLIENT:
            known = self._from_device(line, seen.packet)
        else:
            dropped = seen.fault is not None and seen.fault.action is PacketAction.DROP
            known = self._to_device(line, seen.packet, dropped=dropped)
        if known:  # pings and bytes that are not a packet are not messages
            self._moved(line.station)

    def _from_device(self, line: _Line, packet: Packet | None) -> bool:
        match packet:
            case SubscribePacket(filters=filters):
                line.filters = tuple(wanted for wanted, _ in filters)
                self._tracker.subscribing(line.station, line.filters)
            case PublishPacket() as publish:
                self._published(line, publish)
            case DisconnectPacket():
                self._close(line)
            case PubackPacket():
                pass
            case _:
                return False
        return True

    def _to_device(self, line: _Line, packet: Packet | None, *, dropped: bool) -> bool:
        match packet:
            case ConnackPacket(code=ConnectCode.ACCEPTED):
                self._tracker.connected(line.station)
            case ConnackPacket():
                self._close(line)
            case SubackPacket(codes=codes):
                granted = zip(line.filters, codes, strict=False)
                filters = tuple(wanted for wanted, code in granted if code != SUBSCRIPTION_FAILED)
                self._tracker.subscribing(line.station, filters)
                self._tracker.subscribed(line.station)
                line.subscribed = True
            case PublishPacket(topic=topic, payload=payload, retain=retain):
                self._hear(line, topic, payload, dropped=dropped)
                self._tracker.received(line.station, Received(topic, payload, retain))
            case PubackPacket(packet_id=packet_id):
                item = line.unacknowledged.pop(packet_id, None)
                if item is not None:
                    self._tracker.acknowledged(line.station, item)
            case _:
                return False
        return True

    def _published(self, line: _Line, publish: PublishPacket) -> None:
        message = Publish(publish.topic, publish.payload, publish.retain)
        self._observer.published(line.station, message)
        if publish.qos and publish.packet_id not in line.unacknowledged:
            line.unacknowledged[publish.packet_id] = (publish.topic, publish.payload)
            self._tracker.published(line.station, message)

        address = self._world.topics.read(publish.topic)
        if address is not None and address.kind is MessageKind.REPORTED:
            with suppress(ContractError):  # the cloud refuses it
                report = decode(MessageKind.REPORTED, publish.payload)
                assert isinstance(report, Reported)
                self._reports[line.station] = report
                if report.ask:
                    line.contact.asked(report.sequence, _now_ms())

    def _hear(self, line: _Line, topic: str, payload: bytes, *, dropped: bool) -> None:
        address = self._world.topics.read(topic)
        if dropped or address is None or address.kind not in (MessageKind.HEARD, MessageKind.CLOUD_PRESENCE):
            return
        with suppress(ContractError):  # the device refuses it
            message = decode(address.kind, payload)
            if isinstance(message, Heard):
                line.contact.heard(message, _now_ms())
            elif isinstance(message, CloudPresence):
                line.contact.presence(message, _now_ms())

    def _close(self, line: _Line) -> None:
        """Forget a connection without a will: it was refused, or has ended with a DISCONNECT."""
        if self._lines.pop(line.station, None) is not None:
            self._tracker.left(line.station)

    def _ended(self, connection: int) -> None:
        line = self._line(connection)
        if line is not None:
            del self._lines[line.station]
            self._observer.connection_lost(line.station)
            self._tracker.gone(line.station)
            self._moved(line.station)

    def _moved(self, station: str) -> None:
        self._packets[station] = asyncio.get_running_loop().time()
        self._world.progress()


def _boot_in(connect: ConnectPacket) -> int:
    """Return the boot in the will of a hub, or 0 without one."""
    with suppress(ContractError):
        message = decode(MessageKind.PRESENCE, connect.will.payload) if connect.will is not None else None
        if isinstance(message, Presence):
            return message.boot
    return 0


def _now_ms() -> int:
    return int(asyncio.get_running_loop().time() * 1000)
