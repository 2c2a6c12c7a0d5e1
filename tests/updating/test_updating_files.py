"""`hubsim run --update`: what changes in a file, what remains, and when it is written."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from hubsim import main
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.matching import match
from hubsim_scenarios.language.patterns import Exactly
from hubsim_scenarios.language.steps import ExpectOrder, Scenario
from hubsim_scenarios.layout.tree import grow, words
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.updating.values import Names, Replacement, differences

HEAD = """\
scenario: It is wrong   # in places
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
"""
WRONG = f"""{HEAD}steps:
  # the owner's day
  - {{as: ivan, do: activate, hub: villa, screen: services_activated}}
  - {{expect: villa, tile: none, star: no, led: 'red', app: {{icons: [star], ends_at: 2026-02-01 00:00}}}} # x

  - {{as: ivan, do: activate, hub: villa, refused: not_active}}
  - as: olga
    sees: hub_information
    hub: villa
    shows:
      star: false   # really?
      sims: {{count: 3}}
  - {{as: ivan, do: schedule_deactivation, hub: villa}}
  - {{expect: villa, app: {{ends_at: null}}, within: 1 min}}
  - {{as: rita, sees: your_dealers, shows: {{dealers: [{{dealer: '@northwatch', state: rejected}}]}}}}
"""
RIGHT = f"""{HEAD}steps:
  # the owner's day
  - {{as: ivan, do: activate, hub: villa, screen: device_list}}
  - {{expect: villa, tile: activated, star: yes, led: 'green', app: {{\
icons: [cellular_off, battery_100, mains, star], ends_at: null}}}} # x

  - {{as: ivan, do: activate, hub: villa, refused: already_active}}
  - as: olga
    sees: hub_information
    hub: villa
    shows:
      star: true   # really?
      sims: {{count: 2}}
  - {{as: ivan, do: schedule_deactivation, hub: villa}}
  - {{expect: villa, app: {{ends_at: 2026-02-01 00:00}}, within: 1 min}}
  - {{as: rita, sees: your_dealers, shows: {{dealers: [{{dealer: '@wolf', state: approved}}]}}}}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("wrong.yaml")


def write(file: Path, text: str) -> None:
    file.write_bytes(text.encode())


def update(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", "--virtual", "--update", *arguments], catch_exceptions=False)


def steps(*lines: str) -> str:
    return f"{HEAD}steps:\n" + "".join(f"  - {line}\n" for line in lines)


def test_values_change_and_comments_layout_and_quotes_remain(file: Path) -> None:
    write(file, WRONG)

    done = update("--yes", "wrong.yaml")

    assert file.read_text(encoding="utf-8") == RIGHT
    assert "-  - {as: ivan, do: activate, hub: villa, refused: not_active}\n+  - {as: ivan" in done.stdout
    assert "after the update: 1 of 1 play passed" in done.stdout
    assert done.exit_code == 0


def test_an_updated_file_passes_and_has_nothing_to_update(file: Path) -> None:
    write(file, RIGHT)

    done = update("--yes", "wrong.yaml")

    assert done.stdout == "wrong.yaml: 1 of 1 play passed; nothing to update\n"
    assert file.read_text(encoding="utf-8") == RIGHT


def test_without_a_terminal_and_without_yes_nothing_is_played_or_written(file: Path) -> None:
    write(file, WRONG)

    done = update("wrong.yaml")

    assert done.exit_code == 2
    assert "add --yes" in done.stderr
    assert file.read_text(encoding="utf-8") == WRONG


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", False)])
def test_on_a_terminal_it_asks_after_the_diff(
    file: Path, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool
) -> None:
    write(file, WRONG)
    monkeypatch.setattr("hubsim_scenarios.cli.update.is_terminal", lambda: True)

    done = CliRunner().invoke(main, ["run", "--virtual", "--update", "wrong.yaml"], input=f"{answer}\n")

    assert "write 1 file? [y/N]" in done.stdout
    assert (file.read_text(encoding="utf-8") == RIGHT) is written
    assert done.exit_code == (0 if written else 1)


def test_line_ends_and_a_byte_order_mark_remain(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())

    update("--yes", "wrong.yaml")

    assert file.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("{never: villa, led: green, for: 1 h}", "2:5: not updated: not a value: villa: the state"),
        ("{order: [{event: act, do: resume}]}", "2:5: not updated: not a value: event 1 of 1"),
        (
            "{expect: villa, channels: {has: [wifi]}}",
            "channels: a list with 'wifi' is a choice of the author",
        ),
        ("{expect: villa, led: {not: green}}", "led: not 'green' is a choice of the author"),
        ("{expect: villa, led: {one_of: [red, white]}}", "is a choice of the author"),
        ("{as: rita, sees: your_dealers, shows: {dealers: []}}", "0 items, but 1 item were seen"),
        ("{as: rita, sees: your_dealers, refused: not_permitted}", "but the view was shown"),
        ("{as: ivan, do: resume, hub: villa}", "the play ends here: refused: not_expiring"),
        (
            "{as: ivan, do: activate, hub: villa, refused: not_active}",
            "the play ends here: expected the refusal",
        ),
        ("{fault: start_process, process: cloud}", "the play ends here: the cloud is running already"),
    ],
)
def test_other_differences_remain_with_their_place_and_reason(file: Path, line: str, text: str) -> None:
    write(file, steps("{clock: +1 h}", line))

    done = update("--yes", "wrong.yaml")

    place = f"wrong.yaml:{HEAD.count(chr(10)) + 3}:"
    assert done.stdout.startswith(place)
    assert text.removeprefix("2:5: ") in done.stdout
    assert file.read_text(encoding="utf-8") == steps("{clock: +1 h}", line)
    assert done.exit_code == 1


