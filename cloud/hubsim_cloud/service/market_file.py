"""The TOML file with a user's market: countries, billing zones, packages and fees (`docs/market.md`).

Owns reading the file. Errors name the file, the line, the key and the expected value.
"""

import re
import tomllib
from pathlib import Path

from hubsim_cloud.domain.market import BadMarket, Market, market_of

MAX_FILE_BYTES = 64 * 1024
"""A larger file is refused: one that names every country has less than half of that."""
_POSITION = re.compile(r"(?P<what>.*) \(at line (?P<line>[0-9]+), column (?P<column>[0-9]+)\)")


class BadMarketFile(Exception):
    """The file cannot be used. The text has the place and what to do."""


def read_market(path: Path) -> Market:
    """Return the market of the file. Raises `BadMarketFile`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadMarketFile(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > MAX_FILE_BYTES:
        raise BadMarketFile(f"{path}: the file has more than {MAX_FILE_BYTES // 1024} KiB")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadMarketFile(f"{path}: is not UTF-8") from error
    try:
        return market_of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadMarketFile(f"{path}{_syntax(text, str(error))}") from error
    except RecursionError as error:
        raise BadMarketFile(f"{path}: the TOML is nested too deeply") from error
    except BadMarket as error:
        raise BadMarketFile(f"{path}:{_line(text, error.where)}: {error}") from error


def _syntax(text: str, message: str) -> str:
    """Return the place and the text of a syntax error, for the end of a message that begins with the path."""
    found = _POSITION.fullmatch(message)
    if found is None:
        what = message.removesuffix(" (at end of document)")
        return f":{len(text.rstrip().splitlines())}: is not TOML: {what}"
    return f":{found['line']}:{found['column']}: is not TOML: {found['what']}"


def _line(text: str, where: tuple[str, ...]) -> int:
    """Return the line where the value of these keys ends, from 1; 1 for no keys.

    The parser does not give positions. So this takes the shortest beginning of the text that is TOML and has
    the keys.
    """
    lines = text.split("\n")
    for number in range(1, len(lines) + 1):
        try:
            values: object = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # it ends within a value
        for key in where:
            values = values.get(key) if isinstance(values, dict) else None
        if values is not None:
            return number
    return 1
