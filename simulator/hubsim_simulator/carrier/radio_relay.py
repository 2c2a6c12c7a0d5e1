"""The carrier for the hubs of a shard that does not serve it: their radio messages go over the broker.

Owns what the hubs of this shard have asked, and the answers. It has no lines. Each session of the carrier
begins with the whole state of this shard: its sessions, and the attempts without an answer. The standing
refusals end then, because the message that ends one may be lost.
"""

import msgspec

from hubsim_contract.core import Now, Start, Stop, Wake
from hubsim_contract.lab.bench_actions import CardKind
from hubsim_contract.lab.protocol import LabTopics
from hubsim_contract.lab.shards import Shard
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import Connect, PortEvent, Publish, Published, Received
from hubsim_contract.mqtt.station import Station
from hubsim_contract.wire.errors import ContractError
from hubsim_simulator.carrier import network
from hubsim_simulator.carrier.endpoint import CLIENT_ID, KEEPALIVE_S
from hubsim_simulator.carrier.memory import BadMemory, decode_memory, encode_memory
from hubsim_simulator.carrier.ports import (
    AttachAnswer,
    AttachAttempt,
    CancelLocation,
    CarrierActs,
    CarrierEffect,
    CarrierEvent,
    DataCounted,
    DataLimited,
    Holding,
    ServiceBegun,
    SimReleased,
    SimSilent,
)
from hubsim_simulator.carrier.radio_link import (
    RadioReply,
    RadioRequest,
    RadioUp,
    RadioWindow,
    decode_down,
    encode_radio,
)
from hubsim_simulator.hardware.cards import card_kind
from hubsim_simulator.hardware.radio import AttachAccepted


class _Asked(msgspec.Struct):
    """The last attempt of a hub, and its answer."""

    attempt: AttachAttempt
    answer: AttachAnswer | None = None


class RadioRelay:
    """A core with the events and effects of `Carrier`. Times are world milliseconds."""

    def __init__(self, prefix: str, shard: Shard, memory: bytes | None = None) -> None:
        """Take the shard. Raises `BadMemory` for lines of cards, which are only in shard 1."""
        if memory is not None and decode_memory(memory):
            raise BadMemory(f"the shard {shard} has lines of the carrier, which only shard 1 serves")
        self.refused_messages = 0
        self.cards: tuple[str, ...] = ()
        """The carrier has all cards."""
        self._topics = LabTopics(prefix)
        self._shard = shard
        connect = Connect(f"{CLIENT_ID}-{shard.level}", clean=True, keepalive_s=KEEPALIVE_S)
        self._station = Station(connect, (self._topics.radio_down,))
        self._session: str | None = None
        """The session of the carrier that has the whole state; None: the carrier has not answered yet."""
        self._asked: dict[str, _Asked] = {}
        self._window = RadioWindow[RadioRequest](
            self._topics.radio_up, lambda requests: RadioUp(str(shard), requests)
        )

    @property
    def link(self) -> LinkState:
        """The state of the connection to the broker."""
        return self._station.state

    def holding(self, _card: str) -> Holding:
        """Return nothing: the carrier has the state of the card."""
        return Holding()

    def line_memory(self, card: str) -> bytes:
        """Raise an error: no card changes here."""
        raise AssertionError(f"the line of {card} is not in this shard")

    def memory(self) -> bytes:
        """Return the memory of a carrier without lines."""
        return encode_memory(())

    def due(self) -> int | None:
        """Return when a `Wake` is needed, or None."""
        return self._station.due()

    def handle(self, event: CarrierEvent, now: Now) -> list[CarrierEffect]:
        """Process one event and return its effects in order. No content of a message raises an error."""
        match event:
            case AttachAttempt():
                return self._attempt(event)
            case CarrierActs():
                raise AssertionError("the carrier is in another shard")  # the lab refuses it before
            case SimReleased() | SimSilent():
                self._asked.pop(event.hub, None)
                return self._send([event])
            case DataCounted():
                return self._send([event])
            case Received():
                return self._receive(event)
            case Published():
                return [*self._window.acknowledge(event.token)]
            case Start():
                return [*self._station.start(now.world_ms)]
            case Stop():
                return [*self._station.stop(now.world_ms)]
            case Wake():
                return [*self._station.wake(now.world_ms)]
        return self._connection_changed(event, now.world_ms)

    def _connection_changed(self, event: PortEvent, now_ms: int) -> list[CarrierEffect]:
        was_online = self._station.online
        effects: list[CarrierEffect] = [*self._station.receive(event, now_ms)]
        if self._station.online is not was_online:
            self._session = None
        if self._station.online and not was_online:
            effects.append(Publish(self._topics.radio_up, encode_radio(RadioUp(str(self._shard)))))
        return effects

    def _attempt(self, attempt: AttachAttempt) -> list[CarrierEffect]:
        if card_kind(attempt.iccid) is not CardKind.AJAX:
            return [network.accept_other(attempt)]  # the carrier knows nothing of other issuers
        self._asked[attempt.hub] = _Asked(attempt)
        return self._send([attempt])

    def _send(self, requests: list[RadioRequest]) -> list[CarrierEffect]:
        return [] if self._session is None else [*self._window.send(requests)]

    def _receive(self, message: Received) -> list[CarrierEffect]:
        try:
            down = decode_down(message.payload)
        except ContractError:
            self.refused_messages += 1
            return []
        effects: list[CarrierEffect] = []
        if down.session != self._session:
            self._session = down.session
            effects += self._begin()
        for reply in down.replies:
            effects += self._take(reply)
        return effects

    def _take(self, reply: RadioReply) -> list[CarrierEffect]:
        """Pass on a reply to the last attempt of a hub of this shard; ignore all others."""
        asked = self._asked.get(reply.hub)
        if asked is None or asked.attempt.iccid != _card_of(reply):
            return []
        match reply:
            case AttachAnswer():
                asked.answer = reply
            case CancelLocation() | ServiceBegun():
                del self._asked[reply.hub]  # the modem makes a new attempt
        return [reply]

    def _begin(self) -> list[CarrierEffect]:
        """Begin a session: send the whole state, and end the standing refusals."""
        self._window.restart()
        sessions, open_attempts, effects = dict[str, str](), list[RadioRequest](), list[CarrierEffect]()
        for hub, asked in list(self._asked.items()):
            if asked.answer is None:
                open_attempts.append(asked.attempt)
            elif isinstance(asked.answer.answer, AttachAccepted):
                sessions[hub] = asked.attempt.iccid
            else:
                del self._asked[hub]
                effects.append(ServiceBegun(hub, asked.attempt.iccid))
        whole = encode_radio(RadioUp(str(self._shard), sessions=sessions))
        return [Publish(self._topics.radio_up, whole), *self._window.send(open_attempts), *effects]


def _card_of(reply: RadioReply) -> str:
    match reply:
        case AttachAnswer():
            return reply.answer.iccid
        case DataLimited():
            return reply.change.iccid
        case _:
            return reply.iccid
