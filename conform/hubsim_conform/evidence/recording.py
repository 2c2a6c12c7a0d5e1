"""The recording of one device: every event of its tap, and every act of the bench, in their order.

A recording is read while it grows, and judged after its end.
"""

from collections.abc import Callable, Iterator

from hubsim_conform.evidence.conversation import Conversation, DeliveredDocument
from hubsim_conform.evidence.device_message import read_device_message
from hubsim_conform.evidence.entries import BenchNote, BenchNoteKind, EvidenceEntry
from hubsim_contract.mqtt.codec.packets import PublishPacket, Sender
from hubsim_contract.wire.topics import Topics
from hubsim_simulator.tap.tap_events import ConnectionOpened, PacketSeen, TapEvent

_US = 1_000_000


class Recording:
    """The entries of one device. `wall_ms` is the time of day at the monotonic time `began_us`."""

    def __init__(self, hub: str, topics: Topics, *, began_us: int, wall_ms: int) -> None:
        self.hub = hub
        self.topics = topics
        self.began_us = began_us
        self.wall_ms = wall_ms
        self.entries: list[EvidenceEntry] = []
        self.conversations: dict[int, Conversation] = {}
        self._notes: list[EvidenceEntry] = []
        self._watchers: list[Callable[[], None]] = []

    # ------------------------------------------------------------------ growing

    def add(self, event: TapEvent | BenchNote) -> EvidenceEntry:
        """Append an event."""
        mono_us = event.mono_us if isinstance(event, BenchNote) else event.at.mono_us
        number = 0 if isinstance(event, BenchNote) else event.connection
        message = None
        if (
            isinstance(event, PacketSeen)
            and event.sender is Sender.CLIENT
            and isinstance(event.packet, PublishPacket)
        ):
            message = read_device_message(self.hub, self.topics, event.packet)
        entry = EvidenceEntry(len(self.entries), (mono_us - self.began_us) / _US, event, message, number)
        self.entries.append(entry)
        if isinstance(event, BenchNote):
            self._notes.append(entry)
        if isinstance(event, ConnectionOpened):
            self.conversations[number] = Conversation(number, len(self.conversations) + 1)
        if number in self.conversations:
            self.conversations[number].add(entry, self.hub, self.topics)
        for watcher in self._watchers:
            watcher()
        return entry

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after each entry."""
        self._watchers.append(watcher)

    # ------------------------------------------------------------------ reading

    @property
    def newest(self) -> int:
        """The number that the next entry gets."""
        return len(self.entries)

    def world_ms(self, entry: EvidenceEntry) -> int:
        """Return the world time of an entry, in ms since 1970."""
        return self.wall_ms + round(entry.at_s * 1_000)

    def current(self) -> Conversation | None:
        """Return the newest connection, if it is open."""
        if not self.conversations:
            return None
        last = self.conversations[max(self.conversations)]
        return None if last.end is not None else last

    def since(self, conversation: Conversation) -> list[Conversation]:
        """Return the connections after this one, in their order."""
        return [each for each in self.conversations.values() if each.ordinal > conversation.ordinal]

    def after(self, number: int) -> Iterator[EvidenceEntry]:
        """Yield the entries from this number on."""
        yield from self.entries[number:]

    def messages(self, after: int = 0) -> Iterator[EvidenceEntry]:
        """Yield the entries with a message of the device, from this number on."""
        return (entry for entry in self.after(after) if entry.message is not None)

    def notes(self, *kinds: BenchNoteKind) -> Iterator[EvidenceEntry]:
        """Yield the acts of the bench of these kinds."""
        for entry in self._notes:
            if isinstance(entry.event, BenchNote) and entry.event.kind in kinds:
                yield entry

    def documents(self) -> list[DeliveredDocument]:
        """Return the valid desired documents that reached the device, in their order."""
        found = [each for conversation in self.conversations.values() for each in conversation.documents]
        return sorted(found, key=lambda each: each.entry)

    def life_of(self, number: int) -> int:
        """Return how often the device was powered on before this entry: the number of its life."""
        return sum(entry.number < number for entry in self.notes(BenchNoteKind.POWERED_ON))
