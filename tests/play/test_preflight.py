"""Mistakes that the file alone shows are found before anything is played, each with its place."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steps_in_play import WORLD, scenario

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import Watched
from hubsim_scenarios.play.preflight import check_playable, preflight
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import BadFiles, read
from hubsim_scenarios.product.vocabulary import language

HEAD = WORLD.replace(
    "people: [olga, ivan, rita]", "people: {olga: , ivan: , rita: , zoe: {account: no}}"
).replace("  hubs:\n", "  sims: {a1: ajax}\n  hubs:\n")
FIRST_STEP = HEAD.count("\n") + 1
"""The line of the first step."""


def mistakes(*steps: str, head: str = HEAD) -> list[str]:
    """Return the mistakes of a scenario with these steps, as text without the file."""
    source = (head + "".join(f"  - {step}\n" for step in steps)).encode()
    found = preflight([scenario(*steps, head=head)], source=lambda _: source)
    return [str(mistake).removeprefix("short.yaml:") for mistake in found]


@pytest.mark.parametrize(
    ("step", "mistake"),
    [
        (
            "{bench: villa, do: remove_sim, slot: 2}",
            "refused: slot_empty. SIM slot 2 is empty; if this is what you test, add 'refused: slot_empty'",
        ),
        (
            "{bench: villa, do: insert_sim, slot: 1, sim: ajax}",
            (
                "refused: slot_taken. SIM slot 1 already contains a card; "
                "if this is what you test, add 'refused: slot_taken'"
            ),
        ),
        (
            "{bench: shed, do: unplug, link: wifi}",
            (
                "refused: no_such_link. the model hub-2 has no wifi; "
                "if this is what you test, add 'refused: no_such_link'"
            ),
        ),
        (
            "{bench: villa, do: plug, link: ethernet}",
            (
                "refused: already_plugged. ethernet is connected already; "
                "if this is what you test, add 'refused: already_plugged'"
            ),
        ),
        ("{fault: start_process, process: cloud}", "the cloud is running already"),
        (
            "{fault: cut_process, process: broker}",
            "the broker itself has no connection to cut; use `stop_process`",
        ),
        ("{fault: drop, message: orders, hub: shed}", "orders: the hub shed has no Ajax SIM"),
        ("{fault: replay, message: orders, hub: shed}", "orders: the hub shed has no Ajax SIM"),
        (
            "{expect: shed, carrier: {profile: active}}",
            "shed: the hub has no Ajax SIM here; insert one before, or name a card instead",
        ),
        (
            "{as: olga, do: change_owner, person: zoe}",
            "the person 'zoe' does not exist in the cloud yet; a step before this one must create it",
        ),
    ],
)
def test_a_step_that_can_never_be_played_is_a_mistake_at_its_place(step: str, mistake: str) -> None:
    assert mistakes(step) == [f"{FIRST_STEP}:5: {mistake}"]


@pytest.mark.parametrize(
    "steps",
    [
        ["{bench: villa, do: remove_sim, slot: 1}", "{bench: villa, do: remove_sim, slot: 1}"],
        [
            "{bench: villa, do: insert_sim, slot: 2, sim: a1}",
            "{bench: shed, do: insert_sim, slot: 1, sim: a1}",
        ],
        ["{bench: villa, do: break_sim, slot: 1}", "{bench: villa, do: lock_sim, slot: 1}"],
        ["{bench: villa, do: power_off}", "{bench: villa, do: restart}"],
        ["{fault: stop_process, process: carrier}", "{fault: stop_process, process: carrier}"],
        [
            "{fault: stop_process, process: broker}",
            "{fault: inject, message: reported, hub: villa, payload: boo}",
        ],
    ],
)
def test_earlier_steps_count(steps: list[str]) -> None:
    first, second = steps

    assert mistakes(first) == []
    (found,) = mistakes(first, second)
    assert found.startswith(f"{FIRST_STEP + 1}:5: ")


@pytest.mark.parametrize(
    "steps",
    [
        ["{bench: villa, do: remove_sim, slot: 2, refused: slot_empty}"],
        ["{bench: villa, do: remove_sim, slot: 1}", "{bench: villa, do: insert_sim, slot: 1, sim: a1}"],
        [
            "{as: zoe, do: sign_up, name: Zoe, email: zoe@example.test}",
            "{as: olga, do: change_owner, person: zoe}",
        ],
        ["{as: ivan, do: resume, hub: villa}"],
        ["{fault: stop_process, process: cloud}", "{fault: start_process, process: cloud}"],
        ["{fault: replay, message: desired, hub: villa, back: 9}"],
        ["{expect: villa, led: red, within: 5 d}", "{clock: 2026-01-16 09:00}"],
        ["{clock: start of next month - 10 d}", "{clock: 2026-01-23 00:00}"],
    ],
)
def test_an_uncertain_problem_is_not_a_mistake(steps: list[str]) -> None:
    assert mistakes(*steps) == []


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            "dealer: yes, ",
            "",
            (
                "6:5: world: the cloud refuses 'wolf': not_a_dealer. wolf is not a Dealer: "
                "its owner can enroll it in the company's service settings; add 'dealer: yes' to the company"
            ),
        ),
        (
            "country: PL, dealer: yes",
            "country: CN, dealer: yes",
            (
                "6:5: world: the cloud refuses 'wolf': country_not_supported. "
                "Ajax Services are not available in the company's country: "
                "register a company in another one; use a country with the services"
            ),
        ),
        (
            "{1: ajax}",
            "{9: ajax}",
            "11:5: world: the hub 'villa' cannot be built: there is no SIM slot 9: this hub has 2 slots",
        ),
        (
            "hub-2, links: [ethernet]",
            "hub-2, links: [wifi]",
            "12:5: world: the hub 'shed' cannot be built: the model hub-2 has no wifi",
        ),
        ("owner: rita", "owner: zoe", "4:36: the person 'zoe' does not exist in the cloud yet"),
    ],
)
def test_a_world_that_cannot_be_built_is_a_mistake_at_its_declaration(
    old: str, new: str, mistake: str
) -> None:
    assert old in HEAD

    assert mistakes("{expect: villa, powered: on}", head=HEAD.replace(old, new)) == [mistake]


def test_a_mistake_in_one_case_of_a_matrix_names_the_case_once(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    matrix = "matrix: {villa.model: [hub-2-plus, hub, hub-4g]}\nworld:"
    file.write_text(
        WORLD.replace("world:", matrix) + "  - {bench: villa, do: lock_sim, slot: 1}\n", encoding="utf-8"
    )
    file.write_text(file.read_text().replace("{1: ajax}", "{2: ajax}"), encoding="utf-8")

    with pytest.raises(BadFiles) as refused:
        check_playable(read([file])[1:])

    text = str(refused.value)
    assert re.search(
        r"cases\.yaml:11:5: world: the hub 'villa' .* 1 slot \(in the case villa\.model=hub\)\n", text
    )
    assert text.count("cases.yaml:11") == 1


def test_a_mistake_in_a_fragment_is_at_its_place_in_the_fragment(tmp_path: Path) -> None:
    fragment = tmp_path / "fragments" / "a-hub.yaml"
    fragment.parent.mkdir()
    fragment.write_text(
        "fragment: A hub\nworld: {hubs: {villa: {model: hub}}}\n"
        "steps:\n  - {bench: villa, do: unplug, link: ethernet}\n",
        encoding="utf-8",
    )
    file = tmp_path / "begins.yaml"
    head = "scenario: It begins\nclock: 2026-01-15 09:00 UTC\nbegin: a-hub\n"
    file.write_text(head + "steps:\n  - {expect: villa, powered: on}\n", encoding="utf-8")

    with pytest.raises(BadFiles, match=r"a-hub\.yaml:4:5: refused: not_plugged\. "):
        check_playable(read([file]))


STEPS = st.lists(
    st.sampled_from(
        [
            "{bench: villa, do: remove_sim, slot: 1}",
            "{bench: villa, do: insert_sim, slot: 1, sim: ajax}",
            "{bench: villa, do: insert_sim, slot: 2, sim: a1}",
            "{bench: villa, do: remove_sim, slot: 2}",
            "{bench: shed, do: insert_sim, slot: 1, sim: a1}",
            "{bench: villa, do: unplug, link: ethernet}",
            "{bench: villa, do: plug, link: ethernet}",
            "{bench: villa, do: set_mains, present: no}",
            "{bench: villa, do: set_battery, percent: 0}",
            "{bench: villa, do: power_off}",
            "{bench: villa, do: power_on}",
            "{bench: villa, do: restart}",
            "{fault: stop_process, process: carrier}",
            "{fault: start_process, process: carrier}",
            "{clock: +1 d}",
            "{clock: start of next month}",
        ]
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 9))
def test_a_mistake_is_certain_and_a_scenario_that_passes_has_none(steps: list[str], seed: int) -> None:
    played: Scenario = scenario(*steps, head=HEAD)

    result = play_virtual(played, seed, watched=Watched(look_on=False)).result

    assert bool(mistakes(*steps)) == (result.verdict is not Verdict.PASS)


def test_reading_alone_does_not_report_what_cannot_be_played() -> None:
    """The language knows no hub hardware: the mistakes are those of the preflight."""
    found = language().read("x.yaml", HEAD + "  - {bench: villa, do: remove_sim, slot: 2}\n")

    assert isinstance(found, Scenario)
