"""The memory of the small hub, with the defects of what it keeps."""

import json
from typing import Any

NOTHING = {"version": 0, "service": "not_available", "ends_at_ms": None, "sim_cut_off": False, "armed": False}


def read_memory(memory: bytes | None) -> dict[str, Any]:
    """Return the boot number, the applied document and the events; those of a new hub without a memory."""
    return json.loads(memory) if memory else {"boot": 0, "desired": NOTHING, "events": []}


def next_boot(boot: int, wall_ms: int, defects: frozenset[str]) -> int:
    """Return the number of the boot after this one."""
    if "boot from the clock alone" in defects:
        return wall_ms // 1000
    if "same boot twice" in defects and boot:
        return boot
    return max(boot + 1, wall_ms // 1000)


def memory_of(
    boot: int, desired: dict[str, Any], events: list[dict[str, Any]], defects: frozenset[str]
) -> bytes:
    """Return a memory."""
    kept = NOTHING if "never persists" in defects else desired
    events = [] if "events are not durable" in defects else events
    return json.dumps({"boot": boot, "desired": kept, "events": events}).encode()
