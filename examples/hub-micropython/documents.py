# Reading what the cloud sends. `Refused` names the rule that a broken message breaks.

import json

PAYLOAD_MAX = 16384
NUMBER_MAX = 9007199254740991
SERVICES = ("not_available", "activation_required", "active", "expiring")


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
