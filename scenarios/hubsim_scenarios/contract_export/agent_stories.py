"""Short stories of a hub: inputs, each with the rules that it shows. The agent determines the effects."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from hubsim_agent.buffer import ACK_LIMIT_MS
from hubsim_agent.cloud_contact import ANSWER_LIMIT_MS as CLOUD_LIMIT_MS
from hubsim_contract.mqtt.link import ANSWER_LIMIT_MS
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, encode
from hubsim_contract.wire.messages import CloudPresence, Heard, Reported
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_scenarios.contract_export.message_examples import EXAMPLE_BOOT, EXAMPLE_HUB, EXAMPLES

Json = dict[str, Any]
NOW_MS = EXAMPLE_BOOT * 1000
"""The time of the first boot in a story."""
_TOPICS = Topics()
_DESIRED = _TOPICS.of(MessageKind.DESIRED, EXAMPLE_HUB)


class Story(msgspec.Struct, frozen=True):
    """Inputs to a hub that has never run, in their order."""

    name: str
    rules: tuple[str, ...]
    inputs: tuple[Json, ...]


def _hardware(**changes: Any) -> Json:
    reported = EXAMPLES[MessageKind.REPORTED]
    assert isinstance(reported, Reported)
    return {**msgspec.to_builtins(reported.hardware), **changes}


def _boot(**changes: Any) -> Json:
    return {"do": "boot", "hardware": _hardware(**changes)}


def _changed(**changes: Any) -> Json:
    return {"do": "hardware", "hardware": _hardware(**changes)}


def _document(version: int, **fields: Any) -> str:
    document = {"contract": 1, "hub": EXAMPLE_HUB, "version": version, "service": "active", **fields}
    return msgspec.json.encode(document).decode()


def _receive(payload: str, topic: str = _DESIRED, pad_to_bytes: int = 0) -> Json:
    padded = {"pad_to_bytes": pad_to_bytes} if pad_to_bytes else {}
    return {"do": "receive", "topic": topic, "payload": payload, **padded}


def _puback(number: int, boot: int = EXAMPLE_BOOT) -> Json:
    return {"do": "puback", "boot": boot, "number": number}


def _cloud_presence(connection: int, *, online: bool) -> Json:
    presence = CloudPresence(online=online, boot=EXAMPLE_BOOT, connection=connection)
    return _receive(encode(presence).decode(), _TOPICS.of(MessageKind.CLOUD_PRESENCE))


def _heard(sequence: int, boot: int = EXAMPLE_BOOT) -> Json:
    answer = Heard(hub=EXAMPLE_HUB, boot=boot, sequence=sequence)
    return _receive(encode(answer).decode(), _TOPICS.of(MessageKind.HEARD, EXAMPLE_HUB))


STORED, CONNACK, SUBACK = {"do": "stored"}, {"do": "connack"}, {"do": "suback"}
LOST, PAUSE, STOP = {"do": "connection_lost"}, {"do": "pause_ends"}, {"do": "stop"}
_START = (_boot(), STORED, CONNACK, SUBACK)
_OPEN, _CLOSED = _changed(lid_open=True), _changed()


def _applied(version: int, **fields: Any) -> tuple[Json, ...]:
    return (_receive(_document(version, **fields)), STORED)


_CLOUD_ON, _CLOUD_OFF = _cloud_presence(1, online=True), _cloud_presence(1, online=False)
_NO_WAY: Json = {"channels": []}


def stories() -> tuple[Story, ...]:
    """Return all stories."""
    return (*_connecting(), *_documents(), *_messages(), *_events(), *_cloud(), *_limits())


def _story(name: str, rules: str, inputs: Iterable[Json]) -> Story:
    return Story(name, tuple(rules.split()), tuple(inputs))


def _connecting() -> Iterator[Story]:
    yield _story(
        "the first boot: store the boot number, connect, subscribe, presence, report",
        "MQ-2.boot MQ-2.connection MQ-2.sequence MQ-3.subscribe MQ-3.presence MQ-3.report MQ-6.will "
        "MQ-6.numbers MQ-7.client_id MQ-7.clean MQ-7.filters MQ-7.topics MQ-7.qos MQ-7.retain",
        _START,
    )
    yield _story(
        "a reconnection: the next connection number, the current state once, no old reports",
        "MQ-2.connection MQ-2.sequence MQ-4.state MQ-6.numbers MQ-6.forward",
        (*_START, LOST, PAUSE, CONNACK, SUBACK),
    )
    yield _story(
        "a failed attempt counts as a connection",
        "MQ-2.connection",
        (_boot(), STORED, {"do": "no_connection"}, PAUSE, CONNACK, SUBACK),
    )
    yield _story(
        "without a channel the hub does not connect; with one it does",
        "MQ-2.connection",
        (_boot(**_NO_WAY), STORED, _changed(), CONNACK, SUBACK),
    )
    yield _story(
        "an orderly end: presence offline, then DISCONNECT", "MQ-6.goodbye MQ-6.forward", (*_START, STOP)
    )
    yield _story(
        "a restart: a greater boot, connection, sequence and number count from 1",
        "MQ-2.boot MQ-2.connection MQ-2.sequence MQ-2.number",
        (*_START, _OPEN, STORED, _puback(1), STORED, {"do": "time", "ms": 5_000}, *_START, _OPEN),
    )
    yield _story(
        "a keepalive from the applied document is used from the next connection on, within its bounds",
        "MQ-10.ping",
        (
            *_START,
            *_applied(1, ping_s=30),
            LOST,
            PAUSE,
            CONNACK,
            SUBACK,
            *_applied(2, ping_s=5),
            LOST,
            PAUSE,
            CONNACK,
            SUBACK,
            *_applied(3, ping_s=86_400),
            LOST,
            PAUSE,
        ),
    )


def _documents() -> Iterator[Story]:
    yield _story(
        "a newer document: store it, then show and report it",
        "MQ-1.newer MQ-5.applied MQ-5.persisted MQ-5.faithful",
        (*_START, *_applied(5), *_applied(9, service="expiring", ends_at_ms=NOW_MS + 1_000, armed=True)),
    )
    yield _story(
        "a document replaces all of the previous one, also the fields that it omits",
        "MQ-1.whole",
        (
            *_START,
            *_applied(1, service="expiring", ends_at_ms=NOW_MS + 1_000, armed=True, sim_cut_off=True),
            *_applied(2),
        ),
    )
    yield _story(
        "an older document is ignored",
        "MQ-1.stale",
        (*_START, *_applied(5), _receive(_document(4, service="activation_required"))),
    )
    yield _story(
        "the version that the hub holds: report again, change nothing",
        "MQ-5.again",
        (*_START, *_applied(5), _receive(_document(5)), _receive(_document(5, service="expiring"))),
    )
    yield _story(
        "a second document during the write of the first one: each is reported after it is durable",
        "MQ-5.persisted",
        (*_START, _receive(_document(1)), _receive(_document(2, armed=True)), STORED, STORED),
    )
    yield _story(
        "a power cut before the write ends: the hub has the document before",
        "MQ-5.persisted MQ-2.boot",
        (*_START, *_applied(5), _receive(_document(6, armed=True)), {"do": "time", "ms": 5_000}, *_START),
    )
    yield _story(
        "a restarted hub knows its document, and ignores an older one",
        "MQ-5.persisted MQ-1.stale",
        (*_START, *_applied(5, armed=True), {"do": "time", "ms": 5_000}, *_START, _receive(_document(4))),
    )
    yield _story(
        "the end of the service passes: the hub changes nothing itself",
        "MQ-5.faithful",
        (
            *_START,
            *_applied(5, service="expiring", ends_at_ms=NOW_MS + 1_000),
            {"do": "time", "ms": 2_000},
            _OPEN,
        ),
    )


def _messages() -> Iterator[Story]:
    broken = {
        "an empty payload": ("MQ-7.json", _receive("")),
        "text that is not JSON": ("MQ-7.json", _receive("{")),
        "a missing field": ("MQ-7.shape", _receive('{"hub":"0A1B2C3D","version":7}')),
        "an unknown word": ("MQ-9.words MQ-7.words", _receive(_document(7, service="paused"))),
        "another hub": ("MQ-7.hub MQ-7.foreign", _receive(_document(7, hub="0A1B2C3E"))),
        "another contract version": ("MQ-9.version", _receive(_document(7, contract=2))),
        "a payload that is too large": (
            "MQ-10.size_in",
            _receive(_document(7), pad_to_bytes=MAX_PAYLOAD_BYTES + 1),
        ),
    }
    for name, (rules, received) in broken.items():
        yield _story(
            f"{name}: refused, reported with its rule, and nothing else changes",
            f"{rules} MQ-7.robust MQ-7.refusal",
            (*_START, *_applied(5), received, STORED, *_applied(8)),
        )
    yield _story(
        "a payload of exactly the largest size is applied",
        "MQ-10.size_in",
        (*_START, _receive(_document(5), pad_to_bytes=MAX_PAYLOAD_BYTES), STORED),
    )
    yield _story(
        "the same refusal again is reported once, until a valid message arrives",
        "MQ-7.refusal",
        (*_START, _receive("{"), STORED, _receive("{"), *_applied(5), _receive("{")),
    )
    yield _story(
        "a long text in a refusal: the detail has at most 200 characters",
        "MQ-10.detail",
        (*_START, _receive(_document(5, service="x" * 300))),
    )
    yield _story(
        "messages on foreign topics are ignored",
        "MQ-7.foreign MQ-7.robust",
        (
            *_START,
            _receive(_document(5), _TOPICS.of(MessageKind.DESIRED, "0A1B2C3E")),
            _receive(_document(5), _TOPICS.of(MessageKind.REPORTED, EXAMPLE_HUB)),
            _receive("{", "$SYS/broker/uptime"),
        ),
    )
    yield _story(
        "unknown fields are ignored",
        "MQ-9.fields",
        (*_START, *_applied(5, colour={"of": ["the", "case"]})),
    )


def _events() -> Iterator[Story]:
    yield _story(
        "events are numbered from 1, and complete with their PUBACK",
        "MQ-2.number MQ-4.once MQ-4.order",
        (
            *_START,
            _OPEN,
            STORED,
            _CLOSED,
            STORED,
            _puback(1),
            _puback(2),
            STORED,
            LOST,
            PAUSE,
            CONNACK,
            SUBACK,
        ),
    )
    yield _story(
        "an event without PUBACK is sent again after a reconnection, with the same numbers",
        "MQ-4.resend",
        (*_START, _OPEN, STORED, LOST, PAUSE, CONNACK, SUBACK, _puback(1), LOST, PAUSE, CONNACK, SUBACK),
    )
    yield _story(
        "events of an offline time: kept, with the time at which they occurred, oldest first",
        "MQ-4.buffer MQ-4.order MQ-4.time MQ-4.state",
        (
            *_START,
            LOST,
            {"do": "time", "ms": 100},
            _OPEN,
            STORED,
            {"do": "time", "ms": 100},
            _changed(lid_open=True, mains=False),
            STORED,
            CONNACK,
            SUBACK,
        ),
    )
    yield _story(
        "an event without PUBACK survives a power cut, and keeps its boot",
        "MQ-4.buffer MQ-4.resend MQ-2.number",
        (*_START, _OPEN, STORED, {"do": "time", "ms": 5_000}, *_START, _changed(mains=False)),
    )
    denied = _changed(registration="denied", generation=None)
    searching = _changed(registration="searching", generation=None)
    yield _story(
        "repeated denials are one event",
        "MQ-10.rate",
        (*_START, denied, STORED, searching, denied, searching, denied),
    )


def _cloud() -> Iterator[Story]:
    yield _story(
        "the cloud answers the report: it is in reach unless its presence is offline",
        "MQ-10.cloud MQ-10.heard",
        (*_START, _CLOUD_ON, _heard(1), _CLOUD_OFF, _cloud_presence(2, online=True), _CLOUD_OFF),
    )
    yield _story(
        "an old presence of the cloud is ignored",
        "MQ-10.cloud",
        (*_START, _cloud_presence(2, online=True), _heard(1), _CLOUD_OFF),
    )
    yield _story(
        "an answer to a report of an earlier boot proves nothing",
        "MQ-10.heard",
        (*_START, _heard(1, boot=EXAMPLE_BOOT - 1), _heard(1)),
    )
    wait = {"do": "time", "ms": CLOUD_LIMIT_MS}
    yield _story(
        "no answer of a cloud that is online: ask again, then connect again",
        "MQ-10.heard",
        (*_START, _CLOUD_ON, wait, wait, PAUSE),
    )
    yield _story(
        "an offline cloud does not have to answer: the hub keeps its connection",
        "MQ-10.cloud",
        (*_START, _CLOUD_OFF, wait, wait, wait, _CLOUD_ON, _heard(1)),
    )


def _limits() -> Iterator[Story]:
    answer = {"do": "time", "ms": ANSWER_LIMIT_MS}
    yield _story(
        "no CONNACK: disconnect, and connect again",
        "MQ-10.connack MQ-2.connection",
        (_boot(), STORED, {"do": "time", "ms": ANSWER_LIMIT_MS - 1}, {"do": "time", "ms": 1}, PAUSE),
    )
    yield _story(
        "no SUBACK: disconnect, and connect again",
        "MQ-10.suback",
        (_boot(), STORED, CONNACK, answer, PAUSE),
    )
    yield _story(
        "no PUBACK of an event: disconnect, connect again, and send it again",
        "MQ-10.puback MQ-4.resend",
        (*_START, _OPEN, STORED, {"do": "time", "ms": ACK_LIMIT_MS}, PAUSE, CONNACK, SUBACK),
    )
