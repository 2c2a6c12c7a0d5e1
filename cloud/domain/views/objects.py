"""What people see of objects and hubs: objects, device list, hub information screen (guide A4)."""

from collections.abc import Callable
from typing import Any

import msgspec

from cloud.domain import queries
from cloud.domain.case import Case
from cloud.domain.members import permitted
from cloud.domain.places import hub_of, object_of
from cloud.domain.views.cards import HubCard, HubInformationView, hub_card, hub_information
from cloud.domain.views.view import View


class ObjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """One object and the ids of its hubs."""

    object: str
    name: str
    hubs: tuple[str, ...]


class ObjectsView(View, frozen=True, kw_only=True):
    """The company's objects in the order in which they were made."""

    objects: tuple[ObjectRow, ...]


class DeviceListView(View, frozen=True, kw_only=True):
    """The hubs of one object in the order in which they were added."""

    object: str
    name: str
    hubs: tuple[HubCard, ...]


def _objects(case: Case, query: queries.Objects) -> ObjectsView:
    company = permitted(case, query)
    sites = (case.state.objects[name] for name in company.objects)
    rows = (ObjectRow(object=site.id, name=site.name, hubs=tuple(site.hubs)) for site in sites)
    return ObjectsView(objects=tuple(rows))


def _device_list(case: Case, query: queries.DeviceList) -> DeviceListView:
    site = object_of(case.state, permitted(case, query), query.object)
    cards = (hub_card(case, case.state.hubs[name]) for name in site.hubs)
    return DeviceListView(object=site.id, name=site.name, hubs=tuple(cards))


def _hub_information(case: Case, query: queries.HubInformation) -> HubInformationView:
    return hub_information(case, hub_of(case.state, permitted(case, query), query.hub))


ANSWERS: dict[type[queries.Look], Callable[[Case, Any], View]] = {
    queries.Objects: _objects,
    queries.DeviceList: _device_list,
    queries.HubInformation: _hub_information,
}
