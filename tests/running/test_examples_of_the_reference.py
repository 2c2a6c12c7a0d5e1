"""The examples of the reference can be played, and pass."""

import re
from pathlib import Path

from small_scenarios import HOLDS

from hubsim_scenarios.pages.reference_prose import FRAGMENTS, KEPT_VALUES, MATRIX, TABLE
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language


def example(text: str) -> str:
    (found,) = re.findall(r"```yml\n(.*?)```", text, re.DOTALL)
    return str(found)


def test_the_fragment_and_the_matrix_of_the_reference_can_be_played_together(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "a-dealer.yaml").write_text(example(FRAGMENTS), encoding="utf-8")
    dealer = HOLDS[HOLDS.index("  people:") : HOLDS.index("  hubs:")]
    text = HOLDS.replace(dealer, "").replace("world:", f"begin: a-dealer\n{example(MATRIX)}world:")
    text = text.replace("led: green", "tile: activated, within: 1 h").replace(
        "screen: device_list", "note: x"
    )

    found = language().cases(str(file), text, FragmentFolders(file))

    assert found.mistakes == ()
    assert len(found.scenarios) == 8
    results = [play_virtual(case).result for case in found.scenarios]
    assert {(result.verdict, result.reason) for result in results} == {(Verdict.PASS, "")}


def all_pass(text: str) -> None:
    found = language().cases("x.yaml", text)
    assert found.mistakes == (), "\n".join(map(str, found.mistakes))
    results = [play_virtual(case).result for case in found.scenarios]
    assert {(result.verdict, result.reason) for result in results} == {(Verdict.PASS, "")}


def test_the_table_of_the_reference_can_be_played() -> None:
    all_pass(HOLDS.partition("steps:\n")[0] + example(TABLE))


def test_the_kept_values_of_the_reference_can_be_played() -> None:
    before, _, after = example(KEPT_VALUES).partition("  - as: ivan\n")
    active = (
        "  - {as: ivan, do: activate, hub: villa}\n  - {as: ivan, do: schedule_deactivation, hub: villa}\n"
    )
    text = f"{before}{active}  - as: ivan\n{after}"

    all_pass(HOLDS.partition("steps:\n")[0] + text)
