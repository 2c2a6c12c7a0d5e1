"""With --watch, changed scenarios are played again, and new results are printed."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_scenarios import FAILS, HOLDS

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.product.files import BadFiles
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.running.target import Target
from hubsim_scenarios.running.watch import Watch, watch


class Ended(Exception):
    """Interrupts the watching."""


class Folder:
    """A watched folder. Each change is made in a pause between two polls."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.played: list[list[str]] = []
        self._saved_ns = 1_000_000_000

    def save(self, name: str, text: str) -> None:
        """Save a file with a later timestamp than all earlier ones."""
        file = self.path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self._saved_ns += 1_000_000_000
        os.utime(file, ns=(self._saved_ns, self._saved_ns))

    def watch(self, *changes: Callable[[], None]) -> None:
        pauses: Iterator[Callable[[], None]] = iter(changes)

        def pause(_: float) -> None:
            change = next(pauses, None)
            if change is None:
                raise Ended
            change()

        watched = Watch(self._find, (), self._read, self._play, Target(live=False).again)
        with pytest.raises(Ended):
            watch(watched, pause, lambda: datetime(2026, 1, 15, 14, 3, 9, tzinfo=UTC))

    def _find(self) -> list[Path]:
        return sorted(self.path.glob("*.yaml"))

    def _read(self) -> list[Scenario]:
        found = []
        for file in self._find():
            read = language().cases(str(file), file.read_bytes(), FragmentFolders(file))
            if read.mistakes:
                raise BadFiles("\n".join(map(str, read.mistakes)))
            found += read.scenarios
        return found

    def _play(self, scenarios: Sequence[Scenario]) -> list[PlayResult]:
        self.played.append([Path(each.file).name for each in scenarios])
        return [play_virtual(each).result for each in scenarios]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.save("a.yaml", HOLDS)
    folder.save("b.yaml", HOLDS)
    return folder


def test_only_a_saved_file_is_played_again_and_printed(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.watch(lambda: None, lambda: folder.save("b.yaml", FAILS), lambda: None)

    assert folder.played == [["a.yaml", "b.yaml"], ["b.yaml"]]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 passed"
    assert lines[1:3] == ["", f"14:03:09  {folder.path / 'b.yaml'} saved"]
    assert lines[3] == f"FAIL     {folder.path / 'b.yaml'}  It is red  (was PASS)"
    assert lines[-1] == "1 passed, 1 failed"
    assert sum("a.yaml" in line for line in lines) == 0


def test_an_unchanged_failure_is_printed_in_short_form(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.save("b.yaml", FAILS)
    folder.watch(lambda: folder.save("b.yaml", f"# again\n{FAILS}"))

    printed = capsys.readouterr().out
    assert printed.count("last events about villa") == 1
    assert "  unchanged: villa: shows.led: expected 'red', saw 'green'" in printed


def test_a_play_that_passes_now_shows_its_last_verdict(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.save("b.yaml", FAILS.replace("It is red", "A hub with a cable is green"))
    folder.watch(lambda: folder.save("b.yaml", HOLDS))

    assert "A hub with a cable is green  (was FAIL)" in capsys.readouterr().out


def test_saving_a_fragment_plays_the_scenarios_that_begin_with_it(folder: Folder) -> None:
    fragment = "fragment: A barn\nworld:\n  hubs: {barn: {model: hub-2}}\n"
    folder.save("fragments/a-barn.yaml", fragment)
    folder.save("b.yaml", HOLDS.replace("world:", "begin: a-barn\nworld:"))

    folder.watch(lambda: folder.save("fragments/a-barn.yaml", fragment.replace("hub-2", "hub-4g")))

    assert folder.played == [["a.yaml", "b.yaml"], ["b.yaml"]]


def test_a_mistake_is_printed_and_stops_plays_until_it_is_corrected(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.watch(
        lambda: folder.save("b.yaml", HOLDS.replace("led:", "lod:")),
        lambda: folder.save("b.yaml", HOLDS),
    )

    assert folder.played == [["a.yaml", "b.yaml"], ["b.yaml"]]
    assert "did you mean 'led'?" in capsys.readouterr().err


def test_a_deleted_file_is_reported_and_no_longer_counted(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.watch((folder.path / "b.yaml").unlink)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["", f"14:03:09  {folder.path / 'b.yaml'} deleted"]
    assert lines[3].startswith(f"REMOVED  {folder.path / 'b.yaml'}")
    assert lines[4] == "1 passed"
