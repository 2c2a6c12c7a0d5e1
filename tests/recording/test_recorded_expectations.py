"""The expectations of a recorded scenario, and the reports of differences between play and server."""

from pathlib import Path

from journal_entries import HUB, JANUARY_MS, bench_acted, draft, put, signed_up

from hubsim_cloud.lab.journal import AnyEntry, ClockSet
from hubsim_contract.lab.bench_actions import Plug, SetLid, Unplug
from hubsim_scenarios.product.files import CATALOG, read
from hubsim_scenarios.recording.recording import RecordedScenario, RecordingOutcome, fix
from hubsim_scenarios.recording.server_diff import ServerState, differences
from hubsim_scenarios.recording.verify import BillingAndMail, expectations, verify

MINUTE_MS = 60_000


def recorded(*entries: AnyEntry) -> RecordingOutcome:
    made = draft()
    for entry in entries:
        made.add(entry)
    return fix(RecordedScenario(made, None), "Recorded", Path("recorded.yaml"))


def steps(outcome: RecordingOutcome) -> list[str]:
    text = outcome.text
    return [line.strip() for line in text[text.index("steps:") :].splitlines()[1:]]


def test_a_change_of_a_hub_is_expected_once_after_the_step_that_caused_it() -> None:
    later = ClockSet(at_ms=JANUARY_MS + MINUTE_MS, held=True, moved=True)
    outcome = recorded(
        put(),
        bench_acted(Unplug(link="ethernet")),
        bench_acted(SetLid(open=True)),
        bench_acted(Plug(link="ethernet")),
        later,
    )

    assert outcome.trouble == ()
    assert steps(outcome) == [
        "- {bench: hub-0a1b2c3d, do: unplug, link: ethernet}",
        "- {expect: hub-0a1b2c3d, led: red, online: off}",
        "- {bench: hub-0a1b2c3d, do: set_lid, open: on}",
        "- {bench: hub-0a1b2c3d, do: plug, link: ethernet}",
        "- {expect: hub-0a1b2c3d, led: green, online: on}",
        "- {clock: +1 min}",
        (
            "- {expect: hub-0a1b2c3d, service: not_available, tile: none, star: off, led: green, "
            "registration: not_registered, online: on}"
        ),
    ]


def test_a_change_by_the_last_step_is_expected_once() -> None:
    outcome = recorded(put(), bench_acted(Unplug(link="ethernet")))

    assert outcome.trouble == ()
    assert steps(outcome) == [
        "- {bench: hub-0a1b2c3d, do: unplug, link: ethernet}",
        (
            "- {expect: hub-0a1b2c3d, service: not_available, tile: none, star: off, led: red, "
            "registration: not_registered, online: off}"
        ),
    ]


def test_mails_and_invoices_are_expected_at_the_end() -> None:
    verification = verify(read([CATALOG / "300-a-month-is-invoiced-in-full.yaml"])[0])

    end = expectations(verification)[-1]

    assert end[-3:] == [
        "{expect: mailbox, of: northwatch@example.test, mails: [{kind: connection_request}]}",
        "{expect: mailbox, of: olga@example.test, mails: [{kind: connection_approved}]}",
        "{expect: billing, invoices: {count: 2}}",
    ]


def test_differences_of_mails_and_invoices_are_reported() -> None:
    verification = verify(read([CATALOG / "300-a-month-is-invoiced-in-full.yaml"])[0])
    same = ServerState(verification.closing, verification.billing_and_mail)
    other = ServerState(verification.closing, BillingAndMail({"rita@example.test": ["a_reminder"]}, 1))

    assert list(differences(same, verification)) == []
    assert list(differences(other, verification)) == [
        "mails of northwatch@example.test: [] on the server, ['connection_request'] in the play",
        "mails of olga@example.test: [] on the server, ['connection_approved'] in the play",
        "mails of rita@example.test: ['a_reminder'] on the server, [] in the play",
        "invoices: 1 on the server, 2 in the play",
    ]


def test_a_step_with_another_result_is_reported_and_the_file_has_all_steps() -> None:
    outcome = recorded(signed_up(), put(), bench_acted(SetLid(open=True), HUB, refused="slot_empty"))

    (trouble,) = outcome.trouble
    assert trouble.startswith("the play differs from the server at {bench: hub-0a1b2c3d, do: set_lid, ")
    assert "expected the refusal 'slot_empty', but the bench action was done" in trouble
    assert outcome.text.startswith("# This scenario does not reproduce the recording: the play differs from")
    assert steps(outcome)[-1] == "- {bench: hub-0a1b2c3d, do: set_lid, open: on, refused: slot_empty}"
