"""What is saved is played again at once, and only what is new is told."""

import os
from collections.abc import Callable, Iterator, Sequence
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
    """The watching is interrupted."""


class Folder:
    """A watched folder. Each saving of the list happens in one pause between two looks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.played: list[list[str]] = []
        self._saved_ns = 1_000_000_000

    def save(self, name: str, text: str) -> None:
        """Save a file later than any before it."""
        file = self.path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self._saved_ns += 1_000_000_000
        os.utime(file, ns=(self._saved_ns, self._saved_ns))

    def watch(self, *savings: Callable[[], None]) -> None:
        pauses: Iterator[Callable[[], None]] = iter(savings)

        def pause(_: float) -> None:
            saving = next(pauses, None)
            if saving is None:
                raise Ended
            saving()

        watched = Watch(self._find, (), self._read, self._play, Target(live=False).again)
        with pytest.raises(Ended):
            watch(watched, pause)

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


def test_a_saved_file_alone_is_played_again_and_told(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.watch(lambda: None, lambda: folder.save("b.yaml", FAILS), lambda: None)

    assert folder.played == [["a.yaml", "b.yaml"], ["b.yaml"]]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 pass"
    assert lines[1] == f"FAIL     {folder.path / 'b.yaml'}  It is red  (was pass)"
    assert lines[-1] == "1 pass, 1 fail"
    assert sum("a.yaml" in line for line in lines) == 0


def test_what_failed_before_in_the_same_way_is_told_in_short(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.save("b.yaml", FAILS)
    folder.watch(lambda: folder.save("b.yaml", f"# again\n{FAILS}"))

    told = capsys.readouterr().out
    assert told.count("last events about villa") == 1
    assert "  as before: villa: shows.led: expected 'red', saw 'green'" in told


def test_what_passes_now_says_what_it_was(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.save("b.yaml", FAILS.replace("It is red", "A hub with a cable is green"))
    folder.watch(lambda: folder.save("b.yaml", HOLDS))

    assert "A hub with a cable is green  (was fail)" in capsys.readouterr().out


def test_a_fragment_that_is_saved_replays_what_begins_with_it(folder: Folder) -> None:
    fragment = "fragment: A barn\nworld:\n  hubs: {barn: {model: hub-2}}\n"
    folder.save("fragments/a-barn.yaml", fragment)
    folder.save("b.yaml", HOLDS.replace("world:", "begin: a-barn\nworld:"))

    folder.watch(lambda: folder.save("fragments/a-barn.yaml", fragment.replace("hub-2", "hub-4g")))

    assert folder.played == [["a.yaml", "b.yaml"], ["b.yaml"]]


def test_a_mistake_is_told_and_nothing_played_until_it_is_mended(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.watch(
        lambda: folder.save("b.yaml", HOLDS.replace("led:", "lod:")),
        lambda: folder.save("b.yaml", HOLDS),
    )

    assert folder.played == [["a.yaml", "b.yaml"], ["b.yaml"]]
    assert "did you mean 'led'?" in capsys.readouterr().err


def test_a_file_that_goes_is_told_and_counted_no_more(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.watch((folder.path / "b.yaml").unlink)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(f"gone     {folder.path / 'b.yaml'}")
    assert lines[2] == "1 pass"
