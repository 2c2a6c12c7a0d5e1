"""The carrier of a fleet in shards: the carrier core, reachable for the hubs of other shards over the broker.

Adds one subscription to the carrier's connection, and sends the replies for hubs of other shards over it. The
carrier itself does not know where a hub is. Each connection begins a session, which the other shards answer
with their whole state.
"""

from collections.abc import Iterable

import msgspec

from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import CardKind
from hubsim_contract.lab.protocol import LabTopics
from hubsim_contract.lab.shards import BadShard, Shard
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import Publish, Published, Received, Subscribe
from hubsim_contract.wire.errors import ContractError
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.ports import (
    CancelLocation,
    CarrierEffect,
    CarrierEvent,
    Holding,
    SimReleased,
)
from hubsim_simulator.carrier.radio_link import (
    RadioDown,
    RadioReply,
    RadioUp,
    RadioWindow,
    decode_up,
    encode_radio,
)
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.cards import card_kind


class SharedCarrier:
    """A core with the events and effects of `Carrier`."""

    def __init__(
        self, settings: CarrierSettings, shard: Shard, run: str, memory: bytes | None = None
    ) -> None:
        """Take the shard of this process, and a name of this run. Raises `BadMemory`."""
        self._carrier = Carrier(settings, memory)
        self._topics = LabTopics(settings.prefix)
        self._shard = shard
        self._run = run
        self._connection = 0
        self._refused_messages = 0
        self._window = RadioWindow[RadioReply](
            self._topics.radio_down, lambda replies: RadioDown(self._session, replies)
        )

    @property
    def whole(self) -> Carrier:
        """The carrier itself, for reading."""
        return self._carrier

    @property
    def refused_messages(self) -> int:
        """As of `Carrier`, and messages of the radio link that are not readable."""
        return self._carrier.refused_messages + self._refused_messages

    @property
    def link(self) -> LinkState:
        """The state of the connection to the broker."""
        return self._carrier.link

    @property
    def cards(self) -> tuple[str, ...]:
        """The ICCIDs of all cards that the carrier has a line for."""
        return self._carrier.cards

    def holding(self, card: str) -> Holding:
        """Return the state of the card with this ICCID."""
        return self._carrier.holding(card)

    def line_memory(self, card: str) -> bytes:
        """Return the part of `memory` for one card, which must have a line."""
        return self._carrier.line_memory(card)

    def memory(self) -> bytes:
        """Return the state from which a restarted carrier continues."""
        return self._carrier.memory()

    def due(self) -> int | None:
        """Return when the carrier needs a `Wake`, or None."""
        return self._carrier.due()

    def handle(self, event: CarrierEvent, now: Now) -> list[CarrierEffect]:
        """Process one event and return its effects in order. No content of a message raises an error."""
        if isinstance(event, Received) and event.topic == self._topics.radio_up:
            return self._receive(event, now)
        if isinstance(event, Published) and event.token < 0:
            return [*self._window.acknowledge(event.token)]
        was_online = self.link is LinkState.ONLINE
        effects = self._sorted(self._carrier.handle(event, now))
        if self.link is LinkState.ONLINE and not was_online:
            self._connection += 1
            self._window.restart()
            effects.append(self._announcement())
        return effects

    @property
    def _session(self) -> str:
        return f"{self._run}.{self._connection}"

    def _announcement(self) -> Publish:
        return Publish(self._topics.radio_down, encode_radio(RadioDown(self._session)))

    def _receive(self, message: Received, now: Now) -> list[CarrierEffect]:
        try:
            up = decode_up(message.payload)
            shard = Shard.parse(up.shard)
        except (ContractError, BadShard):
            self._refused_messages += 1
            return []
        if up.sessions is None and not up.requests:
            return [self._announcement()]
        effects: list[CarrierEffect] = []
        if up.sessions is not None:
            effects += self._compare(shard, up, now)
        for request in up.requests:
            effects += self._carrier.handle(request, now)
        return self._sorted(effects)

    def _compare(self, shard: Shard, up: RadioUp, now: Now) -> list[CarrierEffect]:
        """End the sessions that only one side has."""
        assert up.sessions is not None
        effects: list[CarrierEffect] = []
        for card in self._carrier.cards:
            hub = self._carrier.holding(card).attached_hub
            if hub is not None and shard.has(hub) and up.sessions.get(hub) != card:
                effects += self._carrier.handle(SimReleased(hub, card), now)
        effects += [
            CancelLocation(hub, card)
            for hub, card in up.sessions.items()
            if card_kind(card) is CardKind.AJAX and self._carrier.holding(card).attached_hub != hub
        ]
        return effects

    def _sorted(self, effects: Iterable[CarrierEffect]) -> list[CarrierEffect]:
        """Send the replies for hubs of other shards over the broker, and listen to their requests."""
        kept: list[CarrierEffect] = []
        for effect in effects:
            match effect:
                case _ if isinstance(effect, RadioReply) and not self._shard.has(effect.hub):
                    if self.link is LinkState.ONLINE:
                        kept += self._window.send([effect])
                case Subscribe():
                    filters = (*effect.filters, self._topics.radio_up)
                    kept.append(msgspec.structs.replace(effect, filters=filters))
                case _:
                    kept.append(effect)
        return kept
