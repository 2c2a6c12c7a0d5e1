"""One agent on a test bench: the test plays its clock, flash, broker and board."""

from typing import TypeVar

import msgspec

from hubsim_agent.core import HubAgent
from hubsim_agent.ports import AgentEffect, AgentEvent, Boot, HardwareChanged, MemoryWritten, WriteMemory
from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Wake
from hubsim_contract.mqtt.port import Connected, ConnectionLost, Publish, Published, Received, Subscribed
from hubsim_contract.wire.codec import AnyMessage, decode, encode
from hubsim_contract.wire.messages import (
    Channel,
    CloudPresence,
    Desired,
    Hardware,
    Heard,
    Registration,
    Reported,
    ServiceState,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind, Topics

HUB_ID = "0A1B2C3D"
ICCID = "89883000000000000011"
TOPICS = Topics()
DESIRED_TOPIC = TOPICS.of(MessageKind.DESIRED, HUB_ID)
HEARD_TOPIC = TOPICS.of(MessageKind.HEARD, HUB_ID)
CLOUD_TOPIC = TOPICS.of(MessageKind.CLOUD_PRESENCE)
WORLD_MS = 1_768_464_000_000  # 2026-01-15T08:00Z
HARDWARE = Hardware(
    model="hub-2-plus",
    firmware="2.30",
    channels=(Channel.CELLULAR, Channel.ETHERNET),
    sims=(SimSlot(1, SimCard.OK, ICCID), SimSlot(2, SimCard.MISSING)),
    active_sim=1,
    registration=Registration.ROAMING,
    generation="4G",
)
EffectT = TypeVar("EffectT")
MessageT = TypeVar("MessageT", bound=AnyMessage)


def desired(version: int, **fields: object) -> Desired:
    return Desired(**{"hub": HUB_ID, "version": version, "service": ServiceState.ACTIVE, **fields})


def of(effects: list[AgentEffect], kind: type[EffectT]) -> list[EffectT]:
    return [effect for effect in effects if isinstance(effect, kind)]


def published(effects: list[AgentEffect], shape: type[MessageT]) -> list[MessageT]:
    """Return the published messages of this shape, decoded."""
    messages = []
    for publish in of(effects, Publish):
        address = TOPICS.read(publish.topic)
        assert address is not None
        messages.append(decode(address.kind, publish.payload))
    return [message for message in messages if isinstance(message, shape)]


class Bench:
    def __init__(
        self,
        memory: bytes | None = None,
        hardware: Hardware = HARDWARE,
        now: Now = Now(0, WORLD_MS),  # noqa: B008 (a value)
        **settings: object,
    ) -> None:
        self.settings = AgentSettings(**{"hub_id": HUB_ID, **settings})
        self.hardware = hardware
        self.now = now
        self.flash = memory
        self.unwritten: list[WriteMemory] = []
        self.effects: list[AgentEffect] = []
        self.agent = HubAgent(self.settings, memory, now)

    def feed(self, event: AgentEvent) -> list[AgentEffect]:
        effects = self.agent.handle(event, self.now)
        self.unwritten += of(effects, WriteMemory)
        self.effects += effects
        return effects

    def start(self) -> list[AgentEffect]:
        """Boot, up to the durable boot number."""
        return self.feed(Boot(self.hardware)) + self.finish_writes()

    def write(self) -> list[AgentEffect]:
        """Finish the oldest write of the flash, and notify the agent."""
        effect = self.unwritten.pop(0)
        self.flash = effect.data
        return self.feed(MemoryWritten(effect.revision))

    def finish_writes(self) -> list[AgentEffect]:
        effects = []
        while self.unwritten:
            effects += self.write()
        return effects

    def answer_connect(self) -> list[AgentEffect]:
        """Accept the connection, as a broker with a cloud that is online and answers."""
        effects = self.feed(Connected()) + self.feed(Subscribed())
        return effects + self.cloud(online=True) + self.answer_reports(effects)

    def cloud(self, *, online: bool, boot: int = 1, connection: int = 1) -> list[AgentEffect]:
        presence = CloudPresence(online=online, boot=boot, connection=connection)
        return self.feed(Received(CLOUD_TOPIC, encode(presence)))

    def answer_reports(self, effects: list[AgentEffect]) -> list[AgentEffect]:
        """Answer the reports that ask for it, as the cloud does."""
        answers = []
        for report in published(effects, Reported):
            if report.ask:
                heard = Heard(hub=HUB_ID, boot=report.boot, sequence=report.sequence)
                answers += self.feed(Received(HEARD_TOPIC, encode(heard)))
        return answers

    def online(self) -> "Bench":
        self.start()
        self.answer_connect()
        return self

    def receive(self, document: Desired | bytes, topic: str = DESIRED_TOPIC) -> list[AgentEffect]:
        payload = document if isinstance(document, bytes) else encode(document)
        return self.feed(Received(topic, payload))

    def apply(self, document: Desired) -> list[AgentEffect]:
        return self.receive(document) + self.finish_writes()

    def change(self, **fields: object) -> list[AgentEffect]:
        self.hardware = msgspec.structs.replace(self.hardware, **fields)
        return self.feed(HardwareChanged(self.hardware))

    def acknowledge(self, effects: list[AgentEffect]) -> list[AgentEffect]:
        answers = []
        for publish in of(effects, Publish):
            if publish.token:
                answers += self.feed(Published(publish.token))
        return answers

    def lose(self) -> list[AgentEffect]:
        return self.feed(ConnectionLost())

    def wait(self, mono_ms: int) -> list[AgentEffect]:
        self.now = Now(self.now.mono_ms + mono_ms, self.now.world_ms + mono_ms)
        return self.feed(Wake())

    def reconnect(self) -> list[AgentEffect]:
        """Wait for the next attempt, and answer it with success."""
        due_ms = self.agent.due()
        assert due_ms is not None
        return self.wait(max(0, due_ms - self.now.mono_ms)) + self.answer_connect()

    def restarted(self, **settings: object) -> "Bench":
        """Return the same hub after a crash; unwritten memory is lost."""
        later = Now(self.now.mono_ms + 5_000, self.now.world_ms + 5_000)
        return Bench(self.flash, self.hardware, later, **settings)
