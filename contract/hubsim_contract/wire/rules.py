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
        "A document replaces the former one. A receiver ignores a version that is not newer than the "
        "one it holds. Versions never restart; a cloud that meets a hub ahead of it continues above "
        "the hub's version.",
    ),
    Rule(
        "MQ-2",
        "A version for each kind",
        "Desired, reported and presence each count on their own: desired by `version`, reported by "
        "(`boot`, `sequence`), presence by (`boot`, `connection`). No number is shared by two kinds.",
    ),
    Rule(
        "MQ-3",
        "Subscribe, then speak",
        "After connecting a hub subscribes first, then publishes presence and reported. The retained "
        "desired arrives by itself and is never asked for.",
    ),
    Rule(
        "MQ-4",
        "Unknown fate",
        "What was not acknowledged when a connection died has an unknown fate: after reconnecting the "
        "current state is sent again, never a queue of old states. Events are the exception: they are "
        "numbered, resent until acknowledged, and deduplicated by the receiver.",
    ),
    Rule(
        "MQ-5",
        "Applied means persisted",
        "A hub reports what it has applied, after it has persisted it. A reported version older than "
        "the desired one makes the cloud publish the desired document again; a hub that receives the "
        "version it holds reports again and changes nothing.",
    ),
    Rule(
        "MQ-6",
        "An old will is not news",
        "Presence carries (`boot`, `connection`), compared in this order; `connection` begins at 1 in "
        "each boot, and `boot` never comes twice. A presence older than the newest one known is ignored, "
        "so the late will of a dead connection cannot mark a hub offline that has connected again. A "
        "connection goes from online to offline and never back. A report over a newer connection tells "
        "of it as well as its presence does.",
    ),
    Rule(
        "MQ-7",
        "Nothing that arrives can hurt",
        "Hubs use clean sessions and one subscription without overlapping filters. A receiver ignores "
        "any topic that is not its own, and any payload that it cannot parse; it reports that, and "
        "never stops because of it.",
    ),
    Rule(
        "MQ-8",
        "The highest order wins",
        "Carrier orders may be lost, late or doubled. Each carries a sequence that grows for each "
        "ICCID; an older order is not carried out and answered as superseded, together with the "
        "confirmation of the newest; the same one is confirmed again. A confirmation names the sequence "
        "that it confirms. Sequences never restart; a cloud that meets a carrier ahead of it continues "
        "above the carrier's sequence.",
    ),
    Rule(
        "MQ-9",
        "Tolerant of the new, firm on versions",
        "Unknown fields are ignored. A message of an unsupported contract version is refused with a report.",
    ),
    Rule(
        "MQ-10",
        "Every wait has a bound",
        "Every wait has a bound and a stated consequence; every payload has a size limit, and a "
        "larger one is refused unread.",
    ),
)

RULE_IDS = frozenset(rule.id for rule in RULES)
