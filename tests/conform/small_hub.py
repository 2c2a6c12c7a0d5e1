"""A small hub of the tests, written from the contract on the MQTT codec: a core without sockets.

The core gets packets, times and acts, and returns outputs in `out`. Each name in
`defects` breaks it in one way.
It shares no code with `hubsim_agent`, so a mistake of one is not a mistake of the other.
"""

import json
import random
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PacketWill,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PublishPacket,
    SubackPacket,
    SubscribePacket,
)

MQTT_5_CONNECT = b"\x10\x14\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x07hub-mq5"
SERVICES = ("not_available", "activation_required", "active", "expiring")
LARGEST = 16_384
NOTHING = {"version": 0, "service": "not_available", "ends_at_ms": None, "sim_cut_off": False, "armed": False}
DEFAULTS = {"ends_at_ms": None, "sim_cut_off": False, "armed": False, "ping_s": 60}
KEPT = ("boot", "number", "kind", "at_ms", "detail")
HARDWARE: dict[str, Any] = {
    "model": "small-hub",
    "firmware": "1.0",
    "channels": ["cellular", "ethernet"],
    "sims": [
        {"slot": 1, "card": "ok", "iccid": "89883000000000000003"},
        {"slot": 2, "card": "missing", "iccid": None},
    ],
    "active_sim": 1,
    "registration": "roaming",
    "generation": "4G",
    "signal": "strong",
    "battery_percent": 95,
    "mains": True,
    "lid_open": False,
    "malfunction": False,
}


class Clock(NamedTuple):
    """Monotonic seconds, and the time of day in ms since 1970."""

    s: float
    wall_ms: int


class Open(NamedTuple):
    """Open a TCP connection."""


class Close(NamedTuple):
    """Close the TCP connection after what was sent."""


class Send(NamedTuple):
    """Send a packet, or raw bytes."""

    packet: Packet | bytes


class Store(NamedTuple):
    """Make the memory durable after this delay."""

    memory: bytes
    after_s: float = 0.0


class Crash(NamedTuple):
    """The program ends; a watchdog starts it again."""


class Refused(Exception):
    """A message that breaks a rule."""


