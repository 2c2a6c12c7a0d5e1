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


def test_a_person_creates_a_personal_account(play: Play) -> None:
    result = play.does(NOBODY, SignUp(email="  Olga@Example.COM ", name=" Olga "))

    person = play.state.people[result["person"]]
    assert (person.email, person.name) == ("olga@example.com", "Olga")


def test_a_signed_in_person_can_create_another_account(play: Play) -> None:
    olga = play.person("olga")

    result = play.does(olga, SignUp(email="second@example.com", name="Olga"))

    assert result["person"] != olga.person
    assert play.log[-1].by == olga.person


def test_an_address_has_one_account_in_any_case(play: Play) -> None:
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
def test_an_invalid_address_is_refused(play: Play, email: str) -> None:
    refusal = play.refused(NOBODY, SignUp(email=email, name="Olga"))

    assert refusal == "invalid_email"


def test_an_address_may_have_at_most_254_characters(play: Play) -> None:
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


def test_c2_a_company_can_be_registered_only_from_the_personal_account(play: Play) -> None:
    olga = play.owner("olga")

    refusal = play.refused(olga, CreateCompany(name="Second", country="PL"))

    assert refusal == "personal_account_required"
    assert play.does(olga, SwitchAccount()) == {"account": ""}
    play.does(personal(olga), CreateCompany(name="Second", country="PL"))


def test_c3_a_person_who_registers_a_company_owns_it_and_can_act_for_it(play: Play) -> None:
    olga = play.person("olga")

    result = play.does(olga, CreateCompany(name="Wolf Security", country="PL"))

    company = result["company"]
    assert play.state.companies[company].owner == olga.person
    assert play.does(olga, SwitchAccount(company=company)) == {"account": company}


def test_c4_the_owner_cannot_be_changed(play: Play) -> None:
    olga = play.owner("olga")
    marek = play.employee(olga, "marek", EmployeeRole.SENIOR_SERVICE_MANAGER)

    refusals = [
        play.refused(olga, ChangeOwner(person=str(marek.person))),
        play.refused(olga, ChangeOwner(person="person-99")),
        play.refused(marek, ChangeOwner(person=str(marek.person))),
    ]

    assert refusals == ["owner_immutable", "owner_immutable", "not_permitted"]


# ------------------------------------------------------------------ switching


def test_a_person_cannot_switch_to_an_unknown_company_or_one_of_others(play: Play) -> None:
    olga = play.owner("olga")
    oscar = play.person("oscar")

    refusals = [
        play.refused(oscar, SwitchAccount(company="company-9")),
        play.refused(oscar, SwitchAccount(company=str(olga.account))),
        play.refused(NOBODY, SwitchAccount(company=str(olga.account))),
    ]

    assert refusals == ["company_not_found", "not_a_member", "not_signed_in"]


def test_a_refusal_does_not_reveal_the_name_of_a_company_of_others(play: Play) -> None:
    olga = play.owner("olga")
    oscar = play.person("oscar")
    switching = play.attempt(oscar, SwitchAccount(company=str(olga.account)))
    acting_for_it = play.attempt(acting(oscar, str(olga.account)), DeleteCompany())

    assert "Olga Security" not in f"{switching} {acting_for_it}"


def test_an_unknown_person_is_not_signed_in(play: Play) -> None:
    ghost = Actor(person="person-77")

    refusal = play.refused(ghost, SwitchAccount())

    assert refusal == "not_signed_in"


# ------------------------------------------------------------------ D: becoming a Dealer


def test_d1_a_company_in_a_country_without_the_services_is_refused(play: Play) -> None:
    carlos = play.owner("carlos", country="CU")

    refusal = play.refused(carlos, EnrollAsDealer(registration_number="1"))

    assert refusal == "country_not_supported"


def test_d2_the_owner_enrolls_the_company_once_with_the_required_information(play: Play) -> None:
    olga = play.owner("olga")

    refusal = play.refused(olga, EnrollAsDealer(registration_number=" "))

    assert refusal == "information_missing"
    play.does(olga, EnrollAsDealer(registration_number=" 5213003700 "))
    assert play.state.companies[str(olga.account)].registration_number == "5213003700"
    assert play.refused(olga, EnrollAsDealer(registration_number="5213003700")) == "already_a_dealer"


@pytest.mark.parametrize("role", list(EmployeeRole))
def test_d2_only_the_owner_can_enroll_the_company(play: Play, role: EmployeeRole) -> None:
    employee = play.employee(play.owner("olga"), "marek", role)

    refusal = play.refused(employee, EnrollAsDealer(registration_number="5213003700"))

    assert refusal == "not_permitted"


def test_d3_the_services_tab_appears_with_the_enrolment(play: Play) -> None:
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


def test_an_unknown_zone_is_refused_with_a_suggestion(play: Play) -> None:
    olga = play.owner("olga")

    outcome = play.attempt(olga, SetBillingZone(zone="Europe/Warsow"))

    assert isinstance(outcome, Refusal)
    assert outcome.name == "unknown_zone"
    assert outcome.facts == {"zone": "Europe/Warsow", "probably": "Europe/Warsaw"}


def test_a_zone_unlike_all_others_is_refused_without_a_suggestion(play: Play) -> None:
    olga = play.owner("olga")

    outcome = play.attempt(olga, SetBillingZone(zone="qqqq"))

    assert isinstance(outcome, Refusal)
    assert outcome.facts == {"zone": "qqqq"}


# ------------------------------------------------------------------ X4: deleting


def test_a_deleted_company_has_no_members(play: Play) -> None:
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


def test_a_deleted_company_loses_its_objects_and_their_hubs_are_free(play: Play) -> None:
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


def test_services_of_other_companies_do_not_prevent_deleting(play: Play) -> None:
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


def test_a_decision_returns_facts_and_does_not_change_the_state(play: Play) -> None:
    olga = play.person("olga")

    first = decide(play.state, olga, CreateCompany(name="Wolf", country="PL"), 5, SETTINGS)
    second = decide(play.state, olga, CreateCompany(name="Wolf", country="PL"), 5, SETTINGS)

    assert first == second
    assert play.state.companies == {}


def test_facts_have_the_instant_and_the_person_of_the_command(play: Play) -> None:
    olga = play.owner("olga")
    company = str(olga.account)

    play.does(acting(olga, company), EnrollAsDealer(registration_number="5213003700"))

    assert (play.log[-1].at_ms, play.log[-1].by) == (play.now_ms, olga.person)
    assert play.state.position == len(play.log)
