"""Mutants of the messages of the cloud: what it publishes, and how it takes what it receives."""

from msgspec.structs import replace

from hubsim_contract.mqtt.port import Connect, Publish
from hubsim_contract.wire.messages import Desired, HubEvent, Order, Presence, Reported
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.proving.garbage import deaf_after_garbage, future_version_read, new_fields_refused
from hubsim_scenarios.proving.mutant import Mutant, Part, dropped, items, kind_of, received, sent
from hubsim_scenarios.proving.seams import Changes, Seam

_REPEATED_NUMBER = 1_000_000


def _documents_missing() -> Changes:
    return {Seam.CLOUD_OUTPUT: sent(MessageKind.DESIRED, dropped)}


def _documents_sent_once() -> Changes:
    newest: dict[str, int] = {}

    def change(desired: Desired) -> Desired | None:
        again = newest.get(desired.hub) == desired.version
        newest[desired.hub] = desired.version
        return None if again else desired

    return {Seam.CLOUD_OUTPUT: sent(MessageKind.DESIRED, change)}


def _documents_unretained() -> Changes:
    def change(effect: object, _about: str) -> list[object]:
        if isinstance(effect, Publish) and kind_of(effect) is MessageKind.DESIRED:
            return [replace(effect, retain=False)]
        return [effect]

    return {Seam.CLOUD_OUTPUT: items(change)}


def _cut_off_missing() -> Changes:
    return {Seam.CLOUD_OUTPUT: sent(MessageKind.DESIRED, lambda desired: replace(desired, sim_cut_off=False))}


def _arming_missing() -> Changes:
    return {Seam.CLOUD_OUTPUT: sent(MessageKind.DESIRED, lambda desired: replace(desired, armed=False))}


def _orders_missing() -> Changes:
    return {Seam.CLOUD_OUTPUT: sent(MessageKind.ORDER, dropped)}


def _orders_sent_once() -> Changes:
    newest: dict[str, int] = {}

    def change(order: Order) -> Order | None:
        again = newest.get(order.iccid) == order.sequence
        newest[order.iccid] = order.sequence
        return None if again else order

    return {Seam.CLOUD_OUTPUT: sent(MessageKind.ORDER, change)}


def _orders_unnumbered() -> Changes:
    return {Seam.CLOUD_OUTPUT: sent(MessageKind.ORDER, lambda order: replace(order, sequence=1))}


def _reports_ignored() -> Changes:
    return {Seam.CLOUD_INPUT: received(MessageKind.REPORTED, dropped)}


def _old_report_accepted() -> Changes:
    newest: dict[str, tuple[int, int]] = {}

    def change(reported: Reported) -> Reported:
        boot, sequence = newest.get(reported.hub, (0, 0))
        if (reported.boot, reported.sequence) >= (boot, sequence):
            boot, sequence = reported.boot, reported.sequence
        else:
            sequence += 1
        newest[reported.hub] = boot, sequence
        return replace(reported, boot=boot, sequence=sequence)

    return {Seam.CLOUD_INPUT: received(MessageKind.REPORTED, change)}


def _own_will_missing() -> Changes:
    return {
        Seam.CLOUD_OUTPUT: items(
            lambda effect, _about: [replace(effect, will=None) if isinstance(effect, Connect) else effect]
        )
    }


def _own_presence_missing() -> Changes:
    return {Seam.CLOUD_OUTPUT: sent(MessageKind.CLOUD_PRESENCE, dropped)}


def _answers_missing() -> Changes:
    return {Seam.CLOUD_OUTPUT: sent(MessageKind.HEARD, dropped)}


def _presence_ignored() -> Changes:
    def change(presence: Presence) -> Presence | None:
        return presence if presence.online else None

    return {Seam.CLOUD_INPUT: received(MessageKind.PRESENCE, change)}


def _old_will_accepted() -> Changes:
    newest: dict[str, tuple[int, int]] = {}

    def change(presence: Presence) -> Presence:
        this = (presence.boot, presence.connection)
        boot, connection = newest[presence.hub] = max(this, newest.get(presence.hub, this))
        return replace(presence, boot=boot, connection=connection)

    return {Seam.CLOUD_INPUT: received(MessageKind.PRESENCE, change)}


def _report_announces_nothing() -> Changes:
    return {
        Seam.CLOUD_INPUT: received(MessageKind.REPORTED, lambda reported: replace(reported, connection=0))
    }


def _events_ignored() -> Changes:
    return {Seam.CLOUD_INPUT: received(MessageKind.EVENTS, dropped)}


def _repeated_event_stored() -> Changes:
    seen: set[tuple[str, int, int]] = set()

    def change(event: HubEvent) -> HubEvent:
        key = (event.hub, event.boot, event.number)
        again = key in seen
        seen.add(key)
        return replace(event, number=event.number + _REPEATED_NUMBER) if again else event

    return {Seam.CLOUD_INPUT: received(MessageKind.EVENTS, change)}


