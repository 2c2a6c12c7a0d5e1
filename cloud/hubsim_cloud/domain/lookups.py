"""Finds the objects and hubs that a command or query names, for the company acted for.

Unknown ids are refused as not found. Objects and hubs of other companies are refused as not permitted.
"""

from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Company, Device, Hub, Site, State
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id

_SILENT = Device()
"""The record of hubs that have not published a message. Never written."""


def hub_name(text: str) -> str:
    """Return the hub id in its normal form, or refuse with `invalid_hub_id`."""
    try:
        return hub_id(text)
    except BadIdentifier as error:
        raise Refused(RefusalName.INVALID_HUB_ID, f"{error}.", hub=text) from error


def object_of(state: State, company: Company, name: str) -> Site:
    """Return the company's object with this id, or refuse with `object_not_found` or `not_permitted`."""
    site = state.objects.get(name)
    if site is None or site.deleted:
        raise Refused(
            RefusalName.OBJECT_NOT_FOUND, "This object does not exist: see the list of objects.", object=name
        )
    if site.company != company.id:
        raise Refused(
            RefusalName.NOT_PERMITTED,
            f"This object does not belong to {company.name}: switch to the company that has it.",
            object=name,
        )
    return site


def hub_of(state: State, company: Company, text: str) -> Hub:
    """Return the hub with this id in one of the company's objects, or refuse.

    Refusals: `invalid_hub_id`, `hub_not_found` for a hub without an object, `not_permitted`.
    """
    name = hub_name(text)
    hub = state.hubs.get(name)
    if hub is None or hub.object is None:
        raise Refused(
            RefusalName.HUB_NOT_FOUND, f"Hub {name} is not in an object: add it to one first.", hub=name
        )
    if state.objects[hub.object].company != company.id:
        raise Refused(
            RefusalName.NOT_PERMITTED,
            f"This hub does not belong to {company.name}: switch to the company that looks after it.",
            hub=name,
        )
    return hub


def looked_after(state: State, hub: Hub) -> bool:
    """Return whether a company looks after the hub: it is in an object, and the object has a company."""
    return hub.object is not None and state.objects[hub.object].company is not None


def device_of(state: State, hub: Hub) -> Device:
    """Return the latest state that the hub published. Do not change it."""
    return state.devices.get(hub.id, _SILENT)
