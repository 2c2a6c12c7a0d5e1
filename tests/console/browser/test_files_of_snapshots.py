"""The snapshots of the frame as files: downloaded, opened again, and refused when they are damaged."""

from pathlib import Path

import pytest
from console_tab import OLGA, ConsoleTab
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
NAME = "for-a-file"


def menu(page: Page) -> None:
    """Open the menu of snapshots and worlds."""
    page.get_by_role("button", name="Snapshots and worlds").click()
    page.get_by_role("heading", name="Snapshots").wait_for()


def test_a_snapshot_is_downloaded_and_opened_again_as_a_world(tab: ConsoleTab, tmp_path: Path) -> None:
    tab.call("POST", "/lab/snapshots", {"name": NAME})
    page = tab.open("fleet", OLGA)
    menu(page)
    page.get_by_role("link", name=f"Download {NAME} as a file").wait_for()
    assert tab.violations([".menu"]) == []  # the panel covers a part of other buttons
    with page.expect_download() as downloading:
        page.get_by_role("link", name=f"Download {NAME} as a file").click()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    page.get_by_role("button", name=f"Forget {NAME}").click()
    page.get_by_text(f"Forgot {NAME}").wait_for()
    tab.call("POST", "/lab/clock/advance", {"by": "P1D"})
    date = page.get_by_role("group", name="World time")
    expect(date).to_contain_text("26 March 2026")

    page.get_by_label("File of a snapshot").set_input_files(file)
    page.get_by_text(f"{NAME} was read from the file").wait_for()
    page.get_by_role("button", name=f"Open {NAME} as a new world").click()

    expect(date).to_contain_text("25 March 2026")
    opened = page.url.partition("world=")[2].partition("&")[0]
    assert (file.name, opened in ("", tab.world)) == (f"{NAME}.hubsim", False)
    tab.call("DELETE", f"/lab/worlds/{opened}")
    tab.call("DELETE", f"/lab/snapshots/{NAME}")


def test_a_damaged_file_is_refused_in_the_language_of_the_page(tab: ConsoleTab, tmp_path: Path) -> None:
    file = tmp_path / "notes.hubsim"
    file.write_text("not a snapshot", encoding="utf-8")
    page = tab.open("fleet", OLGA, lang="pl")
    page.get_by_role("button", name="Migawki i światy").click()

    page.get_by_label("Plik migawki").set_input_files(file)

    expect(page.get_by_role("log")).to_contain_text("Nie można otworzyć tego pliku: to nie jest plik migawki")
    assert "notes" not in [row["name"] for row in tab.call("GET", "/lab/snapshots")["snapshots"]]
