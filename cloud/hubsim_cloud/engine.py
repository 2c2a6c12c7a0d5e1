"""The pure core of the cloud. Input: commands, queries and MQTT messages. Output: facts, answers, messages.

Owns the state in memory and the MQTT connection. Business rules are in `hubsim_cloud.domain`, the messages to
send in `outbox`, the inspection of received ones in `inspector`. Timers use world time.

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
from hubsim_cloud.domain.deadlines import CloudDeadline, CloudTimer, business_deadlines
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import DeviceForgotten, Fact
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.observations import (
    accept_event,
    accept_presence,
    accept_reported,
    device_record,
    implied_presence,
    observe,
    observe_presence,
)
from hubsim_cloud.domain.orders import confirm, own_act, trouble
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale, stale
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, State
from hubsim_cloud.domain.timeline import catch_up, due
from hubsim_cloud.domain.views.answer import answer
from hubsim_cloud.inspector import OF_HUBS, MessageInspector, WatchedHub, nobody_watches
from hubsim_cloud.outbox import AnswerOverdue, OrderRenewed, Outbox
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
from hubsim_contract.mqtt.port import Disconnect, PortEffect, PortEvent, Received
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.codec import decode, subject_of
from hubsim_contract.wire.errors import ContractError, ForeignTopic, WrongSubject
from hubsim_contract.wire.messages import (
    CloudPresence,
    Confirmation,
    HubEvent,
    Presence,
    Reported,
)
from hubsim_contract.wire.topics import HUB_KINDS, MessageKind, TopicAddress, Topics


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
        watched: WatchedHub = nobody_watches,
        boot: int = 1,
        state: State | None = None,
    ) -> None:
        """`boot`: the number of this start of the cloud, above all before; `state`: from a `StateReplay`."""
        self.state = State(market=market) if state is None else state
        self.log = FactLog()
        self.archive = Archive(self.log)
        self.started = False
        """Whether the cloud connects to the broker."""
        self.settings = settings
        self._topics = topics
        self._clean_session, self._name = clean_session, name
        self.inspector = MessageInspector(watched)
        """Inspects what hubs send; see `ports.Judged`."""
        self._outbox = Outbox(self.state, settings, topics)
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
        self.log.take_over(facts)
        self.state.devices.update(devices)
        for fact in self.log.since(self.state.position):
            apply(self.state, fact, self.settings)
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
            watched=self.inspector.watched,
        )
        engine.inspector.continue_counters(self.inspector)
        engine._contact = self._contact
        engine._station = self._contact.station(self._name, clean=self._clean_session)
        return engine

    @property
    def refused(self) -> Counter[str]:
        """The number of refused messages by the rule that they break."""
        return self.inspector.refused

    @property
    def online(self) -> bool:
        """Whether the cloud is connected and subscribed."""
        return self._station.online

    @property
    def has_more_to_send(self) -> bool:
        """Whether a `Wake` at this instant sends further documents: many are sent in parts."""
        return self._station.online and self._outbox.has_more

    def due(self) -> int | None:
        """Return when the engine needs a `Wake`, in world milliseconds, or None."""
        return self._due_ms

    def deadlines(self, limit: int) -> list[CloudDeadline]:
        """Return up to `limit` things that the cloud does by itself, the next one first."""
        found = business_deadlines(self.state, self.settings, limit)
        found += self._outbox.deadlines(limit) if self._station.online else []
        found += self.inspector.deadlines(limit)
        for due_ms in (self._station.due(), self._contact.echo_due_ms if self._station.online else None):
            if due_ms is not None:
                found.append(CloudDeadline(due_ms=due_ms, kind=CloudTimer.CLOUD_CONNECTION))
        return sorted(found, key=lambda each: each.due_ms)[:limit]

    def order_attempts(self, iccid: str) -> int:
        """Return how often the newest order for a card was sent since the start of the cloud, at least 1."""
        return self._outbox.attempts(iccid)

    def _next_due(self) -> int | None:
        if self._timeline_moved:
            self._timeline_ms = due(self.state, self.settings)
            self._timeline_moved = False
        connected = (self._outbox.due(), self._contact.echo_due_ms) if self._station.online else ()
        return earliest(self._station.due(), self._timeline_ms, self.inspector.due(), *connected)

    def handle(self, event: CloudEvent, now: Now) -> list[CloudEffect]:
        """Handle one event. First apply everything that was due before, dated to its own instant."""
        self._out = []
        now_ms = now.world_ms
        if self._due_ms is not None and self._due_ms <= now_ms:
            while facts := catch_up(self.state, now_ms, self.settings):
                self._record(facts)
            self._take_waiting(now_ms)
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
            self._send(now_ms)
            self._out += self._contact.answers()
        self._due_ms = self._next_due()
        return self._out

    def catch_up(self, now: Now, at_once: int) -> list[CloudEffect]:
        """Apply a part of what was due before: about `at_once` services, Dealers or alarms.

        Not needed before `handle`, which applies everything. An owner with many hubs calls it until
        `is_behind` is false, and serves others in between.
        """
        self._out = []
        left = at_once
        while left > 0 and (facts := catch_up(self.state, now.world_ms, self.settings, at_once=left)):
            self._record(facts)
            left -= len(facts)
        if self._station.online:
            self._send(now.world_ms)
        self._due_ms = self._next_due()
        return self._out

    def is_behind(self, now: Now) -> bool:
        """Return whether facts that time causes were due before."""
        return self._timeline_ms is not None and self._timeline_ms <= now.world_ms

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
        self._outbox.begin_part()

    def _stop(self, now_ms: int) -> None:
        self.started = False
        self._out += [*self._goodbye(), *self._station.stop(now_ms)]

    # ------------------------------------------------------------------ people

    def look(self, event: QueryReceived, now: Now) -> Answer:
        """Answer a query without a change of the state: facts that are due stay due."""
        view = answer(
            self.state,
            event.actor,
            event.query,
            now.world_ms,
            self.settings,
            archive=self.archive,
            pager=event.pager,
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
                self._outbox.ordered(fact.iccid)
            elif isinstance(fact, DeviceForgotten):
                self._forget(fact.hub, fact.at_ms)
        self.log.extend(facts)

    # ------------------------------------------------------------------ hubs and carrier

    def _received(self, event: Received, now_ms: int) -> None:
        address = self._topics.read(event.topic)
        try:
            if address is None:
                # prose: ignore (the text is in traces, which must not change)
                raise ForeignTopic(f"{event.topic} is none of ours", topic=event.topic)
            self._dispatch(address, event, now_ms)
        except ContractError as error:
            self._out += self.inspector.refuse(address, event, error, now_ms)
            if event.topic == self._contact.topic and self._station.online:
                self._out.append(self._contact.presence(online=True))  # the broker may retain the other one

    def _take_waiting(self, now_ms: int) -> None:
        """Take the messages that came too often, as far as the bounds of their hubs allow it now."""
        messages, hubs = self.inspector.take_waiting(now_ms)
        for message in messages:
            self._received(message, now_ms)
        for hub in hubs:
            device = self.state.devices.get(hub)
            if device is not None and device.reported is not None:
                self._observe(device.reported, now_ms)

    def _dispatch(self, address: TopicAddress, event: Received, now_ms: int) -> None:
        message = decode(address.kind, event.payload)
        subject = subject_of(message)
        if subject != address.subject:
            raise WrongSubject(f"the message is about {subject}, the topic about {address.subject}")
        if isinstance(message, OF_HUBS):
            self._out += self.inspector.judge(self.state, message, event, now_ms)
        match message:
            case Reported():
                is_new = self._reported(message, now_ms)
                if message.ask and (is_new or not event.retained):
                    self._contact.asked(message)
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

    def _reported(self, reported: Reported, now_ms: int) -> bool:
        """Take a report; return whether it is newer than the last one."""
        device = device_record(self.state, reported.hub)
        presence = implied_presence(device, reported)
        if presence is not None:
            self._presence(presence, now_ms)
        if not accept_reported(device, reported, now_ms):
            return False
        self._out.append(Keep(reported.hub, device))
        self._timeline_moved = True
        self._observe(reported, now_ms)
        self._outbox.reported(reported, now_ms)
        return True

    def _forget(self, hub: str, now_ms: int) -> None:
        """Forget what a hub has published, and ask for its state: a hub reports for each document (MQ-5)."""
        since_ms = self.state.devices[hub].offline_since_ms
        device = self.state.devices[hub] = Device(offline_since_ms=now_ms if since_ms is None else since_ms)
        self.inspector.forget(hub, [self._topics.of(kind, hub) for kind in HUB_KINDS])
        self._out.append(Keep(hub, device))
        self._outbox.ask(hub)

    def _observe(self, reported: Reported, now_ms: int) -> None:
        """Record the facts that follow from the stored report of a hub."""
        facts = observe(self.state, reported.hub, reported, now_ms, self.settings)
        if facts:
            topic = self._topics.of(MessageKind.REPORTED, reported.hub)
            facts, complaints = self.inspector.bounded(facts, topic, now_ms)
            self._record(facts)
            self._out += complaints

    def _presence(self, presence: Presence, now_ms: int) -> None:
        device = device_record(self.state, presence.hub)
        if not accept_presence(device, presence, now_ms):
            return
        self._out.append(Keep(presence.hub, device))
        self._timeline_moved = True
        self._record(observe_presence(self.state, presence.hub, now_ms))
        self._outbox.connection_changed(presence, now_ms)

    def _event(self, event: HubEvent) -> None:
        device = device_record(self.state, event.hub)
        if accept_event(device, event):
            self._out.append(Keep(event.hub, device, event))

    def _confirmed(self, confirmation: Confirmation, now_ms: int) -> None:
        self._record(own_act(self.state, confirmation, now_ms, self.settings))
        facts = confirm(self.state, confirmation, now_ms, self.settings)
        self._record(facts)
        if any(isinstance(fact, CarrierOrderConfirmed) for fact in facts):
            profile = self.state.profiles[confirmation.iccid]
            self._outbox.confirmed(profile, now_ms)
            if text := trouble(confirmation):
                topic = self._topics.of(MessageKind.CONFIRMATION, profile.iccid)
                self._out.append(Complain(topic, "MQ-8.refused", text))

    def _connection_changed(self, event: PortEvent, now_ms: int) -> None:
        was_online = self._station.online
        self._out += self._station.receive(event, now_ms)
        if self._station.online and not was_online:
            self._out.append(self._contact.presence(online=True))
            self._outbox.renew(now_ms, lost_session=self._clean_session)
            self.inspector.connected(now_ms)

    def _send(self, now_ms: int) -> None:
        """Send what the outbox has. A new order for one that the carrier has ended is a fact."""
        while taken := self._outbox.take(now_ms):
            for effect in taken:
                match effect:
                    case AnswerOverdue():
                        self._out += self._contact.check_of_silence(now_ms)
                    case OrderRenewed():
                        self._record(effect.facts)
                    case _:
                        self._out.append(effect)
