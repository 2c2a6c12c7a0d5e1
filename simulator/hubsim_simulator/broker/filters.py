"""Topic names and topic filters (MQTT 3.1.1 section 4.7), as pure functions.

Owns what is a legal name or filter and which filter matches which name. Knows nothing of
subscribers; `hubsim_simulator.broker.routing` does.
"""

from functools import lru_cache

MAX_TOPIC_BYTES = 65_535
"""Length of an MQTT string, section 1.5.3. A longer name is illegal."""
MAX_LEVELS = 200
"""Depth of a topic or filter, as in Mosquitto; a deeper one is illegal."""

MAX_REMEMBERED = 100_000
"""Names that were looked into already; a few for each hub."""


@lru_cache(maxsize=MAX_REMEMBERED)
def valid_topic(topic: str) -> bool:
    """Return whether a message may be published to this name: not empty, no wildcard, no NUL (4.7.3)."""
    return _valid_text(topic) and not has_wildcard(topic)


def valid_filter(topic_filter: str) -> bool:
    """Return whether this is a legal filter: `#` alone in the last level, `+` alone in its level (4.7.1)."""
    if not _valid_text(topic_filter):
        return False
    *front, last = topic_filter.split("/")
    return all(_valid_level(level) for level in front) and (last == "#" or _valid_level(last))


def has_wildcard(topic_filter: str) -> bool:
    """Return whether the filter can match more than one name."""
    return "+" in topic_filter or "#" in topic_filter


def matches(topic_filter: str, topic: str) -> bool:
    """Return whether the filter matches the name; both are legal.

    A first-level wildcard does not match a name that starts with `$` (4.7.2). `a/#` matches `a` too.
    """
    if topic_filter == topic:
        return True
    if topic[0] == "$" and topic_filter[0] in "+#":
        return False
    wanted, given = topic_filter.split("/"), topic.split("/")
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place == len(given) or level not in ("+", given[place]):
            return False
    return len(wanted) == len(given)


def _valid_text(text: str) -> bool:
    if not text or "\0" in text or text.count("/") >= MAX_LEVELS:
        return False
    return len(text.encode("utf-8", "replace")) <= MAX_TOPIC_BYTES


def _valid_level(level: str) -> bool:
    return level == "+" or not has_wildcard(level)
