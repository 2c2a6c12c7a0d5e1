"""The product's vocabulary for the scenario language: actions, views, bench actions, faults and settings.

Most of it is derived from the records of the product, so that a scenario can use a new command, bench action
or setting without a change here.
"""

from functools import cache
from types import UnionType
from typing import Annotated, get_args, get_type_hints

import msgspec
from msgspec import Meta

from hubsim_agent.hub_events import DetectedEvent
from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.countries import countries
from hubsim_cloud.domain.facts import Fact, InvoiceIssued, MailSent
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.orders import ProfileState
from hubsim_cloud.domain.packages import Package, packages
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.types import HubRef, Screen
from hubsim_cloud.domain.views.answer import ANSWERS
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.wire.icons import IconName
from hubsim_contract.wire.messages import (
    BatteryPercent,
    Channel,
    Count,
    GenerationName,
    Profile,
    Registration,
    ServiceState,
    Signal,
    SimCard,
    SlotNumber,
)
from hubsim_contract.wire.service import SecondTile, Tile
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.vocabulary import AliasKind, FieldSpec, Vocabulary
from hubsim_scenarios.product.closed_words import FORMS, IDS, REFUSALS, word_lists
from hubsim_scenarios.product.guide import CLAUSES
from hubsim_scenarios.product.trace_events import event_specs
from hubsim_scenarios.worlds.world import Settings
from hubsim_simulator.carrier.ports import DataState
from hubsim_simulator.hardware.led import LedColour, LedPattern
from hubsim_simulator.hardware.profile import ModelProfile, load_profile, model_names

_SERVICE = {
    "service": FieldSpec(type=ServiceState, doc="Layer 3: the service of the hub."),
    "tile": FieldSpec(type=Tile, doc="The tile under the hub."),
    "second_tile": FieldSpec(type=SecondTile, doc="The warning next to the tile."),
    "star": FieldSpec(type=bool, doc="The star among the hub's status icons."),
}
_APP = {
    **_SERVICE,
    "ends_at_ms": FieldSpec(type=int | None, doc="When an expiring service ends, in ms since 1970 UTC."),
    "online": FieldSpec(type=bool, doc="Whether the hub is connected to the cloud."),
    "reported_offline": FieldSpec(type=bool, doc="Whether the company was notified that the hub is offline."),
    "lost_channels": FieldSpec(type=frozenset[Channel], doc="Channels whose loss was reported."),
    "sim_profile": FieldSpec(type=ProfileState, doc="Layer 2 in the cloud."),
    "channels": FieldSpec(type=frozenset[Channel], doc="Connected channels in the last report."),
    "icons": FieldSpec(type=tuple[IconName, ...], doc="The icon row in the last report; see Icons."),
    "armed": FieldSpec(type=bool, doc="Whether the hub is armed."),
    "events": FieldSpec(
        type=tuple[DetectedEvent, ...], doc="Kinds of the hub's newest events, oldest first."
    ),
}
_APPLIED = {
    **_SERVICE,
    "version": FieldSpec(type=Count, doc="The version of the applied desired document."),
    "sim_cut_off": FieldSpec(type=bool, doc="Whether the hub has detected that its Ajax SIM is cut off."),
    "armed": FieldSpec(type=bool, doc="Whether the hub is armed."),
}
_SHOWS = {
    **_SERVICE,
    "sim_cut_off": FieldSpec(type=bool, doc="Whether the hub shows its Ajax SIM as cut off."),
    "powered": FieldSpec(type=bool, doc="Whether the hub is running."),
    "led": FieldSpec(type=LedColour, doc="The colour of the logo."),
    "led_pattern": FieldSpec(type=LedPattern, doc="Whether the logo is steady or blinks."),
    "channels": FieldSpec(type=frozenset[Channel], doc="Connected channels."),
    "connected_by": FieldSpec(type=Channel | None, doc="The channel of the connection to the cloud."),
    "cloud_reachable": FieldSpec(type=bool, doc="Whether the hub is connected to the cloud."),
    "sim_card": FieldSpec(type=SimCard, doc="Layer 1: the summary of the cards in all slots."),
    "sims": FieldSpec(
        type=dict[SlotNumber, SimCard],
        doc="Layer 1 by slot number, such as {1: ok, 2: missing}.",
    ),
    "active_sim": FieldSpec(type=SlotNumber | None, doc="The slot in use."),
    "registration": FieldSpec(type=Registration, doc="The modem's registration (+CEREG)."),
    "registered": FieldSpec(type=bool, doc="Whether the modem is registered, at home or roaming."),
    "generation": FieldSpec(type=GenerationName | None, doc="The radio generation."),
    "signal": FieldSpec(type=Signal, doc="The cellular signal."),
    "battery_percent": FieldSpec(type=BatteryPercent, doc="The battery, in steps of 5."),
    "mains": FieldSpec(type=bool, doc="Whether the hub has external power."),
    "lid_open": FieldSpec(type=bool, doc="Whether the lid is open."),
    "icons": FieldSpec(type=tuple[IconName, ...], doc="The icon row; see Icons."),
    "link": FieldSpec(type=LinkState, doc="The state of the agent's connection."),
    "buffered_events": FieldSpec(type=Count, doc="The number of events that wait for delivery."),
    "refused_messages": FieldSpec(type=Count, doc="The number of messages that the agent has refused."),
    "old_documents": FieldSpec(type=Count, doc="The number of desired documents ignored as not newer."),
}
_CARRIER = {
    "profile": FieldSpec(type=Profile, doc="Layer 2: the profile of the card."),
    "ordered": FieldSpec(type=Profile | None, doc="The profile that a pending order will set."),
    "executed_sequence": FieldSpec(type=Count, doc="The sequence of the last executed order."),
    "suspended": FieldSpec(type=bool, doc="Whether the carrier has suspended the card by itself."),
    "data": FieldSpec(type=DataState, doc="The data that the card has left in this month."),
    "attached_hub": FieldSpec(type=HubRef | None, doc="The hub that is attached with the card: `@alias`."),
}

