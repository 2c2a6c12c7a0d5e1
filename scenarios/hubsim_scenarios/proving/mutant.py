"""A mutant: one small, named deviation of one part of the world, and the builders of its changes."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from hubsim_agent.ports import HubDisplay, ShowDisplay
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.happened import Happened
from hubsim_contract.mqtt.port import Publish, Received
from hubsim_contract.wire.codec import AnyMessage, decode, encode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_scenarios.proving.seams import Change, Changes, Seam


class Part(StrEnum):
    """The part of the world that deviates."""

    HUB = "hub"
    """The hub: its hardware, and what it shows."""
    AGENT = "agent"
    """The program on the hub."""
    CARRIER = "carrier"
    MESSAGES = "cloud, messages"
    BUSINESS = "cloud, business"
    APP = "app"
    """The screens of people."""
    COMMANDS = "commands"
    """Commands that are accepted and do nothing."""
    REFUSALS = "refusals"
    """Requests that are accepted instead of refused."""


class Mutant(NamedTuple):
    """One mutant. A world with it is honest except for its changes."""

    name: str
    part: Part
    breaks: str
    """The deviation, in one sentence."""
    violates: tuple[str, ...]
    """Clauses of the guide, and rules of the contract."""
    changes: Callable[[], Changes]
    """Returns the changes for one world. They may have state, so each world gets its own."""


MessageChange = Callable[[Any], "AnyMessage | None"]
"""Takes a message of one kind; returns the message that continues, or None to drop it."""
_TOPICS = Topics()


def items(change: Callable[[Any, str], Iterable[Any]]) -> Change:
    """Change each item of a list to some items."""
    return lambda listed, about: [each for item in listed for each in change(item, about)]


def sent(kind: MessageKind, change: MessageChange) -> Change:
    """Change the messages of a kind among effects."""

    def changed(effect: object, _about: str) -> list[object]:
        return _messages(effect, kind, change) if isinstance(effect, Publish) else [effect]

    return items(changed)


def received(kind: MessageKind, change: MessageChange) -> Change:
    """Change the readable messages of a kind among events."""

    def changed(event: object, _about: str) -> list[object]:
        return _messages(event, kind, change) if isinstance(event, Received) else [event]

    return items(changed)


def payloads(change: Callable[[Received, MessageKind], Received | None]) -> Change:
    """Change received messages that may not be readable. They have a topic of the contract."""

    def changed(event: object, _about: str) -> list[object]:
        kind = kind_of(event) if isinstance(event, Received) else None
        if not isinstance(event, Received) or kind is None:
            return [event]
        after = change(event, kind)
        return [] if after is None else [after]

    return items(changed)


def kind_of(message: Publish | Received) -> MessageKind | None:
    """Return the kind of a message by its topic; None for a topic outside the contract."""
    address = _TOPICS.read(message.topic)
    return None if address is None else address.kind


def readable(message: Publish | Received, kind: MessageKind) -> AnyMessage | None:
    """Return the content of a message; None if it breaks the contract."""
    try:
        return decode(kind, message.payload)
    except ContractError:
        return None


def _messages(message: Publish | Received, kind: MessageKind, change: MessageChange) -> list[object]:
    if kind_of(message) is not kind or (before := readable(message, kind)) is None:
        return [message]
    after = change(before)
    if after is None:
        return []
    return [message if after == before else replace(message, payload=encode(after))]


def dropped(_message: object) -> None:
    """Drop a message."""


def displayed(change: Callable[[HubDisplay, str], HubDisplay]) -> Changes:
    """Change what a hub itself displays. The change also gets the hub."""

    def changed(effect: object, hub: str) -> list[object]:
        return [ShowDisplay(change(effect.face, hub))] if isinstance(effect, ShowDisplay) else [effect]

    return {Seam.AGENT_OUTPUT: items(changed)}


def without_facts(*kinds: type[Happened], where: Callable[[Any], bool] = lambda _fact: True) -> Changes:
    """Drop facts of these kinds before they are applied."""

    def changed(facts: tuple[Fact, ...], _command: str) -> tuple[Fact, ...]:
        return tuple(fact for fact in facts if not (isinstance(fact, kinds) and where(fact)))

    return {Seam.FACTS: changed}


def changed_facts(kind: type[Happened], change: Callable[[Any], Iterable[Fact]]) -> Changes:
    """Change each fact of a kind to some facts."""

    def changed(facts: tuple[Fact, ...], _command: str) -> tuple[Fact, ...]:
        return tuple(each for fact in facts for each in (change(fact) if isinstance(fact, kind) else (fact,)))

    return {Seam.FACTS: changed}


def settings(group: str, **values: Any) -> Changes:
    """Start the world with other settings of a group."""

    def changed(before: Any, _about: str) -> Any:
        return replace(before, **{group: replace(getattr(before, group), **values)})

    return {Seam.SETTINGS: changed}


class First:
    """Remembers the first value for each hub."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def __call__(self, about: str, value: Any) -> Any:
        """Return the first value that was given for this hub."""
        return self._values.setdefault(about, value)


class Ever:
    """Remembers the hubs for which a condition was true once."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def __call__(self, about: str, met: bool) -> bool:
        """Return whether the condition is true now, or was before."""
        if met:
            self._met.add(about)
        return about in self._met


def fields_of(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Return the names of the fields of a record on the wire."""
    return frozenset(kind.__struct_encode_fields__)
