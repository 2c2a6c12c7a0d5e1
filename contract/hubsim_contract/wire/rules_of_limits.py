"""The rules of a hub about waits, sizes and rates: MQ-10. The bounds are in `docs/contract.md`."""

from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES
from hubsim_contract.wire.hub_bounds import EVENTS_BOUND, PRESENCE_BOUND, REPORTS_BOUND
from hubsim_contract.wire.limits import DETAIL_CHARS_MAX, PING_MAX_S, PING_MIN_S
from hubsim_contract.wire.rule import Rule, RuleProof, RuleSide, Severity


def _must(id_: str, text: str, reason: str) -> Rule:
    return Rule(id_, RuleSide.HUB, Severity.MUST, text, reason, RuleProof.CONFORM)


def _should(id_: str, text: str, reason: str) -> Rule:
    return Rule(id_, RuleSide.HUB, Severity.SHOULD, text, reason, RuleProof.CONFORM)


LIMIT_RULES: tuple[Rule, ...] = (
    _must(
        "MQ-10.connack",
        "A hub that gets no CONNACK within its bound closes the connection and connects again.",
        "A broker that accepts connections and answers none would keep the hub offline forever.",
    ),
    _must(
        "MQ-10.suback",
        "A hub that gets no SUBACK within its bound closes the connection and connects again.",
        "The hub would never receive a document.",
    ),
    _must(
        "MQ-10.puback",
        "A hub whose event is not acknowledged within its bound closes the connection and connects again.",
        "Events would wait on a dead connection.",
    ),
    _must(
        "MQ-10.keepalive",
        "A hub without traffic sends PINGREQ within its keepalive, and closes a connection whose PINGRESP "
        "does not arrive within the same time again.",
        "The broker closes the connection of a silent hub; a hub that does not notice a dead one stays on "
        "it.",
    ),
    _must(
        "MQ-10.ping",
        f"The keepalive is `ping_s` of the applied document, {PING_MIN_S} to {PING_MAX_S} s, from the next "
        "connection on. For a value outside, the nearest bound is used, and the document is applied.",
        "The cloud computes from `ping_s` when a silent hub counts as offline.",
    ),
    _must(
        "MQ-10.backoff",
        "The pauses between failed attempts to connect grow up to a longest pause, and start again after a "
        "connection that lasted.",
        "Hubs would overload a broker that comes back.",
    ),
    _must(
        "MQ-10.jitter",
        "The pauses are spread: equal hubs do not connect at one instant.",
        "All hubs of a broker that was lost would return at the same instant, again and again.",
    ),
    _must(
        "MQ-10.size_in",
        f"A hub refuses a payload of more than {MAX_PAYLOAD_BYTES} bytes unread, and reads one of exactly as "
        "many.",
        "A large payload would exhaust the memory of the hub.",
    ),
    _must(
        "MQ-10.size_out",
        f"No message has more than {MAX_PAYLOAD_BYTES} bytes.",
        "The receiver refuses it unread.",
    ),
    _must(
        "MQ-10.detail",
        f"The detail of an event has at most {DETAIL_CHARS_MAX} characters, with everything that the hub "
        "adds to it.",
        "Lists of events and notifications are made for this length.",
    ),
    _must(
        "MQ-10.rate",
        f"A hub sends at most {REPORTS_BOUND.burst} reports at once, and then one in "
        f"{REPORTS_BOUND.pause_ms / 1000:g} s; the same for {PRESENCE_BOUND.burst} presences and "
        f"{EVENTS_BOUND.burst} events. A state above the bound waits, and a newer one replaces it; an event "
        "above it is dropped.",
        "One hub could take the time of the cloud from all other hubs.",
    ),
    _should(
        "MQ-10.cloud",
        "A hub whose cloud is offline, by the cloud's presence, shows it as out of reach and keeps its "
        "connection.",
        "A hub would look connected while no cloud receives its reports.",
    ),
    _should(
        "MQ-10.heard",
        "A hub finds out within a bound that no cloud receives its reports, and connects again.",
        "A broker that acknowledges and drops messages would keep the hub silent forever.",
    ),
)
