"""Accounts, companies, becoming a Dealer: guide C, D, X4."""

import pytest
from people_play import NOBODY, SETTINGS, Play, acting, in_app, personal

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.commands import (
    AppointReseller,
    ChangeOwner,
    CreateCompany,
    CreateObject,
    DeleteCompany,
    EnrollAsDealer,
    SendRequest,
    SetBillingZone,
    SignUp,
    StopNow,
    SwitchAccount,
)
from hubsim_cloud.domain.decide import decide
from hubsim_cloud.domain.facts import CompanyDeleted, ObjectDeleted, ServiceStopped
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import OPERATOR, Actor, App, EmployeeRole


@pytest.fixture
def play() -> Play:
    return Play()


# ------------------------------------------------------------------ signing up


def test_anybody_makes_a_personal_account(play: Play) -> None:
    result = play.does(NOBODY, SignUp(email="  Olga@Example.COM ", name=" Olga "))

    person = play.state.people[result["person"]]
    assert (person.email, person.name) == ("olga@example.com", "Olga")


def test_somebody_who_is_signed_in_can_make_another_account(play: Play) -> None:
    olga = play.person("olga")

    result = play.does(olga, SignUp(email="second@example.com", name="Olga"))

    assert result["person"] != olga.person
    assert play.log[-1].by == olga.person


def test_an_address_has_one_account_whatever_its_case(play: Play) -> None:
    play.person("olga")

    refusal = play.refused(NOBODY, SignUp(email="OLGA@example.com", name="Other"))

    assert refusal == "email_taken"


@pytest.mark.parametrize(
    "email",
    [
        "olga",
        "@example.com",
        "olga@",
        "olga@example",
        "a b@example.com",
        "a@b@example.com",
        "a@.com",
        "a@b..c",
    ],
)
def test_what_is_no_address_is_refused(play: Play, email: str) -> None:
    refusal = play.refused(NOBODY, SignUp(email=email, name="Olga"))

    assert refusal == "invalid_email"


def test_an_address_may_have_254_characters_and_no_more(play: Play) -> None:
    longest = "a" * (254 - len("@example.com")) + "@example.com"

    refusal = play.refused(NOBODY, SignUp(email="a" + longest, name="Olga"))

    assert refusal == "invalid_email"
    play.does(NOBODY, SignUp(email=longest, name="Olga"))


@pytest.mark.parametrize(("email", "name"), [("", "Olga"), ("olga@example.com", "  ")])
def test_an_account_needs_a_name_and_an_address(play: Play, email: str, name: str) -> None:
    refusal = play.refused(NOBODY, SignUp(email=email, name=name))

    assert refusal == "information_missing"


# ------------------------------------------------------------------ C: the company


def test_c1_a_person_registers_a_company_in_pro_desktop(play: Play) -> None:
    olga = play.person("olga")

    result = play.does(olga, CreateCompany(name=" Wolf Security ", country="pl"))

    company = play.state.companies[result["company"]]
    assert (company.name, company.country, company.zone) == ("Wolf Security", "PL", "Europe/Warsaw")


def test_c1_a_company_is_not_registered_in_the_pro_app(play: Play) -> None:
    olga = in_app(play.person("olga"), App.PRO_APP)

    refusal = play.refused(olga, CreateCompany(name="Wolf Security", country="PL"))

    assert refusal == "not_permitted"


def test_c1_a_company_needs_a_name_and_a_country_that_exists(play: Play) -> None:
    olga = play.person("olga")

    refusals = [
        play.refused(olga, CreateCompany(name="", country="PL")),
        play.refused(olga, CreateCompany(name="Wolf", country=" ")),
        play.refused(olga, CreateCompany(name="Wolf", country="XX")),
    ]

    assert refusals == ["information_missing", "information_missing", "unknown_country"]


def test_c2_from_a_company_account_one_switches_to_the_personal_one_first(play: Play) -> None:
    olga = play.owner("olga")

    refusal = play.refused(olga, CreateCompany(name="Second", country="PL"))

    assert refusal == "personal_account_required"
    assert play.does(olga, SwitchAccount()) == {"account": ""}
    play.does(personal(olga), CreateCompany(name="Second", country="PL"))


def test_c3_whoever_registers_the_company_is_its_owner_and_in_it_at_once(play: Play) -> None:
    olga = play.person("olga")

    result = play.does(olga, CreateCompany(name="Wolf Security", country="PL"))

    company = result["company"]
    assert play.state.companies[company].owner == olga.person
    assert play.does(olga, SwitchAccount(company=company)) == {"account": company}


