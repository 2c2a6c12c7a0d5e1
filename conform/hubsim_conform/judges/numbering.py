"""Judges of the numbers: boots, connections, reports and events.

A life is the time from one power-on to the next. Numbers of one life are compared with each other, so that a
device that repeats a boot number breaks the rule of boots, and not every rule of numbers.
"""

from collections.abc import Iterator
from itertools import pairwise

from hubsim_conform.evidence.conversation import Conversation, SentMessage
from hubsim_conform.evidence.entries import BenchNoteKind, EvidenceEntry
from hubsim_conform.evidence.recording import Recording
from hubsim_conform.judges.violation import Violation, violation
from hubsim_contract.wire.topics import MessageKind

ACKNOWLEDGED_AFTER_S = 1.0
"""A PUBACK has reached the device if the connection lives at least this long after it, or if the device sends
another packet."""

Lives = list[list[Conversation]]


def lives(recording: Recording) -> Lives:
    """Return the connections of each life, in their order."""
    found: dict[int, list[Conversation]] = {}
    for conversation in recording.conversations.values():
        if conversation.opened is not None:
            found.setdefault(recording.life_of(conversation.opened.number), []).append(conversation)
    return [found[life] for life in sorted(found)]


def _own_boots(recording: Recording) -> Iterator[list[Conversation]]:
    """Yield the lives whose boot is new: the numbers of a repeated boot mean nothing."""
    seen: set[int | None] = set()
    for life in lives(recording):
        boot = _boot_of(life)
        if boot is None or boot not in seen:
            yield life
        seen.add(boot)


def boots(recording: Recording) -> Iterator[Violation]:
    """Check that the boot number grows with each boot, and never goes back."""
    newest: tuple[int, EvidenceEntry | None] = (-1, None)
    for life in lives(recording):
        in_life = [(each.claimed(), each.connect) for each in life]
        known = [(pair[0], entry) for pair, entry in in_life if pair is not None]
        if not known:
            continue
        first, proof = known[0]
        if first <= newest[0]:
            yield violation(
                "MQ-2.boot",
                f"a boot greater than {newest[0]} after the restart",
                f"boot {first}",
                newest[1],
                proof,
            )
        for (before, earlier), (after, later) in pairwise(known):
            if after < before:
                yield violation("MQ-2.boot", f"a boot of at least {before}", f"boot {after}", earlier, later)
                break
        newest = max((newest, *known), key=lambda each: each[0])


def connections(recording: Recording) -> Iterator[Violation]:
    """Check that the connection number counts the attempts of a boot, from 1."""
    powered = [note.number for note in recording.notes(BenchNoteKind.POWERED_ON)]
    honest_wills = all(_will_agrees(each) for each in recording.conversations.values())
    for life in lives(recording):
        previous: tuple[int, int] | None = None
        proof: EvidenceEntry | None = None
        for conversation in life:
            pair = conversation.claimed()
            if pair is None or not (honest_wills or conversation.online()):
                continue
            first = previous is None and _follows_power(recording, conversation, powered)
            if first and pair[1] != 1:
                yield violation(
                    "MQ-2.connection",
                    "connection 1 for the first attempt of a boot",
                    f"connection {pair[1]}",
                    conversation.connect,
                )
                break
            if previous is not None and pair[0] == previous[0] and pair[1] <= previous[1]:
                yield violation(
                    "MQ-2.connection",
                    f"a connection greater than {previous[1]} in boot {pair[0]}",
                    f"connection {pair[1]}",
                    proof,
                    conversation.connect,
                )
                break
            previous, proof = pair, conversation.connect


def _will_agrees(conversation: Conversation) -> bool:
    will = conversation.will()
    return will is None or conversation.online() is None or will.pair("connection") == conversation.claimed()


def _follows_power(recording: Recording, conversation: Conversation, powered: list[int]) -> bool:
    """Return whether this is the first attempt after a power-on that the bench saw, with the tap open."""
    assert conversation.opened is not None
    before = [number for number in powered if number < conversation.opened.number]
    if not before:
        return False
    closed = any(
        note.number > before[-1] and note.number < conversation.opened.number
        for note in recording.notes(BenchNoteKind.NETWORK)
    )
    return not closed


def sequences(recording: Recording) -> Iterator[Violation]:
    """Check that reports count up in each boot: by 1 on a connection, and never back on the next one."""
    for life in lives(recording):
        previous: tuple[tuple[int, int], SentMessage, Conversation] | None = None
        for conversation in life:
            for sent in conversation.messages(MessageKind.REPORTED):
                pair = None if sent.message is None else sent.message.pair("sequence")
                if pair is None or sent.packet.dup:
                    continue
                found = _sequence_fault(previous, pair, conversation)
                if found is not None:
                    earlier = None if previous is None else previous[1].entry
                    yield violation("MQ-2.sequence", found, f"sequence {pair[1]}", earlier, sent.entry)
                    break
                previous = (pair, sent, conversation)
            else:
                continue
            break


