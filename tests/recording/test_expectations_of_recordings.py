"""What is expected behind each step of a recording, and how it is told that it went otherwise."""

from pathlib import Path

from drafted import HUB, JANUARY_MS, draft, laid, put, signed_up

from cloud.lab.journal import AnyEntry, ClockSet
from contract.bench import Plug, SetLid, Unplug
from scenarios.recording.recording import Outcome, Take, fix

MINUTE_MS = 60_000


def recorded(*entries: AnyEntry) -> Outcome:
    made = draft()
    for entry in entries:
        made.add(entry)
    return fix(Take(made, None), "Recorded", Path("recorded.yaml"))


def steps(outcome: Outcome) -> list[str]:
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


def test_a_step_that_goes_otherwise_is_told_with_its_line_and_the_file_is_kept() -> None:
    outcome = recorded(signed_up(), put(), laid(SetLid(open=True), HUB, refused="slot_empty"))

    (told,) = outcome.trouble
    assert told.startswith("it went otherwise than on the server at {bench: hub-0a1b2c3d, do: set_lid, ")
    assert "expected the refusal 'slot_empty', but the hands could do it" in told
    assert outcome.text.startswith("# This recording is not what happened on the server: it went otherwise")
    assert steps(outcome)[-1] == "- {bench: hub-0a1b2c3d, do: set_lid, open: on, refused: slot_empty}"
