"""Scenario files and the user's own files: finds and reads them, and reports all mistakes before a play."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.service.market_file import BadMarketFile, read_market
from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.errors import ScenarioError, show
from hubsim_scenarios.language.fragments import is_fragment
from hubsim_scenarios.language.nodes import MAX_FILE_BYTES, compose, text_of
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.product.fragment_folders import FOLDER, FragmentFolders
from hubsim_scenarios.product.vocabulary import language
from hubsim_simulator.hardware.profile import BadProfile, ModelProfile, model_names, read_profile

NO_MODELS: Mapping[str, ModelProfile] = {}
SUFFIXES = (".yaml", ".yml")
"""In small letters; files may have capitals."""
_HIDDEN = "."
"""The beginning of hidden names: lock links of editors, `._x.yaml`, `.travis.yml`, `.venv`."""
_TOOL_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages"})
"""Folders that tools fill; others with Python packages have a `pyvenv.cfg`."""
_PACKAGE = Path(__file__).parents[1]
_INSTALLED_CATALOG, _CHECKOUT_CATALOG = _PACKAGE / "catalog", _PACKAGE.parent / "catalog"
CATALOG = _INSTALLED_CATALOG if _INSTALLED_CATALOG.is_dir() else _CHECKOUT_CATALOG
"""The scenarios of the program: inside the package in a wheel, next to it in a checkout."""


class BadFiles(Exception):
    """Files that cannot be played. The text contains every mistake, with its line and a hint."""


def find(paths: Iterable[Path], *, fragments: bool = False) -> list[Path]:
    """Return the scenario files in these paths, in order; with `fragments` also the fragments.

    Raises `BadFiles` for a path that does not exist and for a folder without such files.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            files = sorted(_below(path))
            inside = [file for file in files if fragments or file.parent.name != FOLDER]
            if not inside:
                raise _nothing_in(path, files)
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise BadFiles(f"{path}: no such file or folder")
    return list(dict.fromkeys(found))


def _below(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder, without those that tools keep there."""
    for place, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not _of_a_tool(Path(place, each))]
        yield from (Path(place, each) for each in files if named_as_scenario(Path(each)))


def named_as_scenario(file: Path) -> bool:
    """Return whether the name can be that of a scenario: YAML, and not hidden."""
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(_HIDDEN)


def _of_a_tool(folder: Path) -> bool:
    return folder.name.startswith(_HIDDEN) or folder.name in _TOOL_FOLDERS or (folder / "pyvenv.cfg").exists()


def _nothing_in(folder: Path, files: Sequence[Path]) -> BadFiles:
    if files:
        return BadFiles(f"{folder}: this folder has only fragments; name scenarios that begin with them")
    return BadFiles(f"{folder}: this folder has no scenario file (*.yaml)")


def holds_fragment(file: Path, source: bytes) -> bool:
    """Return whether a file is a fragment: by its keys, else by its folder."""
    problems = Problems(str(file))
    text = text_of(source, problems)
    root = compose(text, problems) if text is not None else None
    if root is not None and is_fragment(root):
        return True
    return file.parent.name == FOLDER and not (isinstance(root, nodes.Mapping) and root.get("scenario"))


def read_models(files: Iterable[Path]) -> dict[str, ModelProfile]:
    """Return the hub models in the user's files by name, or raise `BadFiles`."""
    models: dict[str, ModelProfile] = {}
    for file in files:
        try:
            profile = read_profile(file)
        except BadProfile as error:
            raise BadFiles(str(error)) from error
        if profile.name in models or profile.name in model_names():
            raise BadFiles(f"{file}: a model {profile.name!r} exists already; rename this one")
        models[profile.name] = profile
    return models


def read_own_market(file: Path | None) -> Market:
    """Return the market in the user's file, the default one without a file, or raise `BadFiles`."""
    if file is None:
        return DEFAULT_MARKET
    try:
        return read_market(file)
    except BadMarketFile as error:
        raise BadFiles(str(error)) from error


def read(
    files: Iterable[Path],
    own_models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
) -> list[Scenario]:
    """Return the scenarios, with each case of a matrix, or raise `BadFiles` with the mistakes of all files.

    `own_models` are additional hub models by name. The market has the packages that they can name.
    """
    words = language(frozenset(own_models.values()), market)
    scenarios: list[Scenario] = []
    mistakes: list[str] = []
    for file in files:
        try:
            source = start_of(file)
            found = words.cases(str(file), source, FragmentFolders(file))
        except OSError as error:
            mistakes.append(f"{error.filename or file}: cannot be read ({error.strerror})")
            continue
        scenarios += found.scenarios
        mistakes += [shown(error, found.sources.get(error.file, source)) for error in found.mistakes]
    if mistakes:
        raise BadFiles("\n".join(dict.fromkeys(mistakes)))  # several scenarios may have the same bad fragment
    return scenarios


def start_of(file: Path) -> bytes:
    """Return the first `MAX_FILE_BYTES` + 1 bytes of the file: enough to detect that it is too large."""
    with file.open("rb") as opened:
        return opened.read(MAX_FILE_BYTES + 1)


def shown(error: ScenarioError, source: bytes) -> str:
    """Return the error with its line of the file, and a caret under the place."""
    return show(error, source.decode("utf-8", errors="replace"))
