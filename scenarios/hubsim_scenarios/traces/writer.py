"""Writes a finished play as the lines of a trace file."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hubsim_cloud.domain.zones import RULES_VERSION
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.vocabulary import FreshCard
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.product.files import start_of
from hubsim_scenarios.traces.records import FORMAT, PlayBegan, PlayEnded

_encode = msgspec.json.Encoder().encode


def play_lines(
    played: Played, *, broker: str | None, model_files: Sequence[Path] = (), market_file: Path | None = None
) -> bytes:
    """Return the lines of a play. A file can have the lines of several plays, one after the other.

    `broker` must not contain a user or a password. None: the broker of a remote server.
    """
    result = played.result
    began = PlayBegan(
        at_ms=result.scenario.clock_ms,
        format=FORMAT,
        hubsim=program_version(),
        zone_rules=RULES_VERSION,
        scenario=result.scenario.title,
        file=result.scenario.file,
        case=dict(result.scenario.case),
        fragments=result.scenario.fragments,
        sha256=digest(result.scenario.file, *result.scenario.fragments),
        seed=result.seed,
        world=result.world,
        broker=broker,
        zone=result.scenario.zone,
        names=names_of(result.scenario, result.seed),
        models=tuple(map(str, model_files)),
        market=None if market_file is None else str(market_file),
    )
    ended = PlayEnded(
        at_ms=result.ended_at_ms,
        verdict=result.verdict,
        steps=result.held,
        reason=result.reason,
    )
    return _encode(began) + b"\n" + played.trace.lines() + _encode(ended) + b"\n"


def program_version() -> str:
    """Return the version of the program, as `hubsim --version` prints it."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 (slow to load)

    try:
        return version("hubsim")
    except PackageNotFoundError:
        return "from a source tree"


def digest(*files: str) -> str | None:
    """Return the SHA-256 of the concatenated files, in hex, or None if one cannot be read.

    If a file is too large for a scenario, only its beginning is included.
    """
    try:
        return hashlib.sha256(b"".join(start_of(Path(file)) for file in files)).hexdigest()
    except (OSError, ValueError):  # a trace can contain an invalid file name
        return None


def names_of(scenario: Scenario, seed: int) -> dict[str, str]:
    """Return the names of a scenario's hubs and cards, by their ids under this seed.

    A card without a name is named after its first slot: `villa/sim-1`. Ids are drawn in the order in which
    `hubsim_scenarios.play.world_setup` builds the world.
    """
    aliases = Aliases(seed)
    names: dict[str, str] = {}
    for alias, sim in scenario.world.sims.items():
        fresh = aliases.fresh_card(sim.kind).iccid
        names[sim.iccid or fresh] = alias
    for alias, hub in scenario.world.hubs.items():
        names[aliases.hub_id(alias)] = alias
        aliases.imei()
        for slot, card in hub.slots.items():
            if isinstance(card, FreshCard):
                names[aliases.fresh_card(card.kind).iccid] = f"{alias}/sim-{slot}"
    return names
