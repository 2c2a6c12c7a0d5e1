"""The reports of the small hub, with their defects."""

import json
from typing import Any


def report_of(
    hub: str,
    numbers: dict[str, int],
    document: dict[str, Any],
    hardware: dict[str, Any],
    *,
    ask: bool,
    defects: frozenset[str],
) -> bytes:
    """Return a report of the applied document. `numbers` has the boot, the sequence and the connection."""
    report: dict[str, Any] = {
        "contract": 1,
        "hub": hub,
        **numbers,
        "applied_version": document["version"],
        "service": document["service"],
        "ends_at_ms": document["ends_at_ms"],
        "sim_cut_off": document["sim_cut_off"],
        "armed": document["armed"],
        "ask": ask,
        "hardware": json.loads(json.dumps(hardware)),
    }
    for defect, change in REPORT_DEFECTS.items():
        if defect in defects:
            change(report)
    return json.dumps(report).encode()


def _changed(**changes: Any) -> Any:
    return lambda report: report.update(changes)


def _hardware(**changes: Any) -> Any:
    return lambda report: report["hardware"].update(changes)


def _wrong_service(report: dict[str, Any]) -> None:
    if report["service"] == "expiring":
        report["service"] = "active"


def _version_too_high(report: dict[str, Any]) -> None:
    report["applied_version"] += 1_000_000


def _no_firmware(report: dict[str, Any]) -> None:
    del report["hardware"]["firmware"]


def _bad_iccid(report: dict[str, Any]) -> None:
    report["hardware"]["sims"][0]["iccid"] = "89883000000000000004"


def _without_filler(report: dict[str, Any]) -> None:
    report["hardware"]["sims"][0]["iccid"] = "8988300000000000003F"


REPORT_DEFECTS: dict[str, Any] = {
    "wrong service": _wrong_service,
    "wrong applied version": _version_too_high,
    "missing field": _no_firmware,
    "wrong type": _hardware(mains="yes"),
    "word in wrong case": _hardware(registration="Roaming"),
    "unknown word": _hardware(signal="excellent"),
    "battery not in steps": _hardware(battery_percent=97),
    "bad ICCID": _bad_iccid,
    "ICCID with its filler": _without_filler,
    "hub in lower case": lambda report: report.update(hub=report["hub"].lower()),
    "oversized report": _changed(note="x" * 20_000),
}
