"""The live shell: runs one agent on a real board, against a real broker.

Owns the inbox, the one timer, and the thread hop of memory writes. Decides nothing: every event goes
to the core in the order of its arrival, every effect is carried out in the order of the answer.
Promises that `run` returns only when everything it began has ended, the last memory write included.
An error of any part ends all of them and is raised (in an `ExceptionGroup`).
"""

import asyncio
import time
from collections.abc import Callable

from hubsim_agent.core import HubAgent
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
from hubsim_agent.view import AgentView
from hubsim_contract.core import Now, Stop, Wake
from hubsim_contract.mqtt.port import Disconnect, PortEvent, Received

INBOX_MESSAGES_MAX = 1_000
"""Events that may wait for the core. A message that arrives beyond it is dropped: the cloud sends the
desired document again as long as the hub reports an older one (rule MQ-5). Answers are never dropped."""
WRITE_LIMIT_S = 30.0
"""Longest wait for a memory write. Consequence: `MemoryStuck`, the program ends, and whoever supervises
it starts it again; a hub that cannot remember must not go on as if it could."""


class BoardClock:
    """The clocks of a real board. The world clock stands still while the system's is set back."""

    def __init__(self) -> None:
        self._world_ms = 0

    def __call__(self) -> Now:
        """Return the time now."""
        self._world_ms = max(self._world_ms, time.time_ns() // 1_000_000)
        return Now(time.monotonic_ns() // 1_000_000, self._world_ms)


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
        self._wake_waits = False
        self.dropped_messages = 0
        """Messages that found the inbox full."""

    async def run(self) -> None:
        """Boot the agent and run it until `stop`. Once per shell."""
        remembered = await asyncio.to_thread(self._memory.read)
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
        """Ask the agent to say goodbye; `run` returns afterwards. Call it in the event loop."""
        self._inbox.put_nowait(Stop())

    def view(self) -> AgentView | None:
        """Return how the agent stands, or None before `run`."""
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
        """Return the next event. A timer that is due queues up behind what has already arrived."""
        due_ms = agent.due()
        wait_ms = None if due_ms is None else due_ms - self._clock().mono_ms
        if wait_ms is not None and wait_ms <= 0 and not self._wake_waits:
            self._wake_waits = True
            self._inbox.put_nowait(Wake())
        event = await self._arrival(wait_ms)
        if isinstance(event, Wake):
            self._wake_waits = False
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
        """Drop what the connection that has just been ended still had to say.

        The port stays silent after a Disconnect, but some of it may wait in the inbox already; the
        core would take it for the answer to its next connection.
        """
        arrived = [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]
        for event in arrived:
            if isinstance(event, Wake) or not isinstance(event, PortEvent):
                self._inbox.put_nowait(event)

    async def _watch_hardware(self) -> None:
        async for hardware in self._hardware.changes():
            self._inbox.put_nowait(HardwareChanged(hardware))

    async def _write_memory(self) -> None:
        """Carry out the writes one after the other, each in a thread; None ends it."""
        while (effect := await self._writes.get()) is not None:
            try:
                async with asyncio.timeout(self._write_limit_s):
                    await asyncio.to_thread(self._memory.write, effect.data)
            except TimeoutError as error:
                raise MemoryStuck(self._write_limit_s) from error
            self._inbox.put_nowait(MemoryWritten(effect.revision))
