"""The people of a world, and a session for one of them by a click, without a password: for a lab only."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.domain.commands import SwitchAccount
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.search import Search, SearchText
from hubsim_cloud.domain.state import Company, Person, State
from hubsim_cloud.domain.types import App, Role
from hubsim_cloud.domain.validation import normal_email
from hubsim_cloud.http.accounts import new_session
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import refused
from hubsim_cloud.http.requests import read_query
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.lab.errors import BadRequest, NotThere
from hubsim_cloud.lab.lab_route import in_path, read_sent
from hubsim_cloud.lab.list_requests import ListRequest
from hubsim_cloud.lab.world_control import WorldControl


class PeopleFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filter of the list of people."""

    search: SearchText | None = None
    """Words in name, address, and the names of the person's companies; null: all people."""


class PersonAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account of a person. All fields of the personal account are null or false."""

    account: str | None
    """The id of the company; null: the personal account."""
    company: str | None
    role: Role | None
    dealer: bool
    reseller: bool
    country: str | None
    joined: bool
    """False until an invited employee has switched to the company."""


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person, with all accounts; the personal one is first."""

    person: str
    email: str
    name: str
    accounts: tuple[PersonAccount, ...]


class PeopleView(msgspec.Struct, frozen=True, kw_only=True):
    """The people of the world in the order in which they signed up. This is one page."""

    people: tuple[PersonRow, ...]
    next_page: str | None


class SessionOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The client application, and the account for which the person acts."""

    client: App = App.PRO_DESKTOP
    company: Annotated[str, Meta(max_length=100)] | None = None
    """The id of one of the person's companies; null: the personal account."""


class OperatorSession(msgspec.Struct, frozen=True, kw_only=True):
    """A token of the operator's staff. It is shown only here."""

    token: str
    """Send it to `/v1/operator` as `Authorization: Bearer ...`. It is valid until the cloud ends, or the
    world is reset or restored."""

    def __repr__(self) -> str:
        return "OperatorSession()"


async def show_people(lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """List the people of the world with their companies and roles."""
    asked = ListRequest(request, world, PeopleFilter.__struct_fields__)
    state, search, pager = lab.engine.state, Search(asked.read(PeopleFilter).search or ""), asked.pager()

    def wanted(person: Person) -> bool:
        companies = (state.companies[name].name for name in state.memberships.get(person.id, ()))
        return search.finds(person.name, person.email, *companies)

    people = pager.of_keys(
        state.people.values(),
        lambda person: _row(state, person),
        name=lambda person: person.id,
        wanted=wanted if search else None,
    )
    return json_answer(PeopleView(people=people, next_page=asked.next_page(pager)))


async def begin_session(lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """Begin a session of a person without the password.

    The session is one like after `POST /v1/sessions`, with the same limits, but the limits on attempts to
    sign in do not apply. With a company, the person switches to it: an invited employee joins it.
    """
    read_query(request, ())
    order = await read_sent(request, SessionOrder)
    state = lab.engine.state
    email = in_path(request, "email")
    person = state.person_by_email.get(normal_email(email))
    if person is None:
        raise NotThere("no_such_person", "no person has this address: see `GET /lab/people`")
    if order.company is not None and order.company not in state.memberships.get(person, {}):
        raise BadRequest("not_a_member", "the person is not in this company: see `GET /lab/people`")
    signed_in = await world.auth.sign_in_without_password(person, order.client)
    session = signed_in.session
    if order.company is not None:
        done = await world.auth.switch(session, SwitchAccount(company=order.company))
        if not isinstance(done.outcome, Accepted):  # the company was deleted in the meantime
            await world.auth.sign_out(session)
            assert isinstance(done.outcome, Refusal)
            raise refused(done.outcome)
        session = msgspec.structs.replace(session, account=order.company)
    return json_answer(new_session(signed_in.token, session), 201)


async def begin_operator_session(_lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """Get a token of the operator's staff of this world.

    It is a new one: no request returns the operator token of the settings. A world has at most 100: one more
    ends the oldest.
    """
    read_query(request, ())
    return json_answer(OperatorSession(token=world.operator.issue()), 201)


def _row(state: State, person: Person) -> PersonRow:
    companies = (state.companies[name] for name in state.memberships.get(person.id, ()))
    personal = PersonAccount(
        account=None, company=None, role=None, dealer=False, reseller=False, country=None, joined=True
    )
    accounts = (personal, *(_account(company, person.id) for company in companies))
    return PersonRow(person=person.id, email=person.email, name=person.name, accounts=accounts)


def _account(company: Company, person: str) -> PersonAccount:
    employment = company.employees.get(person)
    return PersonAccount(
        account=company.id,
        company=company.name,
        role=Role.OWNER if employment is None else employment.role,
        dealer=company.is_dealer,
        reseller=company.reseller is not None,
        country=company.country,
        joined=employment is None or employment.joined,
    )
