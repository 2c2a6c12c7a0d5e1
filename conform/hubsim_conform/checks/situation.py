"""The vocabulary of the scripts: bring a device into a situation, act, and wait for its reaction.

`expect` waits for what a rule demands; its absence is a violation. `require` waits for what another check
decides; its absence blocks the check. So a device with one fault breaks one rule.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from hubsim_conform.bench.device_bench import DeviceBench
from hubsim_conform.device.acts import DeviceAct
from hubsim_conform.device.actuator import ActImpossible
from hubsim_conform.evidence.conversation import Conversation
from hubsim_conform.evidence.device_message import DeviceMessage
from hubsim_conform.evidence.entries import BenchNoteKind, EvidenceEntry
from hubsim_conform.judges.violation import Violation, violation
from hubsim_contract.lab.bench_actions import SetLid, SetMains
from hubsim_contract.wire.messages import Desired, Reported, ServiceState
from hubsim_contract.wire.topics import MessageKind

SLACK_S = 3.0
"""Added to each bound of a device: for the machine, not for the device."""
QUIET_S = 1.0
"""How long the bench watches after the last packet of a reaction that must not come."""
FROM_HUB = frozenset(Reported.__struct_fields__)
"""The fields of a report itself; others are of its hardware."""
T = TypeVar("T")


class CheckFailed(Exception):
    """The device broke a rule; the violation is recorded. The rest of the script is pointless."""


class CheckBlocked(Exception):
    """The situation could not be brought about. The text gives the reason."""


class Situation:
    """One check on one bench."""

    def __init__(self, bench: DeviceBench, ledger: "DocumentLedger") -> None:
        self.bench = bench
        self.bounds = bench.bounds
        self.ledger = ledger
        self.violations: list[Violation] = []
        self.provoked = ""
        """The bad message after which the device has not yet shown that it runs."""

    # ------------------------------------------------------------------ waiting

    async def expect(
        self,
        rule: str,
        find: Callable[[], T | None],
        within_s: float,
        expected: str,
        *proof: EvidenceEntry | None,
        seen: str | Callable[[], str] = "",
        symptom: str = "",
    ) -> T:
        """Return what `find` finds in time. Otherwise record a violation, and raise `CheckFailed`.

        A function `seen` is called after the wait, so that it can name what came until then.
        """
        found = await self.bench.wait(find, within_s)
        if found is None:
            text = (seen if isinstance(seen, str) else seen()) or f"nothing within {within_s:g} s"
            self.fail(rule, expected, text, *proof, self.last_entry(), symptom=symptom)
        return found  # type: ignore[return-value]

    async def require(self, find: Callable[[], T | None], within_s: float, what: str) -> T:
        """Return what `find` finds in time. Otherwise raise `CheckBlocked`."""
        found = await self.bench.wait(find, within_s)
        if found is None:
            raise CheckBlocked(f"{what} (not within {within_s:g} s)")
        return found

    def fail(
        self, rule: str, expected: str, seen: str, *proof: EvidenceEntry | None, symptom: str = ""
    ) -> None:
        """Record a violation, and raise `CheckFailed`."""
        self.violations.append(violation(rule, expected, seen, *proof, symptom=symptom))
        raise CheckFailed(rule)

    def last_entry(self) -> EvidenceEntry | None:
        """Return the newest entry."""
        entries = self.bench.recording.entries
        return entries[-1] if entries else None

    # ------------------------------------------------------------------ what the device did

    def mark(self) -> int:
        """Return the place in the recording from which a later search begins."""
        return self.bench.recording.newest

    def conversation(self) -> Conversation | None:
        """Return the open connection on which the device is settled."""
        current = self.bench.recording.current()
        return current if current is not None and current.settled() else None

    def messages(self, kind: MessageKind, after: int = 0) -> Iterator[EvidenceEntry]:
        """Yield the entries with messages of a kind, from a mark on."""
        for entry in self.bench.recording.messages(after):
            if entry.message is not None and entry.message.kind is kind:
                yield entry

    def report(self, after: int, **fields: Any) -> EvidenceEntry | None:
        """Return the first report from a mark on with these fields, its own or those of its hardware."""
        for entry in self.messages(MessageKind.REPORTED, after):
            message = entry.message
            assert message is not None
            if all(_has(message, name, value) for name, value in fields.items()):
                return entry
        return None

    def version_seen(self) -> str:
        """Return which version the last report has, as what was seen instead of a newer one."""
        last = next(reversed(list(self.messages(MessageKind.REPORTED))), None)
        if last is None or last.message is None:
            return "no report"
        return f"the last report has `applied_version` {last.message.get('applied_version')}"

    def event(self, after: int, *kinds: str) -> EvidenceEntry | None:
        """Return the first event of one of these kinds from a mark on."""
        return next(self.events(after, *kinds), None)

    def events(self, after: int, *kinds: str) -> Iterator[EvidenceEntry]:
        """Yield the events of these kinds from a mark on."""
        for entry in self.messages(MessageKind.EVENTS, after):
            assert entry.message is not None
            kind = entry.message.get("kind")
            # one that cannot be read breaks its own rule, and counts as the expected one
            if not kinds or kind is None or kind.lower() in kinds:
                yield entry

    # ------------------------------------------------------------------ situations

    async def online(self) -> Conversation:
        """Wait until the device is connected, has subscribed and has reported. Raises `CheckBlocked`."""
        limit_s = self.bounds.reconnect_longest_s + self.bounds.report_s + SLACK_S
        if self.bench.recording.current() is None:
            limit_s += self.bounds.boot_s
        return await self._connected(self.conversation, limit_s, "the hub does not come online")

    async def reconnect(self, reason: str) -> Conversation:
        """Cut the connection, and wait until the device is online over another one."""
        before = await self.online()
        self.bench.cut(reason)
        return await self.online_again(before)

    async def online_again(self, before: Conversation) -> Conversation:
        """Wait until the device is online over a later connection."""

        def later() -> Conversation | None:
            current = self.conversation()
            return current if current is not None and current.ordinal > before.ordinal else None

        limit_s = self.bounds.reconnect_longest_s + self.bounds.boot_s + self.bounds.report_s + SLACK_S
        return await self._connected(later, limit_s, "the hub does not come online again")

    async def _connected(
        self, find: Callable[[], Conversation | None], limit_s: float, what: str
    ) -> Conversation:
        """Wait for a connection. A device that makes no attempt breaks rule MQ-10.backoff."""
        found = await self.bench.wait(find, limit_s)
        if found is not None:
            return found
        recording = self.bench.recording
        ends = [each.end for each in recording.conversations.values() if each.end is not None]
        longest_s = self.bounds.reconnect_longest_s + SLACK_S
        tries = self.bench.network_is_open and self.bench.powered and recording.current() is None
        if tries and ends and self.bench.now_s() - ends[-1].at_s > longest_s and self.bench.settled_before():
            expected = f"another attempt within {longest_s:g} s"
            self.fail("MQ-10.backoff", expected, "no attempt", ends[-1], symptom="gives up")
        raise CheckBlocked(f"{what} (not within {limit_s:g} s)")

    async def applied(self, version: int, after: int) -> EvidenceEntry:
        """Wait until the device reports a version as applied. Raises `CheckBlocked`."""
        entry = await self.require(
            lambda: self.report(after, applied_version=version),
            self.bounds.report_s + SLACK_S,
            "the hub does not report a newer document, see MQ-5.applied",
        )
        self.provoked = ""
        return entry

    async def publish(self, **changes: Any) -> Desired:
        """Publish the next version of the desired document, retained, with these changes."""
        document = self.ledger.next(**changes)
        await self.send(document)
        return document

    async def send(self, document: Desired, *, retain: bool = True) -> None:
        """Publish a desired document."""
        kept = ", retained" if retain else ""
        self.bench.note(BenchNoteKind.PUBLISHED, f"desired version {document.version}{kept}")
        await self.bench.cloud.desire(document, retain=retain)

    async def send_payload(self, payload: bytes, what: str) -> None:
        """Publish any bytes on the desired topic, not retained."""
        self.provoked = what
        self.bench.note(BenchNoteKind.PUBLISHED, what)
        await self.bench.cloud.payload(payload)

    async def settle(self, **changes: Any) -> Desired:
        """Bring the device online with a new document applied, and return that. Raises `CheckBlocked`."""
        await self.online()
        after = self.mark()
        document = await self.publish(**changes)
        await self.applied(document.version, after)
        return document

    def hardware_acts(self) -> tuple[DeviceAct, DeviceAct]:
        """Return two acts that undo each other and are reported. The first one changes the current state.

        Raises `ActImpossible`.
        """
        lacks = self.bench.capabilities.lacks
        if lacks(SetLid(True)) is None:
            is_open = self._hardware("lid_open") is True
            return SetLid(not is_open), SetLid(is_open)
        if lacks(SetMains(True)) is None:
            present = self._hardware("mains") is not False
            return SetMains(not present), SetMains(present)
        raise ActImpossible("lid or mains")

    def _hardware(self, name: str) -> Any:
        """Return a value of the hardware in the last report."""
        entry = next(reversed(list(self.messages(MessageKind.REPORTED))), None)
        return None if entry is None or entry.message is None else entry.message.get("hardware", name)


def _has(message: DeviceMessage, name: str, value: Any) -> bool:
    """Return whether a report has this value. A bad value of the hardware breaks its own rule, and fits."""
    if name in FROM_HUB:
        return bool(message.get(name) == value)
    return message.get("hardware", name) in (None, value)


class DocumentLedger:
    """The versions of the desired document: each is newer than all before it."""

    def __init__(self, hub: str) -> None:
        self._hub = hub
        self.version = 0

    def exceed(self, version: int) -> None:
        """Continue above a version that the device holds."""
        self.version = max(self.version, version)

    def next(self, **changes: Any) -> Desired:
        """Return the next document."""
        self.version += changes.pop("skip", 1)
        fields: dict[str, Any] = {"service": ServiceState.ACTIVE} | changes
        return Desired(hub=self._hub, version=self.version, **fields)

    def payload(self, **changes: Any) -> bytes:
        """Return the next document as JSON with changed, added or (as `...`) removed fields."""
        fields = msgspec.to_builtins(self.next()) | changes
        return msgspec.json.encode({name: value for name, value in fields.items() if value is not ...})
