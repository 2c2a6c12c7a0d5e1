"""Steps as lines: their quotes, their order, and the expectations of a hub."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.domain.types import EmployeeRole
from hubsim_scenarios.language.nodes import Mapping, Scalar, compose
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.layout.layout import format_scenario
from hubsim_scenarios.layout.step_line import Quoted, flow, hub_expectation
from hubsim_scenarios.product.vocabulary import language

PRINTABLE = st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), max_size=30)
SERVICE = {"service": "active", "tile": "activated", "second_tile": "none", "star": True}
OFF = {"service": "activation_required", "tile": "activation_required", "second_tile": "none", "star": False}


def snapshots(service: dict[str, Any], applied: dict[str, Any] | None = None, **shows: Any) -> dict[str, Any]:
    return {
        "app": {**service, "online": True},
        "applied": applied or service,
        "shows": {**service, "led": "white", "registration": "roaming", **shows},
        "carrier": {"profile": "active"},
    }


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (
            {"hub": "front-door", "do": "activate", "as": "ivan"},
            "{as: ivan, do: activate, hub: front-door}",
        ),
        (
            {"as": "olga", "do": "send_request", "refused": "information_missing", "email": ""},
            '{as: olga, do: send_request, email: "", refused: information_missing}',
        ),
        (
            {"as": "olga", "do": "enroll_as_dealer", "registration_number": "5260001246"},
            '{as: olga, do: enroll_as_dealer, registration_number: "5260001246"}',
        ),
        (
            {"as": "olga", "do": "add_employee", "email": "i@x.test", "role": EmployeeRole.INSTALLER},
            "{as: olga, do: add_employee, email: i@x.test, role: installer}",
        ),
        (
            {"bench": "villa", "do": "set_lid", "open": True, "refused": None},
            "{bench: villa, do: set_lid, open: on}",
        ),
        ({"clock": "2026-02-01 00:00:30"}, "{clock: 2026-02-01 00:00:30}"),
        ({"clock": "+20 min"}, "{clock: +20 min}"),
        (
            {"expect": "mailbox", "of": "i@x.test", "mails": [{"kind": "employee_invitation"}]},
            "{expect: mailbox, of: i@x.test, mails: [{kind: employee_invitation}]}",
        ),
        (
            {"as": "olga", "do": "add_hub", "hub": Quoted("no-hub")},
            '{as: olga, do: add_hub, hub: "no-hub"}',
        ),
    ],
)
def test_a_step_is_written_in_one_line(step: dict[str, Any], line: str) -> None:
    assert flow(step) == line


@given(PRINTABLE)
def test_a_written_text_is_read_as_the_same_text(text: str) -> None:
    line = flow({"as": "olga", "do": "create_object", "name": text})

    root = compose(f"{line}\n", Problems("a.yaml"))

    assert isinstance(root, Mapping)
    name = root.get("name")
    assert isinstance(name, Scalar)
    assert name.text == text


@given(PRINTABLE.filter(str.strip))
def test_formatting_does_not_change_a_line(text: str) -> None:
    line = flow({"as": "olga", "do": "create_object", "name": text})
    file = (
        "scenario: Objects\nclock: 2026-01-15 09:00 UTC\nworld:\n"
        f"  people: [olga]\nsteps:\n  - {line}\n  - {flow({'clock': '+1 min'})}\n"
    )

    assert format_scenario(file, language()) == file


def test_an_expectation_has_the_state_of_a_hub() -> None:
    line = hub_expectation("villa", snapshots(SERVICE))

    assert line == (
        "{expect: villa, service: active, tile: activated, star: on, led: white, registration: roaming, "
        "online: on, carrier: {profile: active}}"
    )


def test_an_expectation_has_only_the_changes_since_an_earlier_state() -> None:
    line = hub_expectation("villa", snapshots(SERVICE), snapshots(OFF, led="green"))

    assert line == "{expect: villa, service: active, tile: activated, star: on, led: white}"


def test_an_expectation_contains_a_warning_that_has_ended() -> None:
    expiring = {
        "service": "expiring",
        "tile": "expires_soon",
        "second_tile": "access_may_expire",
        "star": True,
    }

    line = hub_expectation("villa", snapshots(SERVICE), snapshots(expiring))

    assert line == "{expect: villa, service: active, tile: activated, second_tile: none}"


def test_there_is_no_expectation_without_a_change() -> None:
    assert hub_expectation("villa", snapshots(SERVICE), snapshots(SERVICE)) is None


def test_an_expectation_omits_fields_in_which_the_snapshots_differ() -> None:
    line = hub_expectation("villa", snapshots(SERVICE, applied=OFF))

    assert line == (
        "{expect: villa, led: white, registration: roaming, online: on, carrier: {profile: active}}"
    )
