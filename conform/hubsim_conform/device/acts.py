"""The acts on the hardware of a device under test: values, their sentences for a person, and their needs.

They are the bench actions of simulated hubs, as they are in JSON, and one more: `set_registration`. A device
without a real modem gets the state of the simulated cellular network by it.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    BenchAction,
    BreakSim,
    CardCondition,
    InsertSim,
    LockSim,
    Plug,
    PowerOff,
    PowerOn,
    RemoveSim,
    Restart,
    SetBattery,
    SetCoverage,
    SetLid,
    SetMains,
    SetSignal,
    UnlockSim,
    Unplug,
)
from hubsim_contract.wire.messages import GenerationName, Registration, Signal, SlotNumber


class SetRegistration(BenchAction, frozen=True, kw_only=True):
    """Set the state of the modem: the simulated network has changed."""

    registration: Registration
    """The registration of the card in use."""
    generation: GenerationName | None = None
    """`2G`, `3G`, `4G`; None without registration."""
    signal: Signal = Signal.NONE
    active_sim: SlotNumber | None = None
    """The slot in use; None if the modem uses none."""


DeviceAct = AnyBenchAction | SetRegistration
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
    return (
        f"Set the modem: {slot} in use, registration {act.registration.value}{generation}, "
        f"signal {act.signal.value}."
    )


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
    SetSignal: lambda act: f"Set the cellular signal at the hub to {act.signal.value}.",
    SetMains: lambda act: "Connect external power." if act.present else "Disconnect external power.",
    SetBattery: lambda act: f"Set the charge of the battery to {act.percent} %.",
    SetLid: lambda act: "Open the lid." if act.open else "Close the lid.",
    Restart: lambda _: "Restart the hub: press reset.",
    PowerOff: lambda _: "Switch the hub off.",
    PowerOn: lambda _: "Switch the hub on.",
    SetRegistration: _registration,
}


def act_sentence(act: DeviceAct) -> str:
    """Return the act as an instruction for a person."""
    sentence: str = _SENTENCES[type(act)](act)
    return sentence
