"""The fleet that a simulator starts with: a TOML file, or so many hubs of one model.

Owns reading and checking the file. Refuses it with all that is wrong at the first place found, naming file
and place. A hub that says nothing of its SIM has an Ajax SIM in slot 1, and Ethernet where its model has it.
"""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from hubsim_contract.lab.bench_actions import Card, CardKind, HubSetup
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_contract.wire.messages import Signal
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.links import Links
from hubsim_simulator.hardware.profile import ProfileError, load_profile
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.hardware.settings import HardwareSettings

FLEET_MAX = 50_000
"""More hubs than one process holds sockets for."""
FIRST_COUNTED = 0xF000_0000
"""The hubs that are only counted have the ids from here on."""
_CARDS_OF_FILES = 5_000_000
"""Cards for hubs of a file have numbers from here on, those of counted hubs from 1."""


class BadFleet(Exception):
    """A fleet that cannot be had. The text says where and what to do."""


class HubEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hub of a fleet file."""

    id: str
    model: str
    slots: dict[str, Literal["ajax", "ordinary", "empty"]] | None = None
    """By number. None: an Ajax SIM in slot 1."""
    links: tuple[str, ...] | None = None
    """None: Ethernet, where the model has it."""
    powered: bool = True
    coverage: bool = True
    signal: Signal = Signal.STRONG


class FleetFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fleet file."""

    carrier: dict[str, Any] = {}
    """Settings of the carrier, in place of the defaults."""
    hub: dict[str, Any] = {}
    """Settings of the hubs' hardware, in place of the defaults."""
    hubs: Annotated[tuple[HubEntry, ...], msgspec.Meta(max_length=FLEET_MAX)] = ()


class FleetPlan(msgspec.Struct, frozen=True):
    """What a simulator's main world begins with."""

    hubs: tuple[HubSetup, ...] = ()
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}


def counted_fleet(count: int, model: str) -> FleetPlan:
    """Return so many hubs of one model. Raises `BadFleet`."""
    if count > FLEET_MAX:
        raise BadFleet(f"{count} hubs are more than one simulator can have ({FLEET_MAX})")
    stands = (
        _setup(HubEntry(id=f"{FIRST_COUNTED + number:08X}", model=model), 2 * number, "--hubs")
        for number in range(1, count + 1)
    )
    return FleetPlan(tuple(stands))


def read_fleet(path: Path) -> FleetPlan:
    """Return the fleet of a file. Raises `BadFleet`."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), FleetFile)
    except OSError as error:
        raise BadFleet(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFleet(f"{path}: is no TOML ({error})") from error
    except msgspec.ValidationError as error:
        raise BadFleet(f"{path}: {error}") from error
    _check_settings(CarrierSettings, file.carrier, f"{path}, carrier")
    _check_settings(HardwareSettings, file.hub, f"{path}, hub")
    stands: dict[str, HubSetup] = {}
    for number, entry in enumerate(file.hubs, 1):
        setup = _setup(entry, _CARDS_OF_FILES + number * 10, f"{path}, hub {number}")
        if setup.id in stands:
            raise BadFleet(f"{path}, hub {number}: the id {setup.id} is given twice")
        stands[setup.id] = setup
    return FleetPlan(tuple(stands.values()), file.carrier, file.hub)


def _check_settings(kind: type[Any], values: dict[str, Any], place: str) -> None:
    known = set(kind.__struct_fields__) - {"prefix"}  # of all topics: the process has it
    unknown = sorted(values.keys() - known)
    if unknown:
        close = get_close_matches(unknown[0], known, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(known))}"
        raise BadFleet(f"{place}: there is no setting {unknown[0]!r}; {advice}")
    try:
        msgspec.convert(values, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise BadFleet(f"{place}: {error}") from error


def _setup(entry: HubEntry, first_card: int, place: str) -> HubSetup:
    try:
        id_, profile = hub_id(entry.id), load_profile(entry.model)
        links = entry.links if entry.links is not None else ("ethernet",) if profile.ethernet else ()
        Links(profile, links)  # refuses what the model has not got
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
