"""The answers of a Reseller to requests: guide R3 and R7."""

import pytest
from people_play import Play, personal

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.commands import (
    ApproveRequest,
    BaseCommand,
    RejectRequest,
    RestoreConnection,
    SendRequest,
    SuspendConnection,
)
from hubsim_cloud.domain.types import Actor, ConnectionState, EmployeeRole

NEW_ADDRESS = "newwatch@example.com"


@pytest.fixture
def play() -> Play:
    return Play()


@pytest.fixture
def olga(play: Play) -> Actor:
    return play.dealer("olga")


@pytest.fixture
def northwatch(play: Play) -> Actor:
    return play.reseller("northwatch")


def answers(dealer: Actor) -> dict[ConnectionState, list[BaseCommand]]:
    company = str(dealer.account)
    approve, suspend = ApproveRequest(dealer=company), SuspendConnection(dealer=company)
    return {
        ConnectionState.REQUESTED: [],
        ConnectionState.APPROVED: [approve],
        ConnectionState.REJECTED: [RejectRequest(dealer=company)],
        ConnectionState.SUSPENDED: [approve, suspend],
    }


# ------------------------------------------------------------------ R3: the answer


def test_r3_the_reseller_approves_and_the_dealer_gets_mail(
    play: Play, olga: Actor, northwatch: Actor
) -> None:
    play.does(olga, SendRequest(reseller=northwatch.account))

    play.does(northwatch, ApproveRequest(dealer=str(olga.account)))

    (row,) = play.sees(olga, queries.YourResellers()).resellers
    assert row.state == "approved"
    mail = play.sees(personal(olga), queries.Mailbox()).mails[0]
    assert (mail.kind, mail.company_name) == ("connection_approved", "Northwatch Security")


def test_r3_each_answer_in_the_life_of_a_connection_sends_a_mail(
    play: Play, olga: Actor, northwatch: Actor
) -> None:
    dealer = str(olga.account)
    play.does(olga, SendRequest(reseller=northwatch.account))

    for answer in (RejectRequest, ApproveRequest, SuspendConnection, RestoreConnection):
        play.does(northwatch, answer(dealer=dealer))

    kinds = [mail.kind for mail in reversed(play.sees(olga, queries.Mailbox()).mails)]
    assert kinds == [
        "connection_rejected",
        "connection_approved",
        "connection_suspended",
        "connection_restored",
    ]
    assert play.sees(olga, queries.YourResellers()).resellers[0].state == "approved"


@pytest.mark.parametrize("answer", [ApproveRequest, RejectRequest, SuspendConnection, RestoreConnection])
def test_r3_a_dealer_without_a_request_cannot_be_answered(
    play: Play, olga: Actor, northwatch: Actor, answer: type[BaseCommand]
) -> None:
    eastwatch = play.reseller("eastwatch")
    play.does(olga, SendRequest(reseller=eastwatch.account))

    refusals = {
        play.refused(northwatch, answer(dealer=str(olga.account))),
        play.refused(northwatch, answer(dealer="company-99")),
    }

    assert refusals == {"request_not_found"}


LEGAL = {
    (ConnectionState.REQUESTED, ApproveRequest),
    (ConnectionState.REQUESTED, RejectRequest),
    (ConnectionState.REJECTED, ApproveRequest),
    (ConnectionState.APPROVED, SuspendConnection),
    (ConnectionState.SUSPENDED, RestoreConnection),
}


@pytest.mark.parametrize("answer", [ApproveRequest, RejectRequest, SuspendConnection, RestoreConnection])
@pytest.mark.parametrize(
    "state", [state for state in ConnectionState if state is not ConnectionState.INVITED]
)
def test_r3_each_answer_is_possible_only_in_its_states(
    play: Play, olga: Actor, northwatch: Actor, state: ConnectionState, answer: type[BaseCommand]
) -> None:
    play.does(olga, SendRequest(reseller=northwatch.account))
    for earlier in answers(olga)[state]:
        play.does(northwatch, earlier)
    command = answer(dealer=str(olga.account))

    if (state, answer) in LEGAL:
        play.does(northwatch, command)
    else:
        assert play.refused(northwatch, command) == "request_not_found"


