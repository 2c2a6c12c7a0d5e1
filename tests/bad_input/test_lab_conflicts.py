"""Requests that a lab cannot carry out: without a simulator, or many requests for the same thing."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from whole_server import OPERATOR_TOKEN, dealer_and_reseller, whole_server

from hubsim_simulator.hardware.cards import make_imei

pytestmark = pytest.mark.live
SETUP = {"id": "0000AA01", "imei": make_imei(1), "model": "hub-2-plus"}
TAKES_A_SIMULATOR: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/lab/hubs", None),
    ("POST", "/lab/hubs", SETUP),
    ("POST", "/lab/hubs/0000AA01/actions", {"action": {"do": "restart"}}),
    ("POST", "/lab/faults", {"what": {"fault": "drop", "message": "desired"}}),
    ("POST", "/lab/faults", {"what": {"fault": "cut", "hub": "0000AA01"}}),
    ("GET", "/lab/sims/89883000000000000011", None),
    ("GET", "/lab/counters", None),
    ("POST", "/lab/worlds", {"name": "other"}),
    ("POST", "/lab/snapshots", {"name": "saved"}),
    ("POST", "/lab/reset", None),
)


async def test_without_a_simulator_the_lab_reports_it_and_the_world_stays(tmp_path: Path) -> None:
    async with whole_server(tmp_path, simulated=False) as server:
        anonymous = server.anonymous()
        people = await dealer_and_reseller(anonymous, OPERATOR_TOKEN)

        answers = await asyncio.gather(*(anonymous.call(*asked) for asked in TAKES_A_SIMULATOR))

        assert {answer.json()["name"] for answer in answers} == {"no_simulator"}
        assert {answer.status_code for answer in answers} == {503}
        assert (await people.dealer.get("/v1/company"))["company"] == people.dealer_company
        assert [world["name"] for world in (await anonymous.get("/lab/worlds"))["worlds"]] == [""]


IMPOSSIBLE: tuple[tuple[str, Any], ...] = (
    ("/lab/worlds", {"start_ms": -1}),
    ("/lab/worlds", {"start_ms": 10**15}),
    ("/lab/worlds", {"start_ms": 10**400}),
    ("/lab/clock/advance", {"to": "9999-12-31T23:59:59-23:59"}),
    ("/lab/clock/advance", {"to": "2026-01-01T00:00:00"}),
    ("/lab/clock/advance", {"by": "P999999999D"}),
    ("/lab/clock/advance", {"by": "P99999999999999D"}),
    ("/lab/clock/advance", {"by": "P1D", "to": "2100-01-01T00:00:00Z"}),
    ("/lab/clock/advance", {}),
    ("/lab/hubs", SETUP | {"battery_percent": 101}),
    ("/lab/hubs", SETUP | {"battery_percent": -(10**400)}),
    ("/lab/hubs", SETUP | {"slots": {"x": None}}),
    ("/lab/faults", {"what": {"fault": "delay", "message": "desired", "by": 10**400}}),
    ("/lab/faults", {"what": {"fault": "delay", "message": "desired", "by": -1}}),
    ("/lab/faults", {"what": {"fault": "drop", "message": "desired", "count": 0}}),
    (
        "/lab/faults",
        {"what": {"fault": "inject", "message": "desired", "hub": "x", "payload": "", "repeat": 0}},
    ),
)
REFUSED: tuple[tuple[str, Any, str], ...] = (
    ("/lab/worlds", {"name": "lab"}, "bad_name"),
    ("/lab/worlds", {"name": "../x"}, "bad_name"),
    ("/lab/worlds", {"carrier": {"cut_delay": 1}}, "bad_settings"),
    ("/lab/worlds", {"hub": {"boot_ms": -1}}, "bad_settings"),
    ("/lab/worlds", {"cloud": {"trial_months": -1}}, "bad_settings"),
    ("/lab/worlds", {"cloud": {"trial_month": 1}}, "bad_settings"),
    ("/lab/worlds", {"models": {"mine": {}}}, "bad_settings"),
    ("/lab/worlds", {"snapshot": "../../etc"}, "bad_name"),
    ("/lab/worlds", {"snapshot": "none"}, "no_such_snapshot"),
    ("/lab/snapshots", {"name": ".."}, "bad_name"),
    ("/lab/snapshots", {"name": "x" * 64}, "bad_name"),
    ("/lab/clock/advance", {"by": "-PT1S"}, "clock_moved_back"),
    ("/lab/hubs", SETUP | {"id": "0000aa01"}, "cannot"),
    ("/lab/hubs", SETUP | {"model": "hub-99"}, "cannot"),
    ("/lab/hubs/0000AA01/actions", {"action": {"do": "restart"}}, "no_such_hub"),
    ("/lab/hubs/+/actions", {"action": {"do": "restart"}}, "no_such_hub"),
    (
        "/lab/faults",
        {"what": {"fault": "inject", "message": "desired", "hub": "+", "payload": "x"}},
        "no_such_hub",
    ),
    (
        "/lab/faults",
        {"what": {"fault": "inject", "message": "reported", "hub": "a/b", "payload": "x"}},
        "no_such_hub",
    ),
    ("/lab/faults", {"what": {"fault": "stop_process", "process": "broker"}}, "cannot"),
)


async def test_impossible_lab_requests_are_refused_and_change_nothing(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server:
        anonymous = server.anonymous()

        impossible = [await anonymous.call("POST", path, body) for path, body in IMPOSSIBLE]
        refused = [await anonymous.call("POST", path, body) for path, body, _ in REFUSED]

        assert [answer.json()["name"] for answer in impossible] == ["invalid_request"] * len(IMPOSSIBLE)
        assert [answer.json()["facts"].get("reason") for answer in refused] == [why for *_, why in REFUSED]
        assert list(server.simulator.benches) == [""]
        assert list(server.host.worlds) == [""]
        assert (await anonymous.get("/lab/hubs"))["hubs"] == []
        await anonymous.do("POST", "/lab/settle")


async def test_of_many_requests_for_the_same_name_one_succeeds(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server:
        anonymous = server.anonymous()

        worlds = [anonymous.call("POST", "/lab/worlds", {"name": "wanted"}) for _ in range(6)]
        opened = Counter(answer.status_code for answer in await asyncio.gather(*worlds))
        snapshots = [anonymous.call("POST", "/lab/snapshots", {"name": "wanted"}) for _ in range(6)]
        saved = Counter(answer.status_code for answer in await asyncio.gather(*snapshots))
        branches = [
            anonymous.call("POST", "/lab/worlds", {"name": "branch", "snapshot": "wanted"}) for _ in range(6)
        ]
        branched = Counter(answer.status_code for answer in await asyncio.gather(*branches))

        assert opened == {201: 1, 409: 5}
        assert saved == {201: 1, 409: 5}
        assert branched == {201: 1, 409: 5}


async def test_after_concurrent_requests_a_world_exists_or_does_not_exist(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server:
        anonymous, inside = server.anonymous(), server.anonymous("w")
        await anonymous.do("POST", "/lab/worlds", {"name": "w"})
        await inside.do("POST", "/lab/hubs", SETUP)
        await inside.do("POST", "/lab/snapshots", {"name": "s"})

        answers = await asyncio.gather(
            inside.call("POST", "/lab/reset"),
            inside.call("POST", "/lab/snapshots/s/restore"),
            inside.call("POST", "/lab/settle"),
            inside.call("POST", "/lab/clock/advance", {"by": "PT1H"}),
            inside.call("POST", "/lab/hubs", SETUP | {"id": "0000AA02"}),
            inside.call("GET", "/lab/hubs/0000AA01"),
            inside.call("POST", "/lab/reset"),
            anonymous.call("DELETE", "/lab/snapshots/s"),
            anonymous.call("DELETE", "/lab/worlds/w"),
            anonymous.call("DELETE", "/lab/worlds/w"),
            inside.call("POST", "/lab/settle"),
        )

        assert {answer.status_code for answer in answers} <= {200, 201, 204, 404, 409, 503}
        assert (await inside.call("GET", "/lab/clock")).status_code == 404
        assert (await anonymous.get("/health/ready"))["ready"]
        await anonymous.do("POST", "/lab/worlds", {"name": "w"})
