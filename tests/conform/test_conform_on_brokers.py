"""The healthy small hub and our own agent pass over real sockets, on every broker that a run can start."""

import logging
import os
import time

import pytest
from small_hub_program import SHORT
from small_hub_shell import SmallHubDevice
from virtual_conform import HUB, SMALL_HUB, with_verdict

from hubsim_conform.bench.bench_broker import STARTED_KINDS, bench_broker
from hubsim_conform.checks.all_checks import DECIDED_RULES
from hubsim_conform.device.capabilities import Capabilities, DeclaredBounds
from hubsim_conform.device.device_control import DeviceControl
from hubsim_conform.running.outcome import RuleVerdict
from hubsim_conform.running.run import RunOutcome, RunPlan, run_checks

TIMES = int(os.environ.get("HUBSIM_TEST_CONFORM_TIMES", "1"))
SLOW = {"MQ-10.keepalive", "MQ-10.rate"}
"""Rules whose checks take 20 s: the shortest keepalive of the contract has 10 s."""
BOUNDS = DeclaredBounds(
    connack_s=SHORT.connack_s,
    suback_s=SHORT.suback_s,
    puback_s=SHORT.puback_s,
    reconnect_first_s=SHORT.first_s,
    reconnect_longest_s=SHORT.longest_s,
    online_after_s=SHORT.steady_s,
    heard_s=SHORT.heard_s,
    report_s=5.0,
    boot_s=10.0,
    act_s=0.01,
)


@pytest.fixture(autouse=True)
def silent_amqtt(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("amqtt", "asyncio", "transitions"):
        caplog.set_level(logging.CRITICAL, logger=name)


async def run_small_hub(broker: str, seed: int, rules: tuple[str, ...]) -> RunOutcome:
    started_ms = time.time_ns() // 1_000_000 - round(time.monotonic() * 1_000)

    def device(hub: str) -> DeviceControl:
        return SmallHubDevice(hub, started_ms, SHORT, seed=seed)

    plan = RunPlan(
        hub=HUB,
        prefix="hubsim/v1",
        broker=broker,
        capabilities=Capabilities(name=SMALL_HUB.name, bounds=BOUNDS),
        seed=seed,
        rules=rules,
        devices=5,
    )
    return await run_checks(plan, device, lambda: bench_broker(broker))


@pytest.mark.live
@pytest.mark.mosquitto
@pytest.mark.parametrize("seed", range(TIMES))
@pytest.mark.parametrize("broker", STARTED_KINDS)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # amqtt leaves sockets of clients that left
async def test_a_healthy_hub_passes_on_each_broker(broker: str, seed: int) -> None:
    slow = broker == "embedded" or TIMES > 1
    rules = () if slow else tuple(sorted(DECIDED_RULES - SLOW))

    run = await run_small_hub(broker, seed, rules)

    assert with_verdict(run, RuleVerdict.FAIL) == {}
    assert with_verdict(run, RuleVerdict.BLOCKED) == {}
    assert with_verdict(run, RuleVerdict.SKIPPED) == {}
