"""Dealers find Resellers and send them requests: guide R1, R2, R4, R5."""

import pytest
from people_play import Play

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.commands import AppointReseller, ApproveRequest, DeleteCompany, SendRequest
from hubsim_cloud.domain.types import OPERATOR, Actor

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


# ------------------------------------------------------------------ R1: Resellers


def test_r1_the_operator_appoints_a_reseller(play: Play) -> None:
    northwatch = play.owner("northwatch")
    before = play.sees_not(northwatch, queries.Requests())

    play.does(
        OPERATOR, AppointReseller(company=str(northwatch.account), email="Sales@Northwatch.example.com")
    )

    assert before == "not_a_reseller"
    assert play.sees(northwatch, queries.Requests()).requests == ()
    assert "services" in play.sees(northwatch, queries.Navigation()).tabs


def test_r1_only_the_operator_appoints_resellers(play: Play, olga: Actor) -> None:
    refusal = play.refused(olga, AppointReseller(company=str(olga.account), email=NEW_ADDRESS))

    assert refusal == "not_permitted"


def test_r1_a_reseller_is_an_existing_company_with_a_unique_address_appointed_once(
    play: Play, northwatch: Actor, olga: Actor
) -> None:
    gone = play.owner("gone")
    play.does(gone, DeleteCompany())

    refusals = [
        play.refused(OPERATOR, AppointReseller(company="company-99", email=NEW_ADDRESS)),
        play.refused(OPERATOR, AppointReseller(company=str(gone.account), email=NEW_ADDRESS)),
        play.refused(OPERATOR, AppointReseller(company=str(northwatch.account), email=NEW_ADDRESS)),
        play.refused(OPERATOR, AppointReseller(company=str(olga.account), email="sales")),
        play.refused(
            OPERATOR, AppointReseller(company=str(olga.account), email="Northwatch-sales@example.com")
        ),
    ]

    assert refusals == [
        "company_not_found",
        "company_not_found",
        "already_a_reseller",
        "invalid_email",
        "email_taken",
    ]


# ------------------------------------------------------------------ R2: once for each


def test_r2_a_dealer_sends_each_reseller_one_request(play: Play, olga: Actor, northwatch: Actor) -> None:
    eastwatch = play.reseller("eastwatch")
    play.does(olga, SendRequest(reseller=northwatch.account))

    refusals = {
        play.refused(olga, SendRequest(reseller=northwatch.account)),
        play.refused(olga, SendRequest(email="NORTHWATCH-sales@example.com")),
    }

    assert refusals == {"request_already_sent"}
    play.does(olga, SendRequest(reseller=eastwatch.account))


def test_r2_an_address_is_invited_once_even_after_it_belongs_to_a_reseller(play: Play, olga: Actor) -> None:
    play.does(olga, SendRequest(email=NEW_ADDRESS))
    first = play.refused(olga, SendRequest(email="NewWatch@example.com"))
    newwatch = play.owner("newwatch-owner")
    play.does(OPERATOR, AppointReseller(company=str(newwatch.account), email=NEW_ADDRESS))

    refusals = {
        first,
        play.refused(olga, SendRequest(email=NEW_ADDRESS)),
        play.refused(olga, SendRequest(reseller=newwatch.account)),
    }

    assert refusals == {"request_already_sent"}


def test_r2_a_request_names_a_reseller_or_an_address_and_not_both(
    play: Play, olga: Actor, northwatch: Actor
) -> None:
    refusals = {
        play.refused(olga, SendRequest()),
        play.refused(olga, SendRequest(reseller=northwatch.account, email=NEW_ADDRESS)),
        play.refused(olga, SendRequest(email=" ")),
    }

    assert refusals == {"information_missing"}


def test_r2_a_company_that_is_not_a_reseller_cannot_get_a_request(play: Play, olga: Actor) -> None:
    basia = play.dealer("basia")

    refusals = {
        play.refused(olga, SendRequest(reseller=basia.account)),
        play.refused(olga, SendRequest(reseller="company-99")),
    }

    assert refusals == {"reseller_not_found"}
    assert play.refused(olga, SendRequest(email="sales")) == "invalid_email"


def test_r2_a_company_that_is_both_does_not_connect_to_itself(play: Play, olga: Actor) -> None:
    play.does(OPERATOR, AppointReseller(company=str(olga.account), email=NEW_ADDRESS))

    refusals = {
        play.refused(olga, SendRequest(reseller=olga.account)),
        play.refused(olga, SendRequest(email=NEW_ADDRESS)),
    }

    assert refusals == {"reseller_not_found"}


# ------------------------------------------------------------------ R4, R5: finding and inviting


def test_r4_the_directory_shows_the_listed_resellers_of_the_country(play: Play, olga: Actor) -> None:
    northwatch = play.reseller("northwatch")
    play.reseller("hidden", listed=False)
    play.reseller("abroad", country="DE")
    play.does(OPERATOR, AppointReseller(company=str(olga.account), email="olga-sales@example.com"))

    rows = play.sees(olga, queries.ResellerDirectory(country=" pl ")).resellers

    assert [(row.reseller, row.name, row.country, row.email) for row in rows] == [
        (northwatch.account, "Northwatch Security", "PL", "northwatch-sales@example.com")
    ]


def test_r4_the_directory_of_an_unknown_country_is_refused(play: Play, olga: Actor) -> None:
    refusal = play.sees_not(olga, queries.ResellerDirectory(country="Narnia"))

    assert refusal == "unknown_country"


