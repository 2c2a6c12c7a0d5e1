"""The simulator's own place on the broker: the lab's requests and everybody's hands come in here.

Owns that there is one simulator under a prefix, that a request which comes twice is done once, and that
the presence says which run it is. Pure but for the port it is given.
"""

from collections import OrderedDict
from collections.abc import Callable

from contract.core import Connect, Now, PortEffect, PortEvent, Publish, Received, Will
from contract.errors import ContractError
from contract.lab import (
    ALL,
    Answered,
    Asked,
    HandLaid,
    LabTopics,
    LayHand,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from contract.station import Station

KEEPALIVE_S = 60
ANSWERS_KEPT = 256
"""So many answers are remembered for requests that come again; a lab asks one thing at a time of a world."""


class Desk:
    """The connection of one run of the simulator. Times are real ms."""

    def __init__(
        self,
        topics: LabTopics,
        run: str,
        ask: Callable[[Asked], None],
        lay: Callable[[str, str, LayHand], None],
        *,
        takes_requests: bool = True,
    ) -> None:
        self.taken = False
        """Whether another simulator was there first."""
        self.ready = False
        """Whether nobody else was, so that requests are taken."""
        self.refused_messages = 0
        self._topics = topics
        self._run = run
        self._ask = ask
        self._lay = lay
        gone = encode_lab(SimulatorPresence(run, online=False))
        connect = Connect(
            f"simulator-{run}", clean=True, keepalive_s=KEEPALIVE_S, will=Will(topics.presence, gone)
        )
        worked = (topics.requests, topics.hands("", ALL), topics.hands(ALL, ALL))
        self._station = Station(connect, (topics.presence, *(worked if takes_requests else ())))
        self._answers: OrderedDict[tuple[str, int], Answered | None] = OrderedDict()

    def due(self) -> int | None:
        """Return when `wake` is wanted, or None."""
        return self._station.due()

    def start(self, now: Now) -> list[PortEffect]:
        """Connect."""
        return self._station.start(now.mono_ms)

    def stop(self, now: Now) -> list[PortEffect]:
        """Say goodbye."""
        goodbye = [self._presence(online=False)] if self._station.online and self.ready else []
        return [*goodbye, *self._station.stop(now.mono_ms)]

    def wake(self, now: Now) -> list[PortEffect]:
        """Do what is due by now."""
        return self._station.wake(now.mono_ms)

    def hear(self, event: PortEvent, now: Now) -> list[PortEffect]:
        """Take news of the connection, and messages."""
        if isinstance(event, Received):
            return self._received(event)
        was_online = self._station.online
        effects = self._station.hear(event, now.mono_ms)
        if self._station.online and not was_online:
            # whatever presence the broker retains reaches us before this, which it does not retain
            effects.append(self._presence(online=False, retain=False))
        return effects

    def answer(self, answered: Answered) -> list[PortEffect]:
        """Answer a request, now and when it comes again."""
        self._answers[answered.asker, answered.number] = answered
        return [Publish(self._topics.answers, encode_lab(answered))]

    def answer_hand(self, world: str, hub: str, laid: HandLaid) -> Publish:
        """Tell what came of hands."""
        return Publish(self._topics.hand_answers(world, hub), encode_lab(laid))

    def _received(self, message: Received) -> list[PortEffect]:
        try:
            if message.topic == self._topics.presence:
                return self._somebody(decode_lab(SimulatorPresence, message.payload))
            if message.topic == self._topics.requests:
                return self._asked(decode_lab(Asked, message.payload))
            place = self._topics.world_and_hub(message.topic)
            if place is not None and self.ready:
                self._lay(*place, decode_lab(LayHand, message.payload))
        except ContractError:
            self.refused_messages += 1
            if message.topic == self._topics.presence and self.ready:
                # the broker may retain it now, and whoever connects next would find no simulator
                return [self._presence(online=True)]
        return []

    def _somebody(self, presence: SimulatorPresence) -> list[PortEffect]:
        if presence.run == self._run:
            if self.ready or self.taken:
                return [] if presence.online or self.taken else [self._presence(online=True)]
            self.ready = True
            return [self._presence(online=True)]
        if presence.online and not self.ready:
            self.taken = True
        return []

    def _asked(self, asked: Asked) -> list[PortEffect]:
        if not self.ready:
            return []
        key = (asked.asker, asked.number)
        if key in self._answers:
            known = self._answers[key]
            return [] if known is None else self.answer(known)
        self._answers[key] = None
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        self._ask(asked)
        return []

    def _presence(self, *, online: bool, retain: bool = True) -> Publish:
        payload = encode_lab(SimulatorPresence(self._run, online))
        return Publish(self._topics.presence, payload, retain=retain)
