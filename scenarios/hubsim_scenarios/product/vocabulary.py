"""The product's words for the scenario language: actions, views, hands, faults, settings, expectations.

Everything is read off the records that carry the behaviour, so that a new command, hand or setting can
be used in a scenario without a line here.
"""

from functools import cache
from types import UnionType
from typing import Annotated, get_args, get_type_hints

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.countries import countries
from hubsim_cloud.domain.facts import Fact, InvoiceIssued, MailSent
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.types import Screen
from hubsim_cloud.domain.views.answer import ANSWERS
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.wire.messages import Channel, Profile, Registration, ServiceState, Signal, SimCard
from hubsim_contract.wire.service import SecondTile, Tile
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.vocabulary import AliasKind, FieldSpec, Vocabulary
from hubsim_scenarios.product.guide import CLAUSES
from hubsim_scenarios.worlds.world import Settings
from hubsim_simulator.hardware.led import LedColour, LedPattern
from hubsim_simulator.hardware.profile import model_names
from hubsim_simulator.hardware.refusals import BenchRefusal

CLOUD_UNREACHABLE = "cloud_unreachable"
"""What a person gets to hear while the cloud is stopped."""

_SERVICE = {
    "service": FieldSpec(type=ServiceState, doc="Layer 3: the service of the hub."),
    "tile": FieldSpec(type=Tile, doc="The tile under the hub."),
    "second_tile": FieldSpec(type=SecondTile, doc="The warning beside the tile."),
    "star": FieldSpec(type=bool, doc="The star among the hub's status icons."),
}
_APP = {
    **_SERVICE,
    "ends_at_ms": FieldSpec(type=int | None, doc="When an expiring service ends, in ms since 1970 UTC."),
    "online": FieldSpec(type=bool, doc="Whether the hub is connected to the cloud."),
    "reported_offline": FieldSpec(type=bool, doc="Whether the company was told that the hub is offline."),
    "lost_channels": FieldSpec(type=frozenset[Channel], doc="Channels whose loss was told."),
    "sim_profile": FieldSpec(type=str, doc="Layer 2 as the cloud knows it: none, inactive, activating, ..."),
    "channels": FieldSpec(type=frozenset[Channel], doc="Connected channels as last reported."),
    "icons": FieldSpec(type=tuple[str, ...], doc="The icon row from the last report; see Icons."),
    "armed": FieldSpec(type=bool, doc="Whether the hub is armed."),
    "events": FieldSpec(type=tuple[str, ...], doc="Kinds of the hub's newest events, oldest first."),
}
_APPLIED = {
    **_SERVICE,
    "version": FieldSpec(type=int, doc="The version of the desired document that was applied."),
    "sim_cut_off": FieldSpec(type=bool, doc="Whether the hub knows that its Ajax SIM is cut off."),
    "armed": FieldSpec(type=bool, doc="Whether the hub is armed."),
}
_SHOWS = {
    **_SERVICE,
    "sim_cut_off": FieldSpec(type=bool, doc="Whether the hub shows its Ajax SIM as cut off."),
    "powered": FieldSpec(type=bool, doc="Whether the hub runs."),
    "led": FieldSpec(type=LedColour, doc="The colour of the logo."),
    "led_pattern": FieldSpec(type=LedPattern, doc="Whether the logo is steady or blinks."),
    "channels": FieldSpec(type=frozenset[Channel], doc="Connected channels."),
    "connected_by": FieldSpec(type=Channel | None, doc="The channel that carries the connection."),
    "cloud_reachable": FieldSpec(type=bool, doc="Whether the hub is connected to the cloud."),
    "sim_card": FieldSpec(type=SimCard, doc="Layer 1: the cards in the slots, summed up."),
    "sims": FieldSpec(type=dict[str, SimCard], doc="Layer 1 by slot number, such as {1: ok, 2: missing}."),
    "active_sim": FieldSpec(type=int | None, doc="The slot in use."),
    "registration": FieldSpec(type=Registration, doc="The modem's registration (+CEREG)."),
    "registered": FieldSpec(type=bool, doc="Registered at home or as a guest."),
    "generation": FieldSpec(type=str | None, doc="The radio generation: 2G, 3G, 4G."),
    "signal": FieldSpec(type=Signal, doc="The cellular signal."),
    "battery_percent": FieldSpec(type=int, doc="The battery, in steps of 5."),
    "mains": FieldSpec(type=bool, doc="External power."),
    "lid_open": FieldSpec(type=bool, doc="Whether the lid is open."),
    "icons": FieldSpec(type=tuple[str, ...], doc="The icon row; see Icons."),
    "link": FieldSpec(type=str, doc="Where the agent's connection stands."),
    "buffered_events": FieldSpec(type=int, doc="Events that wait for delivery."),
    "refused_messages": FieldSpec(type=int, doc="Messages that the agent refused since it started."),
    "old_documents": FieldSpec(type=int, doc="Desired documents ignored since it started: not newer."),
}
_CARRIER = {
    "profile": FieldSpec(type=Profile, doc="Layer 2: the profile of the card."),
    "ordered": FieldSpec(type=Profile | None, doc="The profile that an order waits to set."),
    "executed_sequence": FieldSpec(type=int, doc="The sequence of the last executed order."),
    "attached_hub": FieldSpec(type=str | None, doc="The hub that is attached with the card; `@alias`."),
}

