"""Which scenarios a real hub can play, from the file and from its capabilities."""

import pytest

from hubsim_conform.device.capabilities import EVERYTHING, Capabilities
from hubsim_contract.wire.messages import Channel
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.attaching import lacking
from hubsim_scenarios.play.device_settings import AttachedName, DeviceSettings
from hubsim_scenarios.product.vocabulary import language

HEAD = """\
scenario: Anything
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    villa: {model: hub-2-plus, attach: 0A1B2C3D}
    cabin: {model: hub-2-plus, links: [ethernet], slots: {1: ajax}}
steps:
"""
BARE = Capabilities(
    name="bare", slots=1, links=(Channel.ETHERNET,), battery=False, mains=False, lid=False, restart=False
)
NO_INTERNET = Capabilities(name="no internet", internet=False)
REAL = Capabilities(name="real", real_modem=True)


def reason(text: str, device: Capabilities, *, server: bool = False) -> str | None:
    return lacking(scenario(text), DeviceSettings(capabilities=device), server=server)


def scenario(text: str) -> Scenario:
    found = language().read("a.yaml", text)
    assert isinstance(found, Scenario), found
    return found


def step(text: str) -> str:
    return f"{HEAD}  - {{{text}}}\n"


@pytest.mark.parametrize(
    ("text", "device", "lacked"),
    [
        ("bench: villa, do: set_lid, open: yes", BARE, "villa has no lid"),
        ("bench: villa, do: set_mains, present: no", BARE, "villa has no mains"),
        ("bench: villa, do: set_battery, percent: 5", BARE, "villa has no battery"),
        ("bench: villa, do: restart", BARE, "villa has no restart"),
        ("bench: villa, do: plug, link: wifi", BARE, "villa has no link wifi"),
        ("bench: villa, do: plug, link: ethernet", BARE, None),
        ("bench: villa, do: insert_sim, slot: 2, sim: ajax", BARE, "villa has no slot 2"),
        ("bench: villa, do: insert_sim, slot: 1, sim: ajax", BARE, "villa has no link cellular"),
        ("bench: villa, do: insert_sim, slot: 1, sim: ajax", REAL, "villa has no simulated modem"),
        ("bench: villa, do: set_coverage, present: no", BARE, "villa has no link cellular"),
        ("bench: villa, do: set_signal, signal: weak", BARE, "villa has no link cellular"),
        (
            "bench: villa, do: set_internet, link: ethernet, internet: down",
            NO_INTERNET,
            "villa has no internet",
        ),
        ("bench: villa, do: hang_modem", REAL, "villa has no simulated modem"),
        ("bench: cabin, do: set_lid, open: yes", BARE, None),
        ("bench: villa, do: set_battery, percent: 101, refused: battery_out_of_range", BARE, None),
        ("fault: drop, message: desired, hub: villa", BARE, None),
        (
            "fault: delay, message: desired, hub: villa, by: 1 min",
            BARE,
            "'delay' cannot be applied to messages",
        ),
        ("fault: reorder, message: desired, hub: villa", BARE, "'reorder' cannot be applied to messages"),
        ("fault: delay, message: reported, hub: villa, by: 1 min", BARE, None),
        ("fault: drop, message: desired", BARE, "'drop' cannot be applied to messages"),
        ("fault: drop, message: desired, hub: cabin", BARE, None),
        ("fault: drop, message: heard, hub: villa", BARE, "without the cloud's presence or answer a device"),
        ("fault: cut, hub: villa", BARE, None),
        (
            "order: [{event: published, who: '@villa', message: {at_ms: 2026-01-15 09:00}}]",
            BARE,
            "the clock of a device is not the world clock",
        ),
        ("order: [{event: published, who: '@villa', message: {kind: lid_opened}}]", BARE, None),
    ],
)
def test_a_step_needs_what_it_uses(text: str, device: Capabilities, lacked: str | None) -> None:
    found = reason(step(text), device)

    assert (found is None) if lacked is None else found is not None and found.startswith(f"line 8: {lacked}")
    assert reason(step(text), EVERYTHING) is None or device is BARE


@pytest.mark.parametrize(
    ("text", "lacked"),
    [
        ("fault: cut, hub: villa", "the broker of a server does not cut the connection of a device"),
        ("fault: drop, message: desired, hub: villa", "'drop' cannot be applied to messages to a device"),
    ],
)
def test_a_server_does_not_act_on_the_connections_of_devices(text: str, lacked: str) -> None:
    assert reason(step(text), EVERYTHING, server=True) == f"line 8: {lacked}"
    assert reason(step(text), EVERYTHING) is None


@pytest.mark.parametrize(
    ("hub", "device", "lacked"),
    [
        ("slots: {2: ajax}", BARE, "villa has no slot 2"),
        ("slots: {1: ajax}", BARE, "villa has no link cellular"),
        ("slots: {1: ajax}", REAL, "villa has no simulated modem"),
        ("links: [wifi]", BARE, "villa has no link wifi"),
        ("power: no", BARE, "villa has no restart"),
        ("links: [ethernet]", BARE, None),
    ],
)
def test_a_world_needs_what_it_declares(hub: str, device: Capabilities, lacked: str | None) -> None:
    text = step("clock: +1 min").replace("attach: 0A1B2C3D", f"attach: 0A1B2C3D, {hub}")

    assert reason(text, device) == lacked


def test_a_data_cap_needs_a_simulated_hub() -> None:
    text = step("clock: +1 min").replace("world:", "settings: {carrier: {data_cap_bytes: 5000000}}\nworld:")

    assert reason(text, EVERYTHING) == (
        "the simulated carrier does not count the data of a device: data_cap_bytes has no effect"
    )
    assert reason(text.replace(", attach: 0A1B2C3D", ""), EVERYTHING) is None


def test_a_hub_that_is_not_attached_needs_nothing() -> None:
    text = step("bench: villa, do: set_lid, open: yes").replace(", attach: 0A1B2C3D", "")

    assert reason(text, BARE) is None


@pytest.mark.parametrize(
    ("name", "lacked"),
    [("villa", None), (None, None), ("barn", "the file has no hub 'barn'")],
)
def test_a_file_without_the_hub_of_the_command_line_is_skipped(name: str | None, lacked: str | None) -> None:
    devices = DeviceSettings(attach=(AttachedName(name, "0A1B2C3D"),))

    assert lacking(scenario(step("clock: +1 min")), devices, server=False) == lacked
