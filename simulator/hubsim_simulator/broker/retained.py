"""The retained messages of a broker (MQTT 3.1.1 section 3.3.1.3), with a search by topic filter.

A filter without wildcards costs one lookup. One with wildcards costs a walk over the levels that it matches,
for any number of other messages.
"""

from operator import attrgetter

import msgspec

from hubsim_simulator.broker.filters import has_wildcard


class RetainedMessage(msgspec.Struct, frozen=True, gc=False):
    """The last retained message of a topic. `order` increases with each new topic."""

    topic: str
    payload: bytes
    qos: int
    order: int


class _Branch:
    """One level of the topics: its next levels, and the topic that ends here."""

    __slots__ = ("children", "topic")

    def __init__(self) -> None:
        self.children: dict[str, _Branch] = {}
        self.topic: str | None = None


class RetainedMessages:
    """At most `limit` messages, one for each topic, with at most `limit_bytes` of topics and payloads."""

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._by_topic: dict[str, RetainedMessage] = {}
        self._root = _Branch()
        self._last_order = 0

    def __len__(self) -> int:
        return len(self._by_topic)

    def store(self, topic: str, payload: bytes, qos: int) -> None:
        """Store the message, or delete that of the topic if the payload is empty (3.3.1-10).

        A message above a limit is not stored.
        """
        before = self._by_topic.get(topic)
        if not payload:
            if before is not None:
                self._bytes -= len(topic) + len(before.payload)
                del self._by_topic[topic]
                self._prune(topic)
            return
        replaced_bytes = 0 if before is None else len(topic) + len(before.payload)
        total_bytes = self._bytes - replaced_bytes + len(topic) + len(payload)
        if total_bytes > self._limit_bytes:
            return
        if before is not None:
            self._bytes = total_bytes
            self._by_topic[topic] = RetainedMessage(topic, payload, qos, before.order)
        elif len(self._by_topic) < self._limit:
            self._bytes = total_bytes
            self._last_order += 1
            self._by_topic[topic] = RetainedMessage(topic, payload, qos, self._last_order)
            branch = self._root
            for name in topic.split("/"):
                branch = branch.children.setdefault(name, _Branch())
            branch.topic = topic

    def matching(self, topic_filter: str) -> list[RetainedMessage]:
        """Return the messages that the filter matches, in the order in which their topics appeared."""
        if not has_wildcard(topic_filter):
            found = self._by_topic.get(topic_filter)
            return [] if found is None else [found]
        topics: list[str] = []
        _collect(self._root, topic_filter.split("/"), topics)
        return sorted((self._by_topic[topic] for topic in topics), key=attrgetter("order"))

    def _prune(self, topic: str) -> None:
        names = topic.split("/")
        path = [self._root]
        for name in names:
            path.append(path[-1].children[name])
        path[-1].topic = None
        for parent, name in zip(reversed(path[:-1]), reversed(names), strict=True):
            child = parent.children[name]
            if child.children or child.topic is not None:
                return
            del parent.children[name]


def _collect(root: _Branch, levels: list[str], topics: list[str]) -> None:
    """Collect the topics that the levels of a filter match. A first wildcard matches no `$` (4.7.2-1)."""
    todo = [(root, 0)]
    while todo:
        branch, place = todo.pop()
        if place == len(levels):
            if branch.topic is not None:
                topics.append(branch.topic)
            continue
        level = levels[place]
        if level == "#" and branch.topic is not None:
            topics.append(branch.topic)  # `a/#` also matches `a`
        if level in ("#", "+"):
            following = place if level == "#" else place + 1
            below = branch.children.items()
            todo += [(child, following) for name, child in below if branch is not root or name[:1] != "$"]
        elif level in branch.children:
            todo.append((branch.children[level], place + 1))
