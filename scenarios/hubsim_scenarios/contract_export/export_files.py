"""The files of `hubsim contract export`, by path: everything that a program in another language needs."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from hubsim_contract.wire import limits, messages
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES
from hubsim_contract.wire.rule import Rule
from hubsim_contract.wire.rules import FAMILIES, RULES
from hubsim_contract.wire.topics import DEFAULT_PREFIX, RETAINED, MessageKind, Topics
from hubsim_scenarios.contract_export.agent_vectors import agent_vectors
from hubsim_scenarios.contract_export.asyncapi import carrier_document, hub_document
from hubsim_scenarios.contract_export.export_readme import EXPORT_README
from hubsim_scenarios.contract_export.message_examples import EXAMPLES
from hubsim_scenarios.contract_export.order_vectors import order_vectors
from hubsim_scenarios.contract_export.payload_vectors import payload_vectors
from hubsim_scenarios.contract_export.wire_schemas import message_schema

EXPORT_FORMAT = 1
"""The format of these files. Within one format, files and fields are only added."""


def export_files() -> dict[str, str]:
    """Return the text of each file by its path in the folder."""
    files = {
        "README.md": EXPORT_README,
        "asyncapi-hub.yaml": hub_document(),
        "asyncapi-carrier.yaml": carrier_document(),
        "rules.json": _pretty(exported_rules(RULES)),
        "vectors/payloads.jsonl": _lines(payload_vectors()),
        "vectors/agent.jsonl": _lines(agent_vectors()),
        "vectors/order.jsonl": _lines(order_vectors()),
    }
    for kind in MessageKind:
        files[f"schemas/{kind}.schema.json"] = _pretty(message_schema(kind))
        files[f"examples/{kind}.json"] = _pretty(msgspec.to_builtins(EXAMPLES[kind]))
    return {"contract.json": _pretty(_manifest(files)), **files}


def _manifest(files: dict[str, str]) -> dict[str, Any]:
    topics = Topics("{prefix}")
    return {
        "format": EXPORT_FORMAT,
        "contract": {"oldest": messages.OLDEST_ACCEPTED, "newest": messages.NEWEST_ACCEPTED},
        "default_prefix": DEFAULT_PREFIX,
        "messages": {
            kind.value: {
                "name": SHAPES[kind].__name__,
                "topic": topics.of(kind, "{iccid}" if hasattr(EXAMPLES[kind], "iccid") else "{hub}"),
                "retained": kind in RETAINED,
                "qos": 1,
            }
            for kind in MessageKind
        },
        "limits": {
            "payload_bytes": MAX_PAYLOAD_BYTES,
            "detail_characters": limits.DETAIL_CHARS_MAX,
            "events_kept": limits.EVENTS_KEPT_MIN,
            "ping_s": [limits.PING_MIN_S, limits.PING_MAX_S],
            "applied_ms": limits.APPLIED_LIMIT_MS,
        },
        "sha256": {path: hashlib.sha256(text.encode()).hexdigest() for path, text in sorted(files.items())},
    }


def exported_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules as JSON values."""
    titles = {family.id: family.title for family in FAMILIES}
    return [
        {
            "id": rule.id,
            "family": rule.family,
            "title": titles[rule.family],
            "side": rule.side.value,
            "severity": rule.severity.value,
            "text": rule.text,
            "reason": rule.reason,
            "proof": rule.proof.value,
        }
        for rule in rules
    ]


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _lines(rows: Iterable[msgspec.Struct]) -> str:
    return "".join(f"{msgspec.json.encode(row).decode()}\n" for row in rows)
