"""The TOML file with the business settings (`CloudSettings`).

Owns reading and validation of the file. Errors name the file, the key and the expected values.
"""

import tomllib
from difflib import get_close_matches
from pathlib import Path

import msgspec

from hubsim_cloud.domain.settings import CloudSettings


class BadBusiness(Exception):
    """The file cannot be used. The text has the place and what to do."""


def read_business(path: Path) -> CloudSettings:
    """Return the settings of the file. Raises `BadBusiness`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadBusiness(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadBusiness(f"{path}: is not a TOML file ({error})") from error
    known = CloudSettings.__struct_fields__
    for name in values:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known settings: {', '.join(known)}"
            raise BadBusiness(f"{path}: there is no setting {name!r}; {hint}")
    try:
        return msgspec.convert(values, CloudSettings)
    except msgspec.ValidationError as error:
        raise BadBusiness(f"{path}: {error}") from error
