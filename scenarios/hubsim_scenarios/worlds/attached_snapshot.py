"""The `shows` snapshot of an attached hub: from its reports, and by the rules of the manuals for the rest.

A bench sees a device by its messages. It does not see the logo, and nothing at all while the device is
offline. These fields have the value that follows from the messages and from the hardware on the bench, so
that a step can wait for them. `not_seen` names them with the reason, and the result of the play lists those
that a step compares. Counters inside a device follow from nothing: they are `Unseen`, which every comparison
accepts.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.lab.hub_brief import card_summary
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.wire.icons import REGISTERED, icon_row
from hubsim_contract.wire.messages import Channel, Reported
from hubsim_contract.wire.service import SERVICE_FIELDS
from hubsim_scenarios.translation.story_language import msg
from hubsim_scenarios.worlds.gate import DeviceSeen
from hubsim_scenarios.worlds.world import Unseen
from hubsim_simulator.hardware.led import LedPattern, led

NOT_VISIBLE = msg("the bench sees a device by its messages only")
OFFLINE = msg("a device that is offline reports nothing")
_COUNTERS = ("buffered_events", "refused_messages", "old_documents")
_PREFERRED = (Channel.ETHERNET.value, Channel.WIFI.value, Channel.CELLULAR.value)


class ShownByDevice(dict[str, Any]):
    """The snapshot. `not_seen` has the fields that no message of the device contains, with the reason."""

    not_seen: Mapping[str, str] = {}


def shown_by(seen: DeviceSeen, bench: Snapshot) -> ShownByDevice:
    """Return the snapshot from what was seen of the device, and the hub's snapshot on the bench."""
    report, online = seen.report, seen.online and seen.report is not None
    shown = ShownByDevice(bench)
    if report is not None:
        names = REPORTED if online else (*SERVICE_FIELDS, "sim_cut_off")
        shown |= {name: REPORTED[name](report) for name in names}
    logo = led(
        powered=shown["powered"],
        channels=len(shown["channels"]),
        cloud_reachable=online and seen.cloud_in_reach,
        dimmed=bench["led_pattern"] == LedPattern.BLINKING,
    )
    shown |= {
        "led": logo.colour.value,
        "led_pattern": logo.pattern.value,
        "cloud_reachable": online and seen.cloud_in_reach,
        "connected_by": next((each for each in _PREFERRED if each in shown["channels"]), None)
        if online
        else None,
        "link": LinkState.ONLINE.value if online else Unseen(OFFLINE),
        **{name: Unseen(NOT_VISIBLE) for name in _COUNTERS},
    }
    by_message = {"powered", "link", *REPORTED} if online else {"powered"}
    reason = NOT_VISIBLE if online else OFFLINE
    shown.not_seen = {name: reason for name in shown if name not in by_message}
    return shown


REPORTED: dict[str, Callable[[Reported], Any]] = {
    "channels": lambda report: sorted(channel.value for channel in report.hardware.channels),
    "sim_card": lambda report: card_summary(report.hardware.sims).value,
    "sims": lambda report: {str(sim.slot): sim.card.value for sim in report.hardware.sims},
    "active_sim": lambda report: report.hardware.active_sim,
    "registration": lambda report: report.hardware.registration.value,
    "registered": lambda report: report.hardware.registration in REGISTERED,
    "generation": lambda report: report.hardware.generation,
    "signal": lambda report: report.hardware.signal.value,
    "battery_percent": lambda report: report.hardware.battery_percent,
    "mains": lambda report: report.hardware.mains,
    "lid_open": lambda report: report.hardware.lid_open,
    "icons": lambda report: list(icon_row(report.hardware, report.service)),
    "service": lambda report: SERVICE_FIELDS["service"](report.service),
    "tile": lambda report: SERVICE_FIELDS["tile"](report.service),
    "second_tile": lambda report: SERVICE_FIELDS["second_tile"](report.service),
    "star": lambda report: SERVICE_FIELDS["star"](report.service),
    "sim_cut_off": lambda report: report.sim_cut_off,
}
"""The fields of `shows` that a report contains."""
