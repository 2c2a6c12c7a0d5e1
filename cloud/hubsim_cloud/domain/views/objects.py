"""Views of objects and hubs: objects, device list, hub information screen (guide A4)."""

from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import permitted
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.lookups import hub_of, object_of
from hubsim_cloud.domain.types import HubRef, ObjectRef
from hubsim_cloud.domain.views.cards import HubCard, HubInformationView, hub_card, hub_information
from hubsim_cloud.domain.views.view import View


class ObjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """One object and the ids of its hubs."""

    object: ObjectRef
    name: str
    hubs: tuple[HubRef, ...]


class ObjectsView(View, frozen=True, kw_only=True):
    """The company's objects in the order in which they were created."""

    objects: tuple[ObjectRow, ...]


class DeviceListView(View, frozen=True, kw_only=True):
    """The hubs of one object in the order in which they were added."""

    object: ObjectRef
    name: str
    hubs: tuple[HubCard, ...]


def _objects(context: DecisionContext, query: queries.Objects) -> ObjectsView:
    company = permitted(context, query)
    sites = (context.state.objects[name] for name in company.objects)
    rows = (ObjectRow(object=site.id, name=site.name, hubs=tuple(site.hubs)) for site in sites)
    return ObjectsView(objects=tuple(rows))


def _device_list(context: DecisionContext, query: queries.DeviceList) -> DeviceListView:
    site = object_of(context.state, permitted(context, query), query.object)
    cards = (hub_card(context, context.state.hubs[name]) for name in site.hubs)
    return DeviceListView(object=site.id, name=site.name, hubs=tuple(cards))


def _hub_information(context: DecisionContext, query: queries.HubInformation) -> HubInformationView:
    return hub_information(context, hub_of(context.state, permitted(context, query), query.hub))


ANSWERS: dict[type[queries.BaseQuery], Callable[[DecisionContext, Any], View]] = {
    queries.Objects: _objects,
    queries.DeviceList: _device_list,
    queries.HubInformation: _hub_information,
}
