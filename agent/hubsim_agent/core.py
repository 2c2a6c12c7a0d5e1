"""The program on a hub. It applies the state that the cloud desires, and reports what it has applied.

Owns the state of one hub between its ports: link, memory, event buffer, applied document. Its timer
uses the mono axis. Refuses every message that is for another hub or breaks the contract, and continues.
Promises: a version is reported only after it is durable (rule MQ-5). A boot number is never used twice.
An event stays until the broker has it, unless the buffer overflows; overflows are counted.
"""

from typing import assert_never

from hubsim_agent.buffer import EventBuffer
from hubsim_agent.cloud_contact import ASKS_MAX, CloudContact
from hubsim_agent.errors import NotStarted
from hubsim_agent.hub_events import DetectedEvent, diff
from hubsim_agent.inbound import read_message
from hubsim_agent.memory import AgentMemory, Saving, load_memory, next_boot, stored_document
from hubsim_agent.outbound import Outbound, display_of
from hubsim_agent.ports import (
    AgentEffect,
    AgentEvent,
    Boot,
    HardwareChanged,
    HubDisplay,
    MemoryWritten,
    ShowDisplay,
    WriteMemory,
)
from hubsim_agent.sending_pace import SendingPace
from hubsim_agent.settings import AgentSettings
from hubsim_agent.view import AgentView
from hubsim_contract.core import Now, Stop, Wake
from hubsim_contract.mqtt.link import ANSWERS, Link, LinkInput, LinkSettings, LinkState
from hubsim_contract.mqtt.port import (
    AttemptBegan,
    AttemptQueued,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    Published,
    Received,
    Subscribed,
)
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.hub_bounds import REPORTS_BOUND
from hubsim_contract.wire.messages import CloudPresence, Desired, Hardware, Heard

_UNSEEN = Hardware(model="", firmware="")


