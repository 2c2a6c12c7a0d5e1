"""Inspects a message of a hub before it is stored: its outcome, and each rule of the contract that it breaks.

Pure. A finding never changes what the cloud does with a message. Copies that a broker delivers again, or from
its store, are not faults of the hub, so they have no findings about their order.
"""

import re
from collections.abc import Iterator

import msgspec

from hubsim_cloud.domain.state import Device, Hub, State, Wanted
from hubsim_cloud.domain.verdicts import (
    Finding,
    MessageOutcome,
    event_outcome,
    event_place,
    presence_outcome,
    report_outcome,
    same_event,
)
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.limits import BATTERY_PERCENTS
from hubsim_contract.wire.messages import Hardware, HubEvent, Presence, Reported
from hubsim_contract.wire.value_forms import form_faults

_DROPPED = re.compile(r"events_dropped=([0-9]{1,9})$")
"""The end of the detail of the first event after a loss (rule MQ-4.buffer)."""
_CLOCK_TOLERANCE_MS = 24 * 3_600_000
"""The clock of a device may be in another zone by mistake. More than a day is not a zone."""
_NOTHING_APPLIED = Wanted()
_FAITHFUL = ("service", "ends_at_ms", "sim_cut_off", "armed")
"""The fields of a report that repeat the applied document (rule MQ-5.faithful)."""


def inspect(
    state: State, message: Reported | Presence | HubEvent, event: Received, now_ms: int
) -> tuple[MessageOutcome, tuple[Finding, ...]]:
    """Return the outcome of a message that is not stored yet, and the rules that it breaks."""
    device = state.devices.get(message.hub)
    if device is None:
        device = Device()
    is_copy = event.retained or event.dup
    if isinstance(message, Reported):
        outcome = report_outcome(device, message)
        findings = _of_report(state, device, message, outcome, is_copy=is_copy)
    elif isinstance(message, Presence):
        outcome = presence_outcome(device, message)
        findings = _of_presence(device, message, outcome, is_copy=is_copy)
    else:
        outcome = event_outcome(device, message)
        findings = _of_event(device, message, outcome, event, now_ms)
    if event.qos == 0:
        findings = [*findings, Finding("MQ-7.qos", "", "it was published at QoS 0: publish at QoS 1")]
    return outcome, tuple(findings)


# ------------------------------------------------------------------ reports


def _of_report(
    state: State, device: Device, reported: Reported, outcome: MessageOutcome, *, is_copy: bool
) -> list[Finding]:
    last = device.reported
    if outcome is not MessageOutcome.TAKEN:
        assert last is not None
        if not is_copy:
            return [_old_report(last, reported)]
        return (
            [_reused_sequence(reported)] if outcome is MessageOutcome.DUPLICATE and last != reported else []
        )
    found: list[Finding] = []
    is_connected = device.online and (reported.boot, reported.connection) == (device.boot, device.connection)
    if reported.connection and not is_copy and not is_connected:
        found.append(_wrong_connection(device, reported))
    if last is not None and reported.applied_version < last.applied_version:
        text = f"the applied version went back from {last.applied_version} to {reported.applied_version}"
        found.append(Finding("MQ-5.persisted", "applied_version", text))
    hub = state.hubs.get(reported.hub)
    if not _is_faithful(hub, reported):
        found += _unfaithful(hub, reported)
    if last is None or _has_new_forms(reported.hardware, last.hardware):
        found += _wrong_forms(reported)
    return found


def content_findings(hub: Hub | None, reported: Reported) -> tuple[Finding, ...]:
    """Return the rules that the content of a report breaks, without its order and its connection."""
    unfaithful = () if _is_faithful(hub, reported) else _unfaithful(hub, reported)
    return (*unfaithful, *_wrong_forms(reported))


def _has_new_forms(hardware: Hardware, last: Hardware) -> bool:
    """Return whether a value can have a wrong form that the last report did not have.

    `form_faults` takes longer than everything else here, and a wrong value is found once.
    """
    battery = hardware.battery_percent
    return (
        hardware.sims != last.sims
        or hardware.channels != last.channels
        or hardware.active_sim != last.active_sim
        or (battery != last.battery_percent and battery not in BATTERY_PERCENTS)
    )


def _wrong_forms(message: Reported | HubEvent) -> list[Finding]:
    return [Finding(fault.rule, fault.place, fault.text) for fault in form_faults(message)]


def _old_report(last: Reported, reported: Reported) -> Finding:
    """Return why a report is old: the boot went back, or the sequence went back or was used again."""
    if reported.boot < last.boot:
        text = f"boot {reported.boot} is older than the known boot {last.boot}"
        return Finding("MQ-2.boot", "boot", text)
    if reported.sequence < last.sequence:
        text = f"sequence {reported.sequence} of boot {last.boot} is older than the known {last.sequence}"
        return Finding("MQ-2.sequence", "sequence", text)
    if reported == last:
        text = f"sequence {last.sequence} of boot {last.boot} came twice: count each report"
        return Finding("MQ-2.sequence", "sequence", text)
    return _reused_sequence(reported)


def _reused_sequence(reported: Reported) -> Finding:
    text = f"sequence {reported.sequence} of boot {reported.boot} was used for another report before"
    return Finding("MQ-2.sequence", "sequence", text)


