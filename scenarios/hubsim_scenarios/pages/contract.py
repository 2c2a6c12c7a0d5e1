"""The page about the contract over MQTT for firmware developers, generated from the code.

Fields, ranges, defaults, bounds and examples come from the messages and constants, and meanings from the
docstrings of the fields.
"""

from enum import Enum
from typing import get_args

import msgspec

from hubsim_agent import buffer, cloud_contact, hub_events
from hubsim_agent.settings import EVENT_BUFFER_MAX, AgentSettings
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_contract.docstrings import documented_texts
from hubsim_contract.lab.bench_actions import SetLid
from hubsim_contract.lab.protocol import BenchRequest, LabTopics, encode_lab
from hubsim_contract.mqtt import link
from hubsim_contract.wire import limits, messages
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES, encode
from hubsim_contract.wire.messages import (
    Channel,
    Hardware,
    Registration,
    ServiceState,
    Signal,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.service import second_tile, star, tile
from hubsim_contract.wire.topics import CARRIER_KINDS, DEFAULT_PREFIX, RETAINED, MessageKind, Topics
from hubsim_scenarios.contract_export.message_examples import EXAMPLE_HUB, EXAMPLES
from hubsim_scenarios.pages.contract_guide import CONTRACT_GUIDE
from hubsim_scenarios.pages.contract_rules import contract_rules

_FROM_TO = {
    MessageKind.DESIRED: "cloud to hub",
    MessageKind.HEARD: "cloud to hub",
    MessageKind.CLOUD_PRESENCE: "cloud to all hubs, and last will",
    MessageKind.REPORTED: "hub to cloud",
    MessageKind.PRESENCE: "hub to cloud, and last will",
    MessageKind.EVENTS: "hub to cloud",
    MessageKind.ORDER: "cloud to carrier",
    MessageKind.CONFIRMATION: "carrier to cloud",
}
_WORDS = (
    ServiceState,
    SimCard,
    Registration,
    Signal,
    Channel,
    messages.Profile,
    messages.OrderStage,
)

_OPENING = f"""\
# The contract over MQTT

What a hub implements to work with this cloud: the topics, the rules, and the messages. JSON in UTF-8, QoS 1,
MQTT 3.1.1. The prefix `{DEFAULT_PREFIX}` is a setting. `{{hub}}` is the number of a hub: 8 hex digits, A to
F in upper case. `{{iccid}}` is the number of a card (ITU-T E.118): 19 or 20 digits that begin with 89 and
end with the Luhn digit. Fields whose names end in `_ms` are milliseconds since 1970-01-01T00:00Z.
"""

_BENCH = """\
# The bench

Simulated hubs accept bench actions over MQTT if their simulator was started with `lab`. Real hubs do not.

| topic | direction | retained | |
|---|---|---|---|
| `{actions}` | any authorized client | no | `BenchRequest`: a number chosen by the client, and the action |
| `{answers}` | simulator to all | no | `BenchAnswer`: number, [refusal](refusals.md) or null, action, time |

In a lab world these topics, like those of the contract, are one level deeper: `{prefix}/{{world}}/hubs/...`.

```json
{example}
```
"""


def contract_page() -> str:
    """Return the page in Markdown, without the note that it is generated."""
    parts = [
        _OPENING,
        _topics(),
        contract_rules(),
        CONTRACT_GUIDE,
        _bounds(),
        _shown(),
        "# Messages\n",
        *(_message(SHAPES[kind]) + "\n" + _example(kind) for kind in MessageKind),
        _bench(),
        "# Parts of messages\n",
        _message(Hardware),
        _message(SimSlot),
        "# Words\n",
        *(_words(words) for words in _WORDS),
        "## Kinds of events\n\n" + _member_list(hub_events.DetectedEvent),
    ]
    return "\n".join(parts)


def _bench() -> str:
    topics = LabTopics()
    return _BENCH.format(
        actions=topics.bench_actions("", "{hub}"),
        answers=topics.bench_answers("", "{hub}"),
        prefix=DEFAULT_PREFIX,
        example=encode_lab(BenchRequest("my-17", SetLid(open=True))).decode(),
    )


def _topics() -> str:
    topics = Topics()
    rows = [
        f"| `{topics.of(kind, '{iccid}' if kind in CARRIER_KINDS else '{hub}')}` "
        f"| {_FROM_TO[kind]} | {'yes' if kind in RETAINED else 'no'} "
        f"| [{SHAPES[kind].__name__}](#{SHAPES[kind].__name__.lower()}) |"
        for kind in MessageKind
    ]
    return "| topic | direction | retained | message |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _bounds() -> str:
    agent, cloud, pauses = AgentSettings(hub_id=EXAMPLE_HUB), CloudSettings(), link.LinkSettings()
    rows = {
        "a payload": (
            f"{MAX_PAYLOAD_BYTES} bytes",
            "a larger payload is refused without being parsed; one of exactly this size is read",
        ),
        "CONNACK and SUBACK, each": (_s(link.ANSWER_LIMIT_MS), "the hub disconnects and tries again"),
        "the pause between attempts": (
            f"none, then {_s(pauses.first_pause_ms)}, doubled up to {_s(pauses.longest_pause_ms)}",
            f"times 0.5 to 1 to spread hubs; starts again after {_s(link.STEADY_MS)} or more online",
        ),
        "`ping_s`": (
            f"{limits.PING_MIN_S} to {limits.PING_MAX_S} s",
            "for a value outside, the nearest bound is used",
        ),
        "events in flight": (str(buffer.IN_FLIGHT_MAX), "the next event waits"),
        "the next acknowledgement": (_s(buffer.ACK_LIMIT_MS), "the hub closes the connection as dead"),
        "the answer of a cloud whose presence is online": (
            _s(cloud_contact.ANSWER_LIMIT_MS),
            f"the hub asks again; after {cloud_contact.ASKS_MAX} reports it closes the connection as dead",
        ),
        "from the report without an answer to the close of the connection": (
            _s(cloud_contact.ANSWER_LIMIT_MS * cloud_contact.ASKS_MAX),
            "the sum of both waits: `heard_s` of a capabilities file",
        ),
        "the same if the broker has no presence": (
            _s(cloud_contact.PRESENCE_LIMIT_MS),
            "the same; there is no bound while the presence is offline",
        ),
        "buffered events": (
            f"{agent.event_buffer} (up to {EVENT_BUFFER_MAX})",
            "the oldest is dropped; the next `detail` has the number since the boot: `events_dropped=3`",
        ),
        "buffered refusals": (str(buffer.REFUSALS_MAX), "further refusals are not reported"),
        "the detail of an event": (
            f"{limits.DETAIL_CHARS_MAX} characters",
            "with everything that the hub adds; the hub cuts a longer text",
        ),
        "a report of the desired version": (
            f"{_s(cloud.desired_retry_ms)}, doubled up to {_s(cloud.desired_retry_longest_ms)}",
            "the cloud publishes it again; at the longest pause it logs a complaint",
        ),
        "the carrier's first confirmation": (_s(cloud.order_retry_ms), "the cloud publishes the order again"),
    }
    lines = "\n".join(f"| {what} | {bound} | {result} |" for what, (bound, result) in rows.items())
    head = "| what | bound | consequence |\n|---|---|---|\n"
    return f"## Bounds\n\nWith the default settings of hub and cloud.\n\n{head}{lines}\n"


def _shown() -> str:
    rows = [
        f"| `{state}` | `{tile(state)}` | `{second_tile(state)}` | {'on' if star(state) else 'off'} |"
        for state in ServiceState
    ]
    head = "| service | tile | second tile | star |\n|---|---|---|---|\n"
    return "## Indications of a service\n\n" + head + "\n".join(rows) + "\n"


def _s(ms: int) -> str:
    return f"{ms // 1000} s"


def _message(shape: type[msgspec.Struct]) -> str:
    rows, meanings = [], documented_texts(shape)
    for field in msgspec.structs.fields(shape):
        default = "required" if field.required else f"`{_default(field)}`"
        meaning = meanings.get(field.name, "")
        rows.append(f"| `{field.encode_name}` | {_type(field.type)} | {default} | {meaning} |")
    doc = (shape.__doc__ or "").split("\n\n")[0]
    head = "| field | type | default | meaning |\n|---|---|---|---|\n"
    return f"## {shape.__name__}\n\n{doc}\n\n{head}" + "\n".join(rows) + "\n"


def _example(kind: MessageKind) -> str:
    return f"```json\n{msgspec.json.format(encode(EXAMPLES[kind]), indent=2).decode()}\n```\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return msgspec.json.encode(value).decode()


def _type(annotation: object) -> str:
    if isinstance(annotation, type) and issubclass(annotation, Enum | msgspec.Struct):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    if isinstance(annotation, type) and not arguments:
        return annotation.__name__
    notes = getattr(annotation, "__metadata__", ())
    if notes:
        return _type(arguments[0]) + "".join(_range(note) for note in notes)
    if getattr(annotation, "__origin__", None) is tuple:
        return f"list of {_type(arguments[0])}"
    return " or ".join("null" if argument is type(None) else _type(argument) for argument in arguments)


def _range(note: object) -> str:
    return f", {note.ge} to {note.le}" if isinstance(note, msgspec.Meta) and note.ge is not None else ""


def _words(words: type[Enum]) -> str:
    return f"## {words.__name__}\n\n{words.__doc__}\n\n{_member_list(words)}"


def _member_list(words: type[Enum]) -> str:
    texts = documented_texts(words)
    rows = [f"- `{word.value}`" + (f": {texts[word.name]}" if word.name in texts else "") for word in words]
    return "\n".join(rows) + "\n"
