"""Snapshots of the cloud's side of a world, as plain values that can be compared.

`app` is the state of a hub in the app (from the cloud), `applied` the state that the hub has applied (from
its reports over MQTT). They are never mixed. No rights are checked here: snapshots are for a bench, not for
users.
"""

import msgspec

from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, Hub, State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.cards import hub_card
from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.wire.messages import ServiceState
from hubsim_contract.wire.service import service_display

_NO_ACTOR = Actor(None)


def app_snapshot(state: State, hub: str, now_ms: int, settings: CloudSettings) -> Snapshot:
    """Return the state of a hub in the app, as in the device list."""
    context = DecisionContext(state, _NO_ACTOR, now_ms, settings)
    known = state.hubs.get(hub) or Hub(hub)
    device = state.devices.get(hub)
    return {
        **msgspec.to_builtins(hub_card(context, known)),
        "armed": known.armed,
        "events": [event.kind for event in device.events] if device else [],
        "lost_channels": sorted(str(lost) for by, lost in state.told_missing if by == hub),
    }


def applied_snapshot(state: State, hub: str) -> Snapshot:
    """Return the state that the hub reported last."""
    device = state.devices.get(hub)
    reported = device.reported if device else None
    if reported is None:
        return {
            "version": 0,
            **service_display(ServiceState.NOT_AVAILABLE),
            "sim_cut_off": False,
            "armed": False,
        }
    return {
        "version": reported.applied_version,
        **service_display(reported.service),
        "sim_cut_off": reported.sim_cut_off,
        "armed": reported.armed,
    }


def device_snapshot(state: State, hub: str) -> Snapshot:
    """Return the cloud's record of the device itself: what it wants of it, and what the device has sent.

    `reported` is the whole last report, or None; `last_event` is the (boot, number) of the newest event, or
    None.
    """
    known = state.hubs.get(hub) or Hub(hub)
    device = state.devices.get(hub) or Device()
    newest = device.events[-1] if device.events else None
    return {
        "online": device.online,
        "desired_version": known.version,
        "reported": msgspec.to_builtins(device.reported),
        "last_event": [newest.boot, newest.number] if newest else None,
    }


def mail_snapshot(state: State, address: str) -> list[Snapshot]:
    """Return the mails in a mailbox, oldest first."""
    return [msgspec.to_builtins(mail) for mail in state.mails.get(address.lower(), [])]


def invoice_snapshot(state: State) -> list[Snapshot]:
    """Return every invoice, oldest first."""
    return [msgspec.to_builtins(invoice) for invoice in state.invoices]
