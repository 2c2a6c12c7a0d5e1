"""The pure core of the cloud. Input: commands, queries and MQTT messages. Output: facts, answers, messages.

Owns the state in memory, the MQTT connection, and the unsettled messages: desired documents that an online
hub has not applied, and orders that the carrier has not executed. Business rules are in
`hubsim_cloud.domain`. Timers use world time.

The shell makes every `RecordFacts` and `Keep` durable before it performs the effects that follow them. A
crash therefore loses unsent effects, but no facts. An engine that is restored from the stored facts sends
the unsettled messages again as soon as it is connected (rules MQ-4 and MQ-5).
"""

from collections import Counter
from collections.abc import Sequence

from hubsim_cloud.contact import HubContact
from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.carrier_facts import CarrierOrderConfirmed, CarrierOrderPlaced
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.desired import desired_of
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.observations import (
    accept_event,
    accept_presence,
    accept_reported,
    implied_presence,
    observe,
    observe_presence,
)
from hubsim_cloud.domain.orders import confirm, cut_comes_first, next_order_ms, own_act, renewed, trouble
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.retry_pauses import RetryPauses
from hubsim_cloud.domain.revisions import Stale, stale
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, Hub, SimProfile, State
from hubsim_cloud.domain.timeline import catch_up, due
from hubsim_cloud.domain.views.answer import answer
from hubsim_cloud.ports import (
    Answer,
    CloudEffect,
    CloudEvent,
    CommandReceived,
    Complain,
    Keep,
    QueryReceived,
    RecordFacts,
)
from hubsim_contract.core import Now, Start, Stop, Wake
from hubsim_contract.mqtt.port import Disconnect, PortEffect, PortEvent, Publish, Received
from hubsim_contract.timer_queue import TimerQueue, earliest
from hubsim_contract.wire.codec import decode, encode, subject_of
from hubsim_contract.wire.errors import ContractError, ForeignTopic, WrongSubject
from hubsim_contract.wire.messages import (
    CloudPresence,
    Confirmation,
    HubEvent,
    Order,
    Presence,
    Reported,
)
from hubsim_contract.wire.topics import MessageKind, TopicAddress, Topics


