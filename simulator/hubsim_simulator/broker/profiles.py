"""Differences between brokers, for the virtual world: choices that the standard allows, and violations."""

import msgspec

from hubsim_contract.mqtt.codec.packets import MAX_PACKET_ID
from hubsim_simulator.broker.limits import DEFAULT_LIMITS, BrokerLimits


class BrokerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The behaviour of one broker. The defaults follow the standard as Mosquitto implements it.

    `hubsim_simulator.broker.imitations` computes the deviations. The broker model does not know them.
    """

    limits: BrokerLimits = DEFAULT_LIMITS
    keeps_sessions: bool = True
    """A session opened with clean=False stays after its connection. False: it ends with the connection."""
    resends_unacknowledged: bool = True
    """A kept session receives its unacknowledged messages again on its next connection (4.4.0-1)."""
    overlapping_once: bool = True
    """A message that matches several filters of a client arrives once. False: once for each filter."""
    subscription_sets_qos: bool = False
    """Messages are sent at the QoS of the subscription. False: at the lower of it and the publisher's."""
    leaks_retained_on_connect: bool = False
    """A new connection receives, at QoS 0, the retained messages that match the filters of any client."""
    takeover_closes_old: bool = True
    """A connection with a client id in use closes the older connection (3.1.4-2). False: the older one stays
    open without its subscriptions, and its will is sent when it is lost."""
    takeover_kept_fails: bool = False
    """A takeover with clean=False closes both connections and deletes the session. The will of the *new*
    connection is sent twice."""
    enforces_keepalive: bool = True
    """A client that is silent for 1.5 times its keepalive is disconnected (3.1.2-24)."""
    bad_filter_closes: bool = True
    """An illegal filter closes the connection. False: the answer is `REFUSED`."""
    reserved_prefix: str = "$SYS/"
    """Messages that clients publish to topics with this prefix are acknowledged and dropped."""
    wills_on_terminate: bool = True
    """A graceful stop sends the wills of all connected clients. False: it sends none."""
    can_persist: bool = True
    """Retained messages and kept sessions can survive a restart."""


MOSQUITTO = BrokerProfile()
"""Mosquitto 2.0, the reference."""

EMBEDDED = BrokerProfile(can_persist=False)
"""The embedded broker: the model itself. A restart deletes its data."""

AMQTT = BrokerProfile(
    limits=BrokerLimits(max_inflight=MAX_PACKET_ID, max_queued=0),
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
"""amqtt 0.12.1 with its default settings and anonymous clients. Each value was measured.

amqtt needs up to one second, the period of its session monitor, to end a kept session after a disconnection
and to fail a takeover with clean=False. The model does both at once. Two faults are not modelled: after a
message to an illegal or `$` topic, amqtt ignores everything from its sender; and a client that was taken over
and is still connected can subscribe for the session of the new one."""

REPAIRED_AMQTT = msgspec.structs.replace(
    AMQTT, leaks_retained_on_connect=False, takeover_closes_old=True, enforces_keepalive=True
)
"""amqtt as `broker.amqtt_broker` runs it, with the three repairs that rules of the contract need."""
