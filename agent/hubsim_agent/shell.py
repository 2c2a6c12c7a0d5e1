"""The live shell: runs one agent on a real board with a real broker.

Owns the inbox, the one timer, and the thread of memory writes. Makes no decisions: events go to the core in
the order of arrival, and effects are performed in the order in which the core returns them. Promises that
`run` returns only when everything it started has ended, including the last memory write. An error of any
part ends all of them and is raised (in an `ExceptionGroup`).
"""

import asyncio
from collections.abc import Callable

from hubsim_agent.core import HubAgent
from hubsim_agent.daemon_thread import in_daemon_thread
from hubsim_agent.errors import MemoryStuck
from hubsim_agent.ports import (
    AgentEvent,
    Boot,
    HardwareChanged,
    HardwarePort,
    MemoryPort,
    MemoryWritten,
    MqttPort,
    OpenPort,
    ShowDisplay,
    WriteMemory,
)
from hubsim_agent.settings import AgentSettings
from hubsim_agent.system_clock import BoardClock
from hubsim_agent.view import AgentView
from hubsim_contract.core import Now, Stop, Wake
from hubsim_contract.mqtt.port import Disconnect, PortEvent, Received

INBOX_MESSAGES_MAX = 1_000
"""Events that wait for the core. Above this limit a received message is dropped: the cloud sends the desired
document again as long as the hub reports an older one (rule MQ-5). Answers of the port are never dropped."""
WRITE_LIMIT_S = 30.0
"""Longest wait for a memory write. Consequence: `MemoryStuck`; the program ends, and its supervisor restarts
it. A hub that cannot store its state must not continue."""


class AgentShell:
    """One run of one agent."""

    def __init__(
        self,
        settings: AgentSettings,
        *,
        memory: MemoryPort,
        hardware: HardwarePort,
        open_port: OpenPort,
        clock: Callable[[], Now] | None = None,
        write_limit_s: float = WRITE_LIMIT_S,
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._hardware = hardware
        self._open_port = open_port
        self._clock = clock or BoardClock()
        self._write_limit_s = write_limit_s
        self._inbox: asyncio.Queue[AgentEvent] = asyncio.Queue()
        self._writes: asyncio.Queue[WriteMemory | None] = asyncio.Queue()
        self._agent: HubAgent | None = None
        self._wake_queued = False
        self.dropped_messages = 0
        """Messages dropped because the inbox was full."""

    async def run(self) -> None:
        """Boot the agent and run it until `stop`. Once for each shell."""
        remembered = await in_daemon_thread(self._memory.read)
        agent = self._agent = HubAgent(self._settings, remembered, self._clock())
        port = self._open_port(self._deliver)
        name = f"hub-{self._settings.hub_id}"
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write_memory(), name=f"{name} memory")
                watch = group.create_task(self._watch_hardware(), name=f"{name} hardware")
                await self._pump(agent, port)
                watch.cancel()
                self._writes.put_nowait(None)
        finally:
            await port.aclose()

    def stop(self) -> None:
        """Ask the agent to disconnect; `run` returns afterwards. Call it in the event loop."""
        self._inbox.put_nowait(Stop())

    def view(self) -> AgentView | None:
        """Return a snapshot of the agent, or None before `run`."""
        return None if self._agent is None else self._agent.view()

    def _deliver(self, event: PortEvent) -> None:
        if isinstance(event, Received) and self._inbox.qsize() >= INBOX_MESSAGES_MAX:
            self.dropped_messages += 1
            return
        self._inbox.put_nowait(event)

    async def _pump(self, agent: HubAgent, port: MqttPort) -> None:
        event: AgentEvent = Boot(self._hardware.read())
        self._handle(event, agent, port)
        while not isinstance(event, Stop):
            event = await self._next_event(agent)
            self._handle(event, agent, port)

    async def _next_event(self, agent: HubAgent) -> AgentEvent:
        """Return the next event. A due timer is queued after the events that have already arrived."""
        due_ms = agent.due()
        wait_ms = None if due_ms is None else due_ms - self._clock().mono_ms
        if wait_ms is not None and wait_ms <= 0 and not self._wake_queued:
            self._wake_queued = True
            self._inbox.put_nowait(Wake())
        event = await self._arrival(wait_ms)
        if isinstance(event, Wake):
            self._wake_queued = False
        return event

    async def _arrival(self, wait_ms: int | None) -> AgentEvent:
        try:
            async with asyncio.timeout(None if wait_ms is None else wait_ms / 1000):
                return await self._inbox.get()
        except TimeoutError:
            return Wake()

    def _handle(self, event: AgentEvent, agent: HubAgent, port: MqttPort) -> None:
        for effect in agent.handle(event, self._clock()):
            match effect:
                case WriteMemory():
                    self._writes.put_nowait(effect)
                case ShowDisplay():
                    self._hardware.show(effect.face)
                case Disconnect():
                    port.perform(effect)
                    self._forget_answers()
                case _:
                    port.perform(effect)

    def _forget_answers(self) -> None:
        """Drop queued events of the connection that has just been closed.

        The port sends none after a Disconnect, but some may already be in the inbox. The core would read
        them as answers of its next connection.
        """
        arrived = [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]
        for event in arrived:
            if isinstance(event, Wake) or not isinstance(event, PortEvent):
                self._inbox.put_nowait(event)

    async def _watch_hardware(self) -> None:
        async for hardware in self._hardware.changes():
            self._inbox.put_nowait(HardwareChanged(hardware))

    async def _write_memory(self) -> None:
        """Perform the writes one after the other, each in a thread; None ends the task."""
        while (effect := await self._writes.get()) is not None:
            try:
                async with asyncio.timeout(self._write_limit_s):
                    await in_daemon_thread(self._memory.write, effect.data)
            except TimeoutError as error:
                raise MemoryStuck(self._write_limit_s) from error
            self._inbox.put_nowait(MemoryWritten(effect.revision))
