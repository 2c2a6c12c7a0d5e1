"""The receivers of a message: an index of subscriptions by topic filter.

Exact filters are in a dictionary, filters with wildcards in a tree of levels. A publish therefore costs one
lookup and a walk over the levels of the topic, for any number of subscribers.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from hubsim_simulator.broker.filters import MAX_REMEMBERED, MAX_REMEMBERED_CHARS, has_wildcard

S = TypeVar("S", bound=Hashable)
Subscribers = dict[S, int]
"""Subscribers of one filter with the QoS granted to each, in the order of their subscriptions."""


class _Level(Generic[S]):
    """One level of the wildcard filters: its next levels, and the subscribers of filters that end here."""

    __slots__ = ("children", "subscribers")

    def __init__(self) -> None:
        self.children: dict[str, _Level[S]] = {}
        self.subscribers: Subscribers[S] = {}


class Routes(Generic[S]):
    """An index of subscriptions. The caller has checked that all filters are legal."""

    def __init__(self) -> None:
        self._exact: dict[str, Subscribers[S]] = {}
        self._root: _Level[S] = _Level()
        self._found: dict[str, list[Subscribers[S]]] = {}
        """Cached results of `hits`. A changed subscription clears the cache, and a full cache is cleared."""

    def add(self, topic_filter: str, subscriber: S, qos: int) -> None:
        """Add a subscription, or replace the QoS of an existing one (section 3.8.4)."""
        self._found.clear()
        if has_wildcard(topic_filter):
            level = self._root
            for name in topic_filter.split("/"):
                level = level.children.setdefault(name, _Level())
            level.subscribers[subscriber] = qos
        else:
            self._exact.setdefault(topic_filter, {})[subscriber] = qos

    def remove(self, topic_filter: str, subscriber: S) -> None:
        """Remove a subscription. A missing one is ignored (section 3.10.4)."""
        self._found.clear()
        if has_wildcard(topic_filter):
            _prune(self._root, topic_filter.split("/"), subscriber)
            return
        subscribers = self._exact.get(topic_filter)
        if subscribers is not None:
            subscribers.pop(subscriber, None)
            if not subscribers:
                del self._exact[topic_filter]

    def hits(self, topic: str) -> list[Subscribers[S]]:
        """Return one mapping of subscribers for each filter that matches. The caller must not change them."""
        known = self._found.get(topic)
        if known is not None:
            return known
        exact = self._exact.get(topic)
        found = [exact] if exact else []
        if self._root.children:
            _collect(self._root, topic.split("/"), 0, found, wild=topic[0] != "$")
        if len(topic) <= MAX_REMEMBERED_CHARS:
            if len(self._found) >= MAX_REMEMBERED:
                self._found.clear()
            self._found[topic] = found
        return found


def highest_qos(hits: list[Subscribers[S]]) -> Subscribers[S]:
    """Merge the subscribers of overlapping filters, with the highest QoS of each (3.3.5-1).

    Mosquitto violates this rule: it uses the QoS of the first filter that it finds. No station mixes QoS.
    """
    merged: Subscribers[S] = {}
    for subscribers in hits:
        for subscriber, qos in subscribers.items():
            merged[subscriber] = max(qos, merged.get(subscriber, 0))
    return merged


def _collect(
    level: _Level[S], names: list[str], place: int, found: list[Subscribers[S]], *, wild: bool
) -> None:
    """Collect the filters below `level` that match the names from `place` on, at most `MAX_LEVELS` deep."""
    children = level.children
    if wild and "#" in children:
        found.append(children["#"].subscribers)
    if place == len(names):
        if level.subscribers:
            found.append(level.subscribers)
        return
    same = children.get(names[place])
    if same is not None:
        _collect(same, names, place + 1, found, wild=True)
    other = children.get("+") if wild else None
    if other is not None:
        _collect(other, names, place + 1, found, wild=True)


def _prune(level: _Level[S], names: list[str], subscriber: S) -> None:
    path = [level]
    for name in names:
        following = path[-1].children.get(name)
        if following is None:
            return
        path.append(following)
    path[-1].subscribers.pop(subscriber, None)
    for parent, name in zip(reversed(path[:-1]), reversed(names), strict=True):
        child = parent.children[name]
        if child.children or child.subscribers:
            return
        del parent.children[name]
