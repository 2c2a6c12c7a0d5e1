"""Mutants of the program on the hub: applying, keeping and reporting the document, events, connection."""

from msgspec.structs import replace

from hubsim_agent.ports import WriteMemory
from hubsim_contract.mqtt.port import Connect, Publish, Subscribed
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import CloudPresence, Desired, HubEvent, Reported
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.proving.garbage import deaf_after_garbage, future_version_read, new_fields_refused
from hubsim_scenarios.proving.mutant import (
    First,
    Mutant,
    Part,
    dropped,
    items,
    kind_of,
    readable,
    received,
    sent,
)
from hubsim_scenarios.proving.seams import Changes, Seam

_REPEATED_NUMBER = 1_000_000


def _documents_ignored() -> Changes:
    return {Seam.AGENT_INPUT: received(MessageKind.DESIRED, dropped)}


def _old_document_applied() -> Changes:
    newest: dict[str, int] = {}

    def change(desired: Desired) -> Desired:
        known = newest.get(desired.hub, 0)
        version = desired.version if desired.version >= known else known + 1
        newest[desired.hub] = version
        return replace(desired, version=version)

    return {Seam.AGENT_INPUT: received(MessageKind.DESIRED, change)}


def _memory_lost() -> Changes:
    first = First()

    def change(effect: object, hub: str) -> list[object]:
        if not isinstance(effect, WriteMemory):
            return [effect]
        return [WriteMemory(effect.revision, first(hub, effect.data))]

    return {Seam.AGENT_OUTPUT: items(change)}


def _reports_missing() -> Changes:
    first = First()

    def change(reported: Reported) -> Reported | None:
        place = (reported.boot, reported.sequence)
        return reported if first(reported.hub, place) == place else None

    return {Seam.AGENT_OUTPUT: sent(MessageKind.REPORTED, change)}


def _version_unreported() -> Changes:
    return {
        Seam.AGENT_OUTPUT: sent(MessageKind.REPORTED, lambda reported: replace(reported, applied_version=0))
    }


def _service_unreported() -> Changes:
    first = First()

    def change(reported: Reported) -> Reported:
        return replace(reported, service=first(reported.hub, reported.service))

    return {Seam.AGENT_OUTPUT: sent(MessageKind.REPORTED, change)}


def _cut_off_unreported() -> Changes:
    return {
        Seam.AGENT_OUTPUT: sent(MessageKind.REPORTED, lambda reported: replace(reported, sim_cut_off=False))
    }


def _arming_unreported() -> Changes:
    return {Seam.AGENT_OUTPUT: sent(MessageKind.REPORTED, lambda reported: replace(reported, armed=False))}


def _events_missing() -> Changes:
    return {Seam.AGENT_OUTPUT: sent(MessageKind.EVENTS, dropped)}


def _events_unbuffered() -> Changes:
    """Drop the events that a hub sends in answer to its subscription: they happened before."""
    subscribing: set[str] = set()

    def hear(events: list[object], hub: str) -> list[object]:
        if any(isinstance(event, Subscribed) for event in events):
            subscribing.add(hub)
        return events

    def change(effects: list[object], hub: str) -> list[object]:
        if hub not in subscribing:
            return effects
        subscribing.discard(hub)
        return [
            effect
            for effect in effects
            if not (isinstance(effect, Publish) and kind_of(effect) is MessageKind.EVENTS)
        ]

    return {Seam.AGENT_INPUT: hear, Seam.AGENT_OUTPUT: change}


def _events_doubled() -> Changes:
    def change(effect: object, _hub: str) -> list[object]:
        if not isinstance(effect, Publish) or kind_of(effect) is not MessageKind.EVENTS:
            return [effect]
        event = readable(effect, MessageKind.EVENTS)
        assert isinstance(event, HubEvent)
        again = replace(event, number=event.number + _REPEATED_NUMBER)
        return [effect, replace(effect, payload=encode(again), token=0)]

    return {Seam.AGENT_OUTPUT: items(change)}


def _will_missing() -> Changes:
    return {
        Seam.AGENT_OUTPUT: items(
            lambda effect, _hub: [replace(effect, will=None) if isinstance(effect, Connect) else effect]
        )
    }


def _offline_cloud_ignored() -> Changes:
    def change(presence: CloudPresence) -> CloudPresence | None:
        return presence if presence.online else None

    return {Seam.AGENT_INPUT: received(MessageKind.CLOUD_PRESENCE, change)}


