"""Applies facts to the state. The state changes in no other way. Facts are not validated here.

Promises that every hub whose desired state has changed has a new, higher version and is in `dirty_hubs`.
Promises also that the same facts in the same order, with the same settings, give an equal state.
"""

from collections.abc import Callable, Iterable
from typing import Any

from hubsim_cloud.domain.apply_people import APPLY_PEOPLE
from hubsim_cloud.domain.apply_services import APPLY_SERVICES
from hubsim_cloud.domain.desired import wanted_of
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.revisions import edited
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Hub, State, Wanted

APPLY: dict[type[Happened], Callable[[State, Any], Iterable[str]]] = {**APPLY_PEOPLE, **APPLY_SERVICES}


def apply(state: State, fact: Fact, settings: CloudSettings) -> None:
    """Apply the fact to the state. Afterwards `state.position` is the number of this fact.

    The settings define which SIM cards are Ajax SIMs. The desired state of a hub depends on that.
    """
    state.position += 1
    for edited_id in edited(fact):
        state.revisions[edited_id] = state.position
    for hub_id in APPLY[type(fact)](state, fact):
        hub = state.hubs[hub_id]
        wanted = wanted_of(state, hub, settings)
        if wanted != hub.wanted or _needs_version(hub):
            _renew(state, hub, wanted)


def _needs_version(hub: Hub) -> bool:
    """Return whether the hub gets a new version although its desired state is unchanged.

    True for the first document of a hub in an object, and for a hub ahead of this cloud (rule MQ-1).
    """
    if hub.version_floor:
        return hub.version <= hub.version_floor
    return hub.version == 0 and hub.object is not None


def _renew(state: State, hub: Hub, wanted: Wanted) -> None:
    hub.wanted = wanted
    # Positions only grow, but a version that had to exceed the one of a hub may be ahead of them.
    hub.version = max(state.position, hub.version_floor + 1, hub.version + 1)
    state.dirty_hubs.add(hub.id)
