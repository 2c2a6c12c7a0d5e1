"""Judges of every PUBLISH: topic, QoS, retain, payload; and of the contents of reports."""

import json
from collections.abc import Iterator
from typing import Any

from hubsim_conform.evidence.conversation import DeliveredDocument, SentMessage
from hubsim_conform.evidence.device_message import SENT_BY_HUBS
from hubsim_conform.evidence.recording import Recording
from hubsim_conform.judges.numbering import lives
from hubsim_conform.judges.violation import Violation, violation
from hubsim_contract.wire.topics import RETAINED, MessageKind

FROM_DOCUMENT = ("service", "ends_at_ms", "sim_cut_off", "armed")
"""The fields of a report that repeat the applied document."""
_TEXT_MAX = 200


def publishes(recording: Recording) -> Iterator[Violation]:
    """Check topic, QoS, retain flag and payload of every PUBLISH."""
    for conversation in recording.conversations.values():
        for sent in conversation.sent:
            if sent.message is None:
                own = ", ".join(recording.topics.of(kind, recording.hub) for kind in sorted(SENT_BY_HUBS))
                yield violation("MQ-7.topics", f"one of {own}", sent.packet.topic, sent.entry)
                continue
            kind = sent.message.kind
            if sent.packet.qos != 1:
                seen = f"{kind.value} at QoS {sent.packet.qos}"
                yield violation("MQ-7.qos", f"{kind.value} at QoS 1", seen, sent.entry)
            retain = kind in RETAINED
            if sent.packet.retain is not retain:
                flags = ("not retained", "retained")
                yield violation(
                    "MQ-7.retain",
                    f"{kind.value} {flags[retain]}",
                    f"{kind.value} {flags[not retain]}",
                    sent.entry,
                )
            for fault in sent.message.faults:
                yield violation(fault.rule, fault.expected, fault.seen, sent.entry)


def reports(recording: Recording) -> Iterator[Violation]:
    """Check that each report equals the applied document, and that the version never goes back."""
    documents: list[DeliveredDocument] = recording.documents()
    held: int | None = None
    for life in lives(recording):
        previous: tuple[SentMessage, int] | None = None
        for conversation in life:
            for sent in conversation.messages(MessageKind.REPORTED):
                assert sent.message is not None
                version = sent.message.get("applied_version")
                if version is None:
                    continue
                if held is None:
                    held = version  # the document from before the recording, if it is not 0
                found = _went_back(previous, version, sent, documents)
                found = found or _unlike(recording, sent, version, documents, held)
                if found is not None:
                    yield found
                    return
                previous = (sent, version)


def _went_back(
    previous: tuple[SentMessage, int] | None,
    version: int,
    sent: SentMessage,
    documents: list[DeliveredDocument],
) -> Violation | None:
    """Return a violation if the applied version is lower than in the report before it."""
    if previous is None or version >= previous[1]:
        return None
    older = [each for each in documents if each.version == version and each.entry < sent.entry.number]
    delivered = [each.entry for each in older if each.entry > previous[0].entry.number]
    rule = "MQ-1.stale" if older else "MQ-5.faithful"
    proof = (previous[0].entry.number, *delivered[-1:], sent.entry.number)
    seen = f"`applied_version` {version} after {previous[1]}"
    return Violation(rule, f"`applied_version` {previous[1]} or higher", seen, tuple(sorted(set(proof))))


def _unlike(
    recording: Recording,
    sent: SentMessage,
    version: int,
    documents: list[DeliveredDocument],
    held: int,
) -> Violation | None:
    """Return a violation if the report does not repeat the document of its applied version."""
    assert sent.message is not None
    before = [each for each in documents if each.entry < sent.entry.number]
    same = [each for each in before if each.version == version]
    if not same:
        if version == held:
            return None
        foreign = any(version == refused for refused in _refused_versions(recording, sent.entry.number))
        if foreign:
            return None  # the check that sent the bad document decides
        return violation(
            "MQ-5.faithful",
            "`applied_version` of a document that the device received",
            f"`applied_version` {version}",
            sent.entry,
            symptom="wrong applied version",
        )
    for name in FROM_DOCUMENT:
        if name not in sent.message.fields:
            continue
        seen = sent.message.get(name)
        if all(each.fields[name] != seen for each in same):
            return _wrong_field(sent, same[-1], before, name, seen)
    return None


def _wrong_field(
    sent: SentMessage, document: DeliveredDocument, before: list[DeliveredDocument], name: str, seen: Any
) -> Violation:
    """Return the violation of a field that differs from its document.

    A value from an older document in place of an omitted field is a merge: rule MQ-1.whole.
    """
    older = [each for each in before if each.version < document.version]
    merged = name not in document.given and any(each.fields[name] == seen for each in older)
    expected = f"`{name}` {json.dumps(document.fields[name])}, as in version {document.version}"
    proof = tuple(sorted({document.entry, sent.entry.number}))
    return Violation(
        "MQ-1.whole" if merged else "MQ-5.faithful",
        expected,
        f"`{name}` {json.dumps(seen)}"[:_TEXT_MAX],
        proof,
    )


def _refused_versions(recording: Recording, before: int) -> set[int]:
    """Return the versions in desired documents that the device had to refuse."""
    found: set[int] = set()
    for conversation in recording.conversations.values():
        found |= {version for entry, version in conversation.refused_versions if entry < before}
    return found