def _old_will_of_the_cloud_accepted() -> Changes:
    newest = (0, 0)

    def change(presence: CloudPresence) -> CloudPresence:
        nonlocal newest
        newest = max(newest, (presence.boot, presence.connection))
        return replace(presence, boot=newest[0], connection=newest[1])

    return {Seam.AGENT_INPUT: received(MessageKind.CLOUD_PRESENCE, change)}


def _asks_nothing() -> Changes:
    return {Seam.AGENT_OUTPUT: sent(MessageKind.REPORTED, lambda reported: replace(reported, ask=False))}


def _never_reconnects() -> Changes:
    first = First()

    def change(effect: object, hub: str) -> list[object]:
        if not isinstance(effect, Connect):
            return [effect]
        return [effect] if first(hub, effect) == effect else []

    return {Seam.AGENT_OUTPUT: items(change)}


_AGENT = Part.AGENT
AGENT_MUTANTS = (
    Mutant(
        "documents_ignored",
        _AGENT,
        "The hub ignores every document.",
        ("A7", "MQ-1.newer"),
        _documents_ignored,
    ),
    Mutant(
        "old_document_applied",
        _AGENT,
        "The hub applies a document that is older than its own.",
        ("MQ-1.stale",),
        _old_document_applied,
    ),
    Mutant(
        "memory_lost", _AGENT, "The hub forgets its document in a restart.", ("MQ-5.persisted",), _memory_lost
    ),
    Mutant(
        "reports_missing", _AGENT, "The hub reports its state only once.", ("MQ-5.applied",), _reports_missing
    ),
    Mutant(
        "version_unreported",
        _AGENT,
        "The hub reports version 0 for every document.",
        ("MQ-5.applied",),
        _version_unreported,
    ),
    Mutant(
        "service_unreported",
        _AGENT,
        "The hub reports the service that it had first.",
        ("MQ-5.faithful",),
        _service_unreported,
    ),
    Mutant(
        "cut_off_unreported",
        _AGENT,
        "The hub does not report that its SIM is cut off.",
        ("X2", "MQ-5.faithful"),
        _cut_off_unreported,
    ),
    Mutant(
        "arming_unreported",
        _AGENT,
        "The hub does not report that it is armed.",
        ("MQ-5.faithful",),
        _arming_unreported,
    ),
    Mutant("events_missing", _AGENT, "The hub sends no events.", ("MQ-4.buffer",), _events_missing),
    Mutant(
        "events_unbuffered",
        _AGENT,
        "The hub loses the events of the time without a connection.",
        ("MQ-4.buffer",),
        _events_unbuffered,
    ),
    Mutant(
        "events_doubled",
        _AGENT,
        "The hub sends each event under two numbers.",
        ("MQ-4.once",),
        _events_doubled,
    ),
    Mutant(
        "will_missing", _AGENT, "The hub connects without a last will.", ("X2", "MQ-6.will"), _will_missing
    ),
    Mutant(
        "offline_cloud_ignored",
        _AGENT,
        "The hub ignores that the cloud goes offline.",
        ("MQ-10.cloud",),
        _offline_cloud_ignored,
    ),
    Mutant(
        "old_will_of_the_cloud_accepted",
        _AGENT,
        "The last will of an old connection of the cloud marks the cloud as offline.",
        ("MQ-10.cloud",),
        _old_will_of_the_cloud_accepted,
    ),
    Mutant("asks_nothing", _AGENT, "The hub never asks for an answer.", ("MQ-10.heard",), _asks_nothing),
    Mutant(
        "never_reconnects",
        _AGENT,
        "The hub connects once and never again.",
        ("MQ-10.backoff",),
        _never_reconnects,
    ),
    Mutant(
        "hub_deaf_after_garbage",
        _AGENT,
        "The hub receives nothing after a message that it cannot read.",
        ("MQ-7.robust",),
        lambda: {Seam.AGENT_INPUT: deaf_after_garbage()},
    ),
    Mutant(
        "hub_refuses_new_fields",
        _AGENT,
        "The hub refuses a message with an unknown field.",
        ("MQ-9.fields",),
        lambda: {Seam.AGENT_INPUT: new_fields_refused()},
    ),
    Mutant(
        "hub_reads_future_version",
        _AGENT,
        "The hub applies a document of an unsupported contract version.",
        ("MQ-9.version",),
        lambda: {Seam.AGENT_INPUT: future_version_read()},
    ),
)
