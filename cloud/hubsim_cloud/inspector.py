"""Inspects the messages of hubs on their way into the engine, and keeps those that come too often.

Owns the rate bounds, the messages that wait for them, and the number of messages by outcome. Emits a verdict
on a message that breaks a rule, and on every message of a hub that is watched; other messages cost no effect.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import cast

from hubsim_cloud.domain.deadlines import CloudDeadline, CloudTimer
from hubsim_cloud.domain.facts import Fact, VersionOvertaken
from hubsim_cloud.domain.inspection import inspect
from hubsim_cloud.domain.message_rates import BOUNDS, BoundedMessage, MessageRates, TooManyMessages
from hubsim_cloud.domain.plausibility import check_numbers
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.verdicts import Finding, MessageOutcome, MessageVerdict, VerdictSubject
from hubsim_cloud.ports import Complain, Judged
from hubsim_contract.mqtt.port import Received
from hubsim_contract.timer_queue import TimerQueue
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.messages import HubEvent, Presence, Reported
from hubsim_contract.wire.topics import MessageKind, TopicAddress

PAYLOAD_CHARS_MAX = 1_000
"""The length of a payload in a verdict."""
QUEUE_LIMIT_MS = 60_000
"""For this time after the cloud has connected, events have no bound: the broker delivers those that it has
queued, which may be from days without a cloud. A hub cannot cause such a time."""
WatchedHub = Callable[[str], bool]
"""Returns whether verdicts on the messages of a hub are of interest, also those without findings."""
HubMessage = Reported | Presence | HubEvent
OF_HUBS = (Reported, Presence, HubEvent)
"""The types of `HubMessage`."""
_HUB_KINDS = (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS)
_TAKEN = MessageOutcome.TAKEN
_NUMBERS = {
    Reported: ("boot", "sequence", "connection", "applied_version"),
    Presence: ("boot", "connection"),
    HubEvent: ("boot", "number"),
}
_SUBJECTS: dict[type[HubMessage], VerdictSubject] = {
    Reported: VerdictSubject.REPORTED,
    Presence: VerdictSubject.PRESENCE,
    HubEvent: VerdictSubject.EVENTS,
}
_BOUNDED: dict[type[HubMessage], BoundedMessage] = {
    Reported: BoundedMessage.REPORTED,
    Presence: BoundedMessage.PRESENCE,
    HubEvent: BoundedMessage.EVENTS,
}
_PLACE = re.compile(r" - at `\$\.?([^`]*)`")


def nobody_watches(_hub: str) -> bool:
    """Return False: only messages that break a rule have verdicts."""
    return False


class MessageInspector:
    """The inspection of one engine. Times are world time in ms."""

    def __init__(self, watched: WatchedHub = nobody_watches) -> None:
        self.watched = watched
        self.taken = 0
        """The number of messages of hubs that were taken."""
        self.not_taken: Counter[MessageOutcome] = Counter()
        """The number of the other messages of hubs by outcome."""
        self.refused: Counter[str] = Counter()
        """The number of refused messages, of hubs and of the carrier, by the rule that they break."""
        self._rates = MessageRates()
        self._queued_until_ms = 0
        self._waiting: dict[str, Received] = {}
        """By topic, the newest message that waits for its bound."""
        self._allowed: TimerQueue[str] = TimerQueue()
        """Topics of waiting messages, and ids of hubs whose version waits, by the instant of their bound."""

    def outcomes(self) -> dict[MessageOutcome, int]:
        """Return the number of messages of hubs by outcome."""
        return {outcome: self.not_taken[outcome] for outcome in MessageOutcome} | {
            MessageOutcome.TAKEN: self.taken
        }

    def continue_counters(self, before: "MessageInspector") -> None:
        """Count on from the counters of an inspector that this one replaces."""
        self.taken, self.not_taken, self.refused = before.taken, before.not_taken, before.refused

    # ------------------------------------------------------------------ rates

    def connected(self, now_ms: int) -> None:
        """Record that the cloud has connected."""
        self._queued_until_ms = now_ms + QUEUE_LIMIT_MS

    def _admit(self, message: HubMessage, event: Received, now_ms: int) -> None:
        """Count a message. Raises `TooManyMessages` above the bound; a message about a state waits then.

        Only readable messages count, so that garbage has its own rule, and costs the hub nothing.
        """
        bounded = _BOUNDED[type(message)]
        if bounded is BoundedMessage.EVENTS and now_ms < self._queued_until_ms:
            return
        allowed_ms = self._rates.admit(event.topic, BOUNDS[bounded], now_ms)
        if allowed_ms is None:
            if self._waiting and self._waiting.pop(event.topic, None) is not None:
                self._allowed.drop(event.topic)
            return
        if bounded is not BoundedMessage.EVENTS:  # the newest state is enough (rule MQ-4)
            self._waiting[event.topic] = event
            self._allowed.put(event.topic, allowed_ms)
        raise TooManyMessages(bounded)

    def deadlines(self, limit: int) -> list[CloudDeadline]:
        """Return up to `limit` messages that are allowed next, each with its topic or its hub."""
        return [
            CloudDeadline(due_ms=due_ms, kind=CloudTimer.POSTPONED_MESSAGE, about=name)
            for due_ms, name in self._allowed.first(limit)
        ]

    def due(self) -> int | None:
        """Return when a waiting message is allowed, or None."""
        return self._allowed.earliest()

    def take_waiting(self, now_ms: int) -> tuple[list[Received], list[str]]:
        """Return the messages, and the hubs with a version to look at again, that are allowed by now."""
        messages: list[Received] = []
        hubs: list[str] = []
        while (instant := self._allowed.earliest()) is not None and instant <= now_ms:
            for name in list(self._allowed.keys_at(instant)):
                self._allowed.drop(name)
                message = self._waiting.pop(name, None)
                if message is not None:
                    messages.append(message)
                else:
                    hubs.append(name)
        return messages, hubs

    def forget(self, hub: str, topics: Iterable[str]) -> None:
        """Drop what waits for the bounds of this hub."""
        for name in (hub, *topics):
            self._allowed.drop(name)
            self._waiting.pop(name, None)

    def bounded(
        self, facts: list[Fact], topic: str, now_ms: int
    ) -> tuple[list[Fact], list[Complain | Judged]]:
        """Return the facts without overtaken versions above the bound, and complaints about these."""
        kept: list[Fact] = []
        complaints: list[Complain | Judged] = []
        for fact in facts:
            if isinstance(fact, VersionOvertaken):
                bounded = BoundedMessage.OVERTAKING
                allowed_ms = self._rates.admit(f"{bounded} {fact.hub}", BOUNDS[bounded], now_ms)
                if allowed_ms is not None:
                    self._allowed.put(fact.hub, allowed_ms)
                    address = TopicAddress(MessageKind.REPORTED, fact.hub)
                    complaints += self.refuse(address, Received(topic, b""), TooManyMessages(bounded), now_ms)
                    continue
            kept.append(fact)
        return kept, complaints

    # ------------------------------------------------------------------ verdicts

    def judge(self, state: State, message: HubMessage, event: Received, now_ms: int) -> list[Judged]:
        """Return the verdict on a message that is not stored yet.

        Raises `ImplausibleNumber`, and `TooManyMessages` above the bound of the hub.
        """
        check_numbers(state.devices.get(message.hub), message, now_ms)
        self._admit(message, event, now_ms)
        outcome, findings = inspect(state, message, event, now_ms)
        if outcome is _TAKEN:
            self.taken += 1
        else:
            self.not_taken[outcome] += 1
        if not findings and not self.watched(message.hub):
            return []
        numbers = {name: getattr(message, name) for name in _NUMBERS[type(message)]}
        about = _SUBJECTS[type(message)]
        return [Judged(_verdict(about, message.hub, outcome, findings, event, now_ms, numbers))]

    def refuse(
        self, address: TopicAddress | None, event: Received, error: ContractError, now_ms: int
    ) -> list[Complain | Judged]:
        """Count a refused message; return the complaint, and the verdict if the message is about a hub."""
        self.refused[error.rule] += 1
        complaint = Complain(event.topic, error.rule, str(error))
        if address is None or address.kind not in _HUB_KINDS:
            return [complaint]
        self.not_taken[MessageOutcome.REFUSED] += 1
        place = _PLACE.search(str(error))
        field = cast("str", getattr(error, "field", "")) or ("" if place is None else place[1])
        findings = (Finding(error.rule, field, str(error)),)
        about = VerdictSubject(address.kind.value)
        return [
            complaint,
            Judged(_verdict(about, address.subject, MessageOutcome.REFUSED, findings, event, now_ms, {})),
        ]


def unapplied(hub: str, topic: str, text: str, now_ms: int) -> Judged:
    """Return the verdict on a desired document that the hub does not apply (rule MQ-5.applied)."""
    finding = Finding("MQ-5.applied", "version", text)
    return Judged(
        MessageVerdict(
            at_ms=now_ms,
            hub=hub,
            about=VerdictSubject.DESIRED,
            outcome=MessageOutcome.STALE,
            findings=(finding,),
            topic=topic,
        )
    )


def _verdict(
    about: VerdictSubject,
    hub: str,
    outcome: MessageOutcome,
    findings: tuple[Finding, ...],
    event: Received,
    now_ms: int,
    numbers: dict[str, int],
) -> MessageVerdict:
    return MessageVerdict(
        at_ms=now_ms,
        hub=hub,
        about=about,
        outcome=outcome,
        findings=findings,
        topic=event.topic,
        numbers=numbers,
        qos=event.qos,
        retained=event.retained,
        dup=event.dup,
        size_bytes=len(event.payload),
        payload=event.payload[:PAYLOAD_CHARS_MAX].decode("utf-8", "backslashreplace"),
    )