def test_c4_the_owner_can_never_be_changed(play: Play) -> None:
    olga = play.owner("olga")
    marek = play.employee(olga, "marek", EmployeeRole.SENIOR_SERVICE_MANAGER)

    refusals = [
        play.refused(olga, ChangeOwner(person=str(marek.person))),
        play.refused(olga, ChangeOwner(person="person-99")),
        play.refused(marek, ChangeOwner(person=str(marek.person))),
    ]

    assert refusals == ["owner_immutable", "owner_immutable", "not_permitted"]


# ------------------------------------------------------------------ switching


def test_one_cannot_pick_a_company_that_does_not_exist_or_is_of_others(play: Play) -> None:
    olga = play.owner("olga")
    oscar = play.person("oscar")

    refusals = [
        play.refused(oscar, SwitchAccount(company="company-9")),
        play.refused(oscar, SwitchAccount(company=str(olga.account))),
        play.refused(NOBODY, SwitchAccount(company=str(olga.account))),
    ]

    assert refusals == ["company_not_found", "not_a_member", "not_signed_in"]


def test_a_company_of_others_is_not_told_by_name(play: Play) -> None:
    olga = play.owner("olga")
    oscar = play.person("oscar")
    switching = play.attempt(oscar, SwitchAccount(company=str(olga.account)))
    acting_for_it = play.attempt(acting(oscar, str(olga.account)), DeleteCompany())

    assert "Olga Security" not in f"{switching} {acting_for_it}"


def test_a_session_of_a_person_who_never_was_is_not_signed_in(play: Play) -> None:
    ghost = Actor(person="person-77")

    refusal = play.refused(ghost, SwitchAccount())

    assert refusal == "not_signed_in"


# ------------------------------------------------------------------ D: becoming a Dealer


def test_d1_a_company_in_a_country_without_the_services_is_refused(play: Play) -> None:
    carlos = play.owner("carlos", country="CU")

    refusal = play.refused(carlos, EnrollAsDealer(registration_number="1"))

    assert refusal == "country_not_supported"


def test_d2_the_owner_enrols_the_company_with_the_required_information_once(play: Play) -> None:
    olga = play.owner("olga")

    refusal = play.refused(olga, EnrollAsDealer(registration_number=" "))

    assert refusal == "information_missing"
    play.does(olga, EnrollAsDealer(registration_number=" 5213003700 "))
    assert play.state.companies[str(olga.account)].registration_number == "5213003700"
    assert play.refused(olga, EnrollAsDealer(registration_number="5213003700")) == "already_a_dealer"


@pytest.mark.parametrize("role", list(EmployeeRole))
def test_d2_nobody_but_the_owner_enrols_the_company(play: Play, role: EmployeeRole) -> None:
    employee = play.employee(play.owner("olga"), "marek", role)

    refusal = play.refused(employee, EnrollAsDealer(registration_number="5213003700"))

    assert refusal == "not_permitted"


def test_d3_the_services_tab_is_absent_before_and_there_afterwards(play: Play) -> None:
    olga = play.owner("olga")
    before = play.sees(olga, queries.Navigation())

    play.does(olga, EnrollAsDealer(registration_number="5213003700"))

    assert before.tabs == ("objects", "company")
    assert play.sees(olga, queries.Navigation()).tabs == ("objects", "company", "services")


def test_d4_only_a_dealer_adds_a_reseller(play: Play) -> None:
    northwatch = play.reseller("northwatch")
    olga = play.owner("olga")
    request = SendRequest(reseller=northwatch.account)

    refusal = play.refused(olga, request)

    assert refusal == "not_a_dealer"
    play.does(olga, EnrollAsDealer(registration_number="5213003700"))
    play.does(olga, request)


# ------------------------------------------------------------------ billing zone


def test_the_owner_sets_the_zone_in_which_months_end(play: Play) -> None:
    olga = play.owner("olga")

    play.does(olga, SetBillingZone(zone=" Asia/Tokyo "))

    assert play.state.companies[str(olga.account)].zone == "Asia/Tokyo"


def test_a_zone_that_does_not_exist_is_refused_with_the_one_probably_meant(play: Play) -> None:
    olga = play.owner("olga")

    outcome = play.attempt(olga, SetBillingZone(zone="Europe/Warsow"))

    assert isinstance(outcome, Refusal)
    assert outcome.name == "unknown_zone"
    assert outcome.facts == {"zone": "Europe/Warsow", "probably": "Europe/Warsaw"}


def test_a_zone_like_no_other_is_refused_without_a_guess(play: Play) -> None:
    olga = play.owner("olga")

    outcome = play.attempt(olga, SetBillingZone(zone="qqqq"))

    assert isinstance(outcome, Refusal)
    assert outcome.facts == {"zone": "qqqq"}


# ------------------------------------------------------------------ X4: deleting


