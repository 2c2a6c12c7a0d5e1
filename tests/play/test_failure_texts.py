"""The text of a failure: every field, names instead of ids, dates instead of milliseconds, no Python."""

import re

import pytest
from steps_in_play import WORLD, play

from hubsim_scenarios.play.context import FieldDifference
from hubsim_scenarios.reports.console_report import explain

ACTIVATED = "{as: ivan, do: activate, hub: villa}"
EXPIRING = "{as: ivan, do: schedule_deactivation, hub: villa}"
AGAIN = "hubsim run --virtual --seed 1 short.yaml"
ID = re.compile(r"\b[0-9A-F]{8}\b|\b[0-9]{13,20}\b|\bcompany-[0-9]|\bperson-[0-9]|\bobject-[0-9]")
PYTHON = re.compile(r"\(\{|\},\)|: '[a-z]+'\}\)|\bTrue\b|\bFalse\b|\bNone\b|<[A-Z]\w+|\w+\(\w+=")


def text(*steps: str, head: str = WORLD) -> str:
    return "\n".join(explain(play(*steps, head=head), AGAIN))


def test_all_fields_that_differ_are_listed_in_the_order_of_the_step() -> None:
    result = play(ACTIVATED, "{expect: villa, app: {star: off}, led: white, lid_open: off, mains: off}")

    assert result.differences == (
        FieldDifference("villa: app.star", "off", "on"),
        FieldDifference("villa: shows.led", "'white'", "'green'"),
        FieldDifference("villa: shows.mains", "off", "on"),
    )
    assert result.reason == "villa: app.star: expected off, saw on (and 2 more fields)"


def test_all_fields_of_a_view_that_differ_are_listed() -> None:
    result = play(
        ACTIVATED,
        "{as: olga, sees: objects, shows: {objects: [{object: '@house', name: barn, hubs: ['@shed']}]}}",
    )

    assert result.differences == (
        FieldDifference("shows.objects[0].name", "'barn'", "'house'"),
        FieldDifference("shows.objects[0].hubs[0]", "the id of shed", "the id of villa"),
    )


def test_an_instant_is_shown_as_an_author_writes_it() -> None:
    result = play(ACTIVATED, EXPIRING, "{expect: villa, app: {ends_at: 2026-03-01 00:00}}")

    assert result.differences == (
        FieldDifference(
            "villa: app.ends_at", "2026-03-01 00:00 Europe/Warsaw", "2026-02-01 00:00 Europe/Warsaw"
        ),
    )


def test_an_id_is_shown_as_the_name_of_its_thing() -> None:
    step = "{expect: villa, carrier: {attached_hub: '@shed'}}"

    result = play(ACTIVATED, "{clock: +20 min}", step)

    assert result.differences == (
        FieldDifference("villa: carrier.attached_hub", "the id of shed", "the id of villa"),
    )


@pytest.mark.parametrize(
    "steps",
    [
        [ACTIVATED, "{expect: villa, led: red}"],
        [ACTIVATED, EXPIRING, "{expect: villa, app: {ends_at: null}}"],
        [ACTIVATED, "{expect: mailbox, of: olga, mails: [{kind: employee_invitation}]}"],
        [ACTIVATED, "{clock: start of next month}", "{expect: billing, invoices: [{month: 2026-02}]}"],
        [ACTIVATED, "{as: olga, sees: dashboard, shows: {accounts: 9}}"],
        [ACTIVATED, "{as: rita, sees: company_history, shows: {rows: []}}"],
        [ACTIVATED, "{as: olga, sees: objects, shows: {objects: []}}"],
        ["{as: ivan, do: resume, hub: villa}"],
        ["{as: ivan, do: activate, hub: shed}"],
        [ACTIVATED, "{never: villa, carrier: {profile: active}, for: 1 h}"],
        [ACTIVATED, "{order: [{event: fact, fact: service_stopped, hub: '@villa'}]}"],
        ["{bench: villa, do: remove_sim, slot: 1}", "{fault: replay, message: orders, hub: villa}"],
        ["{fault: replay, message: desired, hub: villa, back: 9}"],
    ],
)
def test_no_failure_has_an_id_a_number_of_milliseconds_or_the_syntax_of_python(steps: list[str]) -> None:
    shown = text(*steps)

    assert shown
    assert ID.findall(shown) == []
    assert PYTHON.findall(shown) == []


def test_the_events_have_their_month_and_the_fields_that_changed() -> None:
    shown = text(ACTIVATED, "{expect: villa, led: red, within: 3 min}")

    assert "\n    15 Jan 09:00:00 villa published hubs/villa/reported changed {applied_version: " in shown
    assert (
        "\n    15 Jan 09:01:00 carrier published carrier/confirmations/villa/sim-1"
        " changed {stage: 'executed'}" in shown
    )


def test_the_next_commands_follow_a_failure() -> None:
    lines = text("{expect: villa, led: red}").splitlines()

    assert lines[-2:] == [
        "  debug: hubsim run --break-on fail --virtual --seed 1 short.yaml",
        "  rerun: hubsim run --virtual --seed 1 short.yaml",
    ]


def test_a_command_that_is_not_a_run_is_not_debugged() -> None:
    lines = explain(play("{expect: villa, led: red}"), "pytest -k red")

    assert lines[-1] == "  rerun: pytest -k red"
    assert not any("debug" in line for line in lines)


