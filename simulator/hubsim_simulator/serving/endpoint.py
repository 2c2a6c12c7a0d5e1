"""The simulator's own connection to the broker: it receives the lab's requests and all bench actions.

Ensures that each hub under a prefix has one simulator (the shards of a fleet do not overlap), that a request
which arrives twice is performed once, and that the presence names the run. A presence that the broker retains
may be of a run that ended with the broker; a run that is online answers each query. Pure except for its port.
"""

from collections import OrderedDict
from collections.abc import Callable

from hubsim_contract.core import Now
from hubsim_contract.lab.protocol import (
    ALL,
    PAYLOAD_BYTES_MAX,
    BenchAnswer,
    BenchRequest,
    LabAnswer,
    LabTopics,
    NumberedRequest,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from hubsim_contract.lab.shards import WHOLE, Shard
from hubsim_contract.lab.watching import WatchLease
from hubsim_contract.mqtt.port import Connect, ConnectFailed, PortEffect, PortEvent, Publish, Received, Will
from hubsim_contract.mqtt.station import Station
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.errors import ContractError

KEEPALIVE_S = 60
OTHER_RUN_LIMIT_MS = 1_500
"""How long another run, known from a retained presence, may take to answer; then it counts as ended."""
ANSWERS_KEPT = 256
"""The number of answers kept for repeated requests; a lab sends one request at a time to a world."""
ANSWERS_BYTES_MAX = PAYLOAD_BYTES_MAX
"""The total size of the kept answers; above it the oldest are dropped, but never the last one."""


class SimulatorEndpoint:
    """The connection of one run of the simulator. Times are real ms."""

    def __init__(
        self,
        topics: LabTopics,
        run: str,
        ask: Callable[[NumberedRequest], None],
        perform: Callable[[str, str, BenchRequest], None],
        watch: Callable[[WatchLease], None],
        *,
        takes_requests: bool = True,
        shard: Shard = WHOLE,
    ) -> None:
        """Take the parts. A shard takes leases and bench actions on its hubs, and no requests of a lab."""
        self.taken = False
        """Whether another simulator is online and keeps hubs of this one."""
        self.other = WHOLE
        """The shard of that simulator."""
        self.ready = False
        """Whether no other simulator is online, so that this one takes requests."""
        self.trouble = ""
        """Why the last attempt to connect failed; empty while it is connected."""
        self.refused_messages = 0
        self._topics = topics
        self._run = run
        self._ask = ask
        self._perform = perform
        self._watch = watch
        self._shard = shard
        self._presence_topic = topics.presence_of(shard)
        gone = encode_lab(SimulatorPresence(run, online=False, lost=True))
        connect = Connect(
            f"simulator-{run}", clean=True, keepalive_s=KEEPALIVE_S, will=Will(self._presence_topic, gone)
        )
        request_topics: tuple[str, ...] = (topics.bench_actions("", ALL), topics.leases)
        if shard.is_whole:
            request_topics += (topics.requests, topics.bench_actions(ALL, ALL))
        self._station = Station(connect, (*topics.presences, *(request_topics if takes_requests else ())))
        self._suspects = False
        """Whether the broker retains the presence of another run."""
        self._decides_at_ms: int | None = None
        self._answers: OrderedDict[tuple[str, int], bytes | None] = OrderedDict()
        """The payloads; None for a request that is not answered yet."""

    def due(self) -> int | None:
        """Return when `wake` must be called, or None."""
        return earliest(self._station.due(), self._decides_at_ms)

    def start(self, now: Now) -> list[PortEffect]:
        """Connect."""
        return self._station.start(now.mono_ms)

    def stop(self, now: Now) -> list[PortEffect]:
        """Publish that the simulator goes offline, and disconnect."""
        offline = [self._presence(online=False)] if self._station.online and self.ready else []
        self.ready = False
        return [*offline, *self._station.stop(now.mono_ms)]

    def wake(self, now: Now) -> list[PortEffect]:
        """Do everything that is due."""
        effects = self._station.wake(now.mono_ms)
        if self._decides_at_ms is not None and now.mono_ms >= self._decides_at_ms:
            effects += self._begin()
        return effects

    def handle(self, event: PortEvent, now: Now) -> list[PortEffect]:
        """Handle an event of the connection, or a message."""
        if isinstance(event, Received):
            return self._received(event, now)
        was_online = self._station.online
        if isinstance(event, ConnectFailed):
            self.trouble = event.reason
        effects = self._station.receive(event, now.mono_ms)
        if was_online and not self._station.online:
            self.ready, self._suspects, self._decides_at_ms = False, False, None
        if self._station.online and not was_online:
            self.trouble = ""
            # a presence that the broker retains arrives before this one, which it does not retain
            effects.append(self._presence(online=False, retain=False))
        return effects

    def answer(self, answered: LabAnswer) -> Publish:
        """Return the message with the answer to a request, which is kept for when it is repeated."""
        payload = encode_lab(answered)
        self._answers[answered.asker, answered.number] = payload
        size = sum(len(known) for known in self._answers.values() if known)
        while size > ANSWERS_BYTES_MAX and len(self._answers) > 1:
            size -= len(self._answers.popitem(last=False)[1] or b"")
        return Publish(self._topics.answers, payload)

    def answer_bench(self, world: str, hub: str, answered: BenchAnswer) -> Publish:
        """Return the message with the result of a bench action."""
        return Publish(self._topics.bench_answers(world, hub), encode_lab(answered))

    def _received(self, message: Received, now: Now) -> list[PortEffect]:
        try:
            shard = self._topics.shard_of(message.topic)
            if shard is not None:
                if not shard.overlaps(self._shard):
                    return []
                presence = decode_lab(SimulatorPresence, message.payload)
                if presence.run == self._run:
                    return self._own_presence(presence, now)
                return self._other_presence(presence, shard, retained=message.retained)
            if message.topic == self._topics.requests:
                return self._asked(decode_lab(NumberedRequest, message.payload))
            if message.topic == self._topics.leases:
                if self.ready:
                    self._watch(decode_lab(WatchLease, message.payload))
                return []
            place = self._topics.world_and_hub(message.topic)
            if place is not None and self.ready and self._shard.has(place[1]):
                self._perform(*place, decode_lab(BenchRequest, message.payload))
        except ContractError:
            self.refused_messages += 1
            if message.topic == self._presence_topic and self.ready:
                # the broker may retain it now, and the next client would find no simulator
                return [self._presence(online=True)]
        return []

    def _own_presence(self, presence: SimulatorPresence, now: Now) -> list[PortEffect]:
        if self.taken:
            return []
        if self.ready:
            return [] if presence.online else [self._presence(online=True)]
        if not self._suspects:
            return self._begin()
        if self._decides_at_ms is None:
            self._decides_at_ms = now.mono_ms + OTHER_RUN_LIMIT_MS
        return []

    def _begin(self) -> list[PortEffect]:
        self.ready, self._decides_at_ms = True, None
        return [self._presence(online=True)]

    def _other_presence(
        self, presence: SimulatorPresence, shard: Shard, *, retained: bool
    ) -> list[PortEffect]:
        if self.taken:
            return []
        if self.ready and (not presence.online or presence.run > self._run):
            # another run asks, has ended, or has started at the same time; the broker must retain ours
            return [self._presence(online=True)]
        if presence.online and retained:
            self._suspects = True
        elif presence.online:
            announced, self.taken, self.ready, self.other = self.ready, True, False, shard
            if announced and shard != self._shard:
                return [self._presence(online=False)]  # the other's presence does not replace ours
        return []

    def _asked(self, asked: NumberedRequest) -> list[PortEffect]:
        if not self.ready:
            return []
        key = (asked.asker, asked.number)
        if key in self._answers:
            known = self._answers[key]
            return [] if known is None else [Publish(self._topics.answers, known)]
        self._answers[key] = None
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        self._ask(asked)
        return []

    def _presence(self, *, online: bool, retain: bool = True) -> Publish:
        payload = encode_lab(SimulatorPresence(self._run, online))
        return Publish(self._presence_topic, payload, retain=retain)
