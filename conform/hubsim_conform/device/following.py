"""The acts that bring a device from one state of its hardware to another. Pure.

The bench of a simulator has the hardware of an attached device as the steps of a scenario have set it. The
device follows by the acts of this module after any change: by a step, the network, or an empty battery.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from hubsim_conform.device.acts import DeviceAct, Prepare, SetRegistration
from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    BreakSim,
    Card,
    CardCondition,
    HubSetup,
    InsertSim,
    Internet,
    LockSim,
    Plug,
    PowerOff,
    PowerOn,
    RemoveSim,
    SetBattery,
    SetCoverage,
    SetInternet,
    SetLid,
    SetMains,
    SetSignal,
    Snapshot,
    UnlockSim,
    Unplug,
)
from hubsim_contract.wire.icons import REGISTERED
from hubsim_contract.wire.limits import BATTERY_STEP_PERCENT
from hubsim_contract.wire.messages import Channel, Registration, Signal

NOT_REGISTERED = SetRegistration(registration=Registration.NOT_REGISTERED)


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """The hardware of a device, and what its modem knows of the network."""

    powered: bool = True
    """Switched on, with energy, and booted."""
    slots: dict[int, Card] = {}
    links: tuple[str, ...] = ()
    internet: dict[str, Internet] = {}
    """The links whose internet access is not `ok`."""
    coverage: bool = True
    strength: Signal = Signal.STRONG
    """The strength of the signal while there is coverage."""
    mains: bool = True
    battery_percent: int = 100
    """In steps of 5, rounded up, as a hub shows it."""
    lid_open: bool = False
    modem: SetRegistration = NOT_REGISTERED


def state_of(setup: HubSetup, shows: Snapshot) -> DeviceState:
    """Return the state of a hub on the bench, from its setup and its visible state."""
    registration = Registration(shows["registration"])
    return DeviceState(
        powered=bool(shows["powered"]),
        slots=dict(setup.slots),
        links=tuple(sorted(setup.links)),
        internet=dict(setup.internet),
        coverage=setup.coverage,
        strength=setup.signal,
        mains=setup.mains,
        battery_percent=-(-setup.battery_percent // BATTERY_STEP_PERCENT) * BATTERY_STEP_PERCENT,
        lid_open=setup.lid_open,
        modem=SetRegistration(
            registration=registration,
            generation=shows["generation"],
            signal=Signal(shows["signal"]),
            active_sim=shows["active_sim"],
            data=registration not in REGISTERED or Channel.CELLULAR in shows["channels"],
        ),
    )


def preparation(state: DeviceState) -> Prepare:
    """Return the act that brings a device to the start of a play in this state. It is not registered then."""
    return Prepare(
        slots=state.slots,
        links=state.links,
        mains=state.mains,
        battery_percent=state.battery_percent,
        lid_open=state.lid_open,
        powered=state.powered,
    )


def prepared(state: DeviceState) -> DeviceState:
    """Return the state of the device after `preparation`."""
    return msgspec.structs.replace(
        state, modem=NOT_REGISTERED, coverage=True, strength=Signal.STRONG, internet={}
    )


def acts_between(before: DeviceState, after: DeviceState, *, real_modem: bool) -> list[DeviceAct]:
    """Return the acts that bring a device from one state to another, in their order.

    `real_modem`: its modem is in a real network, which it finds itself; a person changes coverage and signal.
    """
    acts: list[DeviceAct] = [PowerOff()] if before.powered and not after.powered else []
    for slot in sorted(before.slots.keys() | after.slots.keys()):
        acts += _card_acts(slot, before.slots.get(slot), after.slots.get(slot))
    acts += [Unplug(link=link) for link in before.links if link not in after.links]
    acts += [Plug(link=link) for link in after.links if link not in before.links]
    acts += [
        SetInternet(Channel(link), after.internet.get(link, Internet.OK))
        for link in sorted(before.internet.keys() | after.internet.keys())
        if before.internet.get(link) != after.internet.get(link)
    ]
    fields: list[tuple[str, AnyBenchAction]] = [
        ("mains", SetMains(present=after.mains)),
        ("battery_percent", SetBattery(percent=after.battery_percent)),
        ("lid_open", SetLid(open=after.lid_open)),
    ]
    if real_modem:
        fields += [
            ("strength", SetSignal(signal=after.strength)),
            ("coverage", SetCoverage(present=after.coverage)),
        ]
    acts += [act for field, act in fields if _differ(before, after, field)]
    if not real_modem and after.modem != before.modem:
        acts.append(after.modem)
    if after.powered and not before.powered:
        acts.append(PowerOn())
    return acts


def _differ(before: DeviceState, after: DeviceState, field: str) -> bool:
    was: Any = getattr(before, field)
    return bool(was != getattr(after, field))


def _card_acts(slot: int, before: Card | None, after: Card | None) -> Iterator[AnyBenchAction]:
    if before is not None and (after is None or after.iccid != before.iccid):
        yield RemoveSim(slot=slot)
        before = None
    if after is None or after == before:
        return
    if before is None:
        yield InsertSim(slot=slot, card=after)
    elif after.condition is CardCondition.BROKEN:
        yield BreakSim(slot=slot)
    elif after.condition is CardCondition.LOCKED:
        yield LockSim(slot=slot)
    else:
        yield UnlockSim(slot=slot)
