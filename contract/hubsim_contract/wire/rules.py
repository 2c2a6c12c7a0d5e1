"""The rules of the contract, each with an id that errors, tests and the firmware bench cite."""

from typing import NamedTuple


class Rule(NamedTuple):
    """One rule: its id, its title, and the text that a firmware developer implements."""

    id: str
    title: str
    text: str


RULES: tuple[Rule, ...] = (
    Rule(
        "MQ-1",
        "State, not deltas",
        "A document replaces the previous one. A receiver ignores a version that is not newer than the "
        "one it holds. Versions never restart; a cloud that finds a hub ahead of it continues above "
        "the hub's version.",
    ),
    Rule(
        "MQ-2",
        "A version for each kind",
        "Desired, reported and presence are numbered independently: desired by `version`, reported by "
        "(`boot`, `sequence`), presence by (`boot`, `connection`). Two kinds never share a number.",
    ),
    Rule(
        "MQ-3",
        "Subscribe before publishing",
        "After connecting, a hub first subscribes, then publishes presence and reported. The retained "
        "desired document arrives without a request.",
    ),
    Rule(
        "MQ-4",
        "Unknown fate",
        "Messages that were not acknowledged when a connection died have an unknown fate. After "
        "reconnecting, the current state is sent again, never a queue of old states. Events are the "
        "exception: they are numbered, resent until acknowledged, and deduplicated by the receiver.",
    ),
    Rule(
        "MQ-5",
        "Applied means persisted",
        "A hub reports what it has applied, after it has persisted it. When a reported version is older than "
        "the desired one, the cloud publishes the desired document again. A hub that receives the version "
        "that it holds reports again and changes nothing.",
    ),
    Rule(
        "MQ-6",
        "An old will is ignored",
        "Presence carries (`boot`, `connection`), compared in this order; `connection` starts at 1 in "
        "each boot, and `boot` never repeats. A presence older than the newest known one is ignored, "
        "so the late will of a dead connection cannot mark a reconnected hub as offline. A connection "
        "goes from online to offline and never back. A report over a newer connection announces that "
        "connection in the same way as its presence.",
    ),
    Rule(
        "MQ-7",
        "No message can do damage",
        "Hubs use clean sessions and one subscription without overlapping filters. A receiver ignores "
        "any topic other than its own, and any payload that it cannot parse; it reports that, and "
        "never stops because of it.",
    ),
    Rule(
        "MQ-8",
        "The highest order wins",
        "Carrier orders may be lost, delayed or duplicated. Each carries a sequence that grows for each "
        "ICCID. An older order is not executed and is answered as superseded, together with the "
        "confirmation of the newest. A repeated order is confirmed again. A confirmation contains the "
        "sequence that it confirms. Sequences never restart; a cloud that finds a carrier ahead of it "
        "continues above the carrier's sequence.",
    ),
    Rule(
        "MQ-9",
        "Tolerant of new fields, strict on versions",
        "Unknown fields are ignored. A message of an unsupported contract version is refused and reported.",
    ),
    Rule(
        "MQ-10",
        "Every wait has a limit",
        "Every wait has a limit and a stated consequence. Every payload has a size limit, and a "
        "larger one is refused unread.",
    ),
)

RULE_IDS = frozenset(rule.id for rule in RULES)
