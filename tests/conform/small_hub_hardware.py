"""The hardware of the small hub, and what an act changes in it."""

from typing import Any

HARDWARE: dict[str, Any] = {
    "model": "small-hub",
    "firmware": "1.0",
    "channels": ["cellular", "ethernet"],
    "sims": [
        {"slot": 1, "card": "ok", "iccid": "89883000000000000003"},
        {"slot": 2, "card": "missing", "iccid": None},
    ],
    "active_sim": 1,
    "registration": "roaming",
    "generation": "4G",
    "signal": "strong",
    "battery_percent": 95,
    "mains": True,
    "lid_open": False,
    "malfunction": False,
}


def effect_of(act: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    """Return the changes of an act and the kind of its event; None: the hub does not have what it needs."""
    match act:
        case {"do": "set_lid", "open": bool(state)}:
            return {"lid_open": state}, "lid_opened" if state else "lid_closed"
        case {"do": "set_mains", "present": bool(state)}:
            return {"mains": state}, "mains_restored" if state else "mains_lost"
        case {"do": "set_registration", "registration": str(state)}:
            changes = {name: act.get(name) for name in ("generation", "active_sim")}
            changes |= {"registration": state, "signal": act.get("signal", "no_signal")}
            return changes, "registration_denied" if state == "denied" else "registered"
        case _:
            return None
