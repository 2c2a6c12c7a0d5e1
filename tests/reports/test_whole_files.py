"""A report file is written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from hubsim_storage.whole_file import NamedPipe, check_writable, write_whole


def test_a_check_changes_nothing(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"old")

    check_writable(old)
    check_writable(new)

    assert [file.name for file in tmp_path.iterdir()] == ["old"]
    assert old.read_bytes() == b"old"


@pytest.mark.parametrize("before", [None, b"old"])
def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, before: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report"
    if before is not None:
        file.write_bytes(before)

    def full(_file: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, b"new")

    assert (file.read_bytes() if file.exists() else None) == before
    assert len(list(tmp_path.iterdir())) == (0 if before is None else 1)


def test_a_link_stays_a_link_and_the_mode_stays_the_same(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)

    write_whole(link, b"new")

    assert link.is_symlink()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)


@pytest.mark.parametrize("error", [errno.EBUSY, errno.EXDEV])
def test_a_file_that_cannot_be_replaced_is_written_directly(
    tmp_path: Path, error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mounted"
    file.write_bytes(b"old")

    def mounted(_part: Path, _file: Path) -> None:
        raise OSError(error, "busy")

    monkeypatch.setattr(Path, "replace", mounted)
    write_whole(file, b"new")

    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_device_is_written_directly() -> None:
    check_writable(Path("/dev/null"))
    write_whole(Path("/dev/null"), b"new")
    assert not Path("/dev/null").is_file()


def test_a_named_pipe_is_refused(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)

    for file in (pipe, link):
        with pytest.raises(NamedPipe, match="a named pipe cannot be written; use a file or /dev/stdout"):
            check_writable(file)
        with pytest.raises(NamedPipe):
            write_whole(file, b"new")


def test_a_pipe_that_is_open_already_is_written() -> None:
    reader, writer = os.pipe()
    file = Path(f"/dev/fd/{writer}")

    check_writable(file)
    write_whole(file, b"new")
    os.close(writer)

    with open(reader, "rb") as pipe:  # noqa: PTH123 (a descriptor)
        assert pipe.read() == b"new"
