"""A lab that cannot do what it is asked: no simulator is there, or many ask for the same thing at once."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from whole_server import OPERATOR_TOKEN, parties, whole_server

from hubsim_simulator.hardware.cards import make_imei

pytestmark = pytest.mark.live
SETUP = {"id": "0000AA01", "imei": make_imei(1), "model": "hub-2-plus"}
TAKES_A_SIMULATOR: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/lab/hubs", None),
    ("POST", "/lab/hubs", SETUP),
    ("GET", "/lab/hubs/0000AA01", None),
    ("POST", "/lab/hubs/0000AA01/actions", {"action": {"do": "restart"}}),
    ("POST", "/lab/faults", {"what": {"fault": "drop", "message": "desired"}}),
    ("POST", "/lab/faults", {"what": {"fault": "cut", "hub": "0000AA01"}}),
    ("GET", "/lab/sims/89883000000000000011", None),
    ("GET", "/lab/counters", None),
    ("POST", "/lab/worlds", {"name": "other"}),
    ("POST", "/lab/snapshots", {"name": "saved"}),
    ("POST", "/lab/reset", None),
)


async def test_without_a_simulator_the_lab_says_so_and_the_world_stays(tmp_path: Path) -> None:
    async with whole_server(tmp_path, simulated=False) as server:
        nobody = server.nobody()
        who = await parties(nobody, OPERATOR_TOKEN)

        answers = await asyncio.gather(*(nobody.call(*asked) for asked in TAKES_A_SIMULATOR))

        assert {answer.json()["name"] for answer in answers} == {"no_simulator"}
        assert {answer.status_code for answer in answers} == {503}
        assert (await who.dealer.sees("/v1/company"))["company"] == who.dealer_company
        assert [world["name"] for world in (await nobody.sees("/lab/worlds"))["worlds"]] == [""]


ABSURD: tuple[tuple[str, Any], ...] = (
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


async def test_absurd_orders_to_the_lab_are_refused_and_change_nothing(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server:
        nobody = server.nobody()

        absurd = [await nobody.call("POST", path, body) for path, body in ABSURD]
        refused = [await nobody.call("POST", path, body) for path, body, _ in REFUSED]

        assert [answer.json()["name"] for answer in absurd] == ["invalid_request"] * len(ABSURD)
        assert [answer.json()["facts"].get("reason") for answer in refused] == [why for *_, why in REFUSED]
        assert list(server.simulator.benches) == [""]
        assert list(server.host.worlds) == [""]
        assert (await nobody.sees("/lab/hubs"))["hubs"] == []
        await nobody.does("POST", "/lab/settle")


async def test_of_many_who_want_the_same_name_one_gets_it(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server:
        nobody = server.nobody()

        worlds = [nobody.call("POST", "/lab/worlds", {"name": "wanted"}) for _ in range(6)]
        opened = Counter(answer.status_code for answer in await asyncio.gather(*worlds))
        snapshots = [nobody.call("POST", "/lab/snapshots", {"name": "wanted"}) for _ in range(6)]
        saved = Counter(answer.status_code for answer in await asyncio.gather(*snapshots))
        branches = [
            nobody.call("POST", "/lab/worlds", {"name": "branch", "snapshot": "wanted"}) for _ in range(6)
        ]
        branched = Counter(answer.status_code for answer in await asyncio.gather(*branches))

        assert opened == {201: 1, 409: 5}
        assert saved == {201: 1, 409: 5}
        assert branched == {201: 1, 409: 5}


async def test_whatever_is_done_to_one_world_at_once_it_is_there_or_gone(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server:
        nobody, inside = server.nobody(), server.nobody("w")
        await nobody.does("POST", "/lab/worlds", {"name": "w"})
        await inside.does("POST", "/lab/hubs", SETUP)
        await inside.does("POST", "/lab/snapshots", {"name": "s"})

        answers = await asyncio.gather(
            inside.call("POST", "/lab/reset"),
            inside.call("POST", "/lab/snapshots/s/restore"),
            inside.call("POST", "/lab/settle"),
            inside.call("POST", "/lab/clock/advance", {"by": "PT1H"}),
            inside.call("POST", "/lab/hubs", SETUP | {"id": "0000AA02"}),
            inside.call("GET", "/lab/hubs/0000AA01"),
            inside.call("POST", "/lab/reset"),
            nobody.call("DELETE", "/lab/snapshots/s"),
            nobody.call("DELETE", "/lab/worlds/w"),
            nobody.call("DELETE", "/lab/worlds/w"),
            inside.call("POST", "/lab/settle"),
        )

        assert {answer.status_code for answer in answers} <= {200, 201, 204, 404, 409, 503}
        assert (await inside.call("GET", "/lab/clock")).status_code == 404
        assert (await nobody.sees("/health/ready"))["ready"]
        await nobody.does("POST", "/lab/worlds", {"name": "w"})
