"""The reference page, which is generated from the tables that read the files."""

import subprocess
import sys
from pathlib import Path

import pytest
from small_world import VOCABULARY

from hubsim_scenarios.pages.reference import reference


def test_the_reference_contains_every_word_of_the_vocabulary() -> None:
    page = reference(VOCABULARY)

    words = [
        *VOCABULARY.commands,
        *VOCABULARY.queries,
        *VOCABULARY.bench_actions,
        *VOCABULARY.faults,
        *VOCABULARY.settings,
        *VOCABULARY.expectations,
    ]
    assert [word for word in words if f"### `{word}`" not in page] == []


def test_an_action_has_its_first_sentence_and_its_fields() -> None:
    page = reference(VOCABULARY)

    section = page.split("### `create_company`")[1].split("###")[0]
    assert "Register a company (guide C1)." in section
    assert "More words follow" not in section
    assert "| `name` | text | required |  |" in section
    assert "| `called` | a new name |  | The name of the created thing for later steps." in section


def test_fields_are_described_as_an_author_writes_them() -> None:
    page = reference(VOCABULARY)

    assert "| `ping` | a duration, or `null` |  |  |" in page
    assert "| `volume` | a whole number from 0 to 10 | `5` |  |" in page
    assert "| `ends_at` | an instant, or `null` |  |  |" in page
    assert "The tile under the hub." in page
    assert "In the group `app`:" in page


def test_defaults_are_shown_as_an_author_writes_them() -> None:
    page = reference(VOCABULARY)

    assert "| `activation` | a duration | `1 min` |" in page
    assert "| `reject` | a reject (`temporary`, `permanent`) | `temporary` |" in page
    assert "| `power` | on or off | `on` | Whether the hub is switched on. |" in page
    assert "| `within` | a duration | `0 s` |" in page
    assert "| `for` | a duration of at least 1 ms | required |" in page
    assert "| `since` | a start (`start`, `last step`) | `start` |" in page


@pytest.mark.process
def test_the_reference_is_the_same_in_every_process() -> None:
    root = Path(__file__).parents[2]
    script = (
        "from small_world import VOCABULARY; from hubsim_scenarios.pages.reference import reference;"
        "import sys; sys.stdout.write(reference(VOCABULARY))"
    )

    pages = {
        subprocess.run(  # noqa: S603 (our own script)
            [sys.executable, "-c", script],
            env={"PYTHONPATH": f"{root}:{Path(__file__).parent}", "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert pages == {reference(VOCABULARY)}
