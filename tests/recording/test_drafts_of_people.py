"""Recorded commands and queries of people become steps, or remarks at their place."""

from journal_entries import (
    HUB,
    IN_WOLF,
    JANUARY_MS,
    OLGA,
    OTHER,
    bench_acted,
    commanded,
    company_created,
    draft,
    lines,
    put,
    signed_up,
    switched,
    world_of,
)

from hubsim_cloud.domain.commands import (
    Activate,
    AddHub,
    AppointReseller,
    ConfigureHub,
    CreateObject,
    DeleteCompany,
    SendRequest,
    SignUp,
)
from hubsim_cloud.domain.queries import Accounts, HubInformation, Navigation
from hubsim_cloud.domain.types import OPERATOR, Actor, App
from hubsim_cloud.lab.journal import JournalStart, Queried
from hubsim_contract.lab.bench_actions import SetBattery
from hubsim_scenarios.recording.draft import Draft
from hubsim_scenarios.recording.scenario_writer import scenario_text

MINUTE_MS = 60_000
COMPANY = (signed_up(), company_created(), switched())


# ------------------------------------------------------------------ people


def test_people_are_named_after_their_email_addresses() -> None:
    made = draft()

    recorded = lines(signed_up("Olga.Nowak"), signed_up("olga.nowak", "person-2"), of=made)

    assert recorded == [
        "{as: olga-nowak, do: sign_up, email: Olga.Nowak@example.test, name: Olga.Nowak}",
        "{as: olga-nowak-2, do: sign_up, email: olga.nowak@example.test, name: olga.nowak}",
    ]
    assert "olga-nowak: {account: no}" in world_of(made)


def test_a_person_whose_sign_up_is_refused_is_a_visitor() -> None:
    refused = commanded(SignUp(email="olga@example.test", name="O"), Actor(None), refused="email_taken")

    assert lines(signed_up(), refused)[1:] == [
        "{as: visitor, do: sign_up, email: olga@example.test, name: O, refused: email_taken}"
    ]


def test_the_client_acts_for_a_company_that_was_just_created() -> None:
    made = commanded(CreateObject(name="Villa"), result={"object": "object-1"})

    assert lines(*COMPANY, made)[1:] == [
        "{as: olga, do: create_company, name: Wolf Security, country: PL, called: wolf-security}",
        "{as: olga, do: create_object, name: Villa, called: villa}",
    ]


def test_a_client_that_acts_for_another_account_is_switched_first() -> None:
    personal = company_created("Lynx", "company-2")
    again = commanded(CreateObject(name="Den"), IN_WOLF, result={"object": "object-1"})

    assert lines(*COMPANY, personal, again)[2:] == [
        "{as: olga, do: switch_account}",
        "{as: olga, do: create_company, name: Lynx, country: PL, called: lynx}",
        "{as: olga, do: switch_account, company: wolf-security}",
        "{as: olga, do: create_object, name: Den, called: den}",
    ]


def test_a_client_is_switched_once() -> None:
    first = Queried(at_ms=JANUARY_MS, actor=OLGA, query=Navigation())
    second = Queried(at_ms=JANUARY_MS, actor=OLGA, query=Accounts())

    assert lines(*COMPANY, first, second)[2:] == [
        "{as: olga, do: switch_account}",
        "{as: olga, sees: navigation}",
        "{as: olga, sees: accounts}",
    ]


def test_a_deleted_company_leaves_its_owner_in_the_personal_account() -> None:
    deleted = commanded(DeleteCompany())
    query = Queried(at_ms=JANUARY_MS, actor=OLGA, query=Navigation())

    assert lines(*COMPANY, deleted, query)[2:] == [
        "{as: olga, do: delete_company}",
        "{as: olga, sees: navigation}",
    ]


def test_no_client_is_switched_to_a_deleted_company() -> None:
    deleted = commanded(DeleteCompany())
    query = Queried(at_ms=JANUARY_MS, actor=IN_WOLF, query=Navigation())

    assert lines(*COMPANY, deleted, query)[3:] == ["{as: olga, sees: navigation}"]


def test_a_step_names_the_app_and_the_screen() -> None:
    by_app = Actor("person-1", App.PRO_APP, "company-1")
    made = commanded(Activate(hub=HUB), by_app, result={"screen": "device_list", "subscription": "s-1"})

    assert lines(*COMPANY, put(), made)[-1] == (
        "{as: olga, app: pro_app, do: activate, hub: hub-0a1b2c3d, screen: device_list}"
    )


