"""The rules of the contract, in ten families. Errors, tests and the firmware bench cite their ids.

The ids are permanent: a rule may get a clearer text, a new rule gets a new id.
"""

from hubsim_contract.wire.rule import Family, Rule
from hubsim_contract.wire.rules_of_limits import LIMIT_RULES
from hubsim_contract.wire.rules_of_messages import MESSAGE_RULES
from hubsim_contract.wire.rules_of_state import STATE_RULES
from hubsim_contract.wire.rules_of_stations import STATION_RULES

FAMILIES: tuple[Family, ...] = (
    Family(
        "MQ-1",
        "State, not deltas",
        "A document replaces the previous one. A receiver ignores a version that is not newer than the one "
        "it holds. Versions never restart.",
    ),
    Family(
        "MQ-2",
        "A version for each kind",
        "Desired, reported and presence are numbered independently: desired by `version`, reported by "
        "(`boot`, `sequence`), presence by (`boot`, `connection`). Two kinds never share a number.",
    ),
    Family(
        "MQ-3",
        "Subscribe before publishing",
        "After connecting, a hub first subscribes, then publishes presence and reported. The retained "
        "desired document arrives without a request.",
    ),
    Family(
        "MQ-4",
        "Unknown fate",
        "Messages that were not acknowledged when a connection died have an unknown fate. After "
        "reconnecting, the current state is sent again, never a queue of old states. Events are the "
        "exception: they are numbered, sent again until acknowledged, and deduplicated by the receiver.",
    ),
    Family(
        "MQ-5",
        "Applied means persisted",
        "A hub reports what it has applied, after it has persisted it. When a reported version is older "
        "than the desired one, the cloud publishes the desired document again.",
    ),
    Family(
        "MQ-6",
        "An old will is ignored",
        "Presence carries (`boot`, `connection`), compared in this order, so that the late will of a dead "
        "connection cannot mark a reconnected hub as offline.",
    ),
    Family(
        "MQ-7",
        "No message can do damage",
        "A sender sends what the contract defines, over one session with one subscription. A receiver "
        "refuses everything else, reports the refusal, and never stops because of it.",
    ),
    Family(
        "MQ-8",
        "The highest order wins",
        "Carrier orders may be lost, delayed or duplicated. Each carries a sequence that grows for each "
        "ICCID.",
    ),
    Family(
        "MQ-9",
        "Tolerant of new fields, strict on versions",
        "New fields and new texts come without a new contract version; new words in a closed set need one.",
    ),
    Family(
        "MQ-10",
        "Every wait has a limit",
        "Every wait, every size and every rate has a limit and a stated consequence.",
    ),
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*STATE_RULES, *MESSAGE_RULES, *LIMIT_RULES, *STATION_RULES),
        key=lambda rule: [family.id for family in FAMILIES].index(rule.family),
    )
)
"""All rules, by family; in a family first those of hubs."""
FAMILY_IDS = frozenset(family.id for family in FAMILIES)
RULE_IDS = frozenset(rule.id for rule in RULES)


def rules_of(family: str) -> tuple[Rule, ...]:
    """Return the rules of a family, or none for an unknown id."""
    return tuple(rule for rule in RULES if rule.family == family)


def cited(text: str) -> tuple[Rule, ...]:
    """Return the rules that an id means: one rule, or all rules of a family. None for an unknown id."""
    return tuple(rule for rule in RULES if text in (rule.id, rule.family))
