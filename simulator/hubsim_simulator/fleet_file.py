"""The fleet that a simulator starts with: a TOML file, or a number of hubs of one model.

Owns reading and checking the file. It refuses a file at its first mistake, and names the file and the place.
By default, a hub has an Ajax SIM in slot 1, and Ethernet if its model has it.
"""

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from hubsim_contract.lab.bench_actions import Card, CardKind, HubSetup
from hubsim_contract.lab.shards import WHOLE, Shard
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_contract.wire.messages import Signal
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.links import Links
from hubsim_simulator.hardware.profile import ProfileError, load_profile
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.hardware.settings import HardwareSettings

FLEET_MAX = 1_000_000
"""Maximum number of hubs, on all machines together."""
FIRST_COUNTED = 0xF000_0000
"""The ids of counted hubs follow this number."""
_CARDS_OF_FILES = 5_000_000
"""Card numbers for hubs of a file start here, those of counted hubs at 1."""


class BadFleet(Exception):
    """A fleet is not possible. The text names the place and the remedy."""


class HubEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hub of a fleet file."""

    id: str
    model: str
    slots: dict[str, Literal["ajax", "ordinary", "empty"]] | None = None
    """Cards by slot number. None: an Ajax SIM in slot 1."""
    links: tuple[str, ...] | None = None
    """None: Ethernet, if the model has it."""
    powered: bool = True
    coverage: bool = True
    signal: Signal = Signal.STRONG


class FleetFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fleet file."""

    carrier: dict[str, Any] = {}
    """Settings of the carrier that replace its defaults."""
    hub: dict[str, Any] = {}
    """Settings of the hubs' hardware that replace its defaults."""
    hubs: Annotated[tuple[HubEntry, ...], msgspec.Meta(max_length=FLEET_MAX)] = ()


class FleetPlan(msgspec.Struct, frozen=True):
    """The start of a simulator's main world."""

    hubs: tuple[HubSetup, ...] = ()
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}


def counted_ids(count: int) -> Iterator[str]:
    """Return the ids of this number of hubs."""
    return (f"{FIRST_COUNTED + number:08X}" for number in range(1, count + 1))


def counted_fleet(count: int, model: str, shard: Shard = WHOLE) -> FleetPlan:
    """Return those of `count` hubs of one model that are in the shard. Raises `BadFleet`."""
    if count > FLEET_MAX:
        raise BadFleet(f"{count} hubs are more than hubsim supports ({FLEET_MAX})")
    setups = (
        _setup(HubEntry(id=id_, model=model), 2 * number, "--hubs")
        for number, id_ in enumerate(counted_ids(count), 1)
        if shard.has(id_)
    )
    return FleetPlan(tuple(setups))


def read_fleet(path: Path, shard: Shard = WHOLE) -> FleetPlan:
    """Return those hubs of a file that are in the shard. Raises `BadFleet` for a mistake anywhere in it."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), FleetFile)
    except OSError as error:
        raise BadFleet(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFleet(f"{path}: is not a TOML file ({error})") from error
    except msgspec.ValidationError as error:
        raise BadFleet(f"{path}: {error}") from error
    _check_settings(CarrierSettings, file.carrier, f"{path}, carrier")
    _check_settings(HardwareSettings, file.hub, f"{path}, hub")
    setups: dict[str, HubSetup] = {}
    for number, entry in enumerate(file.hubs, 1):
        setup = _setup(entry, _CARDS_OF_FILES + number * 10, f"{path}, hub {number}")
        if setup.id in setups:
            raise BadFleet(f"{path}, hub {number}: the id {setup.id} is given twice")
        setups[setup.id] = setup
    kept = tuple(setup for id_, setup in setups.items() if shard.has(id_))
    return FleetPlan(kept, file.carrier, file.hub)


def _check_settings(kind: type[Any], values: dict[str, Any], place: str) -> None:
    known = set(kind.__struct_fields__) - {"prefix"}  # the process sets the prefix, for all stations
    unknown = sorted(values.keys() - known)
    if unknown:
        close = get_close_matches(unknown[0], known, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"known settings: {', '.join(sorted(known))}"
        raise BadFleet(f"{place}: there is no setting {unknown[0]!r}; {advice}")
    try:
        msgspec.convert(values, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise BadFleet(f"{place}: {error}") from error


def _setup(entry: HubEntry, first_card: int, place: str) -> HubSetup:
    try:
        id_, profile = hub_id(entry.id), load_profile(entry.model)
        links = entry.links if entry.links is not None else ("ethernet",) if profile.ethernet else ()
        Links(profile, links)  # refuses links that the model does not have
    except (BadIdentifier, ProfileError, BenchActionRefused) as error:
        raise BadFleet(f"{place}: {error}") from error
    numbers = {str(number): number for number in range(1, profile.sim_slots + 1)}
    slots: dict[int, Card] = {}
    for slot, kind in ({"1": "ajax"} if entry.slots is None else entry.slots).items():
        if slot not in numbers:
            raise BadFleet(f"{place}: {entry.model} has the slots 1 to {profile.sim_slots}, not {slot!r}")
        if kind != "empty":
            slots[numbers[slot]] = make_card(CardKind(kind), first_card + numbers[slot] - 1)
    return HubSetup(
        id=id_,
        imei=make_imei(first_card),
        model=entry.model,
        slots=slots,
        links=links,
        powered=entry.powered,
        coverage=entry.coverage,
        signal=entry.signal,
    )
