"""How brokers differ where the standard leaves room, or where they break it. One record for each broker."""

import msgspec

MAX_PACKET_ID = 65_535
"""Packet ids are 16 bits wide and not 0 (section 2.3.1)."""


class BrokerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The behaviour of one broker. The defaults are what the standard asks for, as Mosquitto reads it."""

    max_inflight: int = 20
    """Messages of QoS 1 under way to one client without its PUBACK; further ones wait in its queue."""
    max_queued: int = 1000
    """Messages held for one client, offline or too slow. When full, a new message is dropped, silently."""
    keeps_sessions: bool = True
    """A session opened with clean=False outlives its connection. False: it ends with the connection."""
    resends_unacknowledged: bool = True
    """A kept session gets, on its next connection, what it had not acknowledged (4.4.0-1)."""
    overlapping_once: bool = True
    """A message that matches several filters of a client arrives once. False: once for each filter."""
    subscription_sets_qos: bool = False
    """Messages go out at the QoS of the subscription, whatever the publisher chose. False: at the lower."""
    leaks_retained_on_connect: bool = False
    """A new connection gets, at QoS 0, the retained messages that match the filters of any client."""
    takeover_closes_old: bool = True
    """A connection under a client id in use closes the older one (3.1.4-2). False: that stays open, without
    its subscriptions, and its will is sent when it dies."""
    takeover_kept_fails: bool = False
    """A takeover with clean=False ends in two closed connections and no session, and the will of the *new*
    connection is sent, twice."""
    enforces_keepalive: bool = True
    """A client silent for one and a half of its keepalive is given up for dead (3.1.2-24)."""
    bad_filter_closes: bool = True
    """An illegal filter is a protocol error. False: it is answered with `REFUSED`."""
    reserved_prefix: str = "$SYS/"
    """Messages that clients publish to such topics are acknowledged and dropped."""
    wills_on_terminate: bool = True
    """An orderly stop sends the wills of all that are connected. False: it sends none."""
    can_persist: bool = True
    """Retained messages and kept sessions can survive a restart."""


MOSQUITTO = BrokerProfile()
"""Mosquitto 2.0, the reference."""

AMQTT = BrokerProfile(
    max_inflight=MAX_PACKET_ID,
    max_queued=0,
    keeps_sessions=False,
    resends_unacknowledged=False,
    overlapping_once=False,
    subscription_sets_qos=True,
    leaks_retained_on_connect=True,
    takeover_closes_old=False,
    takeover_kept_fails=True,
    enforces_keepalive=False,
    bad_filter_closes=False,
    reserved_prefix="$",
    wills_on_terminate=False,
    can_persist=False,
)
"""amqtt 0.12.1 as it comes, with anonymous clients. Each of these was measured.

Two of them take amqtt up to a second (its session monitor runs once a second) and the model no time: the
end of a kept session after its disconnection, and the failure of a takeover with clean=False. Not
modelled: after a message to an illegal or `$` topic amqtt ignores whatever its sender does; and a client
that is taken over, but left connected, can subscribe again in the name of the new one."""

EMBEDDED = msgspec.structs.replace(
    AMQTT, leaks_retained_on_connect=False, takeover_closes_old=True, enforces_keepalive=True
)
"""amqtt as `broker.embedded` runs it: with the three repairs that rules of the contract rely on."""
