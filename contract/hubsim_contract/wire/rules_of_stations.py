"""The rules of the cloud and of the carrier.

Both are programs of this project. The catalog proves each rule on a mutant that breaks it. Your
own cloud can be compared with the test vectors of `hubsim contract export`.
"""

from hubsim_contract.wire.rule import Rule, RuleProof, RuleSide, Severity


def _cloud(id_: str, text: str, reason: str) -> Rule:
    return Rule(id_, RuleSide.CLOUD, Severity.MUST, text, reason, RuleProof.MUTANTS)


def _carrier(id_: str, text: str, reason: str) -> Rule:
    return Rule(id_, RuleSide.CARRIER, Severity.MUST, text, reason, RuleProof.MUTANTS)


STATION_RULES: tuple[Rule, ...] = (
    Rule(
        "MQ-1.forward",
        RuleSide.CLOUD,
        Severity.MUST,
        "The versions of a hub only grow, also over a restart. A cloud that finds a hub ahead of it "
        "continues above the hub's version.",
        "The hub would ignore every further document.",
        RuleProof.NONE,
        "A scenario cannot produce a hub ahead of its cloud; tests of the cloud restore an old backup "
        "instead.",
    ),
    _cloud(
        "MQ-1.documents",
        "A change of a hub's service, of its SIM or of its arming is published as a new version of its "
        "document.",
        "The hub would keep the old state.",
    ),
    _cloud(
        "MQ-2.newest",
        "The report of a hub with the highest (`boot`, `sequence`) counts, in any order in which they "
        "arrive. An equal or older one changes nothing.",
        "A delayed report would replace the current state.",
    ),
    _cloud(
        "MQ-3.retained",
        "The desired document is retained.",
        "A hub that connects later would get no document.",
    ),
    _cloud(
        "MQ-4.dedup",
        "An event is stored once for each (`boot`, `number`), however often it arrives.",
        "An event that was sent again would be reported twice.",
    ),
    _cloud(
        "MQ-5.again_cloud",
        "While an online hub reports an older version than the desired one, the cloud publishes the "
        "document again, after growing pauses.",
        "A lost document would stay lost.",
    ),
    _cloud(
        "MQ-6.newest",
        "The newest presence of a hub counts: a hub whose will arrives is offline from then on.",
        "The cloud would show a hub without power as online.",
    ),
    _cloud(
        "MQ-6.old",
        "A presence that is older than the newest known one by (`boot`, `connection`) is ignored as well as "
        "an `online` after the `offline` of the same connection.",
        "The late will of a dead connection would mark a reconnected hub as offline.",
    ),
    _cloud(
        "MQ-6.implied",
        "A report over a newer connection than the known one has the effect of its presence.",
        "A lost presence would keep the hub offline for the whole connection.",
    ),
    _cloud(
        "MQ-6.presence_cloud",
        "The first message of each connection of the cloud is its presence with `online` true, retained. Its "
        "`boot` is greater than in every earlier start; `connection` counts the attempts of a start.",
        "Hubs would show a cloud that is back as out of reach.",
    ),
    _cloud(
        "MQ-6.will_cloud",
        "CONNECT of the cloud has a last will on its presence topic: retained, QoS 1, `online` false, with "
        "the numbers of this connection. A cloud that leaves in order publishes the same.",
        "Hubs would show a cloud that has ended as in reach.",
    ),
    _cloud(
        "MQ-7.station",
        "No payload and no topic stops the cloud or the carrier. A message that breaks a rule changes "
        "nothing, is counted by rule and logged.",
        "One broken hub would take the service from all hubs.",
    ),
    _carrier(
        "MQ-8.highest",
        "The order for a card with the highest sequence counts. An older one is not executed.",
        "A delayed order would undo a newer one.",
    ),
    _carrier(
        "MQ-8.superseded",
        "An order that a newer one replaces is answered as superseded, together with the confirmation of "
        "the newest.",
        "The cloud would wait for an order that is never executed.",
    ),
    _carrier(
        "MQ-8.repeat",
        "A repeated order is confirmed again, and not executed again.",
        "The cloud repeats an order because its confirmation was lost.",
    ),
    _carrier(
        "MQ-8.confirm",
        "Each order is confirmed when it is accepted and when it is executed; a confirmation contains the "
        "sequence that it confirms.",
        "The cloud would not know which order has been executed.",
    ),
    _carrier(
        "MQ-8.refused",
        "An order that the carrier does not accept or cannot execute is answered as refused or failed, with "
        "a reason, and changes nothing. Its sequence counts as used.",
        "The cloud would wait for an order that is never executed.",
    ),
    _cloud(
        "MQ-8.renew",
        "After an order that is refused or failed, the cloud orders the same profile again under a new "
        "sequence, with growing pauses, and logs it.",
        "A cut-off that failed once would leave a card in service that no one pays for.",
    ),
    _carrier(
        "MQ-8.suspended",
        "A carrier that suspends or reactivates a card by itself sends the confirmation of the card again, "
        "with a greater `revision`. A receiver ignores a suspension of an older revision.",
        "The cloud would show a service that the card does not have.",
    ),
    _cloud(
        "MQ-8.forward",
        "The sequences of a card only grow, also over a restart. A cloud that finds a carrier ahead of it "
        "continues above the carrier's sequence.",
        "The carrier would answer every further order as superseded.",
    ),
    _cloud(
        "MQ-8.again_cloud",
        "The cloud publishes an order again until it is confirmed, and treats it as executed when a "
        "confirmation with its sequence arrives.",
        "A lost order or confirmation would stay lost.",
    ),
    _cloud(
        "MQ-9.station",
        "Cloud and carrier ignore unknown fields, and refuse a message of an unsupported contract version.",
        "An older cloud would refuse the messages of newer firmware.",
    ),
    _cloud(
        "MQ-10.answer_cloud",
        "The cloud answers a report with `ask` after it has stored it. It does not answer a retained report "
        "that it has.",
        "A hub would treat a good connection as dead.",
    ),
)