GROUPS = {"app": _APP, "applied": _APPLIED, "shows": _SHOWS, "carrier": _CARRIER}
"""The four snapshots of a hub, by the name of their group."""

FLAT = {
    **dict.fromkeys(_SERVICE, ("app", "applied", "shows")),
    **{name: ("shows",) for name in _SHOWS if name not in _SERVICE},
    **dict.fromkeys(("online", "reported_offline", "lost_channels", "sim_profile", "armed"), ("app",)),
}
"""The snapshots in which a field of a hub without a group is checked."""

_HUB = {
    **{
        name: FieldSpec(
            type=GROUPS[snapshots[0]][name].type,
            doc=f"{GROUPS[snapshots[0]][name].doc} Checked in: {', '.join(snapshots)}.",
        )
        for name, snapshots in FLAT.items()
    },
    "app": FieldSpec(group=_APP, doc="The hub in the device list of the app."),
    "applied": FieldSpec(group=_APPLIED, doc="The document that the hub reported as applied, over MQTT."),
    "shows": FieldSpec(group=_SHOWS, doc="The indications of the hub itself."),
    "carrier": FieldSpec(group=_CARRIER, doc="The hub's first Ajax SIM at the carrier."),
}
_WHOSE = FieldSpec(
    type=Annotated[str, Meta(extra={"alias": "person", "or_email": True})],
    selects=True,
    required=True,
    doc="The owner of the mailbox: a declared person, or an e-mail address.",
)

EXPECTATIONS: dict[str, dict[str, FieldSpec]] = {
    AliasKind.HUB.value: _HUB,
    AliasKind.SIM.value: _CARRIER,
    "mailbox": {"of": _WHOSE, "mails": FieldSpec(type=tuple[MailSent, ...], doc="The mails, oldest first.")},
    "billing": {"invoices": FieldSpec(type=tuple[InvoiceIssued, ...], doc="All invoices, oldest first.")},
    "cloud": {
        "refused_messages": FieldSpec(type=Count, doc="The number of messages that the cloud refused.")
    },
    "carrier": {
        "refused_messages": FieldSpec(type=Count, doc="The number of messages that the carrier refused.")
    },
}

MAKES = {
    "create_company": AliasKind.COMPANY,
    "create_object": AliasKind.OBJECT,
}

BECOMES = {"appoint_reseller": ("company", AliasKind.RESELLER)}


def tagged(union: UnionType) -> dict[str, type[msgspec.Struct]]:
    """Return the members of a tagged union by their tags, in the order of the union."""
    return {str(member.__struct_config__.tag): member for member in get_args(union)}


def _views() -> dict[str, type[msgspec.Struct]]:
    """Return the view of each query, from the return type of its answer."""
    views: dict[str, type[msgspec.Struct]] = {}
    for query, answer in ANSWERS.items():
        views[str(query.__struct_config__.tag)] = get_type_hints(answer)["return"]
    return views


def _slots(own_models: frozenset[ModelProfile]) -> dict[str, int]:
    """Return the number of SIM slots of each model."""
    profiles = (*map(load_profile, model_names()), *own_models)
    return {profile.name: profile.sim_slots for profile in profiles}


def vocabulary(
    own_models: frozenset[ModelProfile] = frozenset(), market: Market = DEFAULT_MARKET
) -> Vocabulary:
    """Return the vocabulary of the product. `own_models` are hub models that a user has added.

    The market has the packages that a scenario can name.
    """
    return _vocabulary(own_models, tuple(packages(market).values()))


@cache
def _vocabulary(own_models: frozenset[ModelProfile], known: tuple[Package, ...]) -> Vocabulary:
    groups = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    return Vocabulary(
        commands=tagged(Command),
        queries=tagged(Query),
        bench_actions=tagged(AnyBenchAction),
        faults=tagged(AnyFault),
        settings=groups,
        expectations=EXPECTATIONS,
        refusals=REFUSALS,
        screens=frozenset(map(str, Screen)),
        clauses=CLAUSES,
        models=frozenset(_slots(own_models)),
        countries=frozenset(countries()),
        views=_views(),
        facts=tagged(Fact),
        words=word_lists(known),
        forms=FORMS,
        ids=IDS,
        slots=_slots(own_models),
        events=event_specs(),
        makes=MAKES,
        becomes=BECOMES,
    )


def language(own_models: frozenset[ModelProfile] = frozenset(), market: Market = DEFAULT_MARKET) -> Language:
    """Return the scenario language of the product, for the models and the packages of `vocabulary`."""
    return _language(own_models, tuple(packages(market).values()))


@cache
def _language(own_models: frozenset[ModelProfile], known: tuple[Package, ...]) -> Language:
    return Language(_vocabulary(own_models, known))
