# A hub in one file, for MicroPython or CPython, written from docs/contract.md alone.
#
#     python hub.py HUB FOLDER [OPTION=VALUE ...]
#
# HUB is the number on the label (8 upper-case hex digits). FOLDER keeps hardware.json (the hardware, changed
# by `actuate`) and memory.json (the flash). The options are in DEFAULTS below. Ctrl-C or SIGTERM stop it.
# It prints one line of JSON whenever its display changes. References like MQ-4 are rules of the contract.

import json
import os
import random
import select
import socket
import sys
import time

DEFAULTS = {
    "broker": "127.0.0.1:1883",
    "prefix": "hubsim/v1",
    "user": "",
    "password": "",
    "connack_s": "30",
    "suback_s": "30",
    "puback_s": "60",
    "heard_s": "60",
    "reconnect_first_s": "1",
    "reconnect_longest_s": "60",
    "online_after_s": "10",
}
SLOTS = 2
PAYLOAD_MAX = 16384
NUMBER_MAX = 9007199254740991
EVENTS_MAX = 100
REFUSALS_MAX = 10
IN_FLIGHT_MAX = 20
DETAIL_MAX = 200
ASK_AGAIN_S = 60
BATTERY_LOW = 20
LOOK_MS = 100
SERVICES = ("not_available", "activation_required", "active", "expiring")
TILES = {"active": "activated", "expiring": "expires_soon", "activation_required": "activation_required"}
REGISTERED = ("home", "roaming")
FACTORY = {
    "powered": True,
    "restarts": 0,
    "erasures": 0,
    "links": ["ethernet"],
    "sims": [{"slot": slot + 1, "card": "missing", "iccid": None} for slot in range(SLOTS)],
    "active_sim": None,
    "registration": "not_registered",
    "generation": None,
    "signal": "no_signal",
    "data": True,
    "battery_percent": 100,
    "mains": True,
    "lid_open": False,
}


def now_ms():
    return int(time.time() * 1000)


class Ticks:
    # Milliseconds that never go back, for waits. The counter of MicroPython wraps, this one does not.
    total = 0
    last = None

    def __call__(self):
        if not hasattr(time, "ticks_ms"):
            return int(time.monotonic() * 1000)
        now = time.ticks_ms()
        if self.last is not None:
            self.total += time.ticks_diff(now, self.last)
        self.last = now
        return self.total


ticks = Ticks()


def replace_file(path, text):
    # Durable when it returns: the old file or the new one survives a power cut, never half of one.
    with open(path + ".new", "w") as file:
        file.write(text)
        file.flush()
        if hasattr(os, "fsync"):
            os.fsync(file.fileno())
    os.rename(path + ".new", path)
    if hasattr(os, "sync") and not hasattr(os, "fsync"):
        os.sync()


# ------------------------------------------------------------------ MQTT 3.1.1


def length(size):
    # The remaining length of a packet (2.2.3).
    out = bytearray()
    while True:
        digit = size % 128
        size //= 128
        out.append(digit | (128 if size else 0))
        if not size:
            return bytes(out)


def field(data):
    data = data if isinstance(data, bytes) else data.encode()
    return len(data).to_bytes(2, "big") + data


def packet(first, *parts):
    body = b"".join(parts)
    return bytes([first]) + length(len(body)) + body


class BadPacket(Exception):
    pass


class Mqtt:
    # One connection: bytes in, packets out. The caller owns all waits.
    def __init__(self, host, port, limit_s):
        address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0][-1]
        self.socket = socket.socket()
        try:
            self.socket.settimeout(limit_s)
            self.socket.connect(address)
            if hasattr(socket, "TCP_NODELAY"):
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setblocking(False)
        except OSError:
            self.socket.close()
            raise
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)
        self.inbox = bytearray()
        self.outbox = bytearray()
        self.last_sent = ticks()

    def send(self, *packets):
        for each in packets:
            self.outbox += each
        self.last_sent = ticks()
        self.flush()

    def flush(self):
        while self.outbox:
            try:
                sent = self.socket.send(self.outbox)
            except OSError as error:
                if error.args[0] in (11, 35, 115):  # EAGAIN: the rest goes later
                    return
                raise
            self.outbox = self.outbox[sent:]

    def wait(self, limit_ms):
        # Return the packets that arrive within the limit, as (first byte, body).
        if self.outbox:
            self.flush()
        if self.poll.poll(limit_ms):
            data = self.socket.recv(4096)
            if not data:
                raise OSError("the broker closed the connection")
            self.inbox += data
        found = []
        while True:
            size, shift, place = 0, 0, 1
            while True:
                if place > 4:
                    raise BadPacket("a remaining length of more than 4 bytes")
                if place >= len(self.inbox):
                    return found
                size |= (self.inbox[place] & 127) << shift
                place += 1
                if not self.inbox[place - 1] & 128:
                    break
                shift += 7
            if len(self.inbox) < place + size:
                return found
            found.append((self.inbox[0], bytes(self.inbox[place : place + size])))
            self.inbox = self.inbox[place + size :]

    def close(self):
        self.socket.close()