@pytest.mark.parametrize(
    "query",
    [
        queries.ResellerDirectory(country="PL"),
        queries.ResellerDetails(email=NEW_ADDRESS),
        queries.YourResellers(),
    ],
)
def test_r4_only_a_dealer_can_search_for_resellers(play: Play, query: queries.BaseQuery) -> None:
    basia = play.owner("basia")

    refusal = play.sees_not(basia, query)

    assert refusal == "not_a_dealer"


def test_r4_an_unlisted_reseller_gets_a_request_by_its_address(play: Play, olga: Actor) -> None:
    hidden = play.reseller("hidden", listed=False)

    play.does(olga, SendRequest(email="hidden-sales@example.com"))

    (row,) = play.sees(hidden, queries.Requests()).requests
    assert (row.dealer, row.state) == (olga.account, "requested")


def test_r4_an_unlisted_reseller_is_not_found_by_its_id_before_the_request(play: Play, olga: Actor) -> None:
    hidden = play.reseller("hidden", listed=False)
    by_id = SendRequest(reseller=hidden.account)
    details = queries.ResellerDetails(reseller=hidden.account)

    refusals = [play.refused(olga, by_id), play.sees_not(olga, details)]

    assert refusals == ["reseller_not_found", "reseller_not_found"]
    play.does(olga, SendRequest(email="hidden-sales@example.com"))
    assert play.refused(olga, by_id) == "request_already_sent"
    assert play.sees(olga, details).state == "requested"


def test_r4_an_unknown_address_is_invited_by_mail(play: Play, olga: Actor) -> None:
    play.does(olga, SendRequest(email=NEW_ADDRESS))

    (row,) = play.sees(olga, queries.YourResellers()).resellers
    assert (row.reseller, row.name, row.email, row.state) == (None, None, NEW_ADDRESS, "invited")
    (mail,) = play.state.mails[NEW_ADDRESS]
    assert (mail.kind, mail.company) == ("reseller_invitation", olga.account)


def test_r4_mail_is_kept_for_an_account_that_is_created_later(play: Play, olga: Actor) -> None:
    play.does(olga, SendRequest(email=NEW_ADDRESS))

    newwatch = play.person("newwatch")

    assert [mail.kind for mail in play.sees(newwatch, queries.Mailbox()).mails] == ["reseller_invitation"]


def test_r4_a_new_reseller_gets_the_requests_sent_to_its_address(play: Play, olga: Actor) -> None:
    basia = play.dealer("basia")
    play.does(olga, SendRequest(email=NEW_ADDRESS))
    play.does(basia, SendRequest(email=NEW_ADDRESS))
    newwatch = play.owner("newwatch-owner")

    play.does(OPERATOR, AppointReseller(company=str(newwatch.account), email=NEW_ADDRESS))

    rows = play.sees(newwatch, queries.Requests()).requests
    assert [(row.dealer, row.state) for row in rows] == [
        (olga.account, "requested"),
        (basia.account, "requested"),
    ]
    (mine,) = play.sees(olga, queries.YourResellers()).resellers
    assert (mine.reseller, mine.state) == (newwatch.account, "requested")
    play.does(newwatch, ApproveRequest(dealer=str(olga.account)))


def test_r4_a_dealer_that_gets_the_invited_address_is_not_its_own_reseller(play: Play, olga: Actor) -> None:
    play.does(olga, SendRequest(email=NEW_ADDRESS))

    play.does(OPERATOR, AppointReseller(company=str(olga.account), email=NEW_ADDRESS))

    assert play.sees(olga, queries.Requests()).requests == ()
    assert play.sees(olga, queries.YourResellers()).resellers[0].state == "invited"


def test_r5_the_details_of_a_found_reseller_are_shown_first(
    play: Play, olga: Actor, northwatch: Actor
) -> None:
    by_id = play.sees(olga, queries.ResellerDetails(reseller=northwatch.account))

    by_email = play.sees(olga, queries.ResellerDetails(email="northwatch-sales@example.com"))

    assert by_id == by_email
    assert (by_id.name, by_id.country, by_id.state) == ("Northwatch Security", "PL", None)


def test_r5_the_details_of_an_invited_address_have_only_the_address(play: Play, olga: Actor) -> None:
    details = play.sees(olga, queries.ResellerDetails(email=" NewWatch@example.com "))

    assert (details.reseller, details.name, details.email) == (None, None, NEW_ADDRESS)


def test_r5_the_details_show_that_a_request_was_sent(play: Play, olga: Actor, northwatch: Actor) -> None:
    play.does(olga, SendRequest(reseller=northwatch.account))

    details = play.sees(olga, queries.ResellerDetails(reseller=northwatch.account))

    assert details.state == "requested"


def test_r5_details_have_the_same_refusals_as_the_request(play: Play, olga: Actor) -> None:
    refusals = [
        play.sees_not(olga, queries.ResellerDetails()),
        play.sees_not(olga, queries.ResellerDetails(reseller=olga.account)),
        play.sees_not(olga, queries.ResellerDetails(email="sales")),
    ]

    assert refusals == ["information_missing", "reseller_not_found", "invalid_email"]


def test_r5_the_newest_request_is_first_in_the_list(play: Play, olga: Actor, northwatch: Actor) -> None:
    eastwatch = play.reseller("eastwatch")
    play.does(olga, SendRequest(reseller=eastwatch.account))
    play.does(olga, SendRequest(email=NEW_ADDRESS))
    play.does(olga, SendRequest(reseller=northwatch.account))
    play.does(OPERATOR, AppointReseller(company=str(play.owner("late").account), email=NEW_ADDRESS))

    rows = play.sees(olga, queries.YourResellers()).resellers

    assert [row.name for row in rows] == ["Northwatch Security", "Late Security", "Eastwatch Security"]
