"""The example of a device for the OpenAPI document."""

from typing import Any

_HUB = "0000AA01"
_REPORT = {
    "contract": 1,
    "hub": _HUB,
    "boot": 7,
    "sequence": 3,
    "connection": 1,
    "applied_version": 0,
    "service": "active",
    "ends_at_ms": None,
    "sim_cut_off": False,
    "armed": False,
    "ask": False,
    "hardware": {
        "model": "hub-2-plus",
        "firmware": "2.20.0",
        "channels": ["ethernet"],
        "sims": [],
        "active_sim": None,
        "registration": "not_registered",
        "generation": None,
        "signal": "no_signal",
        "battery_percent": 100,
        "mains": True,
        "lid_open": False,
        "malfunction": False,
    },
}
_FINDING = {
    "rule": "MQ-5.faithful",
    "field": "service",
    "text": '"active" is reported, but without a document it is "not_available"',
}

DEVICE_EXAMPLE: dict[str, Any] = {
    "device": {
        "summary": {
            "hub": _HUB,
            "online": True,
            "boot": 7,
            "connection": 1,
            "offline_since_ms": None,
            "sequence": 3,
            "applied_version": 0,
            "desired_version": None,
        },
        "desired": None,
        "report": _REPORT,
        "report_findings": [_FINDING],
        "missing_since_ms": {},
        "events": [],
    },
    "report_raw": "the payload as the hub sent it",
    "outcomes": {"taken": 1},
    "rules": {"MQ-5.faithful": 1},
    "verdicts": [
        {
            "number": 1,
            "verdict": {
                "at_ms": 1_768_464_000_000,
                "hub": _HUB,
                "about": "reported",
                "outcome": "taken",
                "findings": [_FINDING],
                "source": "cloud",
                "topic": f"hubsim/v1/hubs/{_HUB}/reported",
                "numbers": {"boot": 7, "sequence": 3, "connection": 1, "applied_version": 0},
                "qos": 1,
                "retained": False,
                "dup": False,
                "size_bytes": 412,
                "payload": "the beginning of the payload",
                "note": "",
            },
        }
    ],
}