@dataclass(frozen=True)
class Limits:
    """The bounds of the hub, in seconds."""

    connack_s: float = 30.0
    suback_s: float = 30.0
    puback_s: float = 60.0
    first_s: float = 1.0
    longest_s: float = 60.0
    steady_s: float = 10.0
    heard_s: float = 60.0
    buffer: int = 100


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
        stored = json.loads(self.memory) if self.memory else {"boot": 0, "desired": NOTHING, "events": []}
        self.boot = max(stored["boot"] + 1, self.now.wall_ms // 1000)
        if self.has("same boot twice") and stored["boot"]:
            self.boot = stored["boot"]
        if self.has("boot from the clock alone"):
            self.boot = self.now.wall_ms // 1000
        self.desired: dict[str, Any] = {"ping_s": 60} | stored["desired"]
        self.events: list[dict[str, Any]] = stored["events"]
        self.hardware = json.loads(json.dumps(HARDWARE))
        self.chance = random.Random(f"{self.seed} {self.hub} {self.boot}")  # noqa: S311 (no secret)
        self.out: list[Any] = []
        self.state = "pause"
        self.deadline_s: float | None = None
        self.connection = self.sequence = self.number = self.packet_id = self.failures = 0
        self.dropped = self.dropped_told = 0
        self.overlooked = False
        self.sent_s = self.received_s = self.online_s = 0.0
        self.ping_sent_s: float | None = None
        self.event_due_s: float | None = None
        self.heard_due_s: float | None = None
        self.chat_due_s: float | None = None
        self.cloud_online = True
        self.in_flight: dict[int, dict[str, Any]] = {}
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
        kept = NOTHING if self.has("never persists") else self.desired
        events = [] if self.has("events are not durable") else self.events
        memory = json.dumps({"boot": self.boot, "desired": kept, "events": events}).encode()
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
        will: PacketWill | None = PacketWill(self.topic("presence"), self.presence(False), qos=1, retain=True)
        if self.has("will with old numbers"):
            self.connection -= 1
            will = PacketWill(self.topic("presence"), self.presence(False), qos=1, retain=True)
            self.connection += 1
        if self.has("will not retained"):
            will = PacketWill(will.topic, will.payload, qos=1, retain=False)
        if self.has("will at QoS 0"):
            will = PacketWill(will.topic, will.payload, qos=0, retain=True)
        if self.has("will says online"):
            will = PacketWill(will.topic, self.presence(True), qos=1, retain=True)
        if self.has("no will"):
            will = None
        self.keepalive_s = 60 if self.has("ignores ping") else min(max(self.desired["ping_s"], 10), 300)
        if self.has("ping without bounds"):
            self.keepalive_s = self.desired["ping_s"]
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
        pause_s = 0.0
        if self.failures > 1:
            pause_s = min(self.limits.first_s * 2 ** (self.failures - 2), self.limits.longest_s)
            pause_s *= 1.0 if self.has("no jitter") else self.chance.uniform(0.5, 1.0)
        if self.has("no backoff"):
            pause_s = 0.01
        if self.has("slow backoff"):
            pause_s *= 10
        self.state, self.deadline_s = "pause", now.s + pause_s
        if self.has("gives up") and self.failures > 4:
            self.deadline_s = now.s + 100_000
        if self.has("renumbers events") and self.in_flight:
            flying = [
                event["number"]
                for event in self.in_flight.values()
                if event["boot"] == self.boot and now.s - event["sent_s"] > 0.0015
            ]
            self.number = max(flying, default=self.number)
            for event in self.events:
                if event["boot"] != self.boot or not flying:
                    continue
                self.number += 1
                event["number"] = self.number
        self.in_flight.clear()
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
        filters = [self.topic("desired"), self.topic("heard"), f"{self.prefix}/cloud/presence"]
        if self.has("overlapping filters"):
            filters.append(f"{self.prefix}/hubs/{self.hub}/+")
        if self.has("subscribes to all hubs"):
            filters[0] = f"{self.prefix}/hubs/+/desired"
        if self.has("no filter for the cloud"):
            del filters[2]
        qos = 0 if self.has("subscribes at QoS 0") else 1
        self.state, self.deadline_s = "subscribing", now.s + self.limits.suback_s
        if self.has("no SUBACK limit"):
            self.deadline_s = None
        self.packet_id = self.packet_id % 60_000 + 1
        self.send(SubscribePacket(self.packet_id, tuple((each, qos) for each in filters)), now)

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
            for event in self.events:
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
        limit = 8_192 if self.has("small receive buffer") else LARGEST
        if len(payload) > limit and not self.has("no size limit"):
            raise Refused(f"MQ-10.size_in: {len(payload)} bytes")
        document = self.read(payload, now)
        self.last_refusal = ""
        version, held = document["version"], self.desired["version"]
        if self.has("version of 32 bits"):
            version &= 0xFFFF_FFFF
            document["version"] = version
        if version == held and not self.has("silent on the held version"):
            self.report(now)
        elif version > held or (version < held and self.has("takes stale documents")):
            self.apply(document, now)

    def read(self, payload: bytes, now: Clock) -> dict[str, Any]:
        """Return a valid document with defaults, or raise `Refused`."""
        try:
            found = json.loads(payload.decode())
            if not isinstance(found, dict):
                raise Refused("MQ-7.json: not an object")
        except (ValueError, RecursionError) as error:
            if self.has("crashes on garbage"):
                self.out.append(Crash())
            if self.has("leaves on garbage"):
                self.close(now, word=True)
            raise Refused(f"MQ-7.json: {str(error)[:150]}") from error
        contract = found.get("contract", 1)
        if contract != 1 and not self.has("ignores the contract version"):
            raise Refused(f"MQ-9.version: {contract}")
        if self.has("merges documents"):
            found = {name: self.desired[name] for name in DEFAULTS if name in self.desired} | found
        document = DEFAULTS | found
        if self.has("refuses unknown fields") and found.keys() - {
            "contract",
            "hub",
            "version",
            "service",
            *DEFAULTS,
        }:
            raise Refused("MQ-7.shape: unknown field")
        self.check(document)
        return document

    def check(self, document: dict[str, Any]) -> None:
        """Raise `Refused` for a bad field."""
        whole = 200_000 if self.has("detail too long") else 150

        def demand(good: bool, rule: str, name: str) -> None:
            if not good:
                raise Refused(f"{rule}: {name}: {str(document.get(name))[:whole]}")

        for name, kind in (("hub", str), ("version", int), ("service", str), ("ping_s", int)):
            value = document.get(name)
            demand(isinstance(value, kind) and not isinstance(value, bool), "MQ-7.shape", name)
        for name in ("sim_cut_off", "armed"):
            demand(isinstance(document[name], bool), "MQ-7.shape", name)
        ends = document["ends_at_ms"]
        demand(
            ends is None or (isinstance(ends, int) and not isinstance(ends, bool)), "MQ-7.shape", "ends_at_ms"
        )
        demand(ends is None or 0 <= ends < 2**53, "MQ-7.words", "ends_at_ms")
        demand(0 <= document["version"] < 2**53, "MQ-7.words", "version")
        if document["service"] not in SERVICES and self.has("guesses unknown words"):
            document["service"] = "active"
        demand(document["service"] in SERVICES, "MQ-7.words", "service")
        demand(document["hub"] == self.hub or self.has("ignores the hub of a document"), "MQ-7.hub", "hub")

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
        number = {"boot": self.boot, "connection": self.connection}
        if self.has("presence that is not JSON") and online:
            return b"{'online': True}"
        return json.dumps({"contract": 1, "hub": self.hub, "online": online} | number).encode()

    def report(self, now: Clock, *, ask: bool = False) -> None:
        """Publish the whole state, if the hub is online."""
        if self.has("never reports"):
            return
        if self.state != "online" and not self.has("queue of old reports"):
            return
        self.sequence += 1
        document = self.desired
        report: dict[str, Any] = {
            "contract": 1,
            "hub": self.hub,
            "boot": self.boot,
            "sequence": self.sequence,
            "connection": self.connection,
            "applied_version": document["version"],
            "service": document["service"],
            "ends_at_ms": document["ends_at_ms"],
            "sim_cut_off": document["sim_cut_off"],
            "armed": document["armed"],
            "ask": ask,
            "hardware": json.loads(json.dumps(self.hardware)),
        }
        for defect, change in REPORT_DEFECTS.items():
            if self.has(defect):
                change(report)
        payload = json.dumps(report).encode()
        if self.state == "online":
            self.publish("reported", payload, now)
        else:
            self.held_reports = [*self.held_reports[-20:], ("reported", payload)]

    def event(self, kind: str, detail: str, now: Clock) -> None:
        """Keep an event until it is acknowledged."""
        if self.has("drops events offline") and self.state != "online":
            return
        self.overlooked = self.state != "online" and not self.overlooked
        if self.has("keeps every second event") and self.overlooked:
            return
        self.number += 1
        if self.has("leaves out numbers") and self.number % 2 == 0:
            self.number += 1
        if self.has("repeats numbers"):
            self.number = 1
        limit = 10 if self.has("small event buffer") else self.limits.buffer
        while len(self.events) >= limit:
            del self.events[0]
            self.dropped += 1
        if self.dropped > self.dropped_told and not self.has("loss not counted"):
            self.dropped_told = self.dropped
            detail = f"{detail}; events_dropped={self.dropped}"
        at_ms = 0 if self.has("event time 0") else now.wall_ms
        if not self.has("detail too long"):
            detail = detail[:200]
        self.events.append(
            {
                "boot": self.boot,
                "number": self.number,
                "kind": kind,
                "at_ms": at_ms,
                "detail": detail,
                "sent": False,
            }
        )
        self.store()
        self.send_events(now)

    def send_events(self, now: Clock) -> None:
        """Send the events that wait, oldest first."""
        if self.state != "online":
            return
        waiting = [event for event in self.events if event not in self.in_flight.values()]
        if self.has("resends for ever"):
            waiting = [event for event in waiting if not event["sent"]]
        if self.has("newest event first"):
            waiting.reverse()
        for event in waiting[: 20 - len(self.in_flight)]:
            event["sent"] = True
            self.send_event(event, now)
            self.event_due_s = self.event_due_s or now.s + self.limits.puback_s
        if self.has("no PUBACK limit"):
            self.event_due_s = None

    def send_event(self, event: dict[str, Any], now: Clock) -> None:
        """Publish an event."""
        message = {"contract": 1, "hub": self.hub, **{key: event[key] for key in KEPT}}
        if self.has("event time of sending") and "timed" not in event:
            event["timed"] = event["at_ms"] = message["at_ms"] = now.wall_ms
        if self.has("event kind in upper case"):
            message["kind"] = event["kind"].upper()
        payload = json.dumps(message).encode()
        if self.has("events that are not JSON") and event["kind"] == "message_refused":
            payload = payload.replace(b'"', b"'")
        event["sent_s"] = now.s
        self.in_flight[self.publish("events", payload, now)] = event

    def acknowledged(self, packet_id: int, now: Clock) -> None:
        """Remove an acknowledged event."""
        event = self.in_flight.pop(packet_id, None)
        if event is None:
            if self.has("leaves on a second PUBACK") and packet_id in self.acked_ids:
                self.close(now, word=True)
            self.acked_ids.add(packet_id)
            return
        if self.has("sends acknowledged events twice") and not event.get("twice"):
            event["twice"] = True
            self.send_event(event, now)
            return
        self.event_due_s = now.s + self.limits.puback_s if self.in_flight else None
        if not self.has("resends for ever"):
            self.events.remove(event)
            self.store()
        self.send_events(now)

    # ------------------------------------------------------------------ hardware

    def act(self, act: dict[str, Any], now: Clock) -> bool:
        """Perform an act on the hardware; return whether the hub has what it needs."""
        match act:
            case {"do": "set_lid", "open": bool(state)}:
                self.change({"lid_open": state}, "lid_opened" if state else "lid_closed", now)
            case {"do": "set_mains", "present": bool(state)}:
                self.change({"mains": state}, "mains_restored" if state else "mains_lost", now)
            case {"do": "set_registration", "registration": str(state)}:
                changes = {name: act.get(name) for name in ("generation", "active_sim")}
                changes |= {"registration": state, "signal": act.get("signal", "no_signal")}
                kind = "registration_denied" if state == "denied" else "registered"
                self.change(changes, kind, now)
            case _:
                return False
        return True

    def change(self, changes: dict[str, Any], kind: str, now: Clock) -> None:
        """Change the hardware: report it, and make an event."""
        if self.hardware | changes == self.hardware:
            return
        self.hardware |= changes
        if not self.has("changes of hardware are not reported"):
            self.report(now)
        self.event(kind, "", now)


def _changed(**changes: Any) -> Any:
    return lambda report: report.update(changes)


def _hardware(**changes: Any) -> Any:
    return lambda report: report["hardware"].update(changes)


def _wrong_service(report: dict[str, Any]) -> None:
    if report["service"] == "expiring":
        report["service"] = "active"


def _version_too_high(report: dict[str, Any]) -> None:
    report["applied_version"] += 1_000_000


def _no_firmware(report: dict[str, Any]) -> None:
    del report["hardware"]["firmware"]


def _bad_iccid(report: dict[str, Any]) -> None:
    report["hardware"]["sims"][0]["iccid"] = "89883000000000000004"


def _without_filler(report: dict[str, Any]) -> None:
    report["hardware"]["sims"][0]["iccid"] = "8988300000000000003F"


REPORT_DEFECTS: dict[str, Any] = {
    "wrong service": _wrong_service,
    "wrong applied version": _version_too_high,
    "missing field": _no_firmware,
    "wrong type": _hardware(mains="yes"),
    "word in wrong case": _hardware(registration="Roaming"),
    "unknown word": _hardware(signal="excellent"),
    "battery not in steps": _hardware(battery_percent=97),
    "bad ICCID": _bad_iccid,
    "ICCID with its filler": _without_filler,
    "hub in lower case": lambda report: report.update(hub=report["hub"].lower()),
    "oversized report": _changed(note="x" * 20_000),
}
