"""A scenario can begin with fragments. Their world and steps come first, and cannot be overridden."""

from pathlib import Path

from small_scenarios import HOLDS

from hubsim_scenarios.language.language import ScenarioFile
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language

DEALER = """\
fragment: A Dealer with an approved Reseller
about: Everything before the first hub.
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
steps:
  - {as: ivan, do: create_object, name: House, called: house}
"""
SHORT = """\
scenario: A hub in the house of a fragment
clock: 2026-01-15 09:00 Europe/Warsaw
begin: a-dealer
world:
  hubs:
    villa: {model: hub-2-plus, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: ivan, do: add_hub, object: house, hub: villa, model: hub-2-plus}
  - {as: ivan, do: activate, hub: villa}
  - {expect: villa, tile: activated}
"""
BARN = """\
fragment: A barn
world:
  sims: {a1: ajax}
  hubs: {barn: {model: hub-2, company: wolf, object: farm, slots: {1: a1}}}
"""
VARIED = """\
scenario: Any hub
clock: 2026-01-15 09:00 UTC
begin: a-hub
matrix: {barn.model: [hub, hub-4g]}
steps:
  - {clock: +1 d}
"""


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def cases(file: Path) -> ScenarioFile:
    return language().cases(file.name, file.read_bytes(), FragmentFolders(file))


def mistakes(file: Path) -> list[str]:
    found = cases(file)
    assert found.scenarios == ()
    return [str(mistake).replace(str(file.parent), "HERE") for mistake in found.mistakes]


def test_the_world_and_the_steps_of_a_fragment_come_first_and_their_names_are_known(tmp_path: Path) -> None:
    fragment = written(tmp_path, "fragments/a-dealer.yaml", DEALER)
    file = written(tmp_path, "short.yaml", SHORT)

    (scenario,) = cases(file).scenarios

    assert list(scenario.world.people) == ["olga", "ivan", "rita"]
    assert [(step.file, step.place.line) for step in scenario.steps] == [
        (str(fragment), 8),
        (None, 8),
        (None, 9),
        (None, 10),
    ]
    assert scenario.steps[0].source == "{as: ivan, do: create_object, name: House, called: house}"
    result = play_virtual(scenario).result
    assert (result.verdict, result.reason) == (Verdict.PASS, "")


def test_the_nearest_folder_above_is_used(tmp_path: Path) -> None:
    written(tmp_path, "fragments/a-dealer.yaml", "no fragment")
    written(tmp_path, "deep/fragments/a-dealer.yaml", DEALER)
    file = written(tmp_path, "deep/er/short.yaml", SHORT)

    assert len(cases(file).scenarios) == 1


def test_a_name_that_is_declared_twice_is_reported_with_both_places(tmp_path: Path) -> None:
    written(tmp_path, "fragments/a-dealer.yaml", DEALER)
    file = written(tmp_path, "short.yaml", SHORT.replace("world:\n", "world:\n  people: [ivan]\n"))

    assert mistakes(file) == [
        (
            "short.yaml:5:12: 'ivan' is already the name of a person; "
            "declared in HERE/fragments/a-dealer.yaml:4:18; a scenario cannot override a fragment"
        )
    ]


def test_several_fragments_come_in_order_and_can_use_names_of_earlier_ones(tmp_path: Path) -> None:
    written(tmp_path, "fragments/a-dealer.yaml", DEALER)
    written(tmp_path, "fragments/a-barn.yaml", BARN)
    file = written(tmp_path, "short.yaml", SHORT.replace("a-dealer", "[a-dealer, a-barn]"))

    (scenario,) = cases(file).scenarios
    twice = written(
        tmp_path, "twice.yaml", SHORT.replace("a-dealer", "[a-dealer, a-barn]").replace("1: ajax", "1: a1")
    )

    assert list(scenario.world.hubs) == ["barn", "villa"]
    assert mistakes(twice) == [
        "twice.yaml:6:62: the sim 'a1' is already in a slot, in HERE/fragments/a-barn.yaml:4:71"
    ]


def test_a_hub_of_a_fragment_can_be_varied_by_a_matrix(tmp_path: Path) -> None:
    written(tmp_path, "fragments/a-hub.yaml", "fragment: A hub\nworld:\n  hubs: {barn: {model: hub-2}}\n")
    file = written(tmp_path, "x.yaml", VARIED)

    assert [each.world.hubs["barn"].model for each in cases(file).scenarios] == ["hub", "hub-4g"]


def test_an_unknown_fragment_is_the_only_mistake_and_has_a_suggestion(tmp_path: Path) -> None:
    written(tmp_path, "fragments/a-dealer.yaml", DEALER)
    file = written(tmp_path, "short.yaml", SHORT.replace("a-dealer", "a-deler"))

    assert mistakes(file) == [
        (
            "short.yaml:3:8: there is no fragment 'a-deler' in a folder 'fragments' here or above; "
            "did you mean 'a-dealer'?"
        )
    ]


def test_a_mistake_in_a_fragment_is_reported_only_in_its_file(tmp_path: Path) -> None:
    written(tmp_path, "fragments/a-dealer.yaml", DEALER.replace("ivan: installer", "ivan: insaller"))
    file = written(tmp_path, "short.yaml", SHORT)

    assert mistakes(file) == [
        "HERE/fragments/a-dealer.yaml:5:79: 'insaller' is not an employee role; did you mean 'installer'?"
    ]


def test_a_fragment_cannot_begin_with_another_fragment(tmp_path: Path) -> None:
    written(tmp_path, "fragments/a-dealer.yaml", f"begin: other\n{DEALER}")
    file = written(tmp_path, "short.yaml", SHORT)

    assert mistakes(file) == [
        (
            "HERE/fragments/a-dealer.yaml:1:1: unknown field 'begin' in the fragment; "
            "use one of: about, fragment, steps, world"
        )
    ]


def test_a_fragment_name_with_a_path_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "other.yaml", DEALER)
    file = written(tmp_path, "short.yaml", SHORT.replace("a-dealer", "../other"))

    (only,) = mistakes(file)
    assert only.startswith("short.yaml:3:8: the name of a fragment (small letters, digits, - and _)")


def test_a_text_without_a_file_has_no_fragments() -> None:
    found = language().read("x.yaml", HOLDS.replace("world:", "begin: a-dealer\nworld:"))

    assert [mistake.text for mistake in found if hasattr(mistake, "text")] == [
        "there is no fragment 'a-dealer' in a folder 'fragments' here or above"
    ]
