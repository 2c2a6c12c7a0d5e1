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

from hubsim_cloud.domain.apply import apply
from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.desired import desired_of
from hubsim_cloud.domain.facts import CarrierOrderConfirmed, CarrierOrderPlaced, DeviceForgotten, Fact
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.observations import (
    accept_event,
    accept_presence,
    accept_reported,
    implied_presence,
    observe,
    observe_presence,
)
from hubsim_cloud.domain.orders import awaits_cut, confirm
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.retry_pauses import RetryPauses
from hubsim_cloud.domain.revisions import Stale, stale
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, Hub, SimProfile, State
from hubsim_cloud.domain.timeline import catch_up, due
from hubsim_cloud.domain.views.answer import answer
from hubsim_cloud.inspector import OF_HUBS, MessageInspector, WatchedHub, nobody_watches, unapplied
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
from hubsim_contract.mqtt.port import Connect, PortEvent, Publish, Received
from hubsim_contract.mqtt.station import Station
from hubsim_contract.timer_queue import TimerQueue, earliest
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.errors import ContractError, ForeignTopic
from hubsim_contract.wire.messages import (
    Channel,
    Confirmation,
    HubEvent,
    Order,
    OrderStage,
    Presence,
    Reported,
)
from hubsim_contract.wire.topics import HUB_KINDS, MessageKind, TopicAddress, Topics

