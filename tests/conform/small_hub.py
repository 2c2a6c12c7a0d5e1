"""A small hub of the tests, written from the contract on the MQTT codec: a core without sockets.

The core gets packets, times and acts, and returns outputs in `out`. Each name in
`defects` breaks it in one way.
It shares no code with `hubsim_agent`, so a mistake of one is not a mistake of the other.
"""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from small_hub_connect import filters_of, keepalive_of, pause_after, presence_of, will_of
from small_hub_documents import NotJson, Refused, read_document
from small_hub_events import EventBuffer
from small_hub_hardware import HARDWARE, effect_of
from small_hub_memory import memory_of, next_boot, read_memory
from small_hub_ports import Clock, Close, Crash, Limits, Open, Send, Store
from small_hub_reports import report_of

from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PublishPacket,
    SubackPacket,
    SubscribePacket,
)

MQTT_5_CONNECT = b"\x10\x14\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x07hub-mq5"


@dataclass
class SmallHub:
    """One boot of the hub."""

    hub: str
    memory: bytes | None
    now: Clock
    prefix: str = "hubsim/v1"
    limits: Limits = field(default_factory=Limits)
    defects: frozenset[str] = frozenset()
    seed: int = 0

    def __post_init__(self) -> None:
        stored = read_memory(self.memory)
        self.boot = next_boot(stored["boot"], self.now.wall_ms, self.defects)
        self.desired: dict[str, Any] = {"ping_s": 60} | stored["desired"]
        self.events = EventBuffer(self.hub, self.boot, self.limits.buffer, self.defects, stored["events"])
        self.hardware = json.loads(json.dumps(HARDWARE))
        self.chance = random.Random(f"{self.seed} {self.hub} {self.boot}")  # noqa: S311 (no secret)
        self.out: list[Any] = []
        self.state = "pause"
        self.deadline_s: float | None = None
        self.connection = self.sequence = self.packet_id = self.failures = 0
        self.sent_s = self.received_s = self.online_s = 0.0
        self.ping_sent_s: float | None = None
        self.event_due_s: float | None = None
        self.heard_due_s: float | None = None
        self.chat_due_s: float | None = None
        self.cloud_online = True
        self.held_reports: list[tuple[str, bytes]] = []
        self.last_refusal = ""
        self.acked_ids: set[int] = set()
        self.keepalive_s = 60
        self.store(0.0)
        self.connect(self.now)

    def has(self, defect: str) -> bool:
        """Return whether the hub has this defect."""
        return defect in self.defects

    def topic(self, kind: str) -> str:
        """Return the hub's topic of a kind."""
        return f"{self.prefix}/hubs/{self.hub}/{kind}"

    def store(self, after_s: float = 0.0) -> None:
        """Make everything durable after a delay."""
        memory = memory_of(self.boot, self.desired, self.events.waiting, self.defects)
        self.out.append(Store(memory, after_s))

    # ------------------------------------------------------------------ connection

    def connect(self, now: Clock) -> None:
        """Begin an attempt."""
        self.connection += 1
        if self.has("connection number stuck"):
            self.connection = 1
        if self.has("connection number restarts"):
            self.connection = (self.connection - 1) % 3 + 1
        self.state, self.deadline_s = "opening", now.s + self.limits.connack_s
        self.out.append(Open())

    def opened(self, now: Clock) -> None:
        """Send CONNECT."""
        will = will_of(self.topic("presence"), self.hub, self.boot, self.connection, self.defects)
        self.keepalive_s = keepalive_of(self.desired["ping_s"], self.defects)
        client_id = f"hub-{self.hub}" if not self.has("random client id") else f"hub-{self.chance.random()}"
        clean = not self.has("kept session")
        self.state, self.deadline_s = "connecting", now.s + self.limits.connack_s
        if self.has("no CONNACK limit"):
            self.deadline_s = None
        if self.has("MQTT 5"):
            self.send(MQTT_5_CONNECT, now)
        else:
            self.send(ConnectPacket(client_id, clean, self.keepalive_s, will), now)

    def failed(self, now: Clock) -> None:
        """The connection failed or ended: wait, then try again."""
        if self.state == "stopped":
            return
        if self.state == "online" and now.s - self.online_s >= self.limits.steady_s:
            self.failures = 0
        self.failures += 1
        pause_s = pause_after(self.failures, self.limits, self.chance, self.defects)
        self.state, self.deadline_s = "pause", now.s + pause_s
        self.events.disconnected(now)
        self.event_due_s = self.heard_due_s = self.ping_sent_s = self.chat_due_s = None

    def close(self, now: Clock, *, word: bool) -> None:
        """Leave the connection and try again."""
        if word and self.state == "online" and not self.has("leaves without presence"):
            self.publish("presence", self.presence(False), now)
        if word:
            self.send(DisconnectPacket(), now)
        self.out.append(Close())
        self.failed(now)

    def stop(self, now: Clock) -> None:
        """Leave in order."""
        if self.state == "online" and not self.has("leaves without a word"):
            if not self.has("leaves without presence"):
                self.publish("presence", self.presence(False), now)
            self.send(DisconnectPacket(), now)
        self.state, self.deadline_s = "stopped", None
        self.out.append(Close())

    def due_s(self) -> float | None:
        """Return when `tick` has something to do."""
        times = [self.deadline_s]
        if self.state == "online":
            times += [self.event_due_s, self.chat_due_s]
            if not self.has("never asks"):
                times.append(
                    self.heard_due_s if self.cloud_online or self.has("leaves an offline cloud") else None
                )
            if self.keepalive_s and self.ping_sent_s is None and not self.has("never pings"):
                times.append(min(self.sent_s, self.received_s) + self.keepalive_s)
            if self.ping_sent_s is not None and not self.has("ignores missing PINGRESP"):
                times.append(self.ping_sent_s + self.keepalive_s)
        return min((each for each in times if each is not None), default=None)

    def tick(self, now: Clock) -> None:
        """Do what is due."""
        due_s = self.due_s()
        if due_s is None or due_s > now.s + 1e-6:
            return
        if self.state == "pause":
            self.connect(now)
        elif self.deadline_s is not None and self.deadline_s <= now.s + 1e-6:
            self.close(now, word=False)
        elif self.chat_due_s is not None and self.chat_due_s <= now.s + 1e-6:
            self.chat_due_s = now.s + (0.05 if self.has("floods") else 1.0)
            self.report(now)
        elif self.ping_sent_s is None and self.ping_due(now):
            self.ping_sent_s = now.s
            self.send(PingreqPacket(), now)
        elif (self.event_due_s is not None and self.event_due_s <= now.s + 1e-6) or (
            self.heard_due_s is not None and self.heard_due_s <= now.s + 1e-6
        ):
            self.close(now, word=True)
        elif self.ping_sent_s is not None and self.ping_sent_s + self.keepalive_s <= now.s + 1e-6:
            if self.has("ignores missing PINGRESP"):
                self.ping_sent_s = None
            else:
                self.close(now, word=False)

    def ping_due(self, now: Clock) -> bool:
        """Return whether it is time for a PINGREQ."""
        last_s = min(self.sent_s, self.received_s)
        return bool(self.keepalive_s) and last_s + self.keepalive_s <= now.s + 1e-6

    # ------------------------------------------------------------------ packets

    def send(self, packet: Packet | bytes, now: Clock) -> None:
        """Send a packet."""
        self.sent_s = now.s
        self.out.append(Send(packet))

    def publish(self, kind: str, payload: bytes, now: Clock) -> int:
        """Publish on a topic of the hub; return the packet id."""
        self.packet_id = self.packet_id % 60_000 + 1
        qos = 0 if self.has("QoS 0") and kind != "events" else 1
        retain = kind != "events"
        if self.has("not retained") and kind == "reported":
            retain = False
        if self.has("retained events"):
            retain = True
        topic = self.topic(kind)
        self.send(PublishPacket(topic, payload, qos, retain, packet_id=self.packet_id if qos else 0), now)
        return self.packet_id

    def received(self, packet: Packet, now: Clock) -> None:
        """Take a packet of the broker."""
        self.received_s = now.s
        match packet:
            case ConnackPacket(code=0):
                self.subscribe(now)
            case ConnackPacket():
                self.close(now, word=False)
            case SubackPacket() if self.state == "subscribing":
                self.online(now)
            case PublishPacket():
                if packet.qos:
                    self.send(PubackPacket(packet.packet_id), now)
                self.message(packet.topic, packet.payload, now)
            case PubackPacket(packet_id=packet_id):
                self.acknowledged(packet_id, now)
            case PingrespPacket():
                self.ping_sent_s = None
            case _:
                pass

    def subscribe(self, now: Clock) -> None:
        """Send SUBSCRIBE."""
        if self.has("never subscribes"):
            self.online(now)
            return
        if self.has("presence before SUBSCRIBE"):
            self.publish("presence", self.presence(True), now)
        self.state, self.deadline_s = "subscribing", now.s + self.limits.suback_s
        if self.has("no SUBACK limit"):
            self.deadline_s = None
        self.packet_id = self.packet_id % 60_000 + 1
        self.send(SubscribePacket(self.packet_id, filters_of(self.prefix, self.hub, self.defects)), now)

    def online(self, now: Clock) -> None:  # noqa: C901 (the places of defects)
        """Publish presence, the report, and the events that wait."""
        self.state, self.deadline_s, self.online_s = "online", None, now.s
        if self.has("sequence restarts"):
            self.sequence = 0
        if self.has("report before presence"):
            self.report(now, ask=True)
        if not self.has("no presence"):
            self.publish("presence", self.presence(True), now)
        if self.has("events before the report"):
            self.send_events(now)
        if self.has("queue of old reports"):
            for topic, payload in self.held_reports:
                self.publish(topic, payload, now)
        self.held_reports.clear()
        if not self.has("report before presence"):
            self.report(now, ask=not self.has("never asks"))
        self.heard_due_s = now.s + self.limits.heard_s
        if self.has("presence goes back"):
            self.publish("presence", self.presence(False), now)
            self.publish("presence", self.presence(True), now)
        if self.has("foreign topic"):
            self.publish("debug", b"{}", now)
        if self.has("chatty") or self.has("floods"):
            self.chat_due_s = now.s + 0.5
        if self.has("resends for ever"):
            for event in self.events.waiting:
                event["sent"] = False
        self.send_events(now)

    # ------------------------------------------------------------------ messages of the cloud

    def message(self, topic: str, payload: bytes, now: Clock) -> None:
        """Take a message."""
        if topic == f"{self.prefix}/cloud/presence":
            self.cloud_online = json.loads(payload).get("online", True) if payload else True
            if self.cloud_online and self.heard_due_s is not None:
                self.heard_due_s = now.s + self.limits.heard_s
        elif topic == self.topic("heard"):
            self.heard_due_s = None
        elif topic != self.topic("desired") and self.has("leaves on a foreign topic"):
            self.close(now, word=True)
        elif topic == self.topic("desired") or (self.has("takes any topic") and "/desired" in topic):
            try:
                self.take(payload, now)
            except Refused as refusal:
                if isinstance(refusal, NotJson) and self.has("crashes on garbage"):
                    self.out.append(Crash())
                if isinstance(refusal, NotJson) and self.has("leaves on garbage"):
                    self.close(now, word=True)
                self.refuse(str(refusal), now)

    def refuse(self, text: str, now: Clock) -> None:
        """Report a refusal once."""
        if self.has("silent refusals") or text == self.last_refusal:
            return
        self.last_refusal = text
        if self.has("refusals without a rule"):
            text = text.partition(": ")[2]
        self.event("message_refused", text, now)

    def take(self, payload: bytes, now: Clock) -> None:
        """Apply a document, or raise `Refused`."""
        document = read_document(payload, self.hub, self.desired, self.defects)
        self.last_refusal = ""
        version, held = document["version"], self.desired["version"]
        if self.has("version of 32 bits"):
            version &= 0xFFFF_FFFF
            document["version"] = version
        if version == held and not self.has("silent on the held version"):
            self.report(now)
        elif version > held or (version < held and self.has("takes stale documents")):
            self.apply(document, now)

    def apply(self, document: dict[str, Any], now: Clock) -> None:
        """Persist a document, then report it."""
        if self.has("never applies"):
            return
        self.desired = document
        self.store(0.2 if self.has("reports before it persists") else 0.0)
        if not self.has("never reports a new version"):
            self.report(now)

    # ------------------------------------------------------------------ messages of the hub

    def presence(self, online: bool) -> bytes:
        """Return a presence."""
        return presence_of(self.hub, self.boot, self.connection, online=online, defects=self.defects)

    def report(self, now: Clock, *, ask: bool = False) -> None:
        """Publish the whole state, if the hub is online."""
        if self.has("never reports"):
            return
        if self.state != "online" and not self.has("queue of old reports"):
            return
        self.sequence += 1
        numbers = {"boot": self.boot, "sequence": self.sequence, "connection": self.connection}
        payload = report_of(self.hub, numbers, self.desired, self.hardware, ask=ask, defects=self.defects)
        if self.state == "online":
            self.publish("reported", payload, now)
        else:
            self.held_reports = [*self.held_reports[-20:], ("reported", payload)]

    def event(self, kind: str, detail: str, now: Clock) -> None:
        """Keep an event until it is acknowledged."""
        if self.events.add(kind, detail, now, online=self.state == "online"):
            self.store()
            self.send_events(now)

    def send_events(self, now: Clock) -> None:
        """Send the events that wait, oldest first."""
        if self.state != "online":
            return
        for event in self.events.to_send():
            self.send_event(event, now)
            self.event_due_s = self.event_due_s or now.s + self.limits.puback_s
        if self.has("no PUBACK limit"):
            self.event_due_s = None

    def send_event(self, event: dict[str, Any], now: Clock) -> None:
        """Publish an event."""
        payload = self.events.sending(event, now)
        self.events.in_flight[self.publish("events", payload, now)] = event

    def acknowledged(self, packet_id: int, now: Clock) -> None:
        """Remove an acknowledged event."""
        event = self.events.in_flight.pop(packet_id, None)
        if event is None:
            if self.has("leaves on a second PUBACK") and packet_id in self.acked_ids:
                self.close(now, word=True)
            self.acked_ids.add(packet_id)
            return
        if self.has("sends acknowledged events twice") and not event.get("twice"):
            event["twice"] = True
            self.send_event(event, now)
            return
        self.event_due_s = now.s + self.limits.puback_s if self.events.in_flight else None
        if not self.has("resends for ever"):
            self.events.waiting.remove(event)
            self.store()
        self.send_events(now)

    # ------------------------------------------------------------------ hardware

    def act(self, act: dict[str, Any], now: Clock) -> bool:
        """Perform an act on the hardware; return whether the hub has what it needs."""
        effect = effect_of(act)
        if effect is not None:
            self.change(*effect, now)
        return effect is not None

    def change(self, changes: dict[str, Any], kind: str, now: Clock) -> None:
        """Change the hardware: report it, and make an event."""
        if self.hardware | changes == self.hardware:
            return
        self.hardware |= changes
        if not self.has("changes of hardware are not reported"):
            self.report(now)
        self.event(kind, "", now)
