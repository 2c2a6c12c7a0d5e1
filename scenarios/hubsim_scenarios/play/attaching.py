"""Real hubs in a play: how they are attached, and which scenarios they can play.

A scenario that needs something that a device does not have is SKIPPED before anything is played, by the name
of what is missing. The rules here derive it from the file and from the declared capabilities.
"""

import sys
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec

from hubsim_conform.device.actuator import Actuator, CommandActuator, PromptActuator
from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.device.line_input import ask_on_terminal
from hubsim_contract.lab.bench_actions import InsertSim
from hubsim_contract.lab.faults import MessageFault
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.language.patterns import Matching
from hubsim_scenarios.language.steps import (
    AnyStep,
    BenchStep,
    ExpectOrder,
    InjectFault,
    Scenario,
    single_steps,
)
from hubsim_scenarios.language.vocabulary import AliasRef
from hubsim_scenarios.language.world import HubDeclaration
from hubsim_scenarios.play.device_settings import DeviceSettings, attached_hubs
from hubsim_scenarios.play.step_place import line_of
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.attached import AttachedHub, AttachedWorld
from hubsim_scenarios.worlds.device_gate import ACTIONS, TO_HUBS, DeviceGate
from hubsim_scenarios.worlds.gate import Gate
from hubsim_scenarios.worlds.live import LiveWorld
from hubsim_scenarios.worlds.remote import RemoteWorld
from hubsim_scenarios.worlds.server_gate import ServerGate
from hubsim_scenarios.worlds.world import World

SERVER_WORLD = "attached"
"""The name of the play's world on a server. Devices have a fixed topic prefix, so it must be known."""


def attached_live(scenario: Scenario, world: LiveWorld, devices: DeviceSettings) -> World:
    """Return a live world with the attached hubs of the scenario."""
    ids = [hub.attach for hub in attached_hubs(scenario).values() if hub.attach is not None]
    return _attached(scenario, world, DeviceGate(world, ids, devices.listen), devices)


def attached_remote(
    scenario: Scenario, world: RemoteWorld, broker: BrokerUrl | None, devices: DeviceSettings
) -> World:
    """Return a world on a server with the attached hubs of the scenario."""
    return _attached(scenario, world, ServerGate(world, broker), devices)


def _attached(scenario: Scenario, world: World, gate: Gate, devices: DeviceSettings) -> World:
    hubs = [
        AttachedHub(alias, hub.attach, devices.capabilities, _actuator(devices, hub.attach))
        for alias, hub in attached_hubs(scenario).items()
        if hub.attach is not None
    ]
    if not hubs:
        return world
    return AttachedWorld(world, hubs, gate, tell=_tell, wait_s=devices.wait_s, real_time=devices.real_time)


def _actuator(devices: DeviceSettings, hub: str) -> Actuator:
    """Return the actuator of a hub. The command line of a command was checked before."""
    if devices.actuator is None:
        return PromptActuator(hub, ask_on_terminal)
    return CommandActuator(devices.actuator, hub)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


# ------------------------------------------------------------------ what a device cannot play


def lacking(scenario: Scenario, devices: DeviceSettings, *, server: bool) -> str | None:
    """Return the first thing that the scenario needs and an attached hub lacks, or None.

    `server`: the devices are connected to the broker of a server, where a play cannot act on connections.
    """
    hubs, device = attached_hubs(scenario), devices.capabilities
    for each in devices.attach:
        if each.alias_in(scenario.world.hubs) is None:
            return _no_hub(each.name)
    if hubs and scenario.settings.get("carrier", {}).get("data_cap_bytes") is not None:
        return say("the simulated carrier does not count the data of a device: data_cap_bytes has no effect")
    for alias, hub in hubs.items():
        for need in filter(None, _needs_of_start(hub, device)):
            return say("{hub} has no {part}", hub=alias, part=need)
    for step in single_steps(scenario.steps) if hubs else ():
        lacked = next(_needs_of_step(step, hubs, device, server=server), None)
        if lacked is not None:
            return f"{line_of(step)}: {lacked}"
    return None


def _no_hub(name: str | None) -> str:
    return say("the file declares no hub") if name is None else say("the file has no hub '{name}'", name=name)


def _needs_of_start(hub: HubDeclaration, device: Capabilities) -> Iterator[str | None]:
    cards = [slot for slot, card in hub.slots.items() if card is not None]
    yield from map(device.lacks_slot, cards)
    yield device.lacks_simulated_modem() if cards else None
    yield from map(device.lacks_link, hub.links)
    yield None if hub.power or device.restart else "restart"


def _needs_of_step(
    step: AnyStep, hubs: dict[str, HubDeclaration], device: Capabilities, *, server: bool
) -> Iterator[str]:
    if isinstance(step, BenchStep) and step.hub in hubs:
        kind = vocabulary().bench_actions[step.action]
        lacked = device.lacks_for(kind, SimpleNamespace(**{**_defaults(kind), **step.fields}))
        if lacked is None and kind is InsertSim:
            lacked = device.lacks_simulated_modem()
        if lacked is not None and step.refused is None:
            yield say("{hub} has no {part}", hub=step.hub, part=lacked)
    elif isinstance(step, ExpectOrder):
        messages = [event.fields.get("message") for event in step.events]
        if any(isinstance(message, Matching) and "at_ms" in message.fields for message in messages):
            yield say("the clock of a device is not the world clock: at_ms cannot be compared")
    elif isinstance(step, InjectFault):
        yield from _needs_of_fault(step, hubs, server=server)


def _defaults(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the fields that a step may omit, with their values."""
    return {
        field.name: field.default
        for field in msgspec.structs.fields(kind)
        if field.default is not msgspec.NODEFAULT
    }


def _needs_of_fault(step: InjectFault, hubs: Mapping[str, HubDeclaration], *, server: bool) -> Iterator[str]:
    fault, about = vocabulary().faults[step.fault], step.fields.get("hub")
    is_attached = about.name in hubs if isinstance(about, AliasRef) else about is None
    if not is_attached:
        return
    if step.fault == "cut" and server:
        yield say("the broker of a server does not cut the connection of a device")
    if not issubclass(fault, MessageFault) or step.fields["message"] not in TO_HUBS:
        return
    if step.fields["message"] is not MessageKind.DESIRED:
        yield say("without the cloud's presence or answer a device acts in its own time, which does not jump")
    elif server or about is None or fault not in ACTIONS:
        yield say("'{fault}' cannot be applied to messages to a device", fault=step.fault)
