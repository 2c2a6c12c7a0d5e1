"""Access rights on topics: one table, for the embedded broker and for the configuration of other brokers.

Owns the table and its meaning for one topic or filter. Refuses everything that no row allows. Does not handle
passwords: the broker has already authenticated each user here.

Topics are under the prefix, or one level deeper in a lab world: `{prefix}/{world}/hubs/...`.
"""

from enum import StrEnum

import msgspec

from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import DEFAULT_PREFIX

ITSELF = "{hub}"
"""In a row: the hub's own id, which is its user name."""
_WILD = frozenset("+#\0")


class Party(StrEnum):
    """The kinds of clients. Each except `HUB` is one user with the name of the kind."""

    HUB = "hub"
    """A hub, simulated or real; its user name is its id, 8 hex digits in upper case."""
    CLOUD = "cloud"
    SIMULATOR = "simulator"
    """The carrier and all simulated hubs."""
    BENCH = "bench"
    """A user who operates simulated hubs, observes all traffic, and can forge messages in a lab world."""


class Access(StrEnum):
    """The two operations of a client."""

    PUBLISH = "publish"
    """The client sends, directly or by its will."""
    RECEIVE = "receive"
    """The client subscribes, and receives messages."""


HERE = ""
IN_A_WORLD = "+/"


class AccessRule(msgspec.Struct, frozen=True):
    """One row: the party has this access to every topic that the branch matches."""

    party: Party
    access: Access
    branch: str
    """A topic filter without its prefix, with `ITSELF` as the id of the hub that connects."""
    heads: tuple[str, ...] = (HERE, IN_A_WORLD)
    """The allowed levels between the prefix and the branch."""

    def filters(self, prefix: str, hub: str = ITSELF) -> tuple[str, ...]:
        """Return the complete topic filters of this row, with `hub` in the place of the hub's id."""
        branch = self.branch.replace(ITSELF, hub)
        return tuple(f"{prefix}/{head}{branch}" for head in self.heads)


RULES = (
    AccessRule(Party.HUB, Access.RECEIVE, f"hubs/{ITSELF}/desired"),
    AccessRule(Party.HUB, Access.RECEIVE, f"hubs/{ITSELF}/heard"),
    AccessRule(Party.HUB, Access.RECEIVE, "cloud/presence"),
    AccessRule(Party.HUB, Access.PUBLISH, f"hubs/{ITSELF}/reported"),
    AccessRule(Party.HUB, Access.PUBLISH, f"hubs/{ITSELF}/presence"),
    AccessRule(Party.HUB, Access.PUBLISH, f"hubs/{ITSELF}/events"),
    AccessRule(Party.CLOUD, Access.PUBLISH, "hubs/+/desired"),
    AccessRule(Party.CLOUD, Access.PUBLISH, "hubs/+/heard"),
    AccessRule(Party.CLOUD, Access.PUBLISH, "cloud/presence"),
    # a cloud checks this topic for another one
    AccessRule(Party.CLOUD, Access.RECEIVE, "cloud/presence"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "hubs/+/reported"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "hubs/+/presence"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "hubs/+/events"),
    AccessRule(Party.CLOUD, Access.PUBLISH, "carrier/orders/+"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "carrier/confirmations/+"),
    AccessRule(Party.CLOUD, Access.PUBLISH, "bench/+/actions"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "bench/+/answers"),
    AccessRule(Party.CLOUD, Access.PUBLISH, "lab/requests"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "lab/answers"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "lab/presence"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "lab/presence/+"),
    AccessRule(Party.CLOUD, Access.PUBLISH, "lab/watch"),
    AccessRule(Party.CLOUD, Access.RECEIVE, "lab/watched"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "hubs/+/desired"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "hubs/+/heard"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "cloud/presence"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "hubs/+/reported"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "hubs/+/presence"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "hubs/+/events"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "carrier/orders/+"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "carrier/confirmations/+"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "bench/+/actions"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "bench/+/answers"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "lab/requests"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "lab/answers"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "lab/watch"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "lab/watched"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "lab/presence"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "lab/presence/+"),
    # a simulator checks these topics for an earlier one
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "lab/presence"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "lab/presence/+"),
    AccessRule(Party.SIMULATOR, Access.PUBLISH, "lab/radio/+"),
    AccessRule(Party.SIMULATOR, Access.RECEIVE, "lab/radio/+"),
    AccessRule(Party.BENCH, Access.RECEIVE, "#", (HERE,)),
    AccessRule(Party.BENCH, Access.PUBLISH, "bench/+/actions"),
    AccessRule(Party.BENCH, Access.PUBLISH, "hubs/+/+", (IN_A_WORLD,)),
    AccessRule(Party.BENCH, Access.PUBLISH, "cloud/presence", (IN_A_WORLD,)),
    AccessRule(Party.BENCH, Access.PUBLISH, "carrier/+/+", (IN_A_WORLD,)),
)