class CloudEngine:
    """The cloud. Starts with an empty `State`; `restore` loads stored facts."""

    def __init__(
        self,
        settings: CloudSettings,
        topics: Topics,
        *,
        market: Market = DEFAULT_MARKET,
        clean_session: bool = False,
        name: str = "cloud",
        boot: int = 1,
    ) -> None:
        """Take the parts; `boot`: the number of this start of the cloud, greater than all before."""
        self.state = State(market=market)
        self.log: list[Fact] = []
        self._archive = Archive(self.log)
        self.refused: Counter[str] = Counter()
        """The number of refused messages by the rule that they break."""
        self.started = False
        """Whether the cloud connects to the broker."""
        self.settings = settings
        self._topics = topics
        self._clean_session, self._name = clean_session, name
        self._unsettled: TimerQueue[tuple[MessageKind, str]] = TimerQueue()
        """(DESIRED, hub) and (ORDER, ICCID), each with the instant at which it is sent again."""
        self._pauses = RetryPauses(settings.desired_retry_ms, settings.desired_retry_longest_ms)
        self._withheld: dict[str, int] = {}
        """Hubs whose document waits for the carrier's answer to a cut, with the end of the wait (ADR 16)."""
        self._contact = HubContact(topics, boot)
        self._station = self._contact.station(name, clean=clean_session)
        self._out: list[CloudEffect] = []
        self._due_ms: int | None = None
        """The result of `due`. Only `handle` can change it, so `handle` computes it once."""
        self._timeline_ms: int | None = None
        self._timeline_moved = True
        """Whether the state on which `timeline.due` depends has changed."""

    def restore(self, facts: Sequence[Fact], devices: dict[str, Device]) -> None:
        """Load the stored facts and devices; only for a new engine."""
        assert not self.log
        self.state.devices.update(devices)
        for fact in facts:
            apply(self.state, fact, self.settings)
        self.log.extend(facts)
        self.state.dirty_hubs.clear()
        self._due_ms = self._next_due()

    def anew(self) -> "CloudEngine":
        """Return a new engine with the same settings and market, for `restore`.

        Needed if the state in memory is ahead of the stored facts.
        """
        engine = CloudEngine(
            self.settings,
            self._topics,
            market=self.state.market,
            clean_session=self._clean_session,
            name=self._name,
        )
        engine.refused = self.refused
        engine._contact = self._contact
        engine._station = self._contact.station(self._name, clean=self._clean_session)
        return engine

    @property
    def online(self) -> bool:
        """Whether the cloud is connected and subscribed."""
        return self._station.online

    def due(self) -> int | None:
        """Return when the engine needs a `Wake`, in world milliseconds, or None."""
        return self._due_ms

    def _next_due(self) -> int | None:
        unsettled_ms = self._unsettled.earliest() if self._station.online else None
        if self._timeline_moved:
            self._timeline_ms = due(self.state, self.settings)
            self._timeline_moved = False
        withheld_ms = min(self._withheld.values()) if self._withheld and self._station.online else None
        echo_ms = self._contact.echo_due_ms if self._station.online else None
        return earliest(self._station.due(), self._timeline_ms, unsettled_ms, withheld_ms, echo_ms)

    def handle(self, event: CloudEvent, now: Now) -> list[CloudEffect]:
        """Handle one event. First apply everything that was due before, dated to its own instant."""
        self._out = []
        now_ms = now.world_ms
        if self._due_ms is not None and self._due_ms <= now_ms:
            while facts := catch_up(self.state, now_ms, self.settings):
                self._record(facts)
        match event:
            case Received():
                self._contact.received_any(now_ms)
                self._received(event, now_ms)
            case CommandReceived():
                self._command(event, now_ms)
            case QueryReceived():
                self._out.append(self.look(event, now))
            case Start():
                self.started = True
                self._out += self._station.start(now_ms)
            case Stop():
                self._stop(now_ms)
            case Wake():
                self._wake(now_ms)
            case _:
                self._connection_changed(event, now_ms)
        if self._station.online:
            self._send_new(now_ms)
            self._send_again(now_ms)
            self._out += self._contact.answers()
        self._due_ms = self._next_due()
        return self._out

    def leaving(self) -> list[PortEffect]:
        """Return the effects that close the connection. The engine must not be used afterwards."""
        return [*self._goodbye(), Disconnect()]

    def _goodbye(self) -> list[PortEffect]:
        return [self._contact.presence(online=False)] if self._station.online else []

    def _wake(self, now_ms: int) -> None:
        echo_ms = self._contact.echo_due_ms
        if self._station.online and echo_ms is not None and now_ms >= echo_ms:
            self._out += self._station.abandon(now_ms)
        self._out += self._station.wake(now_ms)

    def _stop(self, now_ms: int) -> None:
        self.started = False
        self._out += [*self._goodbye(), *self._station.stop(now_ms)]

    # ------------------------------------------------------------------ people

    def look(self, event: QueryReceived, now: Now) -> Answer:
        """Answer a query without a change of the state: facts that are due stay due."""
        view = answer(
            self.state, event.actor, event.query, now.world_ms, self.settings, archive=self._archive
        )
        return Answer(event.number, view)

    def _command(self, event: CommandReceived, now_ms: int) -> None:
        outcome: Accepted | Refusal | Stale
        outcome = decide(self.state, event.actor, event.command, now_ms, self.settings)
        if isinstance(outcome, Accepted) and event.expects is not None:
            outcome = stale(self.state, event.actor, event.command, event.expects) or outcome
        if isinstance(outcome, Accepted):
            self._record(outcome.facts)
        self._out.append(Answer(event.number, outcome))

    def _record(self, facts: Sequence[Fact]) -> None:
        if not facts:
            return
        self._timeline_moved = True
        self._out.append(RecordFacts(self.state.position + 1, tuple(facts)))
        for fact in facts:
            apply(self.state, fact, self.settings)
            if isinstance(fact, CarrierOrderPlaced):
                self._unsettled.put((MessageKind.ORDER, fact.iccid), 0)
        self.log.extend(facts)

    # ------------------------------------------------------------------ hubs and carrier

    def _received(self, event: Received, now_ms: int) -> None:
        try:
            address = self._topics.read(event.topic)
            if address is None:
                # prose: ignore (the text is in traces, which must not change)
                raise ForeignTopic(f"{event.topic} is none of ours", topic=event.topic)
            self._dispatch(address, event, now_ms)
        except ContractError as error:
            self.refused[error.rule] += 1
            self._out.append(Complain(event.topic, error.rule, str(error)))
            if event.topic == self._contact.topic and self._station.online:
                self._out.append(self._contact.presence(online=True))  # the broker may retain the other one

    def _dispatch(self, address: TopicAddress, event: Received, now_ms: int) -> None:
        message = decode(address.kind, event.payload)
        subject = subject_of(message)
        if subject != address.subject:
            raise WrongSubject(f"the message is about {subject}, the topic about {address.subject}")
        match message:
            case Reported():
                is_new = self._reported(message, now_ms)
                if message.ask and (is_new or not event.retained):
                    self._contact.owe(message)
            case Presence():
                self._presence(message, now_ms)
            case HubEvent():
                self._event(message)
            case Confirmation():
                self._confirmed(message, now_ms)
            case CloudPresence():
                if self._station.online:
                    self._out += self._contact.received(message, retained=event.retained)
            case _:
                # prose: ignore (the text is in traces, which must not change)
                raise ForeignTopic(f"{address.kind} is what the cloud says, not what it hears")

    def _device(self, hub: str) -> Device:
        return self.state.devices.setdefault(hub, Device())

    def _reported(self, reported: Reported, now_ms: int) -> bool:
        """Take a report; return whether it is newer than the last one."""
        device = self._device(reported.hub)
        presence = implied_presence(device, reported)
        if presence is not None:
            self._presence(presence, now_ms)
        if not accept_reported(device, reported, now_ms):
            return False
        self._out.append(Keep(reported.hub, device))
        self._timeline_moved = True
        self._record(observe(self.state, reported.hub, reported, now_ms, self.settings))
        hub = self.state.hubs.get(reported.hub)
        key = (MessageKind.DESIRED, reported.hub)
        if hub is None or reported.applied_version >= hub.version:
            self._settled(reported.hub)
        elif self._unsettled.due(key) is None and reported.hub not in self._withheld:
            self._unsettled.put(key, now_ms)
        return True

    def _presence(self, presence: Presence, now_ms: int) -> None:
        device = self._device(presence.hub)
        if not accept_presence(device, presence, now_ms):
            return
        self._out.append(Keep(presence.hub, device))
        self._timeline_moved = True
        self._record(observe_presence(self.state, presence.hub, now_ms))
        hub = self.state.hubs.get(presence.hub)
        self._settled(presence.hub)
        if presence.online and hub is not None and hub.version:
            # The broker sends the retained document to the hub (rule MQ-3).
            pause_ms, _ = self._pauses.after(presence.hub, hub.version)
            self._unsettled.put((MessageKind.DESIRED, presence.hub), now_ms + pause_ms)

    def _event(self, event: HubEvent) -> None:
        device = self._device(event.hub)
        if accept_event(device, event):
            self._out.append(Keep(event.hub, device, event))

    def _confirmed(self, confirmation: Confirmation, now_ms: int) -> None:
        self._record(own_act(self.state, confirmation, now_ms, self.settings))
        facts = confirm(self.state, confirmation, now_ms, self.settings)
        self._record(facts)
        if any(isinstance(fact, CarrierOrderConfirmed) for fact in facts):
            profile = self.state.profiles[confirmation.iccid]
            self._expect_progress(profile, now_ms)
            if text := trouble(confirmation):
                topic = self._topics.of(MessageKind.CONFIRMATION, profile.iccid)
                self._out.append(Complain(topic, "MQ-8.refused", text))

    # ------------------------------------------------------------------ outbound messages

    def _connection_changed(self, event: PortEvent, now_ms: int) -> None:
        was_online = self._station.online
        self._out += self._station.receive(event, now_ms)
        if self._station.online and not was_online:
            self._out.append(self._contact.presence(online=True))
            # The messages that the broker still has are unknown: send everything again (rule MQ-4).
            self.state.dirty_hubs.update(hub.id for hub in self.state.hubs.values() if hub.version)
            self._withheld.clear()
            for profile in self.state.profiles.values():
                self._expect_progress(profile, now_ms, connected=True)

    def _send_new(self, now_ms: int) -> None:
        """Publish the documents that got a new version, unless the cut of their SIM has to come first."""
        for hub_id in sorted(self.state.dirty_hubs | self._withheld.keys()):
            if not self._cut_comes_first(hub_id, now_ms):
                self._withheld.pop(hub_id, None)
                self._send_desired(self.state.hubs[hub_id], now_ms)
        self.state.dirty_hubs.clear()

    def _cut_comes_first(self, hub_id: str, now_ms: int) -> bool:
        """Return whether the hub's document still waits for the carrier; at most for `order_retry_ms`."""
        if not cut_comes_first(self.state, self.state.hubs[hub_id]):
            return False
        return now_ms < self._withheld.setdefault(hub_id, now_ms + self.settings.order_retry_ms)

    def _send_again(self, now_ms: int) -> None:
        """Send messages that were unsettled for too long, and new orders."""
        while (instant := self._unsettled.earliest()) is not None and instant <= now_ms:
            if instant:  # a message without an answer, and not a new order
                self._out += self._contact.check_of_silence(now_ms)
            for kind, subject in list(self._unsettled.keys_at(instant)):
                self._unsettled.drop((kind, subject))
                if kind is MessageKind.ORDER:
                    self._send_order(self.state.profiles[subject], now_ms)
                elif subject not in self._withheld:
                    self._send_desired(self.state.hubs[subject], now_ms)

    def _send_desired(self, hub: Hub, now_ms: int) -> None:
        desired = desired_of(hub)
        assert desired is not None
        self._out.append(Publish(self._topics.of(MessageKind.DESIRED, hub.id), encode(desired), retain=True))
        device = self.state.devices.get(hub.id)
        applied = device.reported.applied_version if device and device.reported else 0
        key = (MessageKind.DESIRED, hub.id)
        if device is None or not device.online or applied >= hub.version:
            self._settled(hub.id)
            return
        pause_ms, is_longest = self._pauses.after(hub.id, hub.version)
        self._unsettled.put(key, now_ms + pause_ms)
        if is_longest:
            text = f"the hub counts as online, but has not applied the desired version {hub.version}"
            self._out.append(Complain(self._topics.of(MessageKind.DESIRED, hub.id), "MQ-5", text))

    def _settled(self, hub_id: str) -> None:
        """Stop sending a hub's document again."""
        self._unsettled.drop((MessageKind.DESIRED, hub_id))
        self._pauses.forget(hub_id)

    def _send_order(self, profile: SimProfile, now_ms: int) -> None:
        """Send the newest order for a card, or place a new one after the end of the newest one."""
        if facts := renewed(self.state, profile, now_ms):
            self._record(facts)
            return
        order = Order(iccid=profile.iccid, sequence=profile.sequence, profile=profile.wanted)
        self._out.append(Publish(self._topics.of(MessageKind.ORDER, profile.iccid), encode(order)))
        self._expect_progress(profile, now_ms)

    def _expect_progress(self, profile: SimProfile, now_ms: int, *, connected: bool = False) -> None:
        """Set the time limit for the carrier's next step; `connected`: the connection begins now."""
        key = (MessageKind.ORDER, profile.iccid)
        forget = connected and self._clean_session
        at_ms = next_order_ms(profile, now_ms, self.settings, connected=connected, forgotten=forget)
        if at_ms is None:
            self._unsettled.drop(key)
        else:
            self._unsettled.put(key, at_ms)
