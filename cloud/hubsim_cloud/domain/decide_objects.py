"""Decides commands about objects and hubs: create, add, remove, arm, configure, transfer (guide X5).

A command that changes nothing (arming an armed hub) is accepted without a fact.
"""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.authorization import permitted
from hubsim_cloud.domain.commands import (
    AddHub,
    ArmHub,
    BaseCommand,
    ConfigureHub,
    CreateObject,
    DeleteObject,
    DisarmHub,
    RemoveHub,
    RemoveInstallingCompany,
    TransferConfiguration,
)
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.facts import (
    ConfigurationTransferred,
    HubAdded,
    HubArmed,
    HubConfigured,
    HubRemoved,
    InstallingCompanyRemoved,
    ObjectCreated,
    ObjectDeleted,
)
from hubsim_cloud.domain.lookups import device_of, hub_name, hub_of, looked_after, object_of
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Hub, Site, State
from hubsim_cloud.domain.subscription import refuse_while_running
from hubsim_cloud.domain.validation import required

BOUNDS: dict[str, tuple[int, int]] = {
    "ping_s": (10, 300),
    "offline_delay_s": (30, 600),
    "channel_loss_notice_min": (3, 30),
}
"""The lowest and the highest value of each setting of a hub."""


def handle_create_object(context: DecisionContext, command: CreateObject) -> Accepted:
    """Create an object of the company. Result: `object`."""
    company = permitted(context, command)
    name = required(command.name, "name")
    created = f"object-{len(context.state.objects) + 1}"
    fact = ObjectCreated(at_ms=context.now_ms, by=context.by, object=created, company=company.id, name=name)
    return Accepted((fact,), {"object": created})


def handle_delete_object(context: DecisionContext, command: DeleteObject) -> Accepted:
    """Delete the object and free its hubs. Refused while services run in it."""
    company = permitted(context, command)
    site = object_of(context.state, company, command.object)
    _refuse_while_services_run(context.state, site)
    return Accepted((ObjectDeleted(at_ms=context.now_ms, by=context.by, object=site.id),))


def handle_remove_installing_company(context: DecisionContext, command: RemoveInstallingCompany) -> Accepted:
    """Remove the company from the object, which keeps its hubs. Refused while services run in it."""
    company = permitted(context, command)
    site = object_of(context.state, company, command.object)
    _refuse_while_services_run(context.state, site)
    fact = InstallingCompanyRemoved(at_ms=context.now_ms, by=context.by, object=site.id, company=company.id)
    return Accepted((fact,))


def _refuse_while_services_run(state: State, site: Site) -> None:
    for name in site.hubs:
        refuse_while_running(state, state.hubs[name])


def handle_add_hub(context: DecisionContext, command: AddHub) -> Accepted:
    """Add a hub that no company looks after. It may be unknown. Result: `hub`, normalised.

    A hub in an object without a company moves to the new object.
    """
    company = permitted(context, command)
    model = required(command.model, "model")
    site = object_of(context.state, company, command.object)
    name = hub_name(command.hub)
    known = context.state.hubs.get(name)
    if known is not None and looked_after(context.state, known):
        raise Refused(
            RefusalName.HUB_ALREADY_ADDED,
            f"Hub {name} is already in an object: remove it there first.",
            hub=name,
        )
    fact = HubAdded(at_ms=context.now_ms, by=context.by, hub=name, object=site.id, model=model)
    return Accepted((fact,), {"hub": name})


def handle_remove_hub(context: DecisionContext, command: RemoveHub) -> Accepted:
    """Remove the hub from its object. Refused while its services run."""
    company = permitted(context, command)
    hub = hub_of(context.state, company, command.hub)
    refuse_while_running(context.state, hub)
    return Accepted((HubRemoved(at_ms=context.now_ms, by=context.by, hub=hub.id),))


def handle_arm_hub(context: DecisionContext, command: ArmHub) -> Accepted:
    """Arm the hub; refused while it is offline."""
    return _arm(context, command, armed=True)


def handle_disarm_hub(context: DecisionContext, command: DisarmHub) -> Accepted:
    """Disarm the hub; refused while it is offline."""
    return _arm(context, command, armed=False)


def _arm(context: DecisionContext, command: ArmHub | DisarmHub, *, armed: bool) -> Accepted:
    company = permitted(context, command)
    hub = hub_of(context.state, company, command.hub)
    if not device_of(context.state, hub).online:
        raise Refused(
            RefusalName.HUB_OFFLINE, f"Hub {hub.id} is offline: connect it to the Internet first.", hub=hub.id
        )
    if hub.armed == armed:
        return Accepted(())
    return Accepted((HubArmed(at_ms=context.now_ms, by=context.by, hub=hub.id, armed=armed),))


def handle_configure_hub(context: DecisionContext, command: ConfigureHub) -> Accepted:
    """Set the given values: all of them, or none if one is out of bounds."""
    company = permitted(context, command)
    hub = hub_of(context.state, company, command.hub)
    before = {name: getattr(hub.configuration, name) for name in BOUNDS}
    given = {name: getattr(command, name) for name in BOUNDS if getattr(command, name) is not None}
    for name, value in given.items():
        _check_bounds(name, value)
    after = before | given
    if after == before:
        return Accepted(())
    return Accepted((HubConfigured(at_ms=context.now_ms, by=context.by, hub=hub.id, **after),))


def _check_bounds(name: str, value: int) -> None:
    lowest, highest = BOUNDS[name]
    if not lowest <= value <= highest:
        raise Refused(
            RefusalName.INVALID_SETTING,
            f"{name} is {value}: give a value from {lowest} to {highest}.",
            setting=name,
            lowest=str(lowest),
            highest=str(highest),
        )


def handle_transfer_configuration(context: DecisionContext, command: TransferConfiguration) -> Accepted:
    """Move the configuration from a broken hub to its replacement (guide X5)."""
    company = permitted(context, command)
    donor = hub_of(context.state, company, command.donor)
    target = hub_of(context.state, company, command.target)
    if donor is target:
        raise Refused(
            RefusalName.SAME_HUB, "Donor and target are the same hub: choose two hubs.", hub=donor.id
        )
    for hub in (donor, target):
        refuse_while_running(context.state, hub)
    _refuse_unready(context.state, donor, target)
    fact = ConfigurationTransferred(at_ms=context.now_ms, by=context.by, donor=donor.id, target=target.id)
    return Accepted((fact,))


def _refuse_unready(state: State, donor: Hub, target: Hub) -> None:
    """Refuse unless the donor is offline, and the target online and disarmed."""
    if device_of(state, donor).online:
        raise Refused(RefusalName.DONOR_ONLINE, "The donor hub is online: switch it off first.", hub=donor.id)
    device = device_of(state, target)
    if not device.online:
        raise Refused(
            RefusalName.TARGET_OFFLINE,
            "The target hub is offline: connect it to the Internet first.",
            hub=target.id,
        )
    # The hub may still be armed after a disarm command, and not yet armed after an arm command.
    if target.armed or (device.reported is not None and device.reported.armed):
        raise Refused(RefusalName.TARGET_ARMED, "The target hub is armed: disarm it first.", hub=target.id)


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    CreateObject: handle_create_object,
    DeleteObject: handle_delete_object,
    RemoveInstallingCompany: handle_remove_installing_company,
    AddHub: handle_add_hub,
    RemoveHub: handle_remove_hub,
    ArmHub: handle_arm_hub,
    DisarmHub: handle_disarm_hub,
    ConfigureHub: handle_configure_hub,
    TransferConfiguration: handle_transfer_configuration,
}
