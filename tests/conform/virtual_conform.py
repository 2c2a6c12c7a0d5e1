"""Runs the checks on a small hub in virtual time: no socket, no process, no waiting."""

import asyncio
from collections.abc import Sequence

from small_hub import Limits
from small_hub_shell import SmallHubDevice
from virtual_loop import run_virtually

from hubsim_conform.bench.bench_broker import BenchBroker
from hubsim_conform.checks.check import Suite
from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.device.device_control import DeviceControl
from hubsim_conform.running.outcome import RuleVerdict
from hubsim_conform.running.run import RunOutcome, RunPlan, run_checks
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_simulator.broker.broker_server import BrokerServer
from hubsim_simulator.broker.limits import DEFAULT_LIMITS
from hubsim_simulator.broker.model import ShutdownKind

HUB = "0A1B2C3D"
WALL_MS = 1_768_464_000_000
SMALL_HUB = Capabilities(name="small hub", version="1.0")


class VirtualBroker:
    """The embedded broker on the network in memory."""

    async def start(self) -> BrokerUrl:
        loop = asyncio.get_running_loop()
        self._broker = BrokerServer(DEFAULT_LIMITS, None)
        self._server = await loop.create_server(self._broker.new_connection, "127.0.0.1", 0)
        self._broker.begin()
        return BrokerUrl("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        await self._broker.stop(ShutdownKind.TERMINATE)


def broker() -> BenchBroker:
    return VirtualBroker()


def conform(
    *defects: str,
    rules: Sequence[str] = (),
    suites: Sequence[Suite] = (Suite.STANDARD,),
    capabilities: Capabilities = SMALL_HUB,
    seed: int = 1,
    devices: int = 1,
    long_s: float = 3600.0,
    hub: str = HUB,
) -> RunOutcome:
    """Run the checks on a small hub with these defects."""

    def device(number: str) -> DeviceControl:
        return SmallHubDevice(number, WALL_MS, Limits(), frozenset(defects), seed)

    plan = RunPlan(
        hub=hub,
        prefix="hubsim/v1",
        broker="in memory",
        again="hubsim conform ...",
        capabilities=capabilities,
        seed=seed,
        rules=tuple(rules),
        suites=tuple(suites),
        devices=devices,
        long_s=long_s,
    )
    return run_virtually(lambda: run_checks(plan, device, broker, wall_ms=lambda: WALL_MS))


def with_verdict(run: RunOutcome, verdict: RuleVerdict) -> dict[str, str]:
    """Return the rules with a verdict, and the reasons."""
    return {result.rule: result.reason for result in run.rules if result.verdict is verdict}
