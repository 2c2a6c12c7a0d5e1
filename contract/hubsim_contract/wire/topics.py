"""The topics of the contract: building them, and reading them back. Total: any text parses to one or None."""

from enum import StrEnum
from typing import NamedTuple

from hubsim_contract.wire.identifiers import HUB_ID

DEFAULT_PREFIX = "hubsim/v1"
MAX_KNOWN = 100_000
"""Topics whose reading is remembered, good and bad; then it begins anew."""
_FORBIDDEN = frozenset("+#\0$")
_BRANCH_DEPTH = 3  # hubs/{hub}/desired, carrier/orders/{iccid}, bench/{hub}/actions


class MessageKind(StrEnum):
    """Each kind of message has one topic shape; see the table in `docs/contract.md`."""

    DESIRED = "desired"
    REPORTED = "reported"
    PRESENCE = "presence"
    EVENTS = "events"
    ORDER = "orders"
    CONFIRMATION = "confirmations"


HUB_KINDS = frozenset({MessageKind.DESIRED, MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS})
CARRIER_KINDS = frozenset({MessageKind.ORDER, MessageKind.CONFIRMATION})
RETAINED = frozenset({MessageKind.DESIRED, MessageKind.REPORTED, MessageKind.PRESENCE})
_AROUND = (
    *((kind, "hubs/", f"/{kind.value}") for kind in MessageKind if kind in HUB_KINDS),
    *((kind, f"carrier/{kind.value}/", "") for kind in MessageKind if kind in CARRIER_KINDS),
)
"""Each kind with what stands before and behind the subject of its topic."""


class TopicAddress(NamedTuple):
    """What a topic says: the kind of message, and the hub id or ICCID it is about."""

    kind: MessageKind
    subject: str


class Topics:
    """Topics under one prefix. The prefix has no wildcard and no slash at its ends."""

    def __init__(self, prefix: str = DEFAULT_PREFIX) -> None:
        if not prefix or prefix.strip("/") != prefix or not _FORBIDDEN.isdisjoint(prefix):
            raise ValueError(
                f"{prefix!r} cannot be a topic prefix: levels without + # $, for example 'hubsim/v1'"
            )
        self.prefix = prefix
        self._head = prefix + "/"
        self._around = {kind: (self._head + before, behind) for kind, before, behind in _AROUND}
        self._known: dict[str, TopicAddress | None] = {}

    def of(self, kind: MessageKind, subject: str) -> str:
        """Return the topic of this kind for a hub id or an ICCID (or `+` for all of them)."""
        before, behind = self._around[kind]
        return before + subject + behind

    def read(self, topic: str) -> TopicAddress | None:
        """Return what the topic says, or None when it is none of ours."""
        try:
            return self._known[topic]
        except KeyError:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            address = self._known[topic] = self._parse(topic)
            return address

    def _parse(self, topic: str) -> TopicAddress | None:
        if not topic.startswith(self._head):
            return None
        parts = topic[len(self._head) :].split("/")
        if len(parts) != _BRANCH_DEPTH:
            return None
        branch, middle, last = parts
        if branch == "hubs" and HUB_ID.fullmatch(middle) and last in HUB_KINDS:
            return TopicAddress(MessageKind(last), middle)
        if branch == "carrier" and last.isascii() and last.isdigit() and middle in CARRIER_KINDS:
            return TopicAddress(MessageKind(middle), last)
        return None
