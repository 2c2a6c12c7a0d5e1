"""What a bench sees of an attached hub: its own reports. The rest is `Unseen`, with the reason.

A field that is `Unseen` is not compared, and a report of the play names it. So an expectation about the
logo does not fail on a hub whose logo no program can see, and does not seem to have been checked either.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.wire.icons import REGISTERED, icon_row
from hubsim_contract.wire.messages import Reported
from hubsim_contract.wire.service import SERVICE_FIELDS
from hubsim_scenarios.worlds.world import Unseen
from hubsim_simulator.snapshots import HUB_FIELDS, card_summary

NOT_VISIBLE = Unseen("the bench sees an attached hub by its messages only")
OFFLINE = Unseen("an attached hub that is offline reports nothing")


def shown_by(record: Snapshot, *, powered: bool) -> dict[str, Any]:
    """Return the `shows` snapshot of an attached hub, from the cloud's record of the device."""
    shown: dict[str, Any] = {**dict.fromkeys(HUB_FIELDS, NOT_VISIBLE), "powered": powered}
    if not record["online"] or record["reported"] is None:
        return shown | dict.fromkeys(REPORTED_FIELDS, OFFLINE)
    report = msgspec.convert(record["reported"], Reported)
    return shown | {name: field(report) for name, field in REPORTED_FIELDS.items()}


REPORTED_FIELDS: dict[str, Callable[[Reported], Any]] = {
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
    "link": lambda _: LinkState.ONLINE.value,
}
"""The fields of `shows` that a report of an online hub contains."""
