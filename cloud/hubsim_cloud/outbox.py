"""The messages that a cloud has to publish: new ones, and unsettled ones again.

Unsettled are desired documents that an online hub has not applied, and orders that the carrier has not
executed. Owns when each of them is sent again. Times are world time in ms; the owner asks for messages only
while it is connected.
"""

from collections import deque

import msgspec

from hubsim_cloud.domain.deadlines import CloudDeadline, CloudTimer
from hubsim_cloud.domain.desired import desired_of
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.orders import ENDED, card_to_cut_first, next_order_ms, renewed
from hubsim_cloud.domain.retry_pauses import RetryPauses
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Hub, SimProfile, State
from hubsim_cloud.inspector import unapplied
from hubsim_cloud.ports import Complain, Judged
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.timer_queue import TimerQueue, earliest
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Order, Presence, Reported
from hubsim_contract.wire.topics import MessageKind, Topics

DOCUMENTS_AT_ONCE = 500
"""More documents are sent in parts, after a connection for example; in between come other events."""


class Unsettled(msgspec.Struct, frozen=True, gc=False):
    """A document of a hub (`DESIRED`) or the newest order for a card (`ORDER`) that is not settled."""

    kind: MessageKind
    subject: str
    """The hub or the ICCID."""


class OrderRenewed(msgspec.Struct, frozen=True):
    """A new order for one that the carrier has ended without executing it: facts to record."""

    facts: list[Fact]


class AnswerOverdue(msgspec.Struct, frozen=True):
    """A message had no answer in time: the connection may be dead."""


OutboxEffect = Publish | Complain | Judged | OrderRenewed | AnswerOverdue


