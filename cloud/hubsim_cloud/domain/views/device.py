"""What the cloud knows of a device: its connection, its documents, and its last report with its faults.

For the operator and a bench, not for users: no rights are checked here.
"""

import msgspec

from hubsim_cloud.domain.desired import desired_of
from hubsim_cloud.domain.inspection import content_findings
from hubsim_cloud.domain.state import Device, State
from hubsim_cloud.domain.verdicts import Finding
from hubsim_contract.wire.messages import Desired, HubEvent, Reported


class DeviceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The connection and the versions of a device."""

    hub: str
    online: bool
    boot: int
    """The boot of its newest presence; 0: none was received."""
    connection: int
    """The connection of that boot."""
    offline_since_ms: int | None
    """World time; null while it is online, and before its first message."""
    sequence: int | None
    """The sequence of its last report; null: none was received."""
    applied_version: int | None
    """The version of that report."""
    desired_version: int | None
    """The version that the cloud wants; null: the hub has no document."""


class DeviceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the cloud keeps of a device."""

    summary: DeviceSummary
    desired: Desired | None
    report: Reported | None
    """The last report that was taken."""
    report_findings: tuple[Finding, ...]
    """The rules that the content of this report breaks."""
    missing_since_ms: dict[str, int]
    """Channels that the hub had and lost, each with the instant."""
    events: tuple[HubEvent, ...]
    """The newest events, oldest first."""


def knows(state: State, hub: str) -> bool:
    """Return whether the cloud has a record of this hub."""
    return hub in state.hubs or hub in state.devices


def summary_of(state: State, hub: str) -> DeviceSummary:
    """Return the summary of a hub, also of one that the cloud does not know."""
    device, known = state.devices.get(hub) or Device(), state.hubs.get(hub)
    return DeviceSummary(
        hub=hub,
        online=device.online,
        boot=device.boot,
        connection=device.connection,
        offline_since_ms=device.offline_since_ms,
        sequence=None if device.reported is None else device.reported.sequence,
        applied_version=None if device.reported is None else device.reported.applied_version,
        desired_version=None if known is None or known.version == 0 else known.version,
    )


def record_of(state: State, hub: str) -> DeviceRecord:
    """Return the record of a hub, also of one that the cloud does not know."""
    device, known = state.devices.get(hub) or Device(), state.hubs.get(hub)
    return DeviceRecord(
        summary=summary_of(state, hub),
        desired=None if known is None else desired_of(known),
        report=device.reported,
        report_findings=() if device.reported is None else content_findings(known, device.reported),
        missing_since_ms=dict(device.missing_since_ms),
        events=tuple(device.events),
    )