def test_a_blocked_step_has_its_file_line_and_column() -> None:
    lines = text(
        "{expect: villa, led: green}", "{fault: replay, message: desired, hub: villa, back: 9}"
    ).splitlines()

    assert lines[0] == "  short.yaml:14:5: {fault: replay, message: desired, hub: villa, back: 9}"


# ------------------------------------------------------------------ never and order


def test_never_shows_when_the_state_occurred_its_values_and_the_last_event() -> None:
    result = play(ACTIVATED, "{never: villa, carrier: {profile: active}, lid_open: off, for: 1 h}")

    assert result.reason == "villa: the state that must never occur has occurred"
    assert result.remarks == (
        "it occurred at 2026-01-15 09:01 Europe/Warsaw, 1 min after the step began",
        "saw carrier.profile: 'active'",
        "saw shows.lid_open: off",
        (
            "last event before it: 15 Jan 09:01:00 cloud fact carrier_order_confirmed"
            " iccid=villa/sim-1 sequence=1 stage=executed"
        ),
    )


def test_never_says_that_the_state_was_there_from_the_beginning() -> None:
    result = play("{never: villa, led: green, for: 1 h}")

    assert result.remarks[0] == "it occurred at 2026-01-15 09:00 Europe/Warsaw, when the step began"


def test_order_shows_an_event_that_occurred_too_early() -> None:
    result = play(
        ACTIVATED,
        "{clock: +2 min}",
        "{order: [{event: fact, fact: carrier_order_confirmed}, {event: fact, fact: service_activated}]}",
    )

    first, second = result.remarks
    assert first.startswith("event 1 occurred: 15 Jan 09:00:00 cloud fact carrier_order_confirmed ")
    assert second.startswith(
        "it occurred before that, in the wrong order: 15 Jan 09:00:00 cloud fact service_activated by=ivan "
    )


def test_order_shows_the_nearest_event_with_the_fields_that_differ() -> None:
    result = play(
        ACTIVATED,
        "{clock: +2 min}",
        "{order: [{event: fact, fact: service_activated}, "
        "{event: fact, fact: carrier_order_confirmed, stage: superseded, sequence: 2}]}",
    )

    assert result.remarks[1:] == (
        (
            "nearest event: 15 Jan 09:00:00 cloud fact carrier_order_confirmed"
            " iccid=villa/sim-1 sequence=1 stage=accepted"
        ),
        "  stage: expected 'superseded', saw 'accepted'",
        "  sequence: expected 2, saw 1",
    )


def test_order_shows_the_differing_field_of_a_message() -> None:
    result = play(
        ACTIVATED,
        "{order: [{event: published, who: cloud, message: {service: expiring, version: {at_least: 1}}}]}",
    )

    assert result.remarks[-1].startswith("  message.service: expected 'expiring', saw 'not_available'")


def test_order_says_when_no_event_is_similar() -> None:
    result = play("{order: [{event: connection_lost, who: '@villa'}]}")

    assert result.remarks == ("no similar event occurred",)


# ------------------------------------------------------------------ a hub that was never online

SIM_ONLY = WORLD.replace("links: [ethernet], slots: {1: ajax}", "slots: {1: ajax}")


def test_a_hub_that_was_never_online_is_told_apart_from_one_without_a_card() -> None:
    result = play(ACTIVATED, head=SIM_ONLY)

    assert result.reason == (
        "refused: sim_not_installed. The hub was never online, so its SIM cards are unknown:"
        " connect it by Ethernet or Wi-Fi first."
    )
    assert result.remarks == (
        "connect villa first: with 'links: [ethernet]' in the world, or by a 'plug' step",
        "or set 'carrier: {commissioning_ms: 1 h}': a new Ajax SIM works that long before its activation",
    )


@pytest.mark.parametrize(
    ("steps", "head"),
    [
        (["{bench: villa, do: plug, link: ethernet}", ACTIVATED], SIM_ONLY),
        (
            [ACTIVATED],
            SIM_ONLY.replace("world:\n", "settings: {carrier: {commissioning_ms: 1 h}}\nworld:\n", 1),
        ),
    ],
    ids=["a cable first", "a commissioning period"],
)
def test_the_advice_for_a_hub_that_was_never_online_works(steps: list[str], head: str) -> None:
    waited = [*steps[:-1], "{clock: +20 min}", steps[-1]]

    assert play(*waited, head=head).reason == ""


def test_a_card_that_was_inserted_while_the_hub_was_offline_is_unknown_to_the_cloud() -> None:
    empty = WORLD.replace("slots: {1: ajax}", "slots: {1: empty}")
    offline = ["{bench: villa, do: unplug, link: ethernet}", "{clock: +20 min}"]
    insert = "{bench: villa, do: insert_sim, slot: 1, sim: ajax}"

    result = play(*offline, insert, ACTIVATED, head=empty)
    online = play(ACTIVATED, head=empty)

    assert "The hub is offline, and had no SIM card when it was last online: " in result.reason
    assert len(result.remarks) == 2
    assert online.reason == (
        "refused: sim_not_installed. No SIM card is installed in the hub: insert an Ajax SIM."
    )
    assert online.remarks == ()