class HubAgent:
    """One boot of the program on one hub. See `hubsim_contract.core.Core`."""

    __slots__ = (
        "_applied",
        "_boot",
        "_boot_is_durable",
        "_contact",
        "_display",
        "_display_inputs",
        "_events",
        "_foreign_topics",
        "_hardware",
        "_hub",
        "_last_event",
        "_link",
        "_newest",
        "_old_versions",
        "_out",
        "_outbound",
        "_refusal",
        "_refused_messages",
        "_reports",
        "_saving",
    )

    def __init__(self, settings: AgentSettings, memory: bytes | None, now: Now) -> None:
        """Start from the memory bytes of the last boot; None on a hub that has never run."""
        self._hub = settings.hub_id
        stored, problem = load_memory(memory, self._hub)
        self._boot = next_boot(stored.boot, now)
        self._applied = stored.desired
        self._newest = self._applied
        """The newest known document; it is applied when it is durable."""
        self._outbound = Outbound(settings, self._boot)
        self._contact = CloudContact(self._boot, settings.heard_limit_ms // ASKS_MAX)
        self._link = Link(
            f"{self._hub} {self._boot}",
            LinkSettings(
                first_pause_ms=settings.reconnect_min_ms,
                longest_pause_ms=settings.reconnect_max_ms,
                answer_limit_ms=settings.answer_limit_ms,
                steady_ms=settings.steady_ms,
            ),
        )
        self._reports = SendingPace(REPORTS_BOUND)
        self._saving = Saving()
        self._boot_is_durable = False
        self._events = EventBuffer(
            self._hub, self._boot, settings.event_buffer, stored.events, settings.ack_limit_ms
        )
        if problem:
            self._events.add(DetectedEvent.MEMORY_LOST, now.world_ms, problem)
        self._hardware = _UNSEEN
        self._display: HubDisplay | None = None
        self._display_inputs: tuple[Desired, bool] | None = None
        """The inputs of the current display, so that it is not built again for every event."""
        self._last_event: tuple[DetectedEvent, str] | None = None
        self._refusal = ""
        self._foreign_topics = self._old_versions = self._refused_messages = 0
        self._out: list[AgentEffect] = []

    def handle(self, event: AgentEvent, now: Now) -> list[AgentEffect]:
        """Handle one event; return the effects in the order in which they must be performed.

        Returns nothing after `Stop`. Raises `NotStarted`, or `IllegalLinkTransition` for an answer of the
        MQTT port that does not belong to a request. A received message never raises.
        """
        if self._link.state is LinkState.STOPPED:
            return []
        if isinstance(event, Boot) is not (self._hardware is _UNSEEN):
            raise NotStarted(f"{type(event).__name__}: Boot must be the first event, and come only once")
        self._out = []
        self._dispatch(event, now)
        self._show_display()
        return self._out

    def due(self) -> int | None:
        """Return the mono time in ms of the next `Wake`, or None."""
        if self._link.deadline_ms is not None:
            return self._link.deadline_ms
        paced_ms = earliest(self._reports.deadline_ms, self._events.pace.deadline_ms)
        return earliest(self._events.deadline_ms, self._contact.deadline_ms, paced_ms)

    @property
    def link(self) -> LinkState:
        """The state of the connection."""
        return self._link.state

    @property
    def refused_messages(self) -> int:
        """The number of refused messages in this boot."""
        return self._refused_messages

    def view(self) -> AgentView:
        """Return a snapshot of the agent for observers."""
        return AgentView(
            link=self._link.state,
            boot=self._boot,
            connection=self._link.connection,
            applied_version=self._applied.version,
            face=self._display,
            buffered_events=len(self._events),
            foreign_topics=self._foreign_topics,
            old_versions=self._old_versions,
            refused_messages=self._refused_messages,
            events_dropped=self._events.dropped,
            unheard=self._contact.unheard,
        )

    def _dispatch(self, event: AgentEvent, now: Now) -> None:
        match event:
            case Received():
                self._received(event, now)
            case Published():
                self._published(event, now)
            case MemoryWritten():
                self._memory_written(event, now)
            case HardwareChanged():
                self._hardware_changed(event.hardware, now)
            case (
                AttemptQueued()
                | AttemptBegan()
                | Connected()
                | Subscribed()
                | ConnectFailed()
                | ConnectionLost()
            ):
                self._step(ANSWERS[type(event)], now)
            case Wake():
                self._wake(now)
            case Boot():
                self._hardware = event.hardware
                self._save()
            case Stop():
                self._stop(now)
            case _:
                assert_never(event)

    # ------------------------------------------------------------------ the link

    def _step(self, what: LinkInput, now: Now, answered_ms: int | None = None) -> None:
        """Move the link, and perform the entry actions of its new state."""
        if not self._link.step(what, now.mono_ms, answered_ms):
            return
        if self._link.state not in (LinkState.SUBSCRIBING, LinkState.ONLINE):
            self._contact.reset()  # the retained presence may arrive before the SUBACK
            self._reports.forget()
        match self._link.state:
            case LinkState.CONNECTING:
                self._out.append(self._outbound.connect(self._link.connection, self._applied))
            case LinkState.SUBSCRIBING:
                self._out.append(self._outbound.subscribe())
            case LinkState.ONLINE:
                self._publish_presence(online=True)
                self._report_at_once(now)
                self._send_events(now)
            case LinkState.BACKOFF:
                self._events.connection_lost()
                if not self._hardware.channels:
                    self._step(LinkInput.WAY_CLOSED, now)
            case LinkState.STOPPED:
                self._events.connection_lost()
            case LinkState.OFFLINE:
                pass

    def _wake(self, now: Now) -> None:
        due_ms = self.due()
        if due_ms is None or due_ms > now.mono_ms:
            return
        if self._link.state is LinkState.BACKOFF:
            self._step(LinkInput.RETRY_DUE, now)
        elif due_ms == self._events.pace.deadline_ms:
            self._send_events(now)
        elif due_ms == self._reports.deadline_ms:
            self._report(now)
        elif due_ms == self._contact.deadline_ms and not self._contact.exhausted:
            self._report_at_once(now)
        else:
            self._give_up(now)

    def _give_up(self, now: Now) -> None:
        """Close a connection on which an answer is overdue: of the broker, or of the cloud."""
        answered_ms = None
        if self._events.deadline_ms is not None and self._events.deadline_ms <= now.mono_ms:
            answered_ms = self._events.deadline_ms - self._events.ack_limit_ms
        elif self._contact.deadline_ms is not None:
            answered_ms = self._contact.silent_since_ms
            self._contact.unheard += 1
        self._disconnect()
        self._step(LinkInput.TIMED_OUT, now, answered_ms)

    def _stop(self, now: Now) -> None:
        if self._saving.asked_again:
            self._out.append(self._write())
        self._disconnect()
        self._step(LinkInput.STOP, now)

    def _disconnect(self) -> None:
        """Close an open connection. The broker sends no will after a DISCONNECT, so publish its content.

        A connection without a SUBACK has not been announced, and nothing is published on it (rule MQ-3).
        """
        if self._link.state is LinkState.ONLINE:
            self._publish_presence(online=False)
        if self._link.state in (LinkState.CONNECTING, LinkState.SUBSCRIBING, LinkState.ONLINE):
            self._out.append(Disconnect())

    # ------------------------------------------------------------------ received messages

    def _received(self, event: Received, now: Now) -> None:
        kind = self._outbound.inbound.get(event.topic)
        if kind is None:
            self._foreign_topics += 1
            return
        try:
            message = read_message(self._hub, kind, event.payload)
        except ContractError as refusal:
            self._refuse(refusal, now)
            return
        self._refusal = ""
        match message:
            case Desired():
                self._take(message, now)
            case Heard():
                self._contact.heard(message, now.mono_ms)
            case CloudPresence():
                self._contact.presence(message, now.mono_ms)

    def _take(self, desired: Desired, now: Now) -> None:
        """Store a newer document durably; report again on receipt of the applied one."""
        if desired.version > self._newest.version:
            self._newest = stored_document(desired)
            self._save()
        elif desired.version == self._newest.version == self._applied.version:
            self._report(now)
        else:
            self._old_versions += 1

    def _refuse(self, refusal: ContractError, now: Now) -> None:
        """Count the refusal. Report it, unless the refusal before it had the same text."""
        self._refused_messages += 1
        text = f"{refusal.rule}: {refusal}"
        if text != self._refusal:
            self._refusal = text
            self._record(DetectedEvent.MESSAGE_REFUSED, text, now)

    def _hardware_changed(self, hardware: Hardware, now: Now) -> None:
        old, self._hardware = self._hardware, hardware
        if hardware == old:
            return
        self._report(now)
        for detected in diff(old, hardware):
            # A modem that searches and is denied all night is reported once.
            if detected != self._last_event or detected[0] is not DetectedEvent.REGISTRATION_DENIED:
                self._last_event = detected
                self._record(*detected, now)
        if not hardware.channels:
            self._step(LinkInput.WAY_CLOSED, now)
        elif self._boot_is_durable and not set(hardware.channels) <= set(old.channels):
            self._step(LinkInput.WAY_OPENED, now)

    # ------------------------------------------------------------------ memory

    def _save(self) -> None:
        """Make everything durable: now, or after the write in progress."""
        if self._saving.running:
            self._saving.asked_again = True
        else:
            self._out.append(self._write())

    def _write(self) -> WriteMemory:
        memory = AgentMemory(hub=self._hub, boot=self._boot, desired=self._newest, events=self._events.kept())
        return WriteMemory(*self._saving.begin(memory))

    def _memory_written(self, event: MemoryWritten, now: Now) -> None:
        durable = self._saving.finish(event.revision)
        if durable is None:
            return
        if self._saving.asked_again:
            self._save()
        if durable.desired.version > self._applied.version:
            self._applied = durable.desired
            self._show_display()
            self._report(now)
        if not self._boot_is_durable:
            self._boot_is_durable = True
            if self._hardware.channels:
                self._step(LinkInput.WAY_OPENED, now)

    # ------------------------------------------------------------------ outbound

    def _show_display(self) -> None:
        in_reach = self._contact.in_reach
        if (self._applied, in_reach) == self._display_inputs:
            return
        self._display_inputs = (self._applied, in_reach)
        face = display_of(self._applied, cloud_reachable=in_reach)
        if face != self._display:
            self._display = face
            self._out.append(ShowDisplay(face))

    def _publish_presence(self, *, online: bool) -> None:
        self._out.append(self._outbound.presence(self._link.connection, online=online))

    def _report(self, now: Now) -> None:
        """Publish the whole state if the link is online. Otherwise the next connection publishes it.

        Above the bound of rule MQ-10.rate it waits, and has the state of the instant in which it is sent.
        """
        if self._link.state is LinkState.ONLINE and self._reports.take(now.mono_ms):
            self._publish_report(now)

    def _report_at_once(self, now: Now) -> None:
        self._reports.count(now.mono_ms)
        self._publish_report(now)

    def _publish_report(self, now: Now) -> None:
        ask = self._contact.must_ask(now.mono_ms)
        self._out.append(
            self._outbound.reported(self._link.connection, self._applied, self._hardware, ask=ask)
        )
        if ask:
            self._contact.asked(self._outbound.sequence, now.mono_ms)

    def _record(self, kind: DetectedEvent, detail: str, now: Now) -> None:
        if self._events.add(kind, now.world_ms, detail):
            self._save()
            self._send_events(now)

    def _send_events(self, now: Now) -> None:
        if self._link.state is not LinkState.ONLINE:
            return
        while (taken := self._events.take(now.mono_ms)) is not None:
            self._out.append(self._outbound.event(*taken))

    def _published(self, event: Published, now: Now) -> None:
        """Remove an acknowledged event.

        Memory is written when the buffer is empty, not for each event. After a crash some events are
        therefore sent again under their old numbers, and the receiver recognises them (rule MQ-4).
        """
        if not self._events.acknowledge(event.token, now.mono_ms):
            return
        self._send_events(now)
        if not self._events:
            self._save()