# ------------------------------------------------------------------ the memory


class Memory:
    # Survives power cuts: the boot number, the applied document, and the events that wait (MQ-2, MQ-4, MQ-5).
    def __init__(self, path):
        self.path = path
        self.lost = False
        self.boot = 0
        self.applied = None
        self.events = []
        try:
            with open(path) as file:
                stored = json.loads(file.read())
            self.boot = stored["boot"]
            self.applied = stored["applied"]
            self.events = stored["events"]
        except OSError:
            pass  # a new hub
        except Exception:
            self.lost = True

    def save(self):
        stored = {"boot": self.boot, "applied": self.applied, "events": self.events}
        replace_file(self.path, json.dumps(stored))

    def erase(self):
        # As from the factory, but the boot number stays ahead (MQ-2).
        self.applied, self.events = None, []
        self.save()

    def next_boot(self):
        # Greater than every earlier one, also after a loss of memory.
        self.boot = max(self.boot + 1, now_ms() // 1000)
        self.save()


# ------------------------------------------------------------------ documents


class Refused(Exception):
    def __init__(self, rule, text):
        self.rule = rule
        self.text = text


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def need(ok, rule, text):
    if not ok:
        raise Refused(rule, text)


def read_object(payload):
    # MQ-10, MQ-7 and MQ-9: the size, JSON, an object, then the version before everything else.
    need(len(payload) <= PAYLOAD_MAX, "MQ-10.size_in", "more than 16384 bytes")
    try:
        document = json.loads(payload.decode("utf-8"))
    except Exception:
        raise Refused("MQ-7.json", "not JSON in UTF-8")
    need(isinstance(document, dict), "MQ-7.json", "not a JSON object")
    version = document.get("contract", 1)
    need(is_number(version), "MQ-7.shape", "contract is not an integer")
    need(version == 1, "MQ-9.version", "contract version %d, version 1 is accepted" % version)
    return document


def number_of(document, name, least=0):
    need(name in document, "MQ-7.shape", "%s is missing" % name)
    need(is_number(document[name]), "MQ-7.shape", "%s is not an integer" % name)
    need(least <= document[name] <= NUMBER_MAX, "MQ-7.words", "%s is out of range" % name)
    return document[name]


def read_desired(payload, hub):
    document = read_object(payload)
    need(isinstance(document.get("hub"), str), "MQ-7.shape", "hub is missing or not a text")
    applied = {"version": number_of(document, "version", 1)}
    need(isinstance(document.get("service"), str), "MQ-7.shape", "service is missing or not a text")
    need(document["service"] in SERVICES, "MQ-7.words", "unknown service")
    applied["service"] = document["service"]
    ends = document.get("ends_at_ms")
    applied["ends_at_ms"] = None if ends is None else number_of(document, "ends_at_ms")
    for name in ("sim_cut_off", "armed"):
        applied[name] = document.get(name, False)
        need(isinstance(applied[name], bool), "MQ-7.shape", "%s is not true or false" % name)
    ping_s = document.get("ping_s", 60)
    need(is_number(ping_s), "MQ-7.shape", "ping_s is not an integer")
    applied["ping_s"] = min(max(ping_s, 10), 300)
    need(document["hub"] == hub, "MQ-7.hub", "the document is for another hub")
    return applied


def read_cloud_presence(payload):
    document = read_object(payload)
    need(isinstance(document.get("online"), bool), "MQ-7.shape", "online is missing or not true or false")
    return (number_of(document, "boot"), number_of(document, "connection")), document["online"]


def read_heard(payload, hub):
    document = read_object(payload)
    need(document.get("hub") == hub, "MQ-7.hub", "the answer is for another hub")
    return number_of(document, "boot"), number_of(document, "sequence")


# ------------------------------------------------------------------ the hardware


def read_hardware(path):
    with open(path) as file:
        return json.loads(file.read())


def channels_of(board):
    cellular = ["cellular"] if board["registration"] in REGISTERED and board["data"] else []
    return sorted(board["links"] + cellular)


def unread(sim):
    # A modem that does not answer (registration unknown) reads no card.
    return {"slot": sim["slot"], "card": "unknown", "iccid": None}


def hardware_of(board):
    return {
        "model": "hub-2-plus",
        "firmware": "micropython-1",
        "channels": channels_of(board),
        "sims": [unread(sim) for sim in board["sims"]]
        if board["registration"] == "unknown"
        else board["sims"],
        "active_sim": board["active_sim"],
        "registration": board["registration"],
        "generation": board["generation"],
        "signal": board["signal"],
        "battery_percent": board["battery_percent"],
        "mains": board["mains"],
        "lid_open": board["lid_open"],
        "malfunction": any(sim["card"] == "malfunction" for sim in board["sims"]),
    }


def place_of(sim):
    return "slot %d" % sim["slot"] + (", ICCID %s" % sim["iccid"] if sim["iccid"] else "")


def sim_events(old, new):
    swapped = old["iccid"] and new["iccid"] and old["iccid"] != new["iccid"]
    if swapped or (old["card"] not in ("missing", "unknown") and new["card"] == "missing"):
        yield "sim_removed", place_of(old)
    if swapped or (old["card"] == "missing" and new["card"] != "missing"):
        yield "sim_inserted", place_of(new)
    for card, kind in (("malfunction", "sim_defective"), ("locked", "sim_locked")):
        if new["card"] == card and (swapped or old["card"] != card):
            yield kind, place_of(new)


def events_between(old, new):
    for before, after in zip(old["sims"], new["sims"]):
        for event in sim_events(before, after):
            yield event
    if old["active_sim"] and new["active_sim"] and old["active_sim"] != new["active_sim"]:
        yield "sim_switched", "slot %d to slot %d" % (old["active_sim"], new["active_sim"])
    if new["registration"] != old["registration"]:
        if new["registration"] == "denied":
            yield "registration_denied", ""
        elif new["registration"] in REGISTERED and old["registration"] not in REGISTERED:
            yield "registered", new["registration"]
    for channel in old["channels"]:
        if channel not in new["channels"]:
            yield "channel_lost", channel
    for channel in new["channels"]:
        if channel not in old["channels"]:
            yield "channel_restored", channel
    for name, begins, ends in (
        ("mains", "mains_restored", "mains_lost"),
        ("lid_open", "lid_opened", "lid_closed"),
        ("malfunction", "malfunction_found", "malfunction_cleared"),
    ):
        if new[name] != old[name]:
            yield begins if new[name] else ends, ""
    low = new["battery_percent"] <= BATTERY_LOW
    if low != (old["battery_percent"] <= BATTERY_LOW):
        yield "battery_low" if low else "battery_recovered", "%d %%" % new["battery_percent"]


# ------------------------------------------------------------------ the hub


class Hub:
    # The program of one boot. `run_once` does everything that is due, and waits at most LOOK_MS.
    def __init__(self, number, memory, board, options):
        self.number = number
        self.memory = memory
        self.options = options
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
        self.mqtt = Mqtt(host, int(port), self.seconds("connack_s"))
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
                    time.sleep(LOOK_MS / 1000)
                    return
                self.open()
            for first, body in self.mqtt.wait(LOOK_MS):
                self.received(first, body)
            self.check_waits()
            if self.state == "online":
                self.send_due()
        except (OSError, BadPacket):
            self.lost()

    def check_waits(self):
        now = ticks()
        if self.state in ("connack", "suback"):
            if now >= self.deadline:
                raise OSError("no answer from the broker")
            return
        if self.ack_due is not None and now >= self.ack_due:
            raise OSError("no PUBACK")
        if self.ping_due is not None and now >= self.ping_due:
            raise OSError("no PINGRESP")
        if self.asked is not None and not self.away and now >= self.asked[1]:
            raise OSError("the cloud receives no reports")
        if self.ping_due is None and now - self.mqtt.last_sent >= self.keepalive_s * 500:
            self.mqtt.send(packet(0xC0))
            self.ping_due = now + self.keepalive_s * 500

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


def main(number, folder, *given):
    options = dict(DEFAULTS)
    for each in given:
        name, _, value = each.partition("=")
        if name not in options:
            sys.exit("unknown option %s; known: %s" % (name, ", ".join(sorted(options))))
        options[name] = value
    board_file, memory_file = folder + "/hardware.json", folder + "/memory.json"
    try:
        board = read_hardware(board_file)
    except OSError:
        board = FACTORY
        replace_file(board_file, json.dumps(board))
    hub = None
    try:
        while True:
            before = board
            try:
                board = read_hardware(board_file)
            except (OSError, ValueError):
                pass  # it is read again
            cycled = board["restarts"] != before["restarts"] or board["erasures"] != before["erasures"]
            if hub and (cycled or not board["powered"]):
                if hub.mqtt:
                    hub.mqtt.close()  # a power cut: no DISCONNECT
                hub = None
            if board["erasures"] != before["erasures"]:
                Memory(memory_file).erase()
            if not board["powered"]:
                time.sleep(LOOK_MS / 1000)
                continue
            if hub is None:
                hub = Hub(number, Memory(memory_file), board, options)
                hub.show()
            elif board != before:
                hub.board_changed(board)
            hub.run_once()
    finally:
        if hub:
            hub.leave()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: hub.py HUB FOLDER [OPTION=VALUE ...]")
    if hasattr(sys, "implementation") and sys.implementation.name == "cpython":
        import signal

        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
