"""The closed sets of words and forms of text of the product, for fields whose types name them.

A field has `Meta(extra={"word": NAME})` or `Meta(extra={"form": NAME})`. Most of the sets come from the
records of the product.
"""

from collections.abc import Iterable, Sequence
from typing import get_args

from hubsim_agent.hub_events import DetectedEvent
from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.packages import Package
from hubsim_cloud.domain.permissions import CREATE_COMPANY, PERMISSIONS
from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.ui_texts import ALL_TEXTS
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.lab.faults import AnyFault, CarrierReason
from hubsim_contract.wire.icons import GENERATIONS, ICON_NAMES
from hubsim_contract.wire.messages import Channel
from hubsim_contract.wire.rules import FAMILIES, RULES, rules_of
from hubsim_contract.wire.topics import CARRIER_KINDS, HUB_KINDS
from hubsim_scenarios.language.vocabulary import AliasKind, TextForm, WordList
from hubsim_scenarios.product.trace_events import KINDS
from hubsim_simulator.hardware.refusals import BenchRefusal

CLOUD_UNREACHABLE = "cloud_unreachable"
"""The refusal of all requests while the cloud is stopped."""
REFUSALS = frozenset(map(str, (*RefusalName, *BenchRefusal, CLOUD_UNREACHABLE)))

_HUB_ID, _ICCID = "[0-9A-F]{8}", "89[0-9]{17,18}"
_COMPANY_ID = TextForm(what="the id of a company", pattern="company-[1-9][0-9]*", example="company-1")
IDS = {
    AliasKind.PERSON: TextForm(what="the id of a person", pattern="person-[1-9][0-9]*", example="person-1"),
    AliasKind.COMPANY: _COMPANY_ID,
    AliasKind.RESELLER: _COMPANY_ID,
    AliasKind.OBJECT: TextForm(what="the id of an object", pattern="object-[1-9][0-9]*", example="object-1"),
    AliasKind.HUB: TextForm(what="the id of a hub", pattern=_HUB_ID, example="3390F28D"),
    AliasKind.SIM: TextForm(what="the number of a card", pattern=_ICCID, example="8988300000000000001"),
}
_HUB_TOPIC = f"hubs/{_HUB_ID}/({'|'.join(sorted(HUB_KINDS))})"
_CARRIER_TOPIC = f"carrier/({'|'.join(sorted(CARRIER_KINDS))})/{_ICCID}"
_TOPIC = f".+/({_HUB_TOPIC}|{_CARRIER_TOPIC}|cloud/presence)"
FORMS = {
    "month": TextForm(
        what="a month", pattern="(19[7-9]|2[0-4][0-9])[0-9]-(0[1-9]|1[0-2])", example="2026-01"
    ),
    "email": TextForm(what="an e-mail address", pattern=r"[^@\s]+@[^@\s]+", example="olga@example.test"),
    "subscription": TextForm(
        what="a subscription", pattern="subscription-[1-9][0-9]*", example="subscription-1"
    ),
    "invoice": TextForm(what="an invoice", pattern="invoice-[1-9][0-9]*", example="invoice-1"),
    "hub_id": TextForm(what="the id of a hub", pattern=_HUB_ID, example="3390F28D"),
    "topic": TextForm(what="a topic", pattern=_TOPIC, example="hubsim/v1/hubs/3390F28D/desired"),
}


def word_lists(known: Sequence[Package]) -> dict[str, WordList]:
    """Return all sets of words by the name in types, with these packages."""
    return {
        "package": _list("a package", (package.id for package in known)),
        "package_service": _list("a service of a package", (package.service for package in known)),
        "currency": _list("a currency of a package", (package.currency for package in known)),
        "fact": _list("a fact", _tags(Fact)),
        "event": _list("a kind of event", KINDS),
        "action": _list("an action", _tags(Command)),
        "permission": _list("a permission", (CREATE_COMPANY, *PERMISSIONS)),
        "bench_action": _list("a bench action", _tags(AnyBenchAction)),
        "fault": _list("a fault", _tags(AnyFault)),
        "refusal": _list("a known refusal", sorted(REFUSALS)),
        "english_text": _list("an English text of the apps", (text.en for text in ALL_TEXTS)),
        "polish_text": _list("a Polish text of the apps", (text.pl for text in ALL_TEXTS)),
        "rule": _rules(),
        "hub_event": _list("a kind of hub event", DetectedEvent),
        "carrier_reason": _list("a reason of the carrier", ("", *CarrierReason)),
        "icon": _list("an icon", ICON_NAMES),
        "generation": _list("a radio generation", GENERATIONS),
        "link": _list("a network link", (Channel.ETHERNET, Channel.WIFI)),
    }


def _list(what: str, words: Iterable[str]) -> WordList:
    return WordList(what=what, words=tuple(dict.fromkeys(map(str, words))))


def _rules() -> WordList:
    """Return the rules of the contract, and their families as words for any rule of the family."""
    families = {family.id: tuple(rule.id for rule in rules_of(family.id)) for family in FAMILIES}
    return WordList(what="a rule of the contract", words=tuple(rule.id for rule in RULES), groups=families)


def _tags(union: object) -> list[str]:
    return [str(member.__struct_config__.tag) for member in get_args(union)]
