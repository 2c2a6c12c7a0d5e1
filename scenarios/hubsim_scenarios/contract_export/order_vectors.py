"""Test vectors about the order of messages: which presence, report, event and carrier order counts.

The sets are small, and each is given in all its orders. The state at the end is the same for all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any

import msgspec

from hubsim_cloud.domain.observations import accept_event, accept_presence, accept_reported, implied_presence
from hubsim_cloud.domain.state import Device
from hubsim_contract.wire.messages import (
    Hardware,
    HubEvent,
    Order,
    Presence,
    Profile,
    Reported,
)
from hubsim_scenarios.contract_export.message_examples import EXAMPLE_HUB, EXAMPLE_ICCID
from hubsim_simulator.carrier.subscriber_lines import SubscriberLine, current, receive

Json = dict[str, Any]
_HUB_MESSAGE = Presence | Reported | HubEvent


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One message that arrives, whether it changes anything, and the state afterwards."""

    message: Json
    counts: bool
    """False: it is older than what is known, or the same again."""
    after: Json


class OrderVector(msgspec.Struct, frozen=True, kw_only=True):
    """Messages about one hub or card, in one order of arrival."""

    name: str
    rules: tuple[str, ...]
    receiver: str
    arrivals: list[Arrival]


def order_vectors() -> Iterator[OrderVector]:
    """Yield the vectors for the receivers cloud and carrier."""
    for name, rules, messages in _SETS:
        for order in dict.fromkeys(permutations(messages)):
            yield OrderVector(name=name, rules=rules, receiver="cloud", arrivals=_at_the_cloud(order))
    for orders in dict.fromkeys(permutations(_ORDERS)):
        yield OrderVector(
            name="orders for a card",
            rules=("MQ-8.highest", "MQ-8.superseded", "MQ-8.repeat", "MQ-8.confirm"),
            receiver="carrier",
            arrivals=_at_the_carrier(orders),
        )


def _at_the_cloud(messages: Sequence[_HUB_MESSAGE]) -> list[Arrival]:
    device, arrivals = Device(), []
    for message in messages:
        counts = _TAKE[type(message)](device, message)
        arrivals.append(Arrival(message=msgspec.to_builtins(message), counts=counts, after=_seen(device)))
    return arrivals


def _take_reported(device: Device, reported: Reported) -> bool:
    presence = implied_presence(device, reported)
    if presence is not None:
        accept_presence(device, presence, 0)
    return accept_reported(device, reported, 0)


_TAKE: dict[type[_HUB_MESSAGE], Callable[[Device, Any], bool]] = {
    Presence: lambda device, presence: accept_presence(device, presence, 0),
    Reported: _take_reported,
    HubEvent: accept_event,
}


def _seen(device: Device) -> Json:
    reported = device.reported
    return {
        "online": device.online,
        "connection": [device.boot, device.connection],
        "report": None if reported is None else [reported.boot, reported.sequence],
        "events": [[event.boot, event.number] for event in device.events],
    }


def _at_the_carrier(orders: Sequence[Order]) -> list[Arrival]:
    line, arrivals = SubscriberLine(EXAMPLE_ICCID), []
    for order in orders:
        before = line.highest_sequence
        _, replaced = receive(line, order, 0, 0)
        answers = [answer for answer in (replaced, current(line)) if answer is not None]
        after = {
            "profile": line.profile.value,
            "answers": [msgspec.to_builtins(answer) for answer in answers],
        }
        counts = order.sequence > before
        arrivals.append(Arrival(message=msgspec.to_builtins(order), counts=counts, after=after))
    return arrivals


def _presence(boot: int, connection: int, *, online: bool) -> Presence:
    return Presence(hub=EXAMPLE_HUB, online=online, boot=boot, connection=connection)


def _report(boot: int, sequence: int, connection: int = 0) -> Reported:
    hardware = Hardware(model="hub-2", firmware="1")
    return Reported(
        hub=EXAMPLE_HUB,
        boot=boot,
        sequence=sequence,
        connection=connection,
        applied_version=0,
        hardware=hardware,
    )


def _event(boot: int, number: int) -> HubEvent:
    return HubEvent(hub=EXAMPLE_HUB, boot=boot, number=number, kind="lid_opened", at_ms=0)


def _order(sequence: int, profile: Profile) -> Order:
    return Order(iccid=EXAMPLE_ICCID, sequence=sequence, profile=profile)


_SETS: tuple[tuple[str, tuple[str, ...], tuple[_HUB_MESSAGE, ...]], ...] = (
    (
        "presence of two connections, with the late will of the first",
        ("MQ-6.newest", "MQ-6.old"),
        (_presence(7, 1, online=True), _presence(7, 1, online=False), _presence(7, 2, online=True)),
    ),
    (
        "presence of two boots, with both wills",
        ("MQ-6.newest", "MQ-6.old"),
        (
            _presence(7, 3, online=True),
            _presence(7, 3, online=False),
            _presence(8, 1, online=True),
            _presence(8, 1, online=False),
        ),
    ),
    (
        "reports of two boots",
        ("MQ-2.newest",),
        (_report(7, 1), _report(7, 2), _report(8, 1)),
    ),
    (
        "a report over a new connection, and the will of the connection before",
        ("MQ-6.implied", "MQ-6.old"),
        (_presence(7, 1, online=True), _presence(7, 1, online=False), _report(7, 4, connection=2)),
    ),
    (
        "the same report twice, and an older one",
        ("MQ-2.newest",),
        (_report(7, 2), _report(7, 2), _report(7, 1)),
    ),
    (
        "events of two boots, one of them twice",
        ("MQ-4.dedup",),
        (_event(7, 9), _event(8, 1), _event(8, 1), _event(8, 2)),
    ),
)
_ORDERS = (
    _order(1, Profile.ACTIVE),
    _order(2, Profile.INACTIVE),
    _order(3, Profile.ACTIVE),
    _order(3, Profile.ACTIVE),
)
