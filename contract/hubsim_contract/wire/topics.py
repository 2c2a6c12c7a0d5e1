"""Builds and parses the topics of the contract. Total: any text gives an address or None."""

from enum import StrEnum
from typing import NamedTuple

from hubsim_contract.wire.identifiers import HUB_ID

DEFAULT_PREFIX = "hubsim/v1"
MAX_KNOWN = 100_000
"""Parsed topics in the cache, valid and invalid. At this size the cache is cleared."""
_FORBIDDEN = frozenset("+#\0$")
_BRANCH_DEPTH = 3  # hubs/{hub}/desired, carrier/orders/{iccid}, bench/{hub}/actions


class MessageKind(StrEnum):
    """Each kind of message has one topic pattern; see the table in `docs/contract.md`."""

    DESIRED = "desired"
    HEARD = "heard"
    CLOUD_PRESENCE = "cloud_presence"
    """The only topic without a subject, and the only one that all hubs receive: `cloud/presence`."""
    REPORTED = "reported"
    PRESENCE = "presence"
    EVENTS = "events"
    ORDER = "orders"
    CONFIRMATION = "confirmations"


HUB_KINDS = frozenset(
    {
        MessageKind.DESIRED,
        MessageKind.HEARD,
        MessageKind.REPORTED,
        MessageKind.PRESENCE,
        MessageKind.EVENTS,
    }
)
CARRIER_KINDS = frozenset({MessageKind.ORDER, MessageKind.CONFIRMATION})
RETAINED = frozenset(
    {MessageKind.DESIRED, MessageKind.CLOUD_PRESENCE, MessageKind.REPORTED, MessageKind.PRESENCE}
)
SENT_BY_CLOUD = frozenset(
    {MessageKind.DESIRED, MessageKind.HEARD, MessageKind.CLOUD_PRESENCE, MessageKind.ORDER}
)
RECEIVED_BY_CLOUD = frozenset(MessageKind) - SENT_BY_CLOUD
"""Messages that hubs and carrier send; those that the cloud sends go to hubs and carrier."""
NO_SUBJECT = ""
"""The subject of the topic that is not about a hub or a card."""
_CLOUD_PRESENCE = "cloud/presence"
_AROUND: tuple[tuple[MessageKind, str, str | None], ...] = (
    *((kind, "hubs/", f"/{kind.value}") for kind in MessageKind if kind in HUB_KINDS),
    *((kind, f"carrier/{kind.value}/", "") for kind in MessageKind if kind in CARRIER_KINDS),
    (MessageKind.CLOUD_PRESENCE, _CLOUD_PRESENCE, None),
)
"""Each kind, with the parts before and after the subject of its topic; None: it has no subject."""


class TopicAddress(NamedTuple):
    """The content of a topic: the kind of message, and the hub id or ICCID (or `NO_SUBJECT`)."""

    kind: MessageKind
    subject: str


class Topics:
    """The topics under one prefix. A prefix has no wildcard and no slash at its ends."""

    def __init__(self, prefix: str = DEFAULT_PREFIX) -> None:
        if not prefix or prefix.strip("/") != prefix or not _FORBIDDEN.isdisjoint(prefix):
            raise ValueError(
                f"{prefix!r} cannot be a topic prefix: levels without + # $, for example 'hubsim/v1'"
            )
        self.prefix = prefix
        self._head = prefix + "/"
        self._around = {kind: (self._head + before, after) for kind, before, after in _AROUND}
        self._known: dict[str, TopicAddress | None] = {}

    def of(self, kind: MessageKind, subject: str = NO_SUBJECT) -> str:
        """Return the topic of this kind for a hub id or an ICCID (or `+` for all)."""
        before, after = self._around[kind]
        return before if after is None else before + subject + after

    def read(self, topic: str) -> TopicAddress | None:
        """Return the address in the topic, or None if it is not a topic of the contract."""
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
        bare = topic[len(self._head) :]
        if bare == _CLOUD_PRESENCE:
            return TopicAddress(MessageKind.CLOUD_PRESENCE, NO_SUBJECT)
        parts = bare.split("/")
        if len(parts) != _BRANCH_DEPTH:
            return None
        branch, middle, last = parts
        if branch == "hubs" and HUB_ID.fullmatch(middle) and last in HUB_KINDS:
            return TopicAddress(MessageKind(last), middle)
        if branch == "carrier" and last.isascii() and last.isdigit() and middle in CARRIER_KINDS:
            return TopicAddress(MessageKind(middle), last)
        return None
