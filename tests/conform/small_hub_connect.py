"""The attempts of the small hub to connect, with their defects: pauses, will, keepalive and filters."""

import json
import random

from small_hub_ports import Limits

from hubsim_contract.mqtt.codec.packets import PacketWill

MOST_DOUBLINGS = 30
"""The longest pause is reached long before."""


def pause_after(failures: int, limits: Limits, chance: random.Random, defects: frozenset[str]) -> float:
    """Return the pause before the next attempt in seconds."""
    if "gives up" in defects and failures > 4:
        return 100_000
    pause_s = 0.0
    if failures > 1:
        pause_s = min(limits.first_s * 2 ** min(failures - 2, MOST_DOUBLINGS), limits.longest_s)
        pause_s *= 1.0 if "no jitter" in defects else chance.uniform(0.5, 1.0)
    if "no backoff" in defects:
        return 0.01
    return pause_s * 10 if "slow backoff" in defects else pause_s


def presence_of(hub: str, boot: int, connection: int, *, online: bool, defects: frozenset[str]) -> bytes:
    """Return a presence."""
    if "presence that is not JSON" in defects and online:
        return b"{'online': True}"
    numbers = {"boot": boot, "connection": connection}
    return json.dumps({"contract": 1, "hub": hub, "online": online} | numbers).encode()


def will_of(topic: str, hub: str, boot: int, connection: int, defects: frozenset[str]) -> PacketWill | None:
    """Return the will of a connection."""
    if "no will" in defects:
        return None
    payload = presence_of(
        hub,
        boot,
        connection - 1 if "will with old numbers" in defects else connection,
        online="will says online" in defects,
        defects=defects,
    )
    qos = 0 if "will at QoS 0" in defects else 1
    return PacketWill(topic, payload, qos=qos, retain="will not retained" not in defects)


def keepalive_of(ping_s: int, defects: frozenset[str]) -> int:
    """Return the keepalive of a connection in seconds."""
    if "ping without bounds" in defects:
        return ping_s
    return 60 if "ignores ping" in defects else min(max(ping_s, 10), 300)


def filters_of(prefix: str, hub: str, defects: frozenset[str]) -> tuple[tuple[str, int], ...]:
    """Return the filters of a connection, each with its QoS."""
    filters = [f"{prefix}/hubs/{hub}/desired", f"{prefix}/hubs/{hub}/heard", f"{prefix}/cloud/presence"]
    if "overlapping filters" in defects:
        filters.append(f"{prefix}/hubs/{hub}/+")
    if "subscribes to all hubs" in defects:
        filters[0] = f"{prefix}/hubs/+/desired"
    if "no filter for the cloud" in defects:
        del filters[2]
    qos = 0 if "subscribes at QoS 0" in defects else 1
    return tuple((each, qos) for each in filters)
