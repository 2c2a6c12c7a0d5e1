"""The rules of a hub about its session and its messages: MQ-7 and MQ-9."""

from hubsim_contract.wire.rule import Rule, RuleProof, RuleSide, Severity


def _must(id_: str, text: str, reason: str, proof: RuleProof = RuleProof.CONFORM) -> Rule:
    return Rule(id_, RuleSide.HUB, Severity.MUST, text, reason, proof)


MESSAGE_RULES: tuple[Rule, ...] = (
    _must(
        "MQ-7.protocol",
        "A hub speaks MQTT 3.1.1 (protocol level 4).",
        "Not every broker of the service accepts another version.",
    ),
    _must(
        "MQ-7.client_id",
        "The client id is `hub-{hub}`.",
        "A second connection of the hub would not replace the first one, and its broker may refuse it.",
    ),
    _must(
        "MQ-7.clean",
        "CONNECT asks for a clean session.",
        "The broker would deliver documents of the past, and keep a queue for each hub that is gone.",
    ),
    _must(
        "MQ-7.filters",
        "A hub subscribes to exactly its own topics, each with one filter, without wildcards, at QoS 1.",
        "Overlapping filters deliver a message twice, wildcards deliver messages of other hubs.",
    ),
    _must(
        "MQ-7.topics",
        "A sender publishes to its own topics only. For a hub these are presence, reported and events under "
        "its own number.",
        "Brokers refuse other topics or close the connection, and receivers ignore them.",
    ),
    _must(
        "MQ-7.qos",
        "Every message has QoS 1.",
        "A message with QoS 0 is lost with its connection, and nothing sends it again.",
    ),
    _must(
        "MQ-7.retain",
        "Presence and reported are retained, events are not.",
        "A cloud that starts later would not know the hub, or would take an old event for a new one.",
    ),
    _must(
        "MQ-7.json",
        "A payload is one JSON object (RFC 8259) in UTF-8. An empty payload is not one: it deletes a "
        "retained message at the broker, and a receiver keeps what it holds.",
        "The receiver cannot read it.",
        RuleProof.DECODER,
    ),
    _must(
        "MQ-7.shape",
        "All required fields are present, and every field has its type.",
        "The receiver cannot read it.",
        RuleProof.DECODER,
    ),
    _must(
        "MQ-7.words",
        "A word of a closed set is one of its words, a number is within its range, and a value has its form.",
        "The receiver refuses an unknown word or number, and does not use a value of another form.",
        RuleProof.DECODER,
    ),
    _must(
        "MQ-7.hub",
        "The hub or card that a message names is that of its topic.",
        "The message would change the state of another hub.",
        RuleProof.DECODER,
    ),
    _must(
        "MQ-7.iccid",
        "An ICCID is 19 or 20 digits: it begins with 89 and ends with its Luhn digit (ITU-T E.118), without "
        "spaces and without a filler. A card whose number cannot be read has `iccid` null.",
        "The cloud does not recognise the card, and activates no service on it.",
        RuleProof.DECODER,
    ),
    _must(
        "MQ-7.robust",
        "No payload and no topic stops a hub, or makes it leave its connection.",
        "One broken message would take the hub out of service.",
    ),
    _must(
        "MQ-7.foreign",
        "A hub ignores a document that names another hub, and every message on a topic that is not its own.",
        "The hub would show the service of another hub.",
    ),
    Rule(
        "MQ-7.refusal",
        RuleSide.HUB,
        Severity.SHOULD,
        "A hub reports a refused message with the event `message_refused`, whose detail begins with the id "
        "of the rule, for example `MQ-7.json: `. A refusal with the same text as the one before is not "
        "reported again, and messages on foreign topics are only counted.",
        "An operator would not know why the hub does not follow its document.",
        RuleProof.CONFORM,
    ),
    _must(
        "MQ-9.fields",
        "A receiver ignores unknown fields.",
        "Older hubs would refuse the documents of a newer cloud.",
    ),
    _must(
        "MQ-9.words",
        "A document with an unknown word in a closed set is refused as a whole (rule MQ-7.words): the hub "
        "keeps what it holds, and guesses nothing. Open sets accept any text: the `kind` of an event, "
        "`model`, `firmware` and `generation`.",
        "A hub that guesses the meaning of a word shows a wrong service.",
    ),
    _must(
        "MQ-9.version",
        "A message of an unsupported contract version is refused, also if the rest of it is readable, and "
        "the refusal is reported.",
        "The meaning of its fields may have changed.",
    ),
)
