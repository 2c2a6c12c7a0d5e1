"""Views of objects and hubs: objects, device list, hub information screen (guide A4)."""

from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import permitted
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.lookups import hub_of, object_of
from hubsim_cloud.domain.search import Search
from hubsim_cloud.domain.types import HubRef, ObjectRef
from hubsim_cloud.domain.views.cards import (
    HubCard,
    HubInformationView,
    hub_card,
    hub_information,
    shown_service,
)
from hubsim_cloud.domain.views.view import View
from hubsim_contract.wire.messages import ServiceState


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
    objects, search = context.state.objects, Search(query.search or "")

    def row(name: str) -> ObjectRow:
        site = objects[name]
        return ObjectRow(object=site.id, name=site.name, hubs=tuple(site.hubs))

    def wanted(name: str) -> bool:
        hubs = objects[name].hubs
        return search.finds(objects[name].name, *hubs) and (
            query.service is None or any(_has_service(context, hub, query.service) for hub in hubs)
        )

    is_whole = query.service is None and not search
    rows = context.pager.of_keys(company.objects, row, name=str, wanted=None if is_whole else wanted)
    return ObjectsView(objects=rows)


def _device_list(context: DecisionContext, query: queries.DeviceList) -> DeviceListView:
    site = object_of(context.state, permitted(context, query), query.object)
    hubs, search = context.state.hubs, Search(query.search or "")

    def wanted(name: str) -> bool:
        return search.finds(name, hubs[name].model) and (
            query.service is None or _has_service(context, name, query.service)
        )

    cards = context.pager.of_keys(
        site.hubs, lambda name: hub_card(context, hubs[name]), name=str, wanted=wanted
    )
    return DeviceListView(object=site.id, name=site.name, hubs=cards)


def _has_service(context: DecisionContext, hub: str, service: ServiceState) -> bool:
    return shown_service(context, context.state.hubs[hub]) is service


def _hub_information(context: DecisionContext, query: queries.HubInformation) -> HubInformationView:
    return hub_information(context, hub_of(context.state, permitted(context, query), query.hub))


ANSWERS: dict[type[queries.BaseQuery], Callable[[DecisionContext, Any], View]] = {
    queries.Objects: _objects,
    queries.DeviceList: _device_list,
    queries.HubInformation: _hub_information,
}
