"""What a device under test has, as its capabilities file declares it.

Owns reading and checking the file, and the names of what a device lacks: a check or a step that needs one of
them is SKIPPED by this name. Refuses a file at its first mistake, and changes nothing.
"""

import tomllib
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import msgspec

from hubsim_conform.device.acts import DeviceAct, Prepare, SetClock, SetRegistration
from hubsim_contract.lab.bench_actions import (
    BreakSim,
    ClearForbidden,
    HangModem,
    InsertSim,
    LockSim,
    Plug,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetApn,
    SetBattery,
    SetCoverage,
    SetGenerations,
    SetInternet,
    SetLid,
    SetMains,
    SetRoaming,
    SetSignal,
    UnlockSim,
    Unplug,
    UseData,
)
from hubsim_contract.wire.limits import BATTERY_FULL_PERCENT
from hubsim_contract.wire.messages import Channel

CAPABILITIES_BYTES_MAX = 64 * 1024
"""A larger file is refused; no device needs it."""
SLOTS_MAX = 4
EVENT_BUFFER_MIN, EVENT_BUFFER_MAX = 100, 1000
"""Rule MQ-4.buffer and the contract's bound."""
_Bound = Annotated[float, msgspec.Meta(gt=0, le=3600)]


class DeclaredBounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bounds of a device in seconds. The defaults are those of the contract, with time to operate it.

    A device that declares a shorter bound is checked against it, and faster. A device that needs more time
    than the contract allows declares a longer one; the report shows it.
    """

    connack_s: _Bound = 30.0
    """How long it waits for CONNACK."""
    suback_s: _Bound = 30.0
    """How long it waits for SUBACK."""
    puback_s: _Bound = 60.0
    """How long it waits for the next PUBACK."""
    reconnect_first_s: _Bound = 1.0
    """The first pause between attempts to connect, when there is one."""
    reconnect_longest_s: _Bound = 60.0
    """The longest pause between attempts."""
    online_after_s: _Bound = 10.0
    """After this time online, the pauses begin again with the first one."""
    heard_s: _Bound = 60.0
    """From the report without an answer to the close of the connection. It may ask again in between."""
    report_s: _Bound = 30.0
    """From a new document, or a change of its hardware, to the report."""
    boot_s: _Bound = 60.0
    """From power or reset to the first attempt to connect."""
    act_s: _Bound = 0.5
    """From an act to its effect: the device may overlook an act that is undone within this time."""
    quiet_s: _Bound = 1.0
    """A device that has sent nothing for this time after a change sends nothing more about it."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device has. The defaults describe a device with everything, except a real modem."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    """For the report, for example `hub-c`."""
    version: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """The version of its firmware or program, for the report."""
    slots: Annotated[int, msgspec.Meta(ge=0, le=SLOTS_MAX)] = 2
    """SIM slots, counted from 1."""
    links: tuple[Channel, ...] = (Channel.ETHERNET, Channel.WIFI, Channel.CELLULAR)
    """The paths to the cloud that it has."""
    real_modem: bool = False
    """Its modem is in a real network. False: `set_registration` sets its state."""
    battery: bool = True
    """It reports its battery, and the charge can be set on the bench."""
    mains: bool = True
    """It reports external power, which can be switched on the bench."""
    lid: bool = True
    """It reports its lid, which can be opened on the bench."""
    restart: bool = True
    """It can be restarted and switched off and on."""
    internet: bool = True
    """The internet access of a link can be cut on the bench while the link stays up."""
    clock: bool = True
    """It knows the time, so its events have the time of the event."""
    event_buffer: Annotated[int, msgspec.Meta(ge=EVENT_BUFFER_MIN, le=EVENT_BUFFER_MAX)] = 100
    """The events that it keeps while it is offline."""
    bounds: DeclaredBounds = DeclaredBounds()

    def lacks(self, act: DeviceAct) -> str | None:
        """Return the name of the capability that an act needs and the device does not have, or None."""
        return _NEEDS[type(act)](self, act)

    def lacks_for(self, kind: type[Any], fields: Any) -> str | None:
        """Return what acts of this kind need and the device does not have; `fields` has their attributes."""
        return _NEEDS[kind](self, fields)

    def lacks_link(self, link: str) -> str | None:
        """Return the name of the link if the device does not have it, or None."""
        return None if link in self.links else f"link {link}"

    def lacks_slot(self, slot: int) -> str | None:
        """Return the name of the slot if the device does not have it, or None."""
        return None if 1 <= slot <= self.slots else f"slot {slot}"

    def lacks_simulated_modem(self) -> str | None:
        """Return what a simulated network needs and the device does not have, or None."""
        if Channel.CELLULAR not in self.links:
            return f"link {Channel.CELLULAR.value}"
        return "simulated modem" if self.real_modem else None


class BadCapabilities(Exception):
    """A capabilities file is not usable. `field` is empty if the whole file is bad."""

    def __init__(self, file: str, field: str, expected: str) -> None:
        place = f"{file}, field {field!r}" if field else file
        super().__init__(f"{place}: {expected}")
        self.file = file
        self.field = field
        self.expected = expected


