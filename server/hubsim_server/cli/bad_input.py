"""How a command ends when what it was given cannot be used: one sentence on stderr, exit code 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


class BadInput(click.ClickException):
    """A file, name or number that cannot be used."""

    exit_code = 2


@contextmanager
def explained(*errors: type[Exception]) -> Iterator[None]:
    """Turn these errors, and files that cannot be reached, into `BadInput`. A full disk is passed on."""
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
