"""Money concerns the invoiced Reseller and the operator alone (guide A6)."""

import re
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
import pytest
from people_play import acting, in_app
from service_play import HUB, ServicePlay, instant

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import may
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.money import carries_money, is_amount, without_money
from hubsim_cloud.domain.permissions import FINANCIAL
from hubsim_cloud.domain.projection import Projection
from hubsim_cloud.domain.queries import BaseQuery, Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings, DesktopBuilds, ServiceManagerRights
from hubsim_cloud.domain.types import OPERATOR, Actor, App, Cents, EmployeeRole, Role, ServiceAction
from hubsim_cloud.domain.views.answer import ANSWERS, answer
from hubsim_cloud.domain.visibility import SHOWN, FactParty, audience, visible_by

FACTS: tuple[type[Happened], ...] = get_args(Fact)
QUERIES: tuple[type[BaseQuery], ...] = get_args(Query)
FUTURE = CloudSettings(service_manager_rights=ServiceManagerRights.FUTURE)
SOUNDS_LIKE_MONEY = re.compile(r"cents|fee|price|amount|total|cost|paid|charge|invoice_value")


def view_of(query: type[BaseQuery]) -> Any:
    return get_type_hints(ANSWERS[query])["return"]


def records(kind: Any, found: set[type]) -> set[type]:
    """Return the records in a type, at any depth."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind not in found:
            found.add(kind)
            for hint in get_type_hints(kind, include_extras=True).values():
                records(hint, found)
    else:
        for part in get_args(kind):
            records(part, found)
    return found


ALL_RECORDS = sorted(
    {record for kind in (*FACTS, *map(view_of, QUERIES)) for record in records(kind, set())},
    key=lambda record: record.__name__,
)


@pytest.mark.parametrize("record", ALL_RECORDS, ids=lambda record: record.__name__)
def test_every_field_that_sounds_like_money_is_marked_as_an_amount(record: type) -> None:
    hints = get_type_hints(record, include_extras=True)

    unmarked = [
        name for name, hint in hints.items() if SOUNDS_LIKE_MONEY.search(name) and not is_amount(hint)
    ]

    assert unmarked == []


@pytest.mark.parametrize(
    "fact", [fact for fact in FACTS if carries_money(fact)], ids=lambda fact: fact.__name__
)
def test_a_fact_with_an_amount_names_its_reseller_and_is_shown_to_it_alone(fact: type[Happened]) -> None:
    assert "reseller" in fact.__struct_fields__
    assert [(row.to, row.by) for row in SHOWN[fact]] == [(FactParty.RESELLER, FINANCIAL)]


def test_only_the_pages_of_the_reseller_and_the_operator_have_amounts() -> None:
    with_money = {query for query in QUERIES if carries_money(view_of(query))}

    assert with_money == {queries.ResellerDashboard, queries.PaymentHistory, queries.Invoices}


def test_an_invoice_is_in_the_audience_of_its_reseller_only() -> None:
    play = invoiced()
    (invoice,) = play.state.invoices

    assert set(audience(projected(play), invoice)) == {invoice.reseller}


def test_no_person_of_the_dealer_sees_an_amount_anywhere() -> None:
    play = invoiced()
    olga = acting(Actor(person="person-1"), "company-1")
    people = [olga, in_app(olga, App.PRO_APP)]
    for name, role in (
        ("mila", "service_manager"),
        ("petr", "senior_service_manager"),
        ("ivan", "installer"),
    ):
        employee = play.employee(olga, name, EmployeeRole(role))
        people += [employee, in_app(employee, App.PRO_APP)]

    answers = [(person, query, play.looks(person, query)) for person in people for query in every_query()]

    views = [view for _, _, view in answers if not isinstance(view, Refusal)]
    assert len(views) > len(people)
    for person, query, view in answers:
        text = msgspec.json.encode(view).decode()
        assert "cents" not in text, (person, query)
        assert "invoice_issued" not in text, (person, query)


def test_the_operator_and_the_reseller_see_the_invoice() -> None:
    play = invoiced()

    all_invoices = play.sees(OPERATOR, queries.Invoices())
    own = play.sees(acting(Actor(person="person-2"), "company-2"), queries.PaymentHistory())

    assert [(row.reseller_name, row.total_cents) for row in all_invoices.invoices] == [  # type: ignore[attr-defined]
        ("Northwatch Security", 500)
    ]
    assert [row.total_cents for row in own.invoices] == [500]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("role", "settings", "fee"),
    [
        (EmployeeRole.SERVICE_MANAGER, CloudSettings(), 500),
        (EmployeeRole.SENIOR_SERVICE_MANAGER, CloudSettings(), 500),
        (EmployeeRole.SERVICE_MANAGER, FUTURE, None),
        (EmployeeRole.SENIOR_SERVICE_MANAGER, FUTURE, 500),
    ],
)
def test_a_service_manager_without_financial_rights_sees_the_dashboard_without_fees_e8(
    role: EmployeeRole, settings: CloudSettings, fee: int | None
) -> None:
    play = invoiced()
    person = play.employee(acting(Actor(person="person-2"), "company-2"), "petr", role)

    view: Any = answer(play.state, person, queries.ResellerDashboard(), play.now_ms, settings)

    assert (view.accounts_with_active_services, view.packages[0].fee_cents) == (1, fee)
    assert may(play.state, person, Role(role.value), FINANCIAL, settings) is (fee is not None)


@pytest.mark.parametrize(
    ("role", "settings", "shown"),
    [
        (Role.OWNER, FUTURE, True),
        (Role.SENIOR_SERVICE_MANAGER, FUTURE, True),
        (Role.SERVICE_MANAGER, FUTURE, False),
        (Role.SERVICE_MANAGER, CloudSettings(), True),
        (Role.INSTALLER, CloudSettings(), False),
        (Role.OWNER, CloudSettings(desktop_builds=DesktopBuilds.BY_MAIL), True),
        (Role.SENIOR_SERVICE_MANAGER, CloudSettings(desktop_builds=DesktopBuilds.BY_MAIL), False),
    ],
)
def test_an_event_stream_shows_an_invoice_to_those_who_could_query_it(
    role: Role, settings: CloudSettings, shown: bool
) -> None:
    play = invoiced()
    rita = acting(Actor(person="person-2"), "company-2")
    invoice = play.state.invoices[0]

    rule = visible_by(audience(projected(play), invoice)["company-2"], play.state, rita, role, settings)

    # An owner also reads the invoice in the history of the company, which any build has.
    assert (rule is not None) is shown


class Priced(msgspec.Struct, frozen=True):
    name: str
    fee_cents: Cents | None


class Basket(msgspec.Struct, frozen=True):
    rows: tuple[Priced, ...]
    best: Priced | None
    count: Annotated[int, msgspec.Meta(ge=0)]


def test_amounts_are_removed_at_any_depth_and_nothing_else() -> None:
    basket = Basket((Priced("a", 1), Priced("b", 2)), None, 2)

    assert carries_money(Basket)
    assert without_money(basket) == Basket((Priced("a", None), Priced("b", None)), None, 2)


def invoiced() -> ServicePlay:
    """Return a play in which a Dealer has running services and its Reseller one invoice."""
    play = ServicePlay()
    play.active()
    play.passes_to(instant("2026-02-01 00:00"))
    return play


def projected(play: ServicePlay) -> Projection:
    """Return the projection of the whole log."""
    projection = Projection()
    for fact in play.log:
        projection.apply(fact)  # type: ignore[arg-type]  # one of Fact
    return projection


def every_query() -> list[BaseQuery]:
    values = {
        "hub": HUB,
        "object": "object-1",
        "country": "PL",
        "company": "company-1",
        "action": ServiceAction.STOP_NOW,
    }
    return [
        query(**{field.name: values[field.name] for field in msgspec.structs.fields(query) if field.required})
        for query in QUERIES
    ]
