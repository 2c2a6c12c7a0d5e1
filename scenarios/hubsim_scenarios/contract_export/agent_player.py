"""Plays inputs to the agent, and writes its effects, in the vocabulary of the test vectors.

An input is what happens to a hub: a packet of the broker, a change of its hardware, a completed write, time,
power. An effect is what the hub does: a packet, a write, a display. Both are JSON, without packet ids.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from hubsim_agent.core import HubAgent
from hubsim_agent.memory import decode_memory
from hubsim_agent.ports import (
    AgentEffect,
    AgentEvent,
    Boot,
    HardwareChanged,
    MemoryWritten,
    ShowDisplay,
    WriteMemory,
)
from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Stop, Wake
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.messages import Hardware

Json = dict[str, Any]
QOS = 1

_PLAIN: dict[str, AgentEvent] = {
    "connack": Connected(),
    "no_connection": ConnectFailed("no route"),
    "suback": Subscribed(),
    "connection_lost": ConnectionLost(),
    "stop": Stop(),
}
"""Inputs without details."""


class AgentPlayer:
    """One hub over several boots. The memory survives a power cut as far as it was stored."""

    def __init__(self, hub: str, now_ms: int, make: Callable[..., HubAgent] = HubAgent) -> None:
        self._settings = AgentSettings(hub_id=hub)
        self._make = make
        self._now = Now(0, now_ms)
        self._flash: bytes | None = None
        self._unwritten: list[WriteMemory] = []
        self._in_flight: dict[tuple[int, int], int] = {}
        """The tokens of unacknowledged events by (boot, number)."""
        self._agent: HubAgent | None = None

    def state(self) -> Json:
        """Return the state of the hub in few words."""
        if self._agent is None:
            return {"connection": "off"}
        view = self._agent.view()
        return {
            "connection": view.link.value,
            "boot": view.boot,
            "connections": view.connection,
            "applied_version": view.applied_version,
            "buffered_events": view.buffered_events,
        }

    def play(self, given: Json) -> list[Json]:
        """Perform one input and return the effects in their order."""
        effects: list[AgentEffect] = []
        for event in self._events(given):
            effects += self._feed(event)
        return [self._shown(effect) for effect in effects]

    def _feed(self, event: AgentEvent) -> list[AgentEffect]:
        assert self._agent is not None, "the first input of a story is boot"
        effects = self._agent.handle(event, self._now)
        self._unwritten += [effect for effect in effects if isinstance(effect, WriteMemory)]
        return effects

    def _events(self, given: Json) -> list[AgentEvent]:
        plain = _PLAIN.get(given["do"])
        return [plain] if plain is not None else self._INPUTS[given["do"]](self, given)

    def _boot(self, given: Json) -> list[AgentEvent]:
        """Start, after a power cut if the hub was on: what was not stored is lost."""
        self._agent = self._make(self._settings, self._flash, self._now)
        self._unwritten.clear()
        self._in_flight.clear()
        return [Boot(msgspec.convert(given["hardware"], Hardware))]

    def _hardware(self, given: Json) -> list[AgentEvent]:
        return [HardwareChanged(msgspec.convert(given["hardware"], Hardware))]

    def _receive(self, given: Json) -> list[AgentEvent]:
        payload = given["payload"].encode().ljust(given.get("pad_to_bytes", 0))
        return [Received(given["topic"], payload)]

    def _puback(self, given: Json) -> list[AgentEvent]:
        return [Published(self._in_flight.pop((given["boot"], given["number"])))]

    def _stored(self, _given: Json) -> list[AgentEvent]:
        """Complete the write in progress."""
        write = self._unwritten.pop(0)
        self._flash = write.data
        return [MemoryWritten(write.revision)]

    def _time(self, given: Json) -> list[AgentEvent]:
        return self._pass(given["ms"])

    def _pause_ends(self, _given: Json) -> list[AgentEvent]:
        assert self._agent is not None
        due_ms = self._agent.due()
        assert due_ms is not None
        return self._pass(max(0, due_ms - self._now.mono_ms))

    def _pass(self, ms: int) -> list[AgentEvent]:
        """Move the time, and wake the hub if it has waited for this."""
        assert self._agent is not None
        self._now = Now(self._now.mono_ms + ms, self._now.world_ms + ms)
        due_ms = self._agent.due()
        return [Wake()] if due_ms is not None and due_ms <= self._now.mono_ms else []

    def _shown(self, effect: AgentEffect) -> Json:
        match effect:
            case Connect(will=will):
                assert will is not None
                shown = {
                    "topic": will.topic,
                    "qos": QOS,
                    "retain": will.retain,
                    "message": _json(will.payload),
                }
                return {
                    "do": "connect",
                    "client_id": effect.client_id,
                    "clean_session": effect.clean,
                    "keepalive_s": effect.keepalive_s,
                    "will": shown,
                }
            case Subscribe():
                return {"do": "subscribe", "filters": list(effect.filters), "qos": QOS}
            case Publish():
                return self._published(effect)
            case Disconnect():
                return {"do": "disconnect"}
            case WriteMemory():
                stored = decode_memory(effect.data, self._settings.hub_id)
                return {
                    "do": "store",
                    "boot": stored.boot,
                    "document": msgspec.to_builtins(stored.desired) if stored.desired.version else None,
                    "events": [[event.boot, event.number] for event in stored.events],
                }
            case ShowDisplay():
                return {"do": "show", **msgspec.to_builtins(effect.face)}

    def _published(self, effect: Publish) -> Json:
        message = _json(effect.payload)
        if effect.token:
            self._in_flight[message["boot"], message["number"]] = effect.token
        return {
            "do": "publish",
            "topic": effect.topic,
            "qos": QOS,
            "retain": effect.retain,
            "message": message,
        }

    _INPUTS: ClassVar[dict[str, Callable[["AgentPlayer", Json], list[AgentEvent]]]] = {
        "boot": _boot,
        "stored": _stored,
        "receive": _receive,
        "puback": _puback,
        "hardware": _hardware,
        "time": _time,
        "pause_ends": _pause_ends,
    }


def _json(payload: bytes) -> Any:
    return msgspec.json.decode(payload)