def test_values_that_two_snapshots_disagree_on_remain(file: Path) -> None:
    text = steps(
        "{bench: villa, do: unplug, link: ethernet}",
        "{as: ivan, do: activate, hub: villa}",
        "{expect: villa, tile: none}",
    )
    write(file, text)

    done = update("--yes", "wrong.yaml")

    assert "tile: app has 'activated', applied has" in done.stdout
    assert "expect each in its group" in done.stdout
    assert file.read_text(encoding="utf-8") == text


def test_cases_and_orders_that_see_different_values_remain_and_are_named(file: Path) -> None:
    winner = "{together: [{as: ivan, do: activate, hub: villa}, {as: ivan, do: stop_now, hub: villa, "
    winner += "may_be_refused: not_active}]}"
    text = steps(winner, "{expect: villa, tile: none, led: red}")
    write(file, text)

    done = update("--yes", "wrong.yaml")

    assert (
        "the plays of this file see different values: activation_required in order=1-2; "
        "activated in order=2-1"
    ) in done.stdout
    assert file.read_text(encoding="utf-8") == text.replace("led: red", "led: green")
    assert done.exit_code == 1


def test_a_fragment_is_updated_in_its_own_file_with_a_warning(file: Path) -> None:
    Path("fragments").mkdir()
    fragment = Path("fragments/a-hub.yaml")
    write(
        fragment,
        HEAD.replace("scenario:", "fragment:").replace("clock: 2026-01-15 09:00 Europe/Warsaw\n", "")
        + "steps:\n  - {expect: villa, led: red}\n",
    )
    head = "scenario: It begins\nclock: 2026-01-15 09:00 Europe/Warsaw\nbegin: a-hub\nsteps:\n"
    write(file, head + "  - {expect: villa, online: no}\n")

    done = update("--yes", "wrong.yaml")

    assert "led: green" in fragment.read_text(encoding="utf-8")
    assert "online: yes" in file.read_text(encoding="utf-8")
    assert "is a fragment: other scenarios that begin with it change, too" in done.stderr
    assert done.exit_code == 0


@pytest.mark.parametrize(
    "options",
    [["--twice"], ["--trace", "t"], ["--case", "a=b"], ["--jobs", "2"], ["--step"], ["--watch"]],
)
def test_options_that_do_not_fit_are_refused(file: Path, options: list[str]) -> None:
    write(file, WRONG)

    done = update("--yes", *options, "wrong.yaml")

    assert done.exit_code == 2
    assert "--update" in done.stderr or "--watch" in done.stderr
    assert file.read_text(encoding="utf-8") == WRONG


def test_yes_alone_is_refused(file: Path) -> None:
    write(file, RIGHT)

    done = CliRunner().invoke(main, ["run", "--virtual", "--yes", "wrong.yaml"])

    assert "--yes needs --update" in done.stderr


def test_a_file_that_cannot_be_written_keeps_its_text(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    write(file, WRONG)
    monkeypatch.setattr("hubsim_scenarios.cli.update.replace_text", full)

    done = update("--yes", "wrong.yaml")

    assert "not written: No space left on device" in done.stderr
    assert file.read_text(encoding="utf-8") == WRONG
    assert done.exit_code == 1


_ANY_EVENT = Language(msgspec.structs.replace(vocabulary(), events=()))
"""The language with events that have any fields and words."""


@given(
    st.one_of(
        st.text(), st.sampled_from(["on", "null", "5", "@villa", "a: b", "#"]), st.integers(), st.none()
    ),
    st.sampled_from(["old", "'old'", '"old"']),
)
def test_every_seen_word_that_is_written_reads_back_as_a_match(seen: str | int | None, old: str) -> None:
    text = steps(f"{{order: [{{event: act, do: {old}}}]}}")
    names = Names(lambda alias: f"id of {alias}", {}, "UTC")
    word = next(word for word in words(grow(text)) if word.text == "old")

    (found,) = differences(word, Exactly("old"), seen, names, "do")

    if isinstance(found, Replacement):
        new = text[: found.span.start] + found.text + text[found.span.end :]
        scenario = _ANY_EVENT.read("new.yaml", new)
        assert isinstance(scenario, Scenario), (found, scenario)
        (step,) = scenario.steps
        assert isinstance(step, ExpectOrder)
        assert match(step.events[0], {"event": "act", "do": seen}, names.resolve) is None
    else:
        assert isinstance(seen, str)
        assert seen.startswith("@")
