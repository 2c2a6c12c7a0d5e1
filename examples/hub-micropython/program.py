# The program of the hub from power-on to power-off: connection, messages, reports, events, display.

import json
import random

from clock import now_ms, ticks
from documents import Refused, read_cloud_presence, read_desired, read_heard
from hardware import events_between, hardware_of
from mqtt import BadPacket, Mqtt, field, packet

EVENTS_MAX = 100
REFUSALS_MAX = 10
IN_FLIGHT_MAX = 20
DETAIL_MAX = 200
ASK_AGAIN_S = 60
TILES = {"active": "activated", "expiring": "expires_soon", "activation_required": "activation_required"}


class Hub:
    # The program of one boot. `run_once` does everything that is due, and does not wait for more. The caller
    # waits until `next_due`, or until `poll` is ready because the broker has sent a packet.
    def __init__(self, number, memory, board, options, poll):
        self.number = number
        self.memory = memory
        self.options = options
        self.poll = poll
        self.hardware = hardware_of(board)
        self.base = "%s/hubs/%s/" % (options["prefix"], number)
        self.cloud_topic = "%s/cloud/presence" % options["prefix"]
        self.connection = 0
        self.sequence = 0
        self.event_number = 0
        self.last_refusal = ""
        self.last_kind = ""
        self.dropped = self.dropped_told = 0
        self.mqtt = None
        self.state = "waiting"
        self.pause_s = 0
        self.shown = None
        self.deadline = ticks()
        memory.next_boot()
        if memory.lost:
            self.add_event("memory_lost", "")
        self.forget_connection()

    def forget_connection(self):
        self.tokens = {}  # packet id to the (boot, number) of an event, or None for presence and reported
        self.packet_id = 0
        self.ack_due = None
        self.ping_due = None
        self.report_due = False
        self.report_in_flight = 0
        self.cloud = None  # the newest presence of the cloud: its numbers, and whether it is online
        self.away = False  # the presence went offline, and the cloud has not answered since
        self.heard_at = None
        self.asked = None
        self.channel = None

    def seconds(self, name):
        return float(self.options[name])

    def later(self, name):
        return ticks() + int(self.seconds(name) * 1000)

    # -------------------------------------------------------------- the connection

    def open(self):
        # MQ-6: the will has the numbers of this attempt. MQ-2: every attempt counts.
        self.connection += 1
        self.forget_connection()
        host, _, port = self.options["broker"].rpartition(":")
        wanted = ("ethernet", "wifi", "cellular")
        self.channel = [channel for channel in wanted if channel in self.hardware["channels"]][0]
        self.mqtt = Mqtt(host, int(port), self.seconds("connack_s"), self.poll)
        user, password = self.options["user"], self.options["password"]
        flags = (
            0x2E | (0x80 if user else 0) | (0x40 if password else 0)
        )  # clean session, retained will, QoS 1
        self.keepalive_s = self.memory.applied["ping_s"] if self.memory.applied else 60
        parts = [field("MQTT"), bytes([4, flags]), self.keepalive_s.to_bytes(2, "big")]
        parts += [field("hub-" + self.number), field(self.base + "presence"), field(self.presence(False))]
        parts += [field(text) for text in (user, password) if text]
        self.mqtt.send(packet(0x10, *parts))
        self.state, self.deadline = "connack", self.later("connack_s")

    def lost(self):
        # MQ-10: pauses grow, and are spread. The first attempt after a good connection does not wait.
        lasted = self.state == "online" and ticks() >= self.good_at
        if self.mqtt:
            self.mqtt.close()
        self.mqtt, self.state = None, "waiting"
        self.pause_s = 0 if lasted else self.pause_s
        self.deadline = ticks() + int(self.pause_s * random.uniform(0.5, 1) * 1000)
        longest = self.seconds("reconnect_longest_s")
        self.pause_s = min(max(self.pause_s * 2, self.seconds("reconnect_first_s")), longest)
        self.forget_connection()
        self.show()

    def publish(self, kind, payload, retain, token=None):
        self.packet_id = self.packet_id % 65535 + 1
        self.tokens[self.packet_id] = token
        topic = field(self.base + kind)
        self.mqtt.send(packet(0x33 if retain else 0x32, topic, self.packet_id.to_bytes(2, "big"), payload))
        if self.ack_due is None:
            self.ack_due = self.later("puback_s")

    def presence(self, online):
        message = {"contract": 1, "hub": self.number, "online": online}
        message.update({"boot": self.memory.boot, "connection": self.connection})
        return json.dumps(message).encode()

    def leave(self):
        # MQ-6: an orderly end publishes that the hub is offline, then DISCONNECT: the broker sends no will.
        if self.state == "online":
            self.publish("presence", self.presence(False), True)
            self.mqtt.send(packet(0xE0))
        if self.mqtt:
            self.mqtt.close()
        self.mqtt, self.state = None, "waiting"

    def run_once(self):
        try:
            if self.state == "waiting":
                if not self.hardware["channels"] or ticks() < self.deadline:
                    return
                self.open()
            for first, body in self.mqtt.arrived():
                self.received(first, body)
            self.check_waits()
            if self.state == "online":
                self.send_due()
        except (OSError, BadPacket):
            self.lost()

    def limits(self):
        # Until when the broker and the cloud must answer, and why the connection ends without the answer.
        if self.state in ("connack", "suback"):
            return [(self.deadline, "no answer from the broker")]
        asked = self.asked[1] if self.asked and not self.away else None
        found = (
            (self.ack_due, "no PUBACK"),
            (self.ping_due, "no PINGRESP"),
            (asked, "the cloud receives no reports"),
        )
        return [(due, reason) for due, reason in found if due is not None]

    def next_ping(self):
        return self.mqtt.last_sent + self.keepalive_s * 500

    def check_waits(self):
        now = ticks()
        for due, reason in self.limits():
            if now >= due:
                raise OSError(reason)
        if self.state == "online" and self.ping_due is None and now >= self.next_ping():
            self.mqtt.send(packet(0xC0))
            self.ping_due = now + self.keepalive_s * 500

    def next_due(self):
        # None: nothing but its hardware or the broker gives it something to do.
        if self.state == "waiting":
            return self.deadline if self.hardware["channels"] else None
        due = [each for each, _ in self.limits()]
        if self.state == "online" and self.ping_due is None:
            due.append(self.next_ping())
        return min(due) if due else None

    # -------------------------------------------------------------- packets of the broker

    def received(self, first, body):
        kind = first >> 4
        if kind == 2 and self.state == "connack":
            if len(body) < 2 or body[1]:
                raise OSError("the broker refuses the connection")
            filters = (self.base + "desired", self.base + "heard", self.cloud_topic)
            self.mqtt.send(packet(0x82, b"\0\1", *[field(each) + b"\1" for each in filters]))
            self.state, self.deadline = "suback", self.later("suback_s")
        elif kind == 9 and self.state == "suback":
            if 0x80 in body[2:]:
                raise OSError("the broker refuses the subscription")
            self.state, self.good_at, self.report_due = "online", self.later("online_after_s"), True
            self.packet_id = 1
            self.publish("presence", self.presence(True), True)  # MQ-3: presence, then reported, then events
            self.report()
        elif kind == 3:
            self.message(first, body)
        elif kind == 4 and len(body) >= 2:
            self.acknowledged(int.from_bytes(body[:2], "big"))
        elif kind == 13:
            self.ping_due = None

    def acknowledged(self, packet_id):
        event = self.tokens.pop(packet_id, None)
        if packet_id == self.report_in_flight:
            self.report_in_flight = 0
        if event is not None:
            waiting = self.memory.events
            self.memory.events = [each for each in waiting if (each["boot"], each["number"]) != event]
            self.memory.save()
        self.ack_due = self.later("puback_s") if self.tokens else None

    def message(self, first, body):
        size = int.from_bytes(body[:2], "big")
        topic, rest = body[2 : 2 + size], body[2 + size :]
        payload = rest[2:] if first & 6 else rest
        try:
            self.take(topic.decode(), payload)
            self.last_refusal = ""  # a valid message has arrived
        except Refused as refusal:
            self.refuse(refusal)
        except Exception:
            pass  # MQ-7: no topic can stop a hub
        if first & 6:
            self.mqtt.send(packet(0x40, rest[:2]))  # after everything of the message is durable

    def take(self, topic, payload):
        if topic == self.base + "desired":
            self.take_desired(read_desired(payload, self.number))
        elif topic == self.cloud_topic:
            self.take_cloud(read_cloud_presence(payload))
        elif topic == self.base + "heard":
            boot, sequence = read_heard(payload, self.number)
            if self.asked and boot == self.memory.boot and sequence >= self.asked[0]:
                self.heard_at, self.asked, self.away = ticks(), None, False
                self.show()

    def take_desired(self, document):
        held = self.memory.applied["version"] if self.memory.applied else 0
        if document["version"] < held:
            return  # MQ-1: an old document
        if self.report_due and self.state == "online":
            self.report()  # MQ-5: each delivery of the version gets its own report
        if document["version"] > held:
            self.memory.applied = document  # MQ-1: it replaces the previous one as a whole
            self.memory.save()  # MQ-5: durable before it is shown and reported
            self.show()
        self.report_due = True  # MQ-5: the version that it holds is reported again

    def take_cloud(self, presence):
        # MQ-6 for the cloud: a late will does not hide a cloud that is back.
        if self.cloud is not None:
            if presence[0] < self.cloud[0]:
                return
            if presence[0] == self.cloud[0] and (presence[1] or not self.cloud[1]):
                return
        self.cloud, self.away = presence, not presence[1]
        if self.asked:
            self.asked = (self.asked[0], self.heard_bound())
        self.show()

    def refuse(self, refusal):
        text = "%s: %s" % (refusal.rule, refusal.text)
        waiting = [each for each in self.memory.events if each["kind"] == "message_refused"]
        if text != self.last_refusal and len(waiting) < REFUSALS_MAX:
            self.last_refusal = text
            self.add_event("message_refused", text)

    # -------------------------------------------------------------- what the hub sends

    def report(self):
        # MQ-4: the whole current state, never a queue of old ones.
        applied = self.memory.applied or {}
        self.sequence += 1
        old = self.heard_at is None or ticks() - self.heard_at >= ASK_AGAIN_S * 1000
        ask = self.asked is None and (old or self.away)
        message = {
            "contract": 1,
            "hub": self.number,
            "boot": self.memory.boot,
            "sequence": self.sequence,
            "connection": self.connection,
            "applied_version": applied.get("version", 0),
            "service": applied.get("service", "not_available"),
            "ends_at_ms": applied.get("ends_at_ms"),
            "sim_cut_off": applied.get("sim_cut_off", False),
            "armed": applied.get("armed", False),
            "ask": ask,
            "hardware": self.hardware,
        }
        self.report_due = False
        self.publish("reported", json.dumps(message).encode(), True)
        self.report_in_flight = self.packet_id
        if ask:
            self.asked = (self.sequence, self.heard_bound())

    def heard_bound(self):
        # `MQ-10.heard`: a broker without a presence of the cloud may have lost it: five times as long.
        return ticks() + int(self.seconds("heard_s") * 1000) * (5 if self.cloud is None else 1)

    def send_due(self):
        if self.report_due and not self.report_in_flight:
            self.report()
        flying = [token for token in self.tokens.values() if token is not None]
        for event in self.memory.events:
            key = (event["boot"], event["number"])
            if len(flying) >= IN_FLIGHT_MAX:
                break
            if key not in flying:
                self.publish("events", json.dumps(event).encode(), False, key)
                flying.append(key)

    def add_event(self, kind, detail):
        # MQ-4: numbered, durable, the oldest dropped, and the loss counted. A night of denials is one event.
        if kind == self.last_kind == "registration_denied":
            return
        self.last_kind = kind
        waiting = self.memory.events
        while len(waiting) >= EVENTS_MAX:
            waiting.pop(0)
            self.dropped += 1
        if self.dropped > self.dropped_told:
            mark = "events_dropped=%d" % self.dropped
            detail = (detail[: DETAIL_MAX - len(mark) - 2] + "; " if detail else "") + mark
            self.dropped_told = self.dropped
        self.event_number += 1
        event = {"contract": 1, "hub": self.number, "boot": self.memory.boot, "number": self.event_number}
        event.update({"kind": kind, "at_ms": now_ms(), "detail": detail[:DETAIL_MAX]})
        waiting.append(event)
        self.memory.save()

    # -------------------------------------------------------------- hardware and display

    def board_changed(self, board):
        old, self.hardware = self.hardware, hardware_of(board)
        for kind, detail in events_between(old, self.hardware):
            self.add_event(kind, detail)
        self.report_due = True
        if self.channel is not None and self.channel not in self.hardware["channels"]:
            self.pause_s = 0
            self.lost()
        self.show()

    def show(self):
        applied = self.memory.applied or {"service": "not_available"}
        service = applied["service"]
        reach = self.state == "online" and self.heard_at is not None and not self.away
        channels = len(self.hardware["channels"]) if reach else 0
        shown = {
            "hub": self.number,
            "service": service,
            "tile": TILES.get(service, "none"),
            "star": service in ("active", "expiring"),
            "led": ("red", "green", "white")[min(channels, 2)],
        }
        if shown != self.shown:
            self.shown = shown
            print(json.dumps(shown))