@pytest.mark.parametrize("answer", [ApproveRequest, RejectRequest, SuspendConnection, RestoreConnection])
def test_r3_only_a_reseller_can_answer(play: Play, olga: Actor, answer: type[BaseCommand]) -> None:
    refusal = play.refused(olga, answer(dealer=str(olga.account)))

    assert refusal == "not_a_reseller"


@pytest.mark.parametrize(
    "state", [state for state in ConnectionState if state is not ConnectionState.INVITED]
)
def test_r2_a_request_cannot_be_sent_again_in_any_state(
    play: Play, olga: Actor, northwatch: Actor, state: ConnectionState
) -> None:
    play.does(olga, SendRequest(reseller=northwatch.account))
    for answer in answers(olga)[state]:
        play.does(northwatch, answer)

    refusal = play.refused(olga, SendRequest(reseller=northwatch.account))

    assert refusal == "request_already_sent"
    (row,) = play.sees(olga, queries.YourResellers()).resellers
    assert row.state is state


# ------------------------------------------------------------------ R7: the Reseller's side


def test_r7_a_known_reseller_gets_the_request_by_mail(play: Play, olga: Actor, northwatch: Actor) -> None:
    play.does(olga, SendRequest(reseller=northwatch.account))

    (mail,) = play.state.mails["northwatch-sales@example.com"]
    assert (mail.kind, mail.company) == ("connection_request", olga.account)


@pytest.mark.parametrize("role", [EmployeeRole.SENIOR_SERVICE_MANAGER, EmployeeRole.SERVICE_MANAGER])
def test_r7_the_resellers_service_managers_approve_with_a_number_for_the_dealer(
    play: Play, olga: Actor, northwatch: Actor, role: EmployeeRole
) -> None:
    sara = play.employee(northwatch, "sara", role)
    play.does(olga, SendRequest(reseller=northwatch.account))
    waiting = play.sees(sara, queries.Requests()).requests

    play.does(sara, ApproveRequest(dealer=str(olga.account), number=" D-17 "))

    assert [(row.name, row.registration_number) for row in waiting] == [("Olga Security", "5213003700")]
    assert play.sees(sara, queries.Requests()).requests == ()
    (dealer,) = play.sees(sara, queries.YourDealers()).dealers
    assert (dealer.dealer, dealer.number, dealer.state) == (olga.account, "D-17", "approved")


def test_r7_the_number_is_optional(play: Play, olga: Actor, northwatch: Actor) -> None:
    play.does(olga, SendRequest(reseller=northwatch.account))

    play.does(northwatch, ApproveRequest(dealer=str(olga.account), number="  "))

    (dealer,) = play.sees(northwatch, queries.YourDealers()).dealers
    assert dealer.number is None


def test_r7_requests_are_listed_in_the_order_in_which_they_were_sent(
    play: Play, olga: Actor, northwatch: Actor
) -> None:
    basia = play.dealer("basia")
    play.does(olga, SendRequest(email=NEW_ADDRESS))  # makes Olga's company the first that sent a request
    play.does(basia, SendRequest(reseller=northwatch.account))
    play.does(olga, SendRequest(reseller=northwatch.account))

    rows = play.sees(northwatch, queries.Requests()).requests

    assert [row.name for row in rows] == ["Basia Security", "Olga Security"]


def test_r7_answered_requests_are_listed_under_dealers_including_rejected_ones(
    play: Play, olga: Actor, northwatch: Actor
) -> None:
    play.does(olga, SendRequest(reseller=northwatch.account))

    play.does(northwatch, RejectRequest(dealer=str(olga.account)))

    assert play.sees(northwatch, queries.Requests()).requests == ()
    assert [row.state for row in play.sees(northwatch, queries.YourDealers()).dealers] == ["rejected"]


@pytest.mark.parametrize("query", [queries.Requests(), queries.YourDealers(), queries.ResellerDashboard()])
def test_r7_only_a_reseller_has_dealers(play: Play, olga: Actor, query: queries.BaseQuery) -> None:
    refusal = play.sees_not(olga, query)

    assert refusal == "not_a_reseller"
