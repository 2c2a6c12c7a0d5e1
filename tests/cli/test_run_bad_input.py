"""`hubsim run` with bad input: the message has the place and the remedy, and nothing is played."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from scenario_folder import GOOD, WRONG_WORD, WRONG_WORDS, Folder

from hubsim import main

HUGE_BYTES = 1 << 40
"""More than fits into memory. The file is sparse, so it takes no space on disk."""
FULL_DISK = "/dev/full"
"""Can be opened for writing, but every write fails."""


def test_every_mistake_of_every_file_is_shown_with_its_line_and_nothing_is_played(
    folder: Folder, good: str
) -> None:
    two = folder.file("two.yaml", WRONG_WORDS)
    one = folder.file("one.yaml", WRONG_WORD)

    done = folder.run("--virtual", good, two, one)

    assert done.exit_code == 2
    assert done.stdout == ""
    places = re.findall(r"^(\S+):(\d+):(\d+): ", done.stderr, re.MULTILINE)
    assert [(file, line) for file, line, _ in places] == [(two, "7"), (two, "12"), (one, "15")]
    assert "did you mean 'installer'?" in done.stderr
    assert "did you mean 'not_active'?" in done.stderr
    for _, _, column in places:
        assert re.search(rf"^ {{5,6}}\| {{{int(column)}}}\^$", done.stderr, re.MULTILINE)


@pytest.mark.parametrize("command", ["run", "validate"])
@pytest.mark.parametrize(
    ("old", "new", "place", "text"),
    [
        (
            "{1: ajax}",
            "{9: ajax}",
            "10:5",
            "world: the hub 'villa' cannot be built: there is no SIM slot 9: ",
        ),
        ("dealer: yes, ", "", "7:15", "world: the cloud refuses 'wolf': not_a_dealer. "),
        (
            "{clock: +1 min}",
            "{clock: 2026-01-14 09:00}",
            "14:5",
            "the world clock is at 2026-01-15 09:00:00.000 Europe/Warsaw and cannot move back ",
        ),
        (
            "{clock: +1 min}",
            "{bench: villa, do: insert_sim, slot: 1, sim: ajax}",
            "14:5",
            "refused: slot_taken. SIM slot 1 already contains a card; ",
        ),
    ],
)
def test_what_the_file_alone_shows_to_be_impossible_is_refused_with_its_place(
    folder: Folder, command: str, old: str, new: str, place: str, text: str
) -> None:
    assert old in GOOD
    file = folder.file("impossible.yaml", GOOD.replace(old, new))

    options = ["--virtual"] if command == "run" else []
    done = CliRunner().invoke(main, [command, *options, file], catch_exceptions=False)

    assert done.exit_code == 2
    assert f"{file}:{place}: {text}" in done.output
    assert "PASS" not in done.output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["no-such-file.yaml"], "no-such-file.yaml: no such file or folder"),
        (["--broker", "http://localhost", "GOOD"], "not a broker URL (scheme 'http')"),
        (["--broker", "mosquito", "GOOD"], "not a broker URL"),
        (["--twice", "GOOD"], "--twice needs --virtual"),
        (["--twice", "--virtual", "--json", "-", "GOOD"], "--twice cannot be combined with --html"),
        (["--twice", "--virtual", "--junit", "NEW", "GOOD"], "--twice cannot be combined with --html"),
        (
            ["--watch", "--virtual", "--json", "-", "GOOD"],
            "--watch never ends, so it cannot be combined with",
        ),
        (["--virtual", "--json", "GOOD", "GOOD"], "has the suffix of a scenario and would be overwritten"),
        (["--virtual", "--trace", "GOOD", "GOOD"], "has the suffix of a scenario and would be overwritten"),
        (["--virtual", "--json", "NEW", "--html", "NEW", "GOOD"], "two outputs have the name"),
        (["--virtual", "--junit", "NEW/r.xml", "GOOD"], "create the folder"),
        ([], "Missing argument"),
        (["--colour", "GOOD"], "No such option"),
    ],
    ids=[
        "missing path",
        "bad URL",
        "no broker",
        "twice in the live world",
        "twice as JSON",
        "twice with a report",
        "watching with a report",
        "a report over a scenario",
        "a trace over a scenario",
        "two reports in one file",
        "a report in a missing folder",
        "no path",
        "no such option",
    ],
)
def test_bad_arguments_are_refused_before_anything_is_played(
    folder: Folder, good: str, arguments: list[str], text: str
) -> None:
    new = folder.path / "new"

    done = folder.run(*(word.replace("GOOD", good).replace("NEW", str(new)) for word in arguments))

    assert done.exit_code == 2
    assert text in done.stderr
    assert "PASS" not in done.stdout
    assert not new.exists()
    assert Path(good).read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize("option", ["--trace", "--junit", "--json", "--html"])
def test_a_report_cannot_overwrite_an_input_file_under_another_name(
    folder: Folder, good: str, option: str
) -> None:
    link = folder.path / "report"
    link.symlink_to(good)

    done = folder.run("--virtual", option, link, good)

    assert done.exit_code == 2
    assert "is the same file as" in done.stderr
    assert Path(good).read_text(encoding="utf-8") == GOOD


def test_two_reports_cannot_be_written_to_one_file_under_two_names(folder: Folder, good: str) -> None:
    first, second = folder.path / "first", folder.path / "second"
    first.write_bytes(b"")
    second.hardlink_to(first)

    done = folder.run("--virtual", "--json", first, "--html", second, good)

    assert done.exit_code == 2
    assert f"{second} is the same file as {first}" in done.stderr


@pytest.mark.parametrize("option", ["--trace", "--junit", "--json", "--html"])
def test_a_disk_that_is_full_at_the_end_is_reported(folder: Folder, good: str, option: str) -> None:
    done = folder.run("--virtual", option, FULL_DISK, good)

    assert done.exit_code == 3
    assert "their results cannot be written: " in done.stderr


def test_a_folder_with_the_suffix_of_a_scenario_is_searched(folder: Folder) -> None:
    folder.file("old.yaml/a.yaml", GOOD)

    assert folder.run("--virtual", folder.path).exit_code == 0


def test_a_file_that_is_too_large_is_refused_without_reading_all_of_it(folder: Folder) -> None:
    file = folder.file("huge.yaml", GOOD)
    os.truncate(file, HUGE_BYTES)

    done = folder.run("--virtual", file)

    assert done.exit_code == 2
    assert done.stderr.startswith(f"{file}:1:1: the file is larger than ")


@pytest.mark.parametrize("setting", ["order_retry", "order_overdue", "desired_retry"])
def test_a_setting_of_zero_that_would_repeat_forever_is_bad_input(folder: Folder, setting: str) -> None:
    file = folder.file(
        "wait.yaml", GOOD.replace("world:", f"settings: {{cloud: {{{setting}: 0 s}}}}\nworld:")
    )

    done = folder.run("--virtual", file)

    assert done.exit_code == 2
    assert "'0 s' is not a duration from 1 s to 1 d" in done.stderr


def test_a_folder_without_scenario_files_is_refused(folder: Folder) -> None:
    done = folder.run("--virtual", folder.path)

    assert done.exit_code == 2
    assert "this folder has no scenario file (*.yaml)" in done.stderr


@pytest.mark.live
def test_a_broker_that_does_not_answer_blocks_the_play(folder: Folder, good: str) -> None:
    done = folder.run("--broker", "mqtt://127.0.0.1:1", good)

    assert done.exit_code == 3
    assert "the broker at mqtt://127.0.0.1:1 does not answer" in done.stdout


@pytest.mark.parametrize(
    "url", ["http://ci:s3cret@127.0.0.1:1", "ftp://ci:s3cret@127.0.0.1:1", "http://127.0.0.1:1/?token=s3cret"]
)
def test_a_server_url_with_secrets_is_refused_and_not_printed(folder: Folder, good: str, url: str) -> None:
    done = folder.run("--cloud", url, good)

    assert done.exit_code == 2
    assert "has a user, a password or a query" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.live
def test_the_password_of_a_broker_is_never_printed(folder: Folder, good: str) -> None:
    done = folder.run("--broker", "mqtt://ci:s3cret@127.0.0.1:1", good)

    assert done.exit_code == 3
    assert "mqtt://127.0.0.1:1" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("option", ["--html", "--junit", "--json", "--trace"])
def test_a_report_into_a_named_pipe_is_refused(folder: Folder, good: str, option: str) -> None:
    pipe = folder.path / "pipe"
    os.mkfifo(pipe)

    done = folder.run("--virtual", option, str(pipe), good)

    assert done.exit_code == 2
    assert done.stderr == f"{pipe}: a named pipe cannot be written; use a file or /dev/stdout\n"
    assert "PASS" not in done.stdout
