"""What is expected behind each step of a recording, and how it is told that it went otherwise."""

from pathlib import Path

from drafted import HUB, JANUARY_MS, draft, laid, put, signed_up

from hubsim_cloud.world.journal import AnyEntry, ClockSet
from hubsim_contract.lab.bench_actions import Plug, SetLid, Unplug
from hubsim_scenarios.product.files import CATALOG, read
from hubsim_scenarios.recording.recording import RecordedScenario, RecordingOutcome, fix
from hubsim_scenarios.recording.server_diff import SeenThere, differences
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


def test_what_changed_on_a_hub_is_expected_behind_the_step_that_changed_it_and_not_again() -> None:
    later = ClockSet(at_ms=JANUARY_MS + MINUTE_MS, held=True, moved=True)
    outcome = recorded(
        put(),
        laid(Unplug(link="ethernet")),
        laid(SetLid(open=True)),
        laid(Plug(link="ethernet")),
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


def test_what_the_last_step_changed_is_expected_once() -> None:
    outcome = recorded(put(), laid(Unplug(link="ethernet")))

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


def test_mails_and_invoices_that_are_others_on_the_server_are_told() -> None:
    verification = verify(read([CATALOG / "300-a-month-is-invoiced-in-full.yaml"])[0])
    same = SeenThere(verification.closing, verification.books)
    other = SeenThere(verification.closing, BillingAndMail({"rita@example.test": ["a_reminder"]}, 1))

    assert list(differences(same, verification)) == []
    assert list(differences(other, verification)) == [
        "mails of northwatch@example.test: there [], here ['connection_request']",
        "mails of olga@example.test: there [], here ['connection_approved']",
        "mails of rita@example.test: there ['a_reminder'], here []",
        "invoices: there 1, here 2",
    ]


def test_a_step_that_goes_otherwise_is_told_with_its_line_and_the_file_is_kept() -> None:
    outcome = recorded(signed_up(), put(), laid(SetLid(open=True), HUB, refused="slot_empty"))

    (told,) = outcome.trouble
    assert told.startswith("it went otherwise than on the server at {bench: hub-0a1b2c3d, do: set_lid, ")
    assert "expected the refusal 'slot_empty', but the bench action was done" in told
    assert outcome.text.startswith("# This recording is not what happened on the server: it went otherwise")
    assert steps(outcome)[-1] == "- {bench: hub-0a1b2c3d, do: set_lid, open: on, refused: slot_empty}"