CLIENT_IDS = {
    Party.HUB: (f"hub-{ITSELF}",),
    Party.CLOUD: ("cloud", "lab"),
    Party.SIMULATOR: ("simulator", "carrier", "hub"),
    Party.BENCH: ("bench", "third-party"),
}
"""The client ids of each party. Each entry stands for itself, and for itself with `-` and more after it."""

_LEVELS = {
    (party, access): tuple(
        (head + rule.branch).split("/")
        for rule in RULES
        for head in rule.heads
        if rule.party is party and rule.access is access
    )
    for party in Party
    for access in Access
}
_STATIONS = {party.value: party for party in Party if party is not Party.HUB}


def party_of(user: str) -> Party | None:
    """Return the party of a user name, or None."""
    return Party.HUB if HUB_ID.fullmatch(user) else _STATIONS.get(user)


def may_publish(user: str, topic: str, prefix: str = DEFAULT_PREFIX) -> bool:
    """Return whether the user may publish to the topic, also as a will. Total: any text is accepted."""
    return _WILD.isdisjoint(topic) and _allowed(user, Access.PUBLISH, topic, prefix)


def may_use_client_id(user: str, client_id: str) -> bool:
    """Return whether the user may connect with this client id.

    A connection takes over the session of its client id and closes the connection that uses it. A hub uses
    only its id with `hub-`; other users use any id except those of other parties.
    """
    party = party_of(user)
    if party is None:
        return False
    if any(_in_family(family.replace(ITSELF, user), client_id) for family in CLIENT_IDS[party]):
        return True
    reserved = (family.replace(f"-{ITSELF}", "") for families in CLIENT_IDS.values() for family in families)
    return party is not Party.HUB and not any(_in_family(family, client_id) for family in reserved)


def _in_family(family: str, client_id: str) -> bool:
    return client_id == family or client_id.startswith(family + "-")


def may_receive(user: str, topic_filter: str, prefix: str = DEFAULT_PREFIX) -> bool:
    """Return whether the user may receive messages of a topic, or subscribe to a filter.

    A filter is allowed if everything that it can match is allowed. Total: an invalid filter is refused.
    """
    *front, last = topic_filter.split("/")
    legal = (last == "#" or _plain(last)) and all(map(_plain, front))
    return legal and _allowed(user, Access.RECEIVE, topic_filter, prefix)


def _plain(level: str) -> bool:
    """Return whether this is a name or a `+`, which are valid in any level of a filter (section 4.7.1)."""
    return level == "+" or _WILD.isdisjoint(level)


def _allowed(user: str, access: Access, text: str, prefix: str) -> bool:
    party, head = party_of(user), prefix + "/"
    if party is None or not text.startswith(head):
        return False
    wanted = text[len(head) :].split("/")
    return any(_covers(allowed, wanted, user) for allowed in _LEVELS[party, access])


def _covers(allowed: list[str], wanted: list[str], user: str) -> bool:
    """Return whether the row matches every name that `wanted`, a topic or a filter, matches.

    A single row must cover it: no two rows of the table cover together what neither of them covers.
    """
    for place, level in enumerate(allowed):
        if level == "#":
            return True
        if place == len(wanted) or wanted[place] == "#":
            return False
        if level != "+" and wanted[place] != (user if level == ITSELF else level):
            return False
    return len(wanted) == len(allowed)
