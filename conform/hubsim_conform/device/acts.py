"""The acts on the hardware of a device under test: values, their sentences for a person, and their needs.

They are the bench actions of simulated hubs, as they are in JSON, and three more. `prepare` brings a device
to the start of a play or a check in one act. `set_registration` gives a device without a real modem the state
of the simulated cellular network. `set_clock` sets its clock.
"""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    BenchAction,
    BreakSim,
    Card,
    CardCondition,
    ClearForbidden,
    HangModem,
    InsertSim,
    Internet,
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
from hubsim_contract.wire.messages import GenerationName, Registration, Signal, SlotNumber

CLOCK_AHEAD_MAX_S = 366 * 86_400
"""A year: the farthest that the clock of a device is set from the right time."""


class SetRegistration(BenchAction, frozen=True, kw_only=True):
    """Set the state of the modem: the simulated network has changed."""

    registration: Registration
    """The registration of the card in use."""
    generation: GenerationName | None = None
    """`2G`, `3G`, `4G`; None without registration."""
    signal: Signal = Signal.NONE
    active_sim: SlotNumber | None = None
    """The slot in use; None if the modem uses none."""
    data: bool = True
    """A registered modem has a data connection. Without one the device has no channel `cellular`."""


class SetClock(BenchAction, frozen=True, kw_only=True):
    """Set the clock of the device. Its monotonic clock, from which it takes its waits, does not jump."""

    ahead_s: Annotated[int, msgspec.Meta(ge=-CLOCK_AHEAD_MAX_S, le=CLOCK_AHEAD_MAX_S)] = 0
    """How far its clock is then ahead of the right time, in s; negative: it is late; 0: it is right."""


class Prepare(BenchAction, frozen=True, kw_only=True):
    """Bring the device to its start: exactly this hardware, not registered, and the memory of a new hub.

    Only the boot number is not reset: it stays above all earlier ones (rule MQ-2). The device then boots, if
    it is powered.
    """

    slots: dict[int, Card] = {}  # noqa: RUF012 (msgspec copies an empty default)
    """The cards by slot number, from 1; all other slots are empty."""
    links: tuple[str, ...] = ()
    """The connected links, of `ethernet` and `wifi`; all others are disconnected."""
    mains: bool = True
    battery_percent: int = 100
    lid_open: bool = False
    powered: bool = True


DeviceAct = AnyBenchAction | SetRegistration | SetClock | Prepare
_decoder: msgspec.json.Decoder[DeviceAct] = msgspec.json.Decoder(DeviceAct)
_encoder = msgspec.json.Encoder()


def act_json(act: DeviceAct) -> str:
    """Return an act as JSON: `{"do":"set_lid","open":true}`."""
    return _encoder.encode(act).decode()


def read_act(text: str | bytes) -> DeviceAct:
    """Return the act of a JSON text. Raises `ValueError` with the reason."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"not an act on a device: {error}") from error


def _insertion(act: InsertSim) -> str:
    condition = "" if act.card.condition is CardCondition.HEALTHY else f"{act.card.condition.value} "
    return f"Insert the {condition}card with ICCID {act.card.iccid} into slot {act.slot}."


def _registration(act: SetRegistration) -> str:
    slot = "no slot" if act.active_sim is None else f"slot {act.active_sim}"
    generation = f", {act.generation}" if act.generation is not None else ""
    without = "" if act.data else ", without data"
    return (
        f"Set the modem: {slot} in use, registration {act.registration.value}{generation}{without}, "
        f"signal {act.signal.value}."
    )


def _clock(act: SetClock) -> str:
    if act.ahead_s == 0:
        return "Set the clock of the hub to the right time."
    return f"Set the clock of the hub {abs(act.ahead_s)} s {'ahead' if act.ahead_s > 0 else 'back'}."


def _preparation(act: Prepare) -> str:
    cards = ", ".join(f"the card with ICCID {card.iccid} in slot {slot}" for slot, card in act.slots.items())
    return (
        f"Prepare the hub: erase its memory; {cards or 'no card in it'}; "
        f"{' and '.join(act.links) or 'no network cable and no Wi-Fi'} connected; "
        f"external power {'on' if act.mains else 'off'}; battery {act.battery_percent} %; "
        f"lid {'open' if act.lid_open else 'closed'}; then switch it {'on' if act.powered else 'off'}."
    )


def _internet(act: SetInternet) -> str:
    link = act.link.value
    sentences = {
        Internet.OK: f"Give {link} its internet access again.",
        Internet.DOWN: f"Drop every packet between {link} and the internet. Leave the link up.",
        Internet.CAPTIVE_PORTAL: f"Put a login page between {link} and the internet. Leave the link up.",
        Internet.NO_DNS: f"Stop the name server of {link}. Leave the link and open connections up.",
    }
    return sentences[act.internet]


def _signal(act: SetSignal) -> str:
    place = "at the hub" if act.slot is None else f"of the networks of the card in slot {act.slot}"
    return f"Set the cellular signal {place} to {act.signal.value}."


def _generations(act: SetGenerations) -> str:
    if not act.generations:
        return "Shield the hub from the networks of every radio generation."
    return f"Leave only networks of these radio generations in reach: {', '.join(act.generations)}."


def _apn(act: SetApn) -> str:
    entry = f"Enter the APN {act.apn}" if act.apn else "Clear the APN"
    return f"{entry} for slot {act.slot} in the settings of the hub."


_SENTENCES: dict[type[BenchAction], Callable[[Any], str]] = {
    InsertSim: _insertion,
    RemoveSim: lambda act: f"Remove the card from slot {act.slot}.",
    LockSim: lambda act: f"Set a PIN on the card in slot {act.slot}.",
    UnlockSim: lambda act: f"Remove the PIN from the card in slot {act.slot}.",
    BreakSim: lambda act: f"Replace the card in slot {act.slot} with one that cannot be read.",
    Plug: lambda act: f"Connect {act.link}.",
    Unplug: lambda act: f"Disconnect {act.link}.",
    SetCoverage: lambda act: (
        "Bring the hub into cellular coverage."
        if act.present
        else "Shield the hub from the cellular network."
    ),
    SetSignal: _signal,
    SetGenerations: _generations,
    SetInternet: _internet,
    UseData: lambda act: f"Transfer {act.megabytes} MB over the SIM in use.",
    HangModem: lambda _: "Make the modem hang: it answers no command until its power is cut.",
    SetRoaming: lambda act: f"Switch roaming {'on' if act.allowed else 'off'} in the settings of the hub.",
    SetApn: _apn,
    ClearForbidden: lambda act: f"Clear the list of forbidden networks of the card in slot {act.slot}.",
    SetMains: lambda act: "Connect external power." if act.present else "Disconnect external power.",
    SetBattery: lambda act: f"Set the charge of the battery to {act.percent} %.",
    SetLid: lambda act: "Open the lid." if act.open else "Close the lid.",
    Restart: lambda _: "Restart the hub: press reset.",
    PowerOff: lambda _: "Switch the hub off.",
    PowerOn: lambda _: "Switch the hub on.",
    SetRegistration: _registration,
    SetClock: _clock,
    Prepare: _preparation,
}


def act_sentence(act: DeviceAct) -> str:
    """Return the act as an instruction for a person."""
    sentence: str = _SENTENCES[type(act)](act)
    return sentence