def _confirmations_ignored() -> Changes:
    return {Seam.CLOUD_INPUT: received(MessageKind.CONFIRMATION, dropped)}


def _news_before_the_cut() -> Changes:
    return {Seam.DOCUMENT_WAITS: lambda _waits, _hub: False}


_CLOUD = Part.MESSAGES
CLOUD_MUTANTS = (
    Mutant(
        "documents_missing",
        _CLOUD,
        "The cloud publishes no documents.",
        ("A7", "MQ-1.documents"),
        _documents_missing,
    ),
    Mutant(
        "documents_sent_once",
        _CLOUD,
        "The cloud does not repeat a document that was lost.",
        ("MQ-5.again_cloud",),
        _documents_sent_once,
    ),
    Mutant(
        "documents_unretained",
        _CLOUD,
        "The cloud publishes documents that the broker does not keep.",
        ("MQ-3.retained",),
        _documents_unretained,
    ),
    Mutant(
        "document_without_cut",
        _CLOUD,
        "The documents do not say that the SIM is cut off.",
        ("X2",),
        _cut_off_missing,
    ),
    Mutant(
        "document_without_arming",
        _CLOUD,
        "The documents do not say that the hub is armed.",
        ("X5",),
        _arming_missing,
    ),
    Mutant(
        "news_before_the_cut",
        _CLOUD,
        "The cloud announces the cut of its only channel to a hub before the cut.",
        ("X2",),
        _news_before_the_cut,
    ),
    Mutant("orders_missing", _CLOUD, "The cloud sends no orders.", ("A7", "X2"), _orders_missing),
    Mutant(
        "orders_sent_once",
        _CLOUD,
        "The cloud does not repeat an order that was lost.",
        ("MQ-8.again_cloud",),
        _orders_sent_once,
    ),
    Mutant(
        "orders_unnumbered", _CLOUD, "All orders have the sequence 1.", ("MQ-8.forward",), _orders_unnumbered
    ),
    Mutant("reports_ignored", _CLOUD, "The cloud ignores reports.", ("MQ-2.newest",), _reports_ignored),
    Mutant(
        "old_report_accepted",
        _CLOUD,
        "The cloud takes an old report for the newest.",
        ("MQ-2.newest",),
        _old_report_accepted,
    ),
    Mutant(
        "own_will_missing",
        _CLOUD,
        "The cloud connects without a last will.",
        ("MQ-6.will_cloud",),
        _own_will_missing,
    ),
    Mutant(
        "own_presence_missing",
        _CLOUD,
        "The cloud does not publish that it is online.",
        ("MQ-6.presence_cloud",),
        _own_presence_missing,
    ),
    Mutant(
        "answers_missing",
        _CLOUD,
        "The cloud does not answer reports.",
        ("MQ-10.answer_cloud",),
        _answers_missing,
    ),
    Mutant(
        "absence_ignored",
        _CLOUD,
        "The cloud ignores that a hub goes offline.",
        ("MQ-6.newest",),
        _presence_ignored,
    ),
    Mutant(
        "old_will_accepted",
        _CLOUD,
        "The last will of an old connection marks a hub as offline.",
        ("MQ-6.old",),
        _old_will_accepted,
    ),
    Mutant(
        "report_announces_nothing",
        _CLOUD,
        "The cloud does not take a report over a new connection for its presence.",
        ("MQ-6.implied",),
        _report_announces_nothing,
    ),
    Mutant("events_ignored", _CLOUD, "The cloud ignores events.", ("MQ-4.dedup",), _events_ignored),
    Mutant(
        "repeated_event_stored",
        _CLOUD,
        "The cloud stores an event again that was sent again.",
        ("MQ-4.dedup",),
        _repeated_event_stored,
    ),
    Mutant(
        "confirmations_ignored",
        _CLOUD,
        "The cloud ignores the confirmations of the carrier.",
        ("MQ-8.again_cloud",),
        _confirmations_ignored,
    ),
    Mutant(
        "cloud_deaf_after_garbage",
        _CLOUD,
        "The cloud receives nothing after a message that it cannot read.",
        ("MQ-7.station",),
        lambda: {Seam.CLOUD_INPUT: deaf_after_garbage()},
    ),
    Mutant(
        "cloud_refuses_new_fields",
        _CLOUD,
        "The cloud refuses a message with an unknown field.",
        ("MQ-9.station",),
        lambda: {Seam.CLOUD_INPUT: new_fields_refused()},
    ),
    Mutant(
        "cloud_reads_future_version",
        _CLOUD,
        "The cloud reads messages of an unsupported contract version.",
        ("MQ-9.station",),
        lambda: {Seam.CLOUD_INPUT: future_version_read()},
    ),
)
