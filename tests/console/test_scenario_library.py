"""The scenarios of a server are as they are saved now."""

from pathlib import Path

import pytest

from hubsim_cloud.lab.errors import BadRequest, NotThere
from hubsim_scenarios.hosting.play_views import ScenarioKind
from hubsim_scenarios.hosting.scenario_library import ScenarioFilter, ScenarioLibrary
from hubsim_scenarios.product.files import find

TEXT = """\
scenario: An hour
covers: [X2]
tags: [clock]
clock: 2026-01-15 09:00 Europe/Warsaw
world: {hubs: {shed: {model: hub-2}}}
steps:
  - {clock: +1 h}
"""
ALL = ScenarioFilter()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    folder.mkdir()
    (folder / "100-an-hour.yaml").write_text(TEXT)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


@pytest.fixture
def library(catalog: Path, own: Path) -> ScenarioLibrary:
    return ScenarioLibrary(lambda: find([own]), catalog)


def ids(library: ScenarioLibrary, wanted: ScenarioFilter = ALL) -> list[str]:
    return [row.id for row in library.listed(wanted, {}).scenarios]


def test_the_files_of_the_user_are_first(library: ScenarioLibrary, own: Path) -> None:
    assert ids(library) == ["100-an-hour"]

    (own / "mine.yaml").write_text(TEXT)

    assert ids(library) == ["own-mine", "100-an-hour"]
    assert library.get("own-mine").kind is ScenarioKind.OWN


def test_files_of_the_same_name_have_different_ids(library: ScenarioLibrary, own: Path) -> None:
    for name in ("a", "b"):
        (own / name).mkdir()
        (own / name / "my file!.yaml").write_text(TEXT)

    assert ids(library) == ["own-my-file", "own-my-file-2", "100-an-hour"]


def test_a_saved_file_is_read_again(library: ScenarioLibrary, catalog: Path) -> None:
    before = library.get("100-an-hour")

    assert library.get("100-an-hour") is before
    (catalog / "100-an-hour.yaml").write_text(TEXT.replace("An hour", "One single hour"))

    assert library.get("100-an-hour").cases[0].title == "One single hour"


def test_a_saved_fragment_is_read_again(library: ScenarioLibrary, own: Path) -> None:
    (own / "fragments").mkdir()
    fragment = own / "fragments" / "late.yaml"
    fragment.write_text("fragment: Late\nsteps: [{clock: +2 h}]\n")
    (own / "mine.yaml").write_text(TEXT.replace("world:", "begin: late\nworld:"))

    assert len(library.get("own-mine").cases[0].steps) == 2
    fragment.write_text("fragment: Late\nsteps: [{clock: +2 h}, {clock: +3 h}]\n")

    assert len(library.get("own-mine").cases[0].steps) == 3


def test_a_file_with_mistakes_is_listed_with_them(library: ScenarioLibrary, own: Path) -> None:
    (own / "bad.yaml").write_text(TEXT.replace("hub-2", "hub-22"))
    entry = library.get("own-bad")

    row = library.listed(ALL, {}).scenarios[0]

    assert "bad.yaml:5:" in row.mistakes
    assert row.steps == 0
    with pytest.raises(BadRequest, match="hub-22"):
        entry.case(None)


def test_a_corrected_fragment_corrects_the_file(library: ScenarioLibrary, own: Path) -> None:
    (own / "mine.yaml").write_text(TEXT.replace("world:", "begin: late\nworld:"))
    assert library.get("own-mine").mistakes

    (own / "fragments").mkdir()
    (own / "fragments" / "late.yaml").write_text("fragment: Late\nsteps: [{clock: +2 h}]\n")

    assert library.get("own-mine").mistakes == ""


def test_each_case_of_a_matrix_can_be_chosen(library: ScenarioLibrary, own: Path) -> None:
    (own / "mine.yaml").write_text(f"{TEXT}matrix: {{model: [hub-2, hub-plus]}}\n")
    entry = library.get("own-mine")

    assert entry.row().cases == 2
    assert entry.row().title == "An hour"
    assert entry.case({"model": "hub-plus"}).world.hubs["shed"].model == "hub-plus"
    with pytest.raises(BadRequest, match="no such case"):
        entry.case({"model": "hub"})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ScenarioFilter(search="HOUR an"), True),
        (ScenarioFilter(search="minute"), False),
        (ScenarioFilter(clause="X2"), True),
        (ScenarioFilter(clause="X1"), False),
        (ScenarioFilter(tag="clock"), True),
        (ScenarioFilter(tag="clo"), False),
    ],
)
def test_a_filter_finds_words_clauses_and_tags(
    library: ScenarioLibrary, wanted: ScenarioFilter, found: bool
) -> None:
    assert bool(ids(library, wanted)) is found


def test_an_unknown_id_gets_the_one_probably_meant(library: ScenarioLibrary) -> None:
    with pytest.raises(NotThere, match="did you mean '100-an-hour'"):
        library.get("100-an-our")
