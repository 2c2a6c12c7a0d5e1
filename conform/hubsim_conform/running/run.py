"""Runs the chosen checks: on one attached device, or spread over several that the run starts itself."""

import asyncio
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from hubsim_conform.bench.bench_broker import BenchBroker
from hubsim_conform.bench.device_bench import BenchPlan, running_bench
from hubsim_conform.checks.all_checks import CHECKS, DECIDED_RULES, FIRST
from hubsim_conform.checks.check import Check, Suite
from hubsim_conform.device.capabilities import Capabilities, DeclaredBounds
from hubsim_conform.device.device_control import DeviceControl
from hubsim_conform.running.lane import CheckLane, Progress
from hubsim_conform.running.outcome import LaneResult, RuleResult, rule_results
from hubsim_contract.wire.messages import NEWEST_ACCEPTED
from hubsim_contract.wire.rules import RULES

MakeDevice = Callable[[str], DeviceControl]
"""Makes the control of a device with this hub id."""
MakeBroker = Callable[[], BenchBroker]


class RunPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run does."""

    hub: str
    prefix: str
    broker: str
    """As given: a name or a URL without credentials."""
    capabilities: Capabilities
    seed: int
    rules: tuple[str, ...] = ()
    """Ids of rules or families; empty for all rules."""
    suites: tuple[Suite, ...] = (Suite.STANDARD,)
    devices: int = 1
    """Devices at the same time, each with its own hub number; 1 for an attached one."""
    long_s: float = 3600.0
    again: str = "hubsim conform"
    """The command that repeats the run."""
    only_client: str | None = None
    """As in `BenchPlan`."""
    host: str = "127.0.0.1"
    port: int = 0
    ca: Path | None = None


class RunOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a run."""

    plan: RunPlan
    rules: tuple[RuleResult, ...]
    lanes: tuple[LaneResult, ...]
    began_at: datetime
    took_s: float
    hubsim: str
    python: str
    platform: str
    contract: int


def wanted_rules(ids: Sequence[str]) -> tuple[str, ...]:
    """Return the hub's rules that ids of rules and families mean; all for none. Raises `ValueError`."""
    known = [rule.id for rule in RULES if rule.id in DECIDED_RULES]
    if not ids:
        return tuple(known)
    found = [rule for rule in known if rule in ids or rule.partition(".")[0] in ids]
    for each in ids:
        if not any(each in (rule, rule.partition(".")[0]) for rule in known):
            raise ValueError(each)
    return tuple(found)


def chosen_checks(rules: Sequence[str], suites: Sequence[Suite]) -> list[Check]:
    """Return the checks of these suites that decide one of these rules, and the first contact."""
    return [
        check
        for check in CHECKS
        if check is FIRST or (check.suite in suites and set(check.decides) & set(rules))
    ]


def spread(checks: Sequence[Check], devices: int, bounds: DeclaredBounds) -> list[list[Check]]:
    """Divide the checks so that all devices are busy for about the same time; each keeps their order."""
    work = [check for check in checks if check is not FIRST]
    lanes: list[list[Check]] = [[] for _ in range(max(1, min(devices, len(work))))]
    busy_s = [0.0] * len(lanes)
    for check in sorted(work, key=lambda each: -each.takes_s(bounds)):
        lane = busy_s.index(min(busy_s))
        lanes[lane].append(check)
        busy_s[lane] += check.takes_s(bounds)
    order = list(checks)
    return [[FIRST, *sorted(lane, key=order.index)] for lane in lanes]


def hub_number(first: str, number: int) -> str:
    """Return the hub id of the device with this number; the first one has number 0."""
    return f"{(int(first, 16) + number) % 16**8:08X}"


async def run_checks(
    plan: RunPlan,
    make_device: MakeDevice,
    make_broker: MakeBroker,
    progress: Progress = lambda _: None,
    announce: Callable[[str], None] = lambda _: None,
    wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> RunOutcome:
    """Run. `announce` gets the address that an attached device connects to; `wall_ms` is the time of day.

    A cancelled run returns what it has decided, and the checks that are left are BLOCKED. It raises
    `CancelledError` if a bench was not ready yet.

    Raises `BrokerError`, `BrokerUnreachable`, `AddressUnusable` and `ActFailed` if the run cannot begin.
    """
    rules = wanted_rules(plan.rules)
    lanes = spread(chosen_checks(rules, plan.suites), plan.devices, plan.capabilities.bounds)
    began_at, began_s = datetime.now(UTC), time.monotonic()

    async def lane(number: int, checks: list[Check]) -> LaneResult:
        hub = hub_number(plan.hub, number)
        bench_plan = BenchPlan(
            hub=hub,
            prefix=plan.prefix,
            capabilities=plan.capabilities,
            seed=plan.seed,
            host=plan.host,
            port=plan.port if number == 0 else 0,
            ca=plan.ca,
            only_client=plan.only_client,
            broker=plan.broker,
            long_s=plan.long_s,
        )
        async with running_bench(bench_plan, make_device(hub), make_broker(), wall_ms(), announce) as bench:
            return await CheckLane(bench, progress).run(checks)

    tasks: list[asyncio.Task[LaneResult]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks += [
                group.create_task(lane(number, checks), name=f"lane {number}")
                for number, checks in enumerate(lanes)
            ]
    except asyncio.CancelledError:
        if any(task.cancelled() for task in tasks):
            raise
    results = tuple(task.result() for task in tasks)
    return RunOutcome(
        plan=plan,
        rules=tuple(rule_results(results, rules)),
        lanes=results,
        began_at=began_at,
        took_s=time.monotonic() - began_s,
        hubsim=_hubsim_version(),
        python=platform.python_version(),
        platform=sys.platform,
        contract=NEWEST_ACCEPTED,
    )


def _hubsim_version() -> str:
    try:
        return version("hubsim")
    except PackageNotFoundError:
        return "from a source tree"
