"""Topic names and topic filters (MQTT 3.1.1 section 4.7), as pure functions.

Decides which names and filters are legal, and which filter matches which name. Subscribers are the task of
`hubsim_simulator.broker.routing`.
"""

from functools import lru_cache

MAX_TOPIC_BYTES = 65_535
"""Maximum length of an MQTT string (section 1.5.3). A longer name is illegal."""
MAX_LEVELS = 200
"""Maximum number of levels of a topic or filter, as in Mosquitto. More are illegal."""

MAX_REMEMBERED = 100_000
"""Size of a cache of topic names; each hub has a few."""
MAX_REMEMBERED_CHARS = 256
"""Maximum length of a topic name in a cache. A client could fill a cache of longer names with gigabytes."""


def valid_topic(topic: str) -> bool:
    """Return whether the name is legal in a PUBLISH: not empty, without wildcards and NUL (4.7.3)."""
    return _remembered(topic) if len(topic) <= MAX_REMEMBERED_CHARS else _valid_topic(topic)


def _valid_topic(topic: str) -> bool:
    return _valid_text(topic) and not has_wildcard(topic)


_remembered = lru_cache(maxsize=MAX_REMEMBERED)(_valid_topic)


def valid_filter(topic_filter: str) -> bool:
    """Return whether the filter is legal: `#` is a whole last level, `+` is a whole level (4.7.1)."""
    if not _valid_text(topic_filter):
        return False
    *front, last = topic_filter.split("/")
    return all(_valid_level(level) for level in front) and (last == "#" or _valid_level(last))


def has_wildcard(topic_filter: str) -> bool:
    """Return whether the filter can match more than one name."""
    return "+" in topic_filter or "#" in topic_filter


def matches(topic_filter: str, topic: str) -> bool:
    """Return whether the filter matches the name. Both must be legal.

    A wildcard in the first level does not match a name that starts with `$` (4.7.2). `a/#` also matches `a`.
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
