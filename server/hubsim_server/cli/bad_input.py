"""The end of a command with bad input: a short message on stderr, exit code 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


class BadInput(click.ClickException):
    """An invalid file, name or number."""

    exit_code = 2


@contextmanager
def explained(*errors: type[Exception]) -> Iterator[None]:
    """Turn these errors, and errors of files, into `BadInput`. The error of a full disk passes through."""
    try:
        yield
    except errors as error:
        raise BadInput(str(error)) from error
    except (
        FileNotFoundError,
        PermissionError,
        NotADirectoryError,
        IsADirectoryError,
        FileExistsError,
    ) as error:
        raise BadInput(f"{error.filename}: {error.strerror}") from error
