"""The rules of a hub about its state, its numbers, its events and its presence: MQ-1 to MQ-6."""

from hubsim_contract.wire.hub_bounds import NUMBER_JUMP_MAX, highest_boot
from hubsim_contract.wire.limits import APPLIED_LIMIT_MS, EVENTS_KEPT_MIN
from hubsim_contract.wire.rule import Rule, RuleProof, RuleSide, Severity


def _must(id_: str, text: str, reason: str) -> Rule:
    return Rule(id_, RuleSide.HUB, Severity.MUST, text, reason, RuleProof.CONFORM)


def _should(id_: str, text: str, reason: str) -> Rule:
    return Rule(id_, RuleSide.HUB, Severity.SHOULD, text, reason, RuleProof.CONFORM)


STATE_RULES: tuple[Rule, ...] = (
    _must(
        "MQ-1.newer",
        "A hub applies a document with a higher version than the one it holds. Versions may skip numbers.",
        "The hub would show a state that the cloud has left.",
    ),
    _must(
        "MQ-1.stale",
        "A hub ignores a document with a lower version than the one it holds.",
        "A delayed or repeated message would bring an old state back.",
    ),
    _must(
        "MQ-1.whole",
        "A document replaces the previous one as a whole. A field that it omits has its default.",
        "A field of an earlier document would stay forever, because the cloud omits what has its default.",
    ),
    _must(
        "MQ-2.boot",
        "`boot` is greater than in every earlier boot, also after a loss of memory, and is durable before "
        f"the first connection. The cloud refuses a boot above {highest_boot(0, 0):,} that is more than "
        f"{NUMBER_JUMP_MAX:,} above the newest one.",
        "The cloud ignores presence, reports and events of a lower boot as old. One boot that is much too "
        "high would take the hub offline forever.",
    ),
    _must(
        "MQ-2.connection",
        "`connection` counts the attempts to connect of one boot, from 1, including those that fail.",
        "A connection with an old number looks like a dead one, and the hub counts as offline.",
    ),
    _must(
        "MQ-2.sequence",
        "`sequence` counts the reports of one boot, from 1, over all its connections.",
        "The cloud ignores a report whose number is not newer.",
    ),
    _must(
        "MQ-2.number",
        "`number` counts the events of one boot, from 1. Two events never share a number, and no number is "
        "left out, except those of events that the hub dropped.",
        "The cloud ignores an event whose number it knows, and cannot distinguish a lost event from an "
        "unused number.",
    ),
    _must(
        "MQ-3.subscribe",
        "After the CONNACK a hub subscribes, and waits for the SUBACK before it publishes.",
        "A document that is published between its report and its subscription would be lost.",
    ),
    _must(
        "MQ-3.presence",
        "The first message of a connection is presence with `online` true.",
        "The cloud would count the hub as offline, and the retained will would stay.",
    ),
    _must(
        "MQ-3.report",
        "The second message of a connection is the report.",
        "The cloud would not know what the hub has applied, and publish its document again.",
    ),
    _must(
        "MQ-4.state",
        "After a reconnection the hub sends its current state once, never reports from before.",
        "A queue of old reports delays the current one, and costs traffic for every outage.",
    ),
    _must(
        "MQ-4.resend",
        "An event that was not acknowledged when its connection died is sent again, under the same `boot` "
        "and `number`, with the same content.",
        "The event would be lost, or stored twice.",
    ),
    _must(
        "MQ-4.once",
        "An event that was acknowledged is not sent again; at most once more after a crash.",
        "Old events would fill every connection.",
    ),
    _must(
        "MQ-4.order",
        "Events are sent oldest first.",
        "A reader of the events would see effects before their causes.",
    ),
    _must(
        "MQ-4.buffer",
        f"Events that occur without a connection are kept, at least {EVENTS_KEPT_MIN}, also over a restart. "
        "A hub with more of them drops the oldest ones, and reports their number.",
        "Alarms of an outage would be lost without a trace.",
    ),
    _must(
        "MQ-4.time",
        "`at_ms` is the time of the event, not of sending. A hub without a valid clock sets it when it gets "
        "one.",
        "Events of an outage would all seem to occur at its end.",
    ),
    _must(
        "MQ-5.applied",
        f"A hub reports a new version at most {APPLIED_LIMIT_MS // 1000} s after its delivery.",
        "The cloud takes the document for lost, and publishes it again.",
    ),
    _must(
        "MQ-5.persisted",
        "A version is durable before it is reported: after a power cut the hub has at least the version "
        "that it has reported last.",
        "The cloud would stop publishing a document that the hub has forgotten.",
    ),
    _must(
        "MQ-5.faithful",
        "`service`, `ends_at_ms`, `sim_cut_off` and `armed` of a report equal the applied document. A hub "
        "never changes them itself, also not when `ends_at_ms` passes.",
        "The cloud and its users would see a state that no user has chosen.",
    ),
    _must(
        "MQ-5.again",
        "A hub that receives the version that it holds reports again, and changes nothing.",
        "The cloud publishes a document again because a report was lost; without a new one it never stops.",
    ),
    _must(
        "MQ-6.will",
        "CONNECT has a last will on the presence topic: retained, QoS 1, `online` false.",
        "The cloud would not see that a hub without power is offline.",
    ),
    _must(
        "MQ-6.numbers",
        "Will and presence carry the `boot` and `connection` of this attempt.",
        "The will of a dead connection would mark the reconnected hub as offline.",
    ),
    _should(
        "MQ-6.goodbye",
        "A hub that leaves in order publishes presence with `online` false, then sends DISCONNECT.",
        "The broker publishes no will after a DISCONNECT, so the hub would count as online.",
    ),
    _must(
        "MQ-6.forward",
        "The presence of a connection goes from online to offline, and never back.",
        "The cloud ignores it, because it looks like a delayed message.",
    ),
)
