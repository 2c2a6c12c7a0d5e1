"""The text form of packet faults: `drop PUBACK to hub-1 2 times`.

    ACTION [KIND] [MESSAGE] [CLAUSE ...]

- ACTION is one of `PacketAction`; KIND is the name of an MQTT packet, or `any`; MESSAGE is a kind of message
  of the contract. A MESSAGE without a KIND means its PUBLISH.
- CLAUSE, in any order: `to CLIENT`, `from CLIENT`, `of CLIENT` (both directions), `to broker`, `from broker`,
  `on TOPIC-FILTER`, `for DURATION`, `byte N`, `after N`, and one of `once` (the default), `N times`,
  `always`.

`str(fault)` and `parse_fault` are inverse to each other. Every text gives a fault or `BadPacketFault`.
"""

import re
import shlex
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from hubsim_contract.mqtt.codec.packets import PacketKind, Sender
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.tap.packet_faults import ANY, BROKER, BadPacketFault, PacketAction, PacketFault

RULE_CHARS_MAX = 2_000
"""A longer rule is refused unread."""
_EXAMPLE = "for example 'drop PUBACK to hub-1 2 times'"
_ACTIONS = {action.value: action for action in PacketAction}
_KINDS: dict[str, PacketKind | None] = {kind.name.lower(): kind for kind in PacketKind} | {ANY: None}
_MESSAGES = {kind.value: kind for kind in MessageKind}
_UNITS_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"([0-9]{1,12})(ms|s|min|h)")
_NUMBER = re.compile(r"[0-9]{1,12}")
_DIRECTIONS = {"from": Sender.CLIENT, "to": Sender.SERVER, "of": None}


def parse_fault(text: str) -> PacketFault:
    """Return the fault that a rule describes. Raises `BadPacketFault`."""
    if len(text) > RULE_CHARS_MAX:
        raise BadPacketFault(f"the rule has {len(text)} characters; at most {RULE_CHARS_MAX} are allowed")
    try:
        given = shlex.split(text)
    except ValueError:
        raise BadPacketFault("a quote or a backslash has no end: close it, or remove it") from None
    if not given:
        raise BadPacketFault(f"the rule is empty; write an action and a packet, {_EXAMPLE}")
    rest = iter(given)
    action = _known(next(rest), _ACTIONS, "an action")
    return PacketFault(action=action, **_Clauses(list(rest)).read())


class _Clauses:
    """Reads the words after the action, from left to right."""

    def __init__(self, left: list[str]) -> None:
        self._left = left
        self._fields: dict[str, Any] = {}

    def read(self) -> dict[str, Any]:
        """Return the fields of the fault."""
        self._packet()
        while self._left:
            given = self._left.pop(0)
            clause = _CLAUSES.get(given.lower())
            if clause is not None:
                clause(self, given.lower())
            elif _NUMBER.fullmatch(given) and self._left[:1] in (["times"], ["time"]):
                self._left.pop(0)
                self._set("count", int(given), "the number of packets")
            else:
                raise BadPacketFault(_unknown(given, _CLAUSES, "a clause of a rule"))
        return self._fields

    def _packet(self) -> None:
        """Read the kind of packet and the kind of message, of which one is enough."""
        if not self._left or self._left[0].lower() in _CLAUSES:
            raise BadPacketFault(f"the packet is missing: write a kind such as PUBACK, or 'any'; {_EXAMPLE}")
        given = self._left[0].lower()
        if given in _KINDS:
            self._fields["kind"] = _KINDS[given]
            self._left.pop(0)
            if self._left and self._left[0].lower() in _MESSAGES:
                self._fields["message"] = _MESSAGES[self._left.pop(0).lower()]
            return
        self._fields["message"] = _known(self._left.pop(0), {**_MESSAGES, **_KINDS}, "a packet or a message")
        self._fields["kind"] = PacketKind.PUBLISH

    def direction(self, word: str) -> None:
        """Read the client, or the word `broker` or `any`."""
        client, sender = self._word(word, "a client id, the name of a hub, or 'broker'"), _DIRECTIONS[word]
        if client.lower() == BROKER and sender is not None:
            client, sender = "*", sender.other
        self._set("client", "*" if client.lower() == ANY else client, "the client")
        self._set("sender", sender, "the direction")

    def topic(self, word: str) -> None:
        """Read a topic filter."""
        self._set("topic", self._word(word, "a topic filter"), "the topic")

    def duration(self, word: str) -> None:
        """Read `5 s` or `5s`."""
        given = self._word(word, "a duration such as '5 s'")
        if self._left and self._left[0].lower() in _UNITS_MS:
            given += self._left.pop(0)
        found = _DURATION.fullmatch(given.lower())
        if found is None:
            raise BadPacketFault(
                f"{given!r} is not a duration: write a number and ms, s, min or h, as in '5 s'"
            )
        self._set("for_ms", int(found[1]) * _UNITS_MS[found[2]], "the duration")

    def number(self, word: str) -> None:
        """Read the number after `after` or `byte`."""
        given = self._word(word, "a number")
        if not _NUMBER.fullmatch(given):
            raise BadPacketFault(
                f"{given!r} is not a number: '{word}' is followed by a number, as in '{word} 2'"
            )
        self._set(word, int(given), f"the number after '{word}'")

    def repeats(self, word: str) -> None:
        """Take `once` or `always`."""
        self._set("count", 1 if word == "once" else None, "the number of packets")

    def _word(self, after: str, what: str) -> str:
        if not self._left:
            raise BadPacketFault(f"the rule ends after '{after}': write {what} after it")
        return self._left.pop(0)

    def _set(self, field: str, value: object, what: str) -> None:
        if field in self._fields:
            raise BadPacketFault(f"{what} is given twice: remove one of the two")
        self._fields[field] = value


def _known(given: str, words: dict[str, Any], what: str) -> Any:
    if given.lower() not in words:
        raise BadPacketFault(_unknown(given, words, what))
    return words[given.lower()]


def _unknown(given: str, words: Iterable[str], what: str) -> str:
    shown = [_shown(word) for word in words]
    close = get_close_matches(given.lower(), list(words), n=1)
    advice = (
        f"did you mean {_shown(close[0])!r}?" if close else f"one of these is expected: {', '.join(shown)}"
    )
    return f"{given!r} is not {what}; {advice}"


def _shown(word: str) -> str:
    return word.upper() if _KINDS.get(word) is not None else word


_CLAUSES: dict[str, Callable[[_Clauses, str], None]] = {
    **dict.fromkeys(_DIRECTIONS, _Clauses.direction),
    "on": _Clauses.topic,
    "for": _Clauses.duration,
    "byte": _Clauses.number,
    "after": _Clauses.number,
    "once": _Clauses.repeats,
    "always": _Clauses.repeats,
}
