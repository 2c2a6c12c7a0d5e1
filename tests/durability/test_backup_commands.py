"""`hubsim backup` and `hubsim restore`: their output and exit codes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from database_files import contents, fixture_copy, image, names_in_folder_of, overwrite

from hubsim_cloud.service.migrations import MIGRATIONS
from hubsim_cloud.service.store import Store
from hubsim_server.cli import backup, restore


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return fixture_copy(f"cloud-schema-{len(MIGRATIONS)}.db", tmp_path)


def run_backup(*arguments: Path) -> Result:
    return CliRunner().invoke(backup.command, [str(argument) for argument in arguments])


def run_restore(*arguments: Path) -> Result:
    return CliRunner().invoke(restore.command, [str(argument) for argument in arguments])


def test_backup_prints_the_path_of_the_backup(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "saved.db"

    result = run_backup(database, target)

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{target}\n", "")
    assert contents(target) == contents(database)


def test_a_failed_backup_exits_with_2_and_one_message(database: Path) -> None:
    result = run_backup(database, database)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert (
        result.stderr
        == f"Error: {database}: already exists, and a backup does not overwrite files; give another name\n"
    )


def test_restore_prints_the_path_of_the_replaced_database(database: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    run_backup(database, saved)

    result = run_restore(saved, database)

    assert (result.exit_code, result.stdout) == (0, f"{database}\n")
    assert result.stderr == f"the replaced database is {database}.replaced-1\n"


def test_restore_to_a_free_path_does_not_print_a_replaced_database(database: Path, tmp_path: Path) -> None:
    result = run_restore(database, tmp_path / "new.db")

    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{tmp_path / 'new.db'}\n", "")


def test_restore_from_a_broken_backup_exits_with_2_without_changes(database: Path, tmp_path: Path) -> None:
    saved, before = tmp_path / "saved.db", image(database)
    overwrite(saved, b"a shopping list\n" * 100)

    result = run_restore(saved, database)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {saved}: cannot be copied (file is not a database)")
    assert image(database) == before
    assert names_in_folder_of(database) == ["cloud.db", "saved.db"]


async def test_restore_while_a_cloud_runs_exits_with_2(database: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    run_backup(database, saved)
    store = await Store.open(database)

    result = run_restore_in_a_thread(saved, database)

    await store.close()
    assert result.exit_code == 2
    assert "is used by another hubsim" in result.stderr


def run_restore_in_a_thread(*arguments: Path) -> Result:
    """Run the command in a thread without an event loop, as in a separate program."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run_restore, *arguments).result()