class Outbox:
    """The outbox of one engine. It reads the state, and takes hubs out of `dirty_hubs`."""

    def __init__(self, state: State, settings: CloudSettings, topics: Topics) -> None:
        self._state = state
        self._settings = settings
        self._topics = topics
        self._unsettled: TimerQueue[Unsettled] = TimerQueue()
        """Each with the instant at which it is sent again."""
        self._pauses = RetryPauses(settings.desired_retry_ms, settings.desired_retry_longest_ms)
        self._withheld: TimerQueue[str] = TimerQueue()
        """Hubs whose document waits for the carrier's answer to a cut, with the end of the wait (ADR 16)."""
        self._withheld_for: dict[str, str] = {}
        """Card to the withheld hub that waits for it."""
        self._checked_again: set[str] = set()
        """Withheld hubs whose wait may be over: the carrier has answered, or the hub has another link."""
        self._later: deque[str] = deque()
        """Hubs whose documents are sent with the next parts."""
        self._later_ms = 0
        """When the last part was sent."""
        self._sent_again: dict[str, int] = {}
        """How often the newest order for a card was sent again, by ICCID; only those that were."""

    def due(self) -> int | None:
        """Return when a message is to be sent, or None."""
        part_ms = self._later_ms if self._later else None
        return earliest(self._unsettled.earliest(), self._withheld.earliest(), part_ms)

    @property
    def has_more(self) -> bool:
        """Whether there are documents for a next part."""
        return bool(self._later)

    def begin_part(self) -> None:
        """Have the next `take` send the next part of the documents."""
        for _ in range(min(DOCUMENTS_AT_ONCE, len(self._later))):
            self._checked_again.add(self._later.popleft())

    def deadlines(self, limit: int) -> list[CloudDeadline]:
        """Return up to `limit` messages that are sent next, unless an answer comes before."""
        found = [
            CloudDeadline(due_ms=due_ms, kind=CloudTimer.DOCUMENT_AFTER_CUT, hub=hub)
            for due_ms, hub in self._withheld.first(limit)
        ]
        for due_ms, message in self._unsettled.first(limit):
            subject = message.subject
            if message.kind is MessageKind.DESIRED:
                found.append(CloudDeadline(due_ms=due_ms, kind=CloudTimer.DOCUMENT_REPEAT, hub=subject))
                continue
            has_ended = self._state.profiles[subject].stage in ENDED
            timer = CloudTimer.ORDER_RENEWAL if has_ended else CloudTimer.ORDER_REPEAT
            found.append(CloudDeadline(due_ms=due_ms, kind=timer, about=subject))
        return found

    def attempts(self, iccid: str) -> int:
        """Return how often the newest order for a card was sent since the start of the cloud, at least 1."""
        return 1 + self._sent_again.get(iccid, 0)

    def take(self, now_ms: int) -> list[OutboxEffect]:
        """Return the messages to publish now; they count as sent."""
        out: list[OutboxEffect] = []
        self._take_new(now_ms, out)
        self._take_unsettled(now_ms, out)
        return out

    # ------------------------------------------------------------------ what the engine reports

    def renew(self, now_ms: int, *, lost_session: bool) -> None:
        """Send everything again: which messages the broker of a new connection has is unknown (MQ-4).

        `lost_session`: the broker keeps no session, so the carrier's answers of the meantime are lost.
        """
        self._state.dirty_hubs.update(hub.id for hub in self._state.hubs.values() if hub.version)
        self._withheld, self._withheld_for = TimerQueue(), {}
        self._later.clear()
        for profile in self._state.profiles.values():
            self._expect_progress(profile, now_ms, connected=True, forgotten=lost_session)

    def ordered(self, iccid: str) -> None:
        """Send a new order to the carrier."""
        self._sent_again.pop(iccid, None)
        self._unsettled.put(Unsettled(MessageKind.ORDER, iccid), 0)

    def confirmed(self, profile: SimProfile, now_ms: int) -> None:
        """Set the time limit for the carrier's next step with this order."""
        self._expect_progress(profile, now_ms)
        hub = self._withheld_for.pop(profile.iccid, None)
        if hub is not None and self._withheld.due(hub) is not None:
            self._checked_again.add(hub)

    def reported(self, reported: Reported, now_ms: int) -> None:
        """Compare the applied version with the desired one, and send a document that is not applied."""
        hub = self._state.hubs.get(reported.hub)
        key = Unsettled(MessageKind.DESIRED, reported.hub)
        if self._withheld.due(reported.hub) is not None:
            self._checked_again.add(reported.hub)
        if hub is None or reported.applied_version >= hub.version:
            self._settled(reported.hub)
        elif self._unsettled.due(key) is None and self._withheld.due(reported.hub) is None:
            self._unsettled.put(key, now_ms)

    def connection_changed(self, presence: Presence, now_ms: int) -> None:
        """Begin again with the shortest pause; an online hub gets its retained document (rule MQ-3)."""
        hub = self._state.hubs.get(presence.hub)
        self._settled(presence.hub)
        if presence.online and hub is not None and hub.version:
            pause_ms, _ = self._pauses.after(presence.hub, hub.version)
            self._unsettled.put(Unsettled(MessageKind.DESIRED, presence.hub), now_ms + pause_ms)

    def ask(self, hub_id: str) -> None:
        """Send a hub its document, so that it reports (rule MQ-5), if it has one."""
        self._settled(hub_id)
        hub = self._state.hubs.get(hub_id)
        if hub is not None and hub.version:
            self._state.dirty_hubs.add(hub_id)

    # ------------------------------------------------------------------ inside

    def _take_new(self, now_ms: int, out: list[OutboxEffect]) -> None:
        """Take the documents that got a new version, unless the cut of their SIM has to come first.

        Those above `DOCUMENTS_AT_ONCE` are taken later.
        """
        checked = self._state.dirty_hubs | self._checked_again | self._withheld.due_by(now_ms)
        if not checked:
            return
        hubs = sorted(checked)
        for hub_id in hubs[:DOCUMENTS_AT_ONCE]:
            if not self._cut_comes_first(hub_id, now_ms):
                self._withheld.drop(hub_id)
                self._take_desired(self._state.hubs[hub_id], now_ms, out)
        self._state.dirty_hubs.clear()
        self._checked_again.clear()
        self._later.extend(hubs[DOCUMENTS_AT_ONCE:])
        self._later_ms = now_ms

    def _cut_comes_first(self, hub_id: str, now_ms: int) -> bool:
        """Return whether the hub's document still waits for the carrier; at most for `order_retry_ms`."""
        iccid = card_to_cut_first(self._state, self._state.hubs[hub_id])
        if iccid is None:
            return False
        end_ms = self._withheld.due(hub_id)
        if end_ms is None:
            end_ms = now_ms + self._settings.order_retry_ms
            self._withheld.put(hub_id, end_ms)
        self._withheld_for[iccid] = hub_id
        return now_ms < end_ms

    def _take_unsettled(self, now_ms: int, out: list[OutboxEffect]) -> None:
        """Take messages that were unsettled for too long, and new orders."""
        while (instant := self._unsettled.earliest()) is not None and instant <= now_ms:
            if instant:  # not a new order
                out.append(AnswerOverdue())
            for message in list(self._unsettled.keys_at(instant)):
                self._unsettled.drop(message)
                subject = message.subject
                if message.kind is MessageKind.ORDER:
                    if instant:
                        self._sent_again[subject] = self._sent_again.get(subject, 0) + 1
                    self._take_order(self._state.profiles[subject], now_ms, out)
                elif self._withheld.due(subject) is None:
                    self._take_desired(self._state.hubs[subject], now_ms, out)

    def _take_desired(self, hub: Hub, now_ms: int, out: list[OutboxEffect]) -> None:
        desired, topic = desired_of(hub), self._topics.of(MessageKind.DESIRED, hub.id)
        assert desired is not None
        out.append(Publish(topic, encode(desired), retain=True))
        device = self._state.devices.get(hub.id)
        applied = device.reported.applied_version if device and device.reported else 0
        if device is None or not device.online or applied >= hub.version:
            self._settled(hub.id)
            return
        pause_ms, is_longest = self._pauses.after(hub.id, hub.version)
        self._unsettled.put(Unsettled(MessageKind.DESIRED, hub.id), now_ms + pause_ms)
        if is_longest:
            text = f"the hub counts as online, but has not applied the desired version {hub.version}"
            out += [Complain(topic, "MQ-5.applied", text), unapplied(hub.id, topic, text, now_ms)]

    def _take_order(self, profile: SimProfile, now_ms: int, out: list[OutboxEffect]) -> None:
        """Take the newest order for a card, or a new one after the end of the newest one."""
        if facts := renewed(self._state, profile, now_ms):
            out.append(OrderRenewed(facts))
            return
        order = Order(iccid=profile.iccid, sequence=profile.sequence, profile=profile.wanted)
        out.append(Publish(self._topics.of(MessageKind.ORDER, profile.iccid), encode(order)))
        self._expect_progress(profile, now_ms)

    def _expect_progress(
        self, profile: SimProfile, now_ms: int, *, connected: bool = False, forgotten: bool = False
    ) -> None:
        """Set the time limit for the carrier's next step; `connected`: the connection begins now."""
        key = Unsettled(MessageKind.ORDER, profile.iccid)
        at_ms = next_order_ms(profile, now_ms, self._settings, connected=connected, forgotten=forgotten)
        if at_ms is None:
            self._unsettled.drop(key)
        else:
            self._unsettled.put(key, at_ms)

    def _settled(self, hub_id: str) -> None:
        """Stop sending a hub's document again."""
        self._unsettled.drop(Unsettled(MessageKind.DESIRED, hub_id))
        self._pauses.forget(hub_id)