EVERYTHING = Capabilities(name="device")
"""The capabilities of a device without a file."""


def read_capabilities(path: Path) -> Capabilities:
    """Return the capabilities of a file. Raises `BadCapabilities`."""
    try:
        with path.open("rb") as file:
            data = file.read(CAPABILITIES_BYTES_MAX + 1)
    except OSError as error:
        raise BadCapabilities(str(path), "", f"cannot be read: {error.strerror}") from error
    return parse_capabilities(data, str(path))


def parse_capabilities(data: bytes, file: str) -> Capabilities:
    """Return the capabilities in the TOML `data`. Raises `BadCapabilities` with `file` as its place."""
    if len(data) > CAPABILITIES_BYTES_MAX:
        raise BadCapabilities(file, "", f"it has more than {CAPABILITIES_BYTES_MAX} bytes")
    try:
        fields = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise BadCapabilities(file, "", f"not a TOML file: {error}") from error
    _check_names(file, fields, Capabilities, "")
    bounds = fields.get("bounds")
    if isinstance(bounds, dict):
        _check_names(file, bounds, DeclaredBounds, "bounds.")
    try:
        found = msgspec.convert(fields, Capabilities)
    except msgspec.ValidationError as error:
        expected, _, place = str(error).partition(" - at `$.")
        raise BadCapabilities(file, place.rstrip("`"), expected) from error
    if not found.links:
        raise BadCapabilities(file, "links", "at least one of ethernet, wifi, cellular is expected")
    return msgspec.structs.replace(found, links=tuple(dict.fromkeys(found.links)))


def _check_names(file: str, fields: dict[str, Any], record: type[msgspec.Struct], place: str) -> None:
    known = record.__struct_fields__
    for name in fields:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            advice = f"did you mean {close[0]!r}?" if close else f"known fields: {', '.join(known)}"
            raise BadCapabilities(file, place + name, f"unknown field; {advice}")
    for field in msgspec.structs.fields(record):
        if field.required and field.name not in fields:
            raise BadCapabilities(file, place + field.name, "this field is missing")


_Need = Callable[[Capabilities, Any], str | None]


def _slot(device: Capabilities, act: InsertSim | RemoveSim | LockSim | UnlockSim | BreakSim) -> str | None:
    return device.lacks_slot(act.slot)


def _link(device: Capabilities, act: Plug | Unplug) -> str | None:
    return device.lacks_link(act.link)


def _network(device: Capabilities, _act: SetCoverage) -> str | None:
    return device.lacks_link(Channel.CELLULAR)


def _signal(device: Capabilities, act: SetSignal) -> str | None:
    slot = None if act.slot is None else device.lacks_slot(act.slot)
    return device.lacks_link(Channel.CELLULAR) or slot


def _internet(device: Capabilities, act: SetInternet) -> str | None:
    return device.lacks_link(act.link) or (None if device.internet else "internet")


def _simulated_modem(
    device: Capabilities, _act: SetGenerations | UseData | HangModem | SetRoaming | SetRegistration
) -> str | None:
    return device.lacks_simulated_modem()


def _simulated_slot(device: Capabilities, act: SetApn | ClearForbidden) -> str | None:
    return device.lacks_slot(act.slot) or device.lacks_simulated_modem()


def _preparation(device: Capabilities, act: Prepare) -> str | None:
    lacked = [device.lacks_slot(slot) for slot in act.slots] + [device.lacks_link(link) for link in act.links]
    lacked += [None if act.mains or device.mains else "mains"]
    lacked += [None if act.battery_percent == BATTERY_FULL_PERCENT or device.battery else "battery"]
    lacked += [None if not act.lid_open or device.lid else "lid"]
    lacked += [None if act.powered or device.restart else "restart"]
    return next(filter(None, lacked), None)


def _restart(device: Capabilities, _act: Restart | PowerOff | PowerOn) -> str | None:
    return None if device.restart else "restart"


_NEEDS: dict[type[Any], _Need] = {
    InsertSim: _slot,
    RemoveSim: _slot,
    LockSim: _slot,
    UnlockSim: _slot,
    BreakSim: _slot,
    Plug: _link,
    Unplug: _link,
    SetCoverage: _network,
    SetSignal: _signal,
    SetGenerations: _simulated_modem,
    SetInternet: _internet,
    UseData: _simulated_modem,
    HangModem: _simulated_modem,
    SetRoaming: _simulated_modem,
    SetApn: _simulated_slot,
    ClearForbidden: _simulated_slot,
    SetMains: lambda device, _: None if device.mains else "mains",
    SetBattery: lambda device, _: None if device.battery else "battery",
    SetLid: lambda device, _: None if device.lid else "lid",
    Restart: _restart,
    PowerOff: _restart,
    PowerOn: _restart,
    SetRegistration: _simulated_modem,
    SetClock: lambda device, _: None if device.clock else "clock",
    Prepare: _preparation,
}