def test_the_owner_deletes_the_company_and_nobody_is_in_it_any_more(play: Play) -> None:
    olga = play.dealer("olga")
    ivan = play.employee(olga, "ivan", EmployeeRole.INSTALLER)

    play.does(olga, DeleteCompany())

    assert play.state.companies[str(olga.account)].employees == {}
    assert play.refused(ivan, CreateObject(name="Villa")) == "not_a_member"
    assert play.refused(personal(olga), SwitchAccount(company=str(olga.account))) == "company_not_found"
    assert [row.account for row in play.sees(personal(olga), queries.Accounts()).accounts] == [None]
    assert [row.account for row in play.sees(personal(ivan), queries.Accounts()).accounts] == [None]


def test_a_deleted_company_keeps_its_name_and_its_id(play: Play) -> None:
    olga = play.owner("olga")
    play.does(olga, DeleteCompany())

    result = play.does(personal(olga), CreateCompany(name="Second", country="PL"))

    assert play.state.companies[str(olga.account)].name == "Olga Security"
    assert result["company"] != olga.account


def test_with_the_company_its_objects_go_and_their_hubs_are_free(play: Play) -> None:
    olga = play.dealer("olga")
    northwatch = play.reseller("northwatch")
    play.running_service(olga, northwatch)
    play.happens(ServiceStopped(at_ms=play.now_ms, subscription="subscription-1", hub="0000AA01"))

    play.does(olga, DeleteCompany())

    assert [type(fact) for fact in play.log[-2:]] == [ObjectDeleted, CompanyDeleted]
    assert play.state.hubs["0000AA01"].object is None


def test_x4_a_dealer_with_active_services_cannot_be_deleted(play: Play) -> None:
    olga = play.dealer("olga")
    northwatch = play.reseller("northwatch")
    play.connected(olga, northwatch)
    play.running_service(olga, northwatch)

    refusal = play.refused(olga, DeleteCompany())

    assert refusal == "has_active_services"
    play.does(olga, StopNow(hub="0000AA01"))
    play.does(olga, DeleteCompany())


def test_x4_a_reseller_that_pays_for_active_services_cannot_be_deleted_either(play: Play) -> None:
    olga = play.dealer("olga")
    northwatch = play.reseller("northwatch")
    play.running_service(olga, northwatch)

    refusal = play.refused(northwatch, DeleteCompany())

    assert refusal == "has_active_services"


def test_services_of_others_do_not_hinder_deleting(play: Play) -> None:
    play.running_service(play.dealer("olga"), play.reseller("northwatch"))
    bystander = play.dealer("basia")

    play.does(bystander, DeleteCompany())

    assert play.state.companies[str(bystander.account)].deleted


def test_a_deleted_reseller_leaves_the_directory_and_the_lists_of_its_dealers(play: Play) -> None:
    olga = play.dealer("olga")
    northwatch = play.reseller("northwatch")
    play.connected(olga, northwatch)

    play.does(northwatch, DeleteCompany())

    assert play.sees(olga, queries.ResellerDirectory(country="PL")).resellers == ()
    assert play.sees(olga, queries.YourResellers()).resellers == ()
    assert play.refused(olga, SendRequest(reseller=northwatch.account)) == "reseller_not_found"


def test_the_address_of_a_deleted_reseller_is_free_for_another(play: Play) -> None:
    play.does(play.reseller("northwatch"), DeleteCompany())
    southwatch = play.owner("southwatch")

    play.does(
        OPERATOR, AppointReseller(company=str(southwatch.account), email="northwatch-sales@example.com")
    )

    assert play.state.reseller_by_email == {"northwatch-sales@example.com": southwatch.account}


def test_a_deleted_dealer_leaves_the_lists_of_its_resellers(play: Play) -> None:
    olga = play.dealer("olga")
    northwatch = play.reseller("northwatch")
    play.does(olga, SendRequest(reseller=northwatch.account))

    play.does(olga, DeleteCompany())

    assert play.sees(northwatch, queries.Requests()).requests == ()


# ------------------------------------------------------------------ deciding


def test_deciding_says_what_would_happen_and_lets_nothing_happen(play: Play) -> None:
    olga = play.person("olga")

    first = decide(play.state, olga, CreateCompany(name="Wolf", country="PL"), 5, SETTINGS)
    second = decide(play.state, olga, CreateCompany(name="Wolf", country="PL"), 5, SETTINGS)

    assert first == second
    assert play.state.companies == {}


def test_facts_are_dated_to_the_act_and_name_who_acted(play: Play) -> None:
    olga = play.owner("olga")
    company = str(olga.account)

    play.does(acting(olga, company), EnrollAsDealer(registration_number="5213003700"))

    assert (play.log[-1].at_ms, play.log[-1].by) == (play.now_ms, olga.person)
    assert play.state.position == len(play.log)
