"""After each check the environment of the device is normal again, however the check ended."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from small_hub_ports import Limits
from small_hub_shell import SmallHubDevice
from virtual_conform import HUB, SMALL_HUB, WALL_MS, broker
from virtual_loop import run_virtually

from hubsim_conform.bench.device_bench import BenchPlan, DeviceBench, running_bench
from hubsim_conform.checks.situation import DocumentLedger, Situation

T = TypeVar("T")


def on_bench(act: Callable[[DeviceBench], Awaitable[T]], only_client: str | None = None) -> T:
    """Run a small hub on a bench in virtual time, and act there."""

    async def main() -> T:
        plan = BenchPlan(hub=HUB, prefix="hubsim/v1", capabilities=SMALL_HUB, seed=1, only_client=only_client)
        device = SmallHubDevice(HUB, WALL_MS, Limits())
        async with running_bench(plan, device, broker(), WALL_MS) as bench:
            return await act(bench)

    return run_virtually(main)


def test_a_cloud_that_a_check_left_offline_is_online_again() -> None:
    async def left_offline(bench: DeviceBench) -> bool:
        await bench.cloud.presence(online=False)

        await bench.restore()

        return bench.cloud.online

    assert on_bench(left_offline)


@pytest.mark.parametrize("only_client", [None, f"hub-{HUB}"])
def test_a_network_that_a_check_left_closed_is_open_again(only_client: str | None) -> None:
    async def left_closed(bench: DeviceBench) -> bool:
        situation = Situation(bench, DocumentLedger(HUB))
        before = await situation.online()
        await bench.lose_network()

        await bench.restore()

        await situation.online_again(before)
        return bench.network_is_open

    assert on_bench(left_closed, only_client)
