"""A small vocabulary, and a scenario head that uses each of its parts."""

from enum import StrEnum
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from hubsim_contract.lab import bench_actions
from hubsim_contract.wire.messages import Channel, SimCard
from hubsim_contract.wire.service import Tile
from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.language.vocabulary import AliasKind, FieldSpec, TextForm, Vocabulary, WordList

HubRef = Annotated[str, Meta(extra={"alias": "hub"})]
CompanyRef = Annotated[str, Meta(extra={"alias": "company"})]


class CreateCompany(msgspec.Struct, frozen=True):
    """Register a company (guide C1). More words follow."""

    name: str
    country: Annotated[str, Meta(extra={"word": "country"})]


class Activate(msgspec.Struct, frozen=True):
    """Activate the services of a hub."""

    hub: HubRef
    reseller: Annotated[str | None, Meta(extra={"alias": "reseller"})] = None
    package: str | None = None


class ConfigureHub(msgspec.Struct, frozen=True):
    """Set a hub's configuration."""

    hub: HubRef
    ping_s: int | None = None
    bell: bool | None = None
    volume: Annotated[int, Meta(ge=0, le=10)] = 5


class SwitchAccount(msgspec.Struct, frozen=True):
    """Act for a company from now on."""

    company: CompanyRef | None = None


class YourResellers(msgspec.Struct, frozen=True):
    """The Dealer's connections."""


class DeviceList(msgspec.Struct, frozen=True):
    """The hubs of an object."""

    object: Annotated[str, Meta(extra={"alias": "object"})]


class Drop(msgspec.Struct, frozen=True):
    """Lose the next messages of a kind."""

    kind: Literal["desired", "reported"]
    times: int = 1


class Delay(msgspec.Struct, frozen=True):
    """Delay messages of these hubs."""

    by_ms: int
    hubs: tuple[HubRef, ...] = ()


class Reject(StrEnum):
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


class CarrierSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Values without a public source."""

    activation_ms: int = 60_000
    reject: Reject = Reject.TEMPORARY
    retries: int = 5


HUB_FIELDS = {
    "tile": FieldSpec(type=Tile, doc="The tile under the hub."),
    "star": FieldSpec(type=bool),
    "channels": FieldSpec(type=frozenset[Channel]),
    "icons": FieldSpec(type=tuple[str, ...]),
    "sim_card": FieldSpec(type=SimCard),
    "ends_at_ms": FieldSpec(type=int | None),
    "active_sim": FieldSpec(type=int | None),
    "company": FieldSpec(type=CompanyRef),
    "app": FieldSpec(group={"tile": FieldSpec(type=Tile), "star": FieldSpec(type=bool)}),
}

VOCABULARY = Vocabulary(
    commands={
        "create_company": CreateCompany,
        "activate": Activate,
        "configure_hub": ConfigureHub,
        "switch_account": SwitchAccount,
    },
    queries={"your_resellers": YourResellers, "device_list": DeviceList},
    bench_actions={action.__struct_config__.tag: action for action in get_args(bench_actions.AnyBenchAction)},
    faults={"drop": Drop, "delay": Delay},
    settings={"carrier": CarrierSettings},
    expectations={
        "hub": HUB_FIELDS,
        "sim": {"profile": FieldSpec(type=Literal["active", "inactive"])},
        "mailbox": {
            "of": FieldSpec(
                type=Annotated[str, Meta(extra={"alias": "person", "or_email": True})],
                selects=True,
                required=True,
            ),
            "mails": FieldSpec(type=tuple[str, ...]),
        },
    },
    refusals=frozenset({"sim_not_installed", "not_permitted", "already_active"}),
    screens=frozenset({"services_activated", "services_will_expire_soon"}),
    clauses={"A1": "Who can activate.", "S4": "The 1st."},
    models=frozenset({"hub-2-plus", "hub-4g"}),
    countries=frozenset({"PL", "NO", "US"}),
    words={"link": WordList(what="a network link", words=("ethernet", "wifi"))},
    forms={"hub_id": TextForm(what="the id of a hub", pattern="[0-9A-F]{8}", example="3390F28D")},
    slots={"hub-2-plus": 2, "hub-4g": 1},
    makes={"create_company": AliasKind.COMPANY},
)
LANGUAGE = Language(VOCABULARY)

HEAD = """\
scenario: A small one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: 'NO', dealers: {wolf: approved}}}
  sims: {a1: ajax, o1: ordinary}
  hubs:
    front-door: {model: hub-2-plus, company: wolf, object: villa, links: [ethernet], slots: {1: a1, 2: empty}}
steps:
"""
FIRST_STEP_LINE = HEAD.count("\n") + 1


def read(text: str | bytes) -> Scenario | tuple[ScenarioError, ...]:
    return LANGUAGE.read("x.yaml", text)


def scenario(text: str) -> Scenario:
    """Return the scenario in a text without mistakes."""
    found = read(text)
    assert isinstance(found, Scenario), "\n".join(map(str, found))
    return found


def mistakes(text: str | bytes) -> list[str]:
    """Return the mistakes in a text, as printed."""
    found = read(text)
    assert not isinstance(found, Scenario), "no mistake was found"
    return [str(error) for error in found]


def steps(*lines: str) -> tuple[AnyStep, ...]:
    return scenario(HEAD + "".join(f"  - {line}\n" for line in lines)).steps


def step(line: str) -> AnyStep:
    return steps(line)[0]


def step_mistakes(*lines: str) -> list[str]:
    """Return the mistakes in steps; in `line:column` the line of the first step is 1."""
    found = read(HEAD + "".join(f"  - {line}\n" for line in lines))
    assert not isinstance(found, Scenario), "no mistake was found"
    return [
        f"{error.line - FIRST_STEP_LINE + 1}:{error.column}: {error.text}"
        + (f"; {error.hint}" if error.hint else "")
        for error in found
    ]