def _wrong_connection(device: Device, reported: Reported) -> Finding:
    """Return how a report contradicts the presence of its connection (rules MQ-2, MQ-3, MQ-6)."""
    this, newest = (reported.boot, reported.connection), (device.boot, device.connection)
    if this > newest:
        text = f"no presence of connection {reported.connection} came before its first report"
        return Finding("MQ-3.presence", "connection", text)
    if this < newest:
        text = f"connection {_numbered(*this)} is older than the known {_numbered(*newest)}"
        return Finding("MQ-2.connection", "connection", text)
    text = f"the presence of connection {_numbered(*this)} is offline, and it still reports"
    return Finding("MQ-6.forward", "connection", text)


def _is_faithful(hub: Hub | None, reported: Reported) -> bool:
    """Return whether the report repeats the document of its version; True for one that is not kept."""
    applied = reported.applied_version
    version = 0 if hub is None else hub.version
    if 0 < applied < version:
        return True
    wanted = _NOTHING_APPLIED if applied == 0 or hub is None else hub.wanted
    return (
        applied <= version
        and reported.service == wanted.service
        and reported.ends_at_ms == wanted.ends_at_ms
        and reported.sim_cut_off is wanted.sim_cut_off
        and reported.armed is wanted.armed
    )


def _unfaithful(hub: Hub | None, reported: Reported) -> Iterator[Finding]:
    """Yield the fields that differ from the document of the version that the hub has applied."""
    applied, version = reported.applied_version, 0 if hub is None else hub.version
    if applied > version:
        text = f"version {applied} was never assigned by this cloud, whose newest is {version}"
        yield Finding("MQ-5.faithful", "applied_version", text)
        return
    wanted = _NOTHING_APPLIED if applied == 0 or hub is None else hub.wanted
    source = f"version {applied} has" if applied else "without a document it is"
    for name in _FAITHFUL:
        has, expected = getattr(reported, name), getattr(wanted, name)
        if has != expected:
            text = f"{_as_json(has)} is reported, but {source} {_as_json(expected)}"
            yield Finding("MQ-5.faithful", name, text)


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# ------------------------------------------------------------------ presence


def _of_presence(
    device: Device, presence: Presence, outcome: MessageOutcome, *, is_copy: bool
) -> list[Finding]:
    if outcome is MessageOutcome.TAKEN or is_copy or not presence.online:
        return []  # a late will, and a will after an orderly end, are as the contract expects
    connection = _numbered(presence.boot, presence.connection)
    if outcome is MessageOutcome.DUPLICATE:
        text = f"connection {connection} is online already: count each attempt to connect"
        return [Finding("MQ-2.connection", "connection", text)]
    if presence.boot < device.boot:
        text = f"boot {presence.boot} is older than the known boot {device.boot}"
        return [Finding("MQ-2.boot", "boot", text)]
    if presence.connection < device.connection:
        text = f"connection {connection} is older than the known {_numbered(device.boot, device.connection)}"
        return [Finding("MQ-2.connection", "connection", text)]
    text = f"connection {connection} went from offline back to online"
    return [Finding("MQ-6.forward", "online", text)]


def _numbered(boot: int, connection: int) -> str:
    return f"{connection} of boot {boot}"


# ------------------------------------------------------------------ events


def _of_event(
    device: Device, event: HubEvent, outcome: MessageOutcome, received: Received, now_ms: int
) -> list[Finding]:
    found: list[Finding] = []
    if received.retained:
        found.append(Finding("MQ-7.retain", "", "it was published as retained: an event is not a state"))
    place = event_place(device, event)
    match outcome:
        case MessageOutcome.DUPLICATE:
            if same_event(device, event, place) != event:
                text = f"number {event.number} of boot {event.boot} was used for another event before"
                found.append(Finding("MQ-2.number", "number", text))
        case MessageOutcome.STALE:
            text = (
                f"event {event.number} of boot {event.boot} is older than all {len(device.events)} kept ones"
            )
            found.append(Finding("MQ-4.order", "number", text))
        case _:
            found += _place_of_event(device, event, place)
    if event.at_ms == 0:
        found.append(Finding("MQ-4.time", "at_ms", "the time of the event is 1970: send when it happened"))
    elif event.at_ms > now_ms + _CLOCK_TOLERANCE_MS:
        text = f"the time of the event is {(event.at_ms - now_ms) // 1000} s in the future"
        found.append(Finding("MQ-4.time", "at_ms", text))
    return found + _wrong_forms(event)


def _place_of_event(device: Device, event: HubEvent, place: int) -> Iterator[Finding]:
    """Yield the gap before a new event, and an order that is not the order of numbers."""
    if place < len(device.events):
        after = device.events[-1]
        text = f"event {event.number} of boot {event.boot} came after {after.number} of boot {after.boot}"
        yield Finding("MQ-4.order", "number", text)
    if place == 0:
        return  # nothing earlier is known
    before = device.events[place - 1]
    expected = before.number + 1 if before.boot == event.boot else 1
    dropped = _DROPPED.search(event.detail)
    if event.number > expected + (0 if dropped is None else int(dropped[1])):
        missing = str(expected) if event.number == expected + 1 else f"{expected} to {event.number - 1}"
        text = f"number {missing} of boot {event.boot} is missing before {event.number}: lost or dropped"
        yield Finding("MQ-2.number", "number", text)