KEEPALIVE_S = 60
SIM_ONLY = (Channel.CELLULAR,)
_OF_CARDS = (Order, Confirmation)


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
    ) -> None:
        self.state = State(market=market)
        self.log: list[Fact] = []
        self._archive = Archive(self.log)
        self.started = False
        """Whether the cloud connects to the broker."""
        self.settings = settings
        self._topics = topics
        self._clean_session, self._name = clean_session, name
        self.inspector = MessageInspector(watched)
        """Inspects what hubs send; see `ports.Judged`."""
        self._unsettled: TimerQueue[tuple[MessageKind, str]] = TimerQueue()
        """(DESIRED, hub) and (ORDER, ICCID), each with the instant at which it is sent again."""
        self._pauses = RetryPauses(settings.desired_retry_ms, settings.desired_retry_longest_ms)
        self._withheld: dict[str, int] = {}
        """Hubs whose document waits for the carrier's answer to a cut, with the end of the wait (ADR 16)."""
        inbound = (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS, MessageKind.CONFIRMATION)
        connect = Connect(name, clean=clean_session, keepalive_s=KEEPALIVE_S)
        self._station = Station(connect, tuple(topics.of(kind, "+") for kind in inbound))
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
            watched=self.inspector.watched,
        )
        engine.inspector.continue_counters(self.inspector)
        return engine

    @property
    def refused(self) -> Counter[str]:
        """The number of refused messages by the rule that they break."""
        return self.inspector.refused

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
        waiting_ms = self.inspector.due()
        return earliest(self._station.due(), self._timeline_ms, unsettled_ms, withheld_ms, waiting_ms)

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
                self._received(event, now_ms)
            case CommandReceived():
                self._command(event, now_ms)
            case QueryReceived():
                self._out.append(self.look(event, now))
            case Start():
                self.started = True
                self._out += self._station.start(now_ms)
            case Stop():
                self.started = False
                self._out += self._station.stop(now_ms)
            case Wake():
                self._out += self._station.wake(now_ms)
            case _:
                self._connection_changed(event, now_ms)
        if self._station.online:
            self._send_new(now_ms)
            self._send_again(now_ms)
        self._due_ms = self._next_due()
        return self._out

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
            self.inspector.admit(address, event, now_ms)
            self._dispatch(address, event, now_ms)
        except ContractError as error:
            self._out += self.inspector.refuse(address, event, error, now_ms)

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
        subject = message.iccid if isinstance(message, _OF_CARDS) else message.hub
        if subject != address.subject:
            raise ForeignTopic(f"the message is about {subject}, the topic about {address.subject}")
        if isinstance(message, OF_HUBS):
            self._out += self.inspector.judge(self.state, message, event, now_ms)
        match message:
            case Reported():
                self._reported(message, now_ms)
            case Presence():
                self._presence(message, now_ms)
            case HubEvent():
                self._event(message)
            case Confirmation():
                self._confirmed(message, now_ms)
            case _:
                # prose: ignore (the text is in traces, which must not change)
                raise ForeignTopic(f"{address.kind} is what the cloud says, not what it hears")

    def _device(self, hub: str) -> Device:
        device = self.state.devices.get(hub)
        if device is None:
            device = self.state.devices[hub] = Device()
        return device

    def _reported(self, reported: Reported, now_ms: int) -> None:
        device = self._device(reported.hub)
        presence = implied_presence(device, reported)
        if presence is not None:
            self._presence(presence, now_ms)
        if not accept_reported(device, reported, now_ms):
            return
        self._out.append(Keep(reported.hub, device))
        self._timeline_moved = True
        self._observe(reported, now_ms)
        hub = self.state.hubs.get(reported.hub)
        key = (MessageKind.DESIRED, reported.hub)
        if hub is None or reported.applied_version >= hub.version:
            self._settled(reported.hub)
        elif self._unsettled.due(key) is None and reported.hub not in self._withheld:
            self._unsettled.put(key, now_ms)

    def _forget(self, hub: str, now_ms: int) -> None:
        """Forget what a hub has published, and ask for its state: a hub reports for each document (MQ-5)."""
        since_ms = self.state.devices[hub].offline_since_ms
        device = self.state.devices[hub] = Device(offline_since_ms=now_ms if since_ms is None else since_ms)
        self.inspector.forget(hub, [self._topics.of(kind, hub) for kind in HUB_KINDS])
        self._out.append(Keep(hub, device))
        self._settled(hub)
        if hub in self.state.hubs and self.state.hubs[hub].version:
            self.state.dirty_hubs.add(hub)

    def _observe(self, reported: Reported, now_ms: int) -> None:
        """Record the facts that follow from the stored report of a hub."""
        facts = observe(self.state, reported.hub, reported, now_ms, self.settings)
        if facts:
            topic = self._topics.of(MessageKind.REPORTED, reported.hub)
            facts, complaints = self.inspector.bounded(facts, topic, now_ms)
            self._record(facts)
            self._out += complaints

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
        facts = confirm(self.state, confirmation, now_ms, self.settings)
        self._record(facts)
        if any(isinstance(fact, CarrierOrderConfirmed) for fact in facts):
            self._expect_progress(self.state.profiles[confirmation.iccid], now_ms)

    # ------------------------------------------------------------------ outbound messages

    def _connection_changed(self, event: PortEvent, now_ms: int) -> None:
        was_online = self._station.online
        self._out += self._station.receive(event, now_ms)
        if self._station.online and not was_online:
            # The messages that the broker still has are unknown: send everything again (rule MQ-4).
            self.state.dirty_hubs.update(hub.id for hub in self.state.hubs.values() if hub.version)
            self._withheld.clear()
            for profile in self.state.profiles.values():
                if profile.stage is not OrderStage.EXECUTED:
                    self._unsettled.put((MessageKind.ORDER, profile.iccid), now_ms)

    def _send_new(self, now_ms: int) -> None:
        """Publish the documents that got a new version, unless the cut of their SIM has to come first."""
        for hub_id in sorted(self.state.dirty_hubs | self._withheld.keys()):
            if not self._cut_comes_first(hub_id, now_ms):
                self._withheld.pop(hub_id, None)
                self._send_desired(self.state.hubs[hub_id], now_ms)
        self.state.dirty_hubs.clear()

    def _cut_comes_first(self, hub_id: str, now_ms: int) -> bool:
        """Return whether the hub's document still waits for the carrier; at most for `order_retry_ms`."""
        if not (self._has_only_the_sim(hub_id) and awaits_cut(self.state, self.state.hubs[hub_id])):
            return False
        return now_ms < self._withheld.setdefault(hub_id, now_ms + self.settings.order_retry_ms)

    def _has_only_the_sim(self, hub_id: str) -> bool:
        device = self.state.devices.get(hub_id)
        reported = None if device is None else device.reported
        return reported is not None and reported.hardware.channels == SIM_ONLY

    def _send_again(self, now_ms: int) -> None:
        """Send messages that were unsettled for too long, and new orders."""
        while (instant := self._unsettled.earliest()) is not None and instant <= now_ms:
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
            topic = self._topics.of(MessageKind.DESIRED, hub.id)
            self._out += [Complain(topic, "MQ-5", text), unapplied(hub.id, topic, text, now_ms)]

    def _settled(self, hub_id: str) -> None:
        """Stop sending a hub's document again."""
        self._unsettled.drop((MessageKind.DESIRED, hub_id))
        self._pauses.forget(hub_id)

    def _send_order(self, profile: SimProfile, now_ms: int) -> None:
        order = Order(iccid=profile.iccid, sequence=profile.sequence, profile=profile.wanted)
        self._out.append(Publish(self._topics.of(MessageKind.ORDER, profile.iccid), encode(order)))
        self._expect_progress(profile, now_ms)

    def _expect_progress(self, profile: SimProfile, now_ms: int) -> None:
        """Set the time limit for the carrier's next step with this order."""
        key = (MessageKind.ORDER, profile.iccid)
        if profile.stage is OrderStage.EXECUTED:
            self._unsettled.drop(key)
        elif profile.stage is OrderStage.ACCEPTED:
            self._unsettled.put(key, now_ms + self.settings.order_overdue_ms)
        else:
            self._unsettled.put(key, now_ms + self.settings.order_retry_ms)