GROUPS = {"app": _APP, "applied": _APPLIED, "shows": _SHOWS, "carrier": _CARRIER}
"""The four looks at a hub, by the name of their group."""

FLAT = {
    **dict.fromkeys(_SERVICE, ("app", "applied", "shows")),
    **{name: ("shows",) for name in _SHOWS if name not in _SERVICE},
    **dict.fromkeys(("online", "reported_offline", "lost_channels", "sim_profile", "armed"), ("app",)),
}
"""A field of a hub without a group is checked in every one of these looks."""

_HUB = {
    **{
        name: FieldSpec(
            type=GROUPS[looks[0]][name].type,
            doc=f"{GROUPS[looks[0]][name].doc} Checked in: {', '.join(looks)}.",
        )
        for name, looks in FLAT.items()
    },
    "app": FieldSpec(group=_APP, doc="What the app shows, in the device list."),
    "applied": FieldSpec(group=_APPLIED, doc="What the hub reported as applied, over MQTT."),
    "shows": FieldSpec(group=_SHOWS, doc="What the hub itself shows."),
    "carrier": FieldSpec(group=_CARRIER, doc="What the carrier holds for the hub's (first) Ajax SIM."),
}
_WHOSE = FieldSpec(
    type=Annotated[str, Meta(extra={"alias": "person", "or_email": True})],
    selects=True,
    required=True,
    doc="Whose mailbox: a declared person's, or that of an address.",
)

EXPECTATIONS: dict[str, dict[str, FieldSpec]] = {
    AliasKind.HUB.value: _HUB,
    AliasKind.SIM.value: _CARRIER,
    "mailbox": {"of": _WHOSE, "mails": FieldSpec(type=tuple[MailSent, ...], doc="The mails, oldest first.")},
    "billing": {"invoices": FieldSpec(type=tuple[InvoiceIssued, ...], doc="All invoices, oldest first.")},
    "cloud": {"refused_messages": FieldSpec(type=int, doc="Messages that the cloud refused.")},
    "carrier": {"refused_messages": FieldSpec(type=int, doc="Messages that the carrier refused.")},
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
    """Return the view that answers each query, as its answer says."""
    views: dict[str, type[msgspec.Struct]] = {}
    for query, answer in ANSWERS.items():
        views[str(query.__struct_config__.tag)] = get_type_hints(answer)["return"]
    return views


@cache
def vocabulary(own_models: frozenset[str] = frozenset()) -> Vocabulary:
    """Return the words of the product, and the names of hub models that a user has added."""
    groups = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    return Vocabulary(
        commands=tagged(Command),
        queries=tagged(Query),
        bench_actions=tagged(AnyBenchAction),
        faults=tagged(AnyFault),
        settings=groups,
        expectations=EXPECTATIONS,
        refusals=frozenset(map(str, (*RefusalName, *BenchRefusal, CLOUD_UNREACHABLE))),
        screens=frozenset(map(str, Screen)),
        clauses=CLAUSES,
        models=own_models.union(model_names()),
        countries=frozenset(countries()),
        views=_views(),
        facts=tagged(Fact),
        makes=MAKES,
        becomes=BECOMES,
    )


@cache
def language(own_models: frozenset[str] = frozenset()) -> Language:
    """Return the scenario language of the product, which knows these further hub models."""
    return Language(vocabulary(own_models))