def test_a_refused_command_is_a_step_with_its_refusal() -> None:
    refused = commanded(Activate(hub=HUB), refused="sim_not_installed")

    assert lines(*COMPANY, put(), refused)[-1] == (
        "{as: olga, do: activate, hub: hub-0a1b2c3d, refused: sim_not_installed}"
    )


def test_the_operator_appoints_a_reseller_and_later_steps_can_name_it() -> None:
    appointed = commanded(AppointReseller(company="company-1", email="n@x.test", listed=False), OPERATOR)
    asked = commanded(SendRequest(reseller="company-1"), refused="not_a_dealer")

    assert lines(*COMPANY, appointed, asked)[2:] == [
        "{as: operator, do: appoint_reseller, company: wolf-security, email: n@x.test, listed: off}",
        "{as: olga, do: send_request, reseller: wolf-security, refused: not_a_dealer}",
    ]


def test_values_are_written_with_their_units() -> None:
    configured = commanded(
        ConfigureHub(hub=HUB, ping_s=90, channel_loss_notice_min=5), refused="hub_not_found"
    )

    assert "ping: 1 min 30 s, channel_loss_notice: 5 min" in lines(*COMPANY, put(), configured)[-1]


def test_a_command_with_an_unknown_id_becomes_a_remark() -> None:
    unknown = commanded(AppointReseller(company="company-9", email="n@x.test"), OPERATOR)

    assert lines(unknown) == ["# appoint_reseller: unknown id 'company-9'"]


def test_a_refusal_of_another_version_becomes_a_remark() -> None:
    created = commanded(CreateObject(name="Villa"), refused="moon_is_full")

    assert lines(*COMPANY, created)[-1] == "# create_object: unknown refusal 'moon_is_full'"


def test_a_number_that_the_language_cannot_express_becomes_a_remark() -> None:
    too_large = bench_acted(SetBattery(percent=10**15))

    assert lines(put(), too_large)[-1] == "# set_battery: '1000000000000000' is not a whole number"


def test_a_hub_that_was_never_on_the_bench_is_switched_off() -> None:
    made = draft()

    added = commanded(AddHub(object="object-1", hub=f" {HUB.lower()} ", model="hub-2"))
    place = commanded(CreateObject(name="Villa"), result={"object": "object-1"})
    recorded = lines(*COMPANY, place, added, of=made)

    assert recorded[-1] == "{as: olga, do: add_hub, object: villa, hub: hub-0a1b2c3d, model: hub-2}"
    assert "hub-0a1b2c3d: {model: hub-2, power: off}" in world_of(made)


def test_an_invalid_hub_id_is_written_in_quotes() -> None:
    place = commanded(CreateObject(name="Villa"), result={"object": "object-1"})
    typed = commanded(AddHub(object="object-1", hub="nonsense", model="hub-2"), refused="invalid_hub_id")

    assert 'hub: "nonsense"' in lines(*COMPANY, place, typed)[-1]


ADDED = commanded(AddHub(object="object-1", hub=OTHER, model="hub-2-plus"))


# ------------------------------------------------------------------ the file


def test_the_file_begins_with_title_clock_and_world() -> None:
    made = draft()
    lines(*COMPANY, of=made)

    assert scenario_text(made, "First: a try").startswith(
        'scenario: "First: a try"\nclock: 2026-01-15 09:00 Europe/Warsaw\nworld:\n  people:\n'
    )


def test_the_file_has_the_settings_that_differ_from_the_defaults() -> None:
    beginning = JournalStart(world_ms=JANUARY_MS, carrier={"cut_delay_ms": 60_000, "roaming": False})
    made = Draft(beginning, "UTC")
    lines(*COMPANY, of=made)

    assert "carrier: {cut_delay_ms: 1 min, roaming: off}" in scenario_text(made, "Test")


def test_a_remark_is_at_its_place_in_the_file() -> None:
    made = draft()
    query = Queried(at_ms=JANUARY_MS, actor=IN_WOLF, query=HubInformation(hub="#1"))

    lines(*COMPANY, query, commanded(DeleteCompany()), of=made)

    text = scenario_text(made, "Test").splitlines()
    assert text[-2] == "  # Not in a scenario: hub_information: '#1' is not a hub id"
    assert text[-1] == "  - {as: olga, do: delete_company}"


def test_a_text_with_an_invisible_character_is_a_remark() -> None:
    added = commanded(AddHub(object="object-1", hub="0A1B\u00ad", model="hub-2"), refused="not_permitted")

    recorded = lines(*COMPANY, commanded(CreateObject(name="Villa"), result={"object": "object-1"}), added)

    assert recorded[-1] == "# add_hub: a text has the character U+00AD, which a scenario cannot contain"
