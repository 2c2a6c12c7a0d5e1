"""The documents of the cloud that the small hub reads, with the defects of its reading."""

import json
from typing import Any

SERVICES = ("not_available", "activation_required", "active", "expiring")
LARGEST = 16_384
DEFAULTS = {"ends_at_ms": None, "sim_cut_off": False, "armed": False, "ping_s": 60}
FIELDS = {"contract", "hub", "version", "service", *DEFAULTS}


class Refused(Exception):
    """A message that breaks a rule."""


class NotJson(Refused):
    """A message that cannot be decoded."""


def read_document(payload: bytes, hub: str, held: dict[str, Any], defects: frozenset[str]) -> dict[str, Any]:
    """Return a valid document with defaults, or raise `Refused`. `held` is the applied document."""
    limit = 8_192 if "small receive buffer" in defects else LARGEST
    if len(payload) > limit and "no size limit" not in defects:
        raise Refused(f"MQ-10.size_in: {len(payload)} bytes")
    try:
        found = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise NotJson(f"MQ-7.json: {str(error)[:150]}") from error
    if not isinstance(found, dict):
        raise Refused("MQ-7.json: not an object")
    contract = found.get("contract", 1)
    if contract != 1 and "ignores the contract version" not in defects:
        raise Refused(f"MQ-9.version: {contract}")
    if "merges documents" in defects:
        found = {name: held[name] for name in DEFAULTS if name in held} | found
    document = DEFAULTS | found
    if "refuses unknown fields" in defects and found.keys() - FIELDS:
        raise Refused("MQ-7.shape: unknown field")
    check(document, hub, defects)
    return document


def check(document: dict[str, Any], hub: str, defects: frozenset[str]) -> None:
    """Raise `Refused` for a bad field."""
    whole = 200_000 if "detail too long" in defects else 150

    def demand(good: bool, rule: str, name: str) -> None:
        if not good:
            raise Refused(f"{rule}: {name}: {str(document.get(name))[:whole]}")

    for name, kind in (("hub", str), ("version", int), ("service", str), ("ping_s", int)):
        value = document.get(name)
        demand(isinstance(value, kind) and not isinstance(value, bool), "MQ-7.shape", name)
    for name in ("sim_cut_off", "armed"):
        demand(isinstance(document[name], bool), "MQ-7.shape", name)
    ends = document["ends_at_ms"]
    demand(ends is None or (isinstance(ends, int) and not isinstance(ends, bool)), "MQ-7.shape", "ends_at_ms")
    demand(ends is None or 0 <= ends < 2**53, "MQ-7.words", "ends_at_ms")
    demand(0 <= document["version"] < 2**53, "MQ-7.words", "version")
    if document["service"] not in SERVICES and "guesses unknown words" in defects:
        document["service"] = "active"
    demand(document["service"] in SERVICES, "MQ-7.words", "service")
    demand(document["hub"] == hub or "ignores the hub of a document" in defects, "MQ-7.hub", "hub")