def _sequence_fault(
    previous: tuple[tuple[int, int], SentMessage, Conversation] | None,
    pair: tuple[int, int],
    conversation: Conversation,
) -> str | None:
    """Return what was expected, or None."""
    boot, sequence = pair
    if previous is None or previous[0][0] != boot:
        first = conversation.claimed() == (boot, 1)
        return "sequence 1 for the first report of a boot" if first and sequence != 1 else None
    last, same = previous[0][1], previous[2] is conversation
    if same and sequence != last + 1:
        return f"sequence {last + 1} after {last}"
    return f"a sequence greater than {last}" if sequence <= last else None


def events(recording: Recording) -> Iterator[Violation]:
    """Check that events count from 1 in each boot, without gaps or reuse."""
    for life in _own_boots(recording):
        first_of: dict[tuple[int, int], SentMessage] = {}
        for sent in _events(life):
            assert sent.message is not None
            identity = sent.message.pair("number")
            if identity is None:
                continue
            known = first_of.setdefault(identity, sent)
            if not _same(known, sent):
                yield violation(
                    "MQ-2.number", f"one event for {identity}", "another event", known.entry, sent.entry
                )
                return
        numbers = {number: sent for (boot, number), sent in first_of.items() if boot == _boot_of(life)}
        if all(sent.message is not None and sent.message.pair("number") for sent in _events(life)):
            yield from _gap(recording, life, numbers)


def _gap(recording: Recording, life: list[Conversation], seen: dict[int, SentMessage]) -> Iterator[Violation]:
    """Yield the first gap in the numbers of a life, unless the buffer dropped as many events."""
    if not seen:
        return
    whole = life[0].claimed() is not None and life[0].claimed()[1] == 1  # type: ignore[index]
    lowest = min(seen)
    first = 1 if whole else lowest
    missing = sorted(set(range(first, max(seen))) - seen.keys())
    missing = [number for number in missing if not _overflowed(recording, _following(number, seen))]
    allowed = sum(dropped(sent.message.get("detail")) for sent in seen.values() if sent.message is not None)
    if lowest < 1:
        yield violation("MQ-2.number", "numbers from 1", f"number {lowest}", seen[lowest].entry)
    elif len(missing) > allowed:
        after = min(number for number in seen if number > missing[0])
        before = max((number for number in seen if number < missing[0]), default=None)
        yield violation(
            "MQ-2.number",
            f"number {missing[0]}",
            f"number {after}",
            None if before is None else seen[before].entry,
            seen[after].entry,
        )


def _following(number: int, seen: dict[int, SentMessage]) -> EvidenceEntry:
    return seen[min(each for each in seen if each > number)].entry


def _overflowed(recording: Recording, entry: EvidenceEntry) -> bool:
    """Return whether an event came in a check that fills the buffer: that check judges the loss."""
    kinds = (BenchNoteKind.OVERFLOW, BenchNoteKind.CHECK_BEGAN)
    before = [note for note in recording.notes(*kinds) if note.number < entry.number]
    return bool(before) and before[-1].event.kind is BenchNoteKind.OVERFLOW  # type: ignore[union-attr]


def _events(life: list[Conversation]) -> Iterator[SentMessage]:
    for conversation in life:
        yield from conversation.messages(MessageKind.EVENTS)


def _boot_of(life: list[Conversation]) -> int | None:
    return next((pair[0] for pair in (each.claimed() for each in life) if pair is not None), None)


def dropped(detail: str | None) -> int:
    """Return the count in `events_dropped=3`, or 0."""
    _, sign, rest = (detail or "").rpartition("events_dropped=")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return int(digits) if sign and digits else 0


def _same(one: SentMessage, other: SentMessage) -> bool:
    assert one.message is not None
    assert other.message is not None
    return all(one.message.get(name) == other.message.get(name) for name in ("kind", "at_ms", "detail"))


def resent_events(recording: Recording) -> Iterator[Violation]:
    """Check that no acknowledged event is sent again in its life, and that the oldest event is first."""
    for life in _own_boots(recording):
        acknowledged: dict[tuple[int, int], SentMessage] = {}
        for conversation in life:
            last: tuple[tuple[int, int], SentMessage] | None = None
            for sent in conversation.messages(MessageKind.EVENTS):
                assert sent.message is not None
                identity = sent.message.pair("number")
                if identity is None or sent.packet.dup:
                    continue
                before = acknowledged.get(identity)
                if before is not None and before.acknowledged is not None and _same(before, sent):
                    yield violation(
                        "MQ-4.once",
                        f"no event {identity} after its PUBACK",
                        "the event again",
                        before.entry,
                        before.acknowledged,
                        sent.entry,
                    )
                    return
                if last is not None and identity < last[0]:
                    yield violation(
                        "MQ-4.order",
                        f"event {identity} before event {last[0]}",
                        "the newer event first",
                        last[1].entry,
                        sent.entry,
                    )
                    return
                last = (identity, sent)
                if arrived(conversation, sent):
                    acknowledged[identity] = sent


def arrived(conversation: Conversation, sent: SentMessage) -> bool:
    """Return whether the device certainly received the PUBACK of a message."""
    ack = sent.acknowledged
    if ack is None:
        return False
    later = conversation.client_packets[-1].number > ack.number
    lived = conversation.end is None or conversation.end.at_s - ack.at_s >= ACKNOWLEDGED_AFTER_S
    return later or lived
