"""The fleet of a world: hubs in objects, on the bench, and all others; and hubs that leave the bench."""

import pytest
from lab_play import AJAX, HUB, ORDINARY, OTHER, Json, LabWorld, setup
from lab_server import Server

from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Hardware, Reported
from hubsim_contract.wire.topics import MessageKind

pytestmark = pytest.mark.live
UNASSIGNED = "0000AAFF"


async def publishes(world: LabWorld, hub: str) -> None:
    """Publish a report of a hub that is in no object and not on the bench."""
    report = Reported(
        hub=hub, boot=1, sequence=1, applied_version=0, hardware=Hardware(model="hub-plus", firmware="1")
    )
    fault = {
        "message": MessageKind.REPORTED.value,
        "hub": hub,
        "payload": encode(report).decode(),
        "retain": True,
    }
    await world.inject("inject", **fault)
    await world.settle()


def named(shown: Json) -> list[str]:
    return [hub["hub"] for hub in shown["hubs"]]


async def test_the_fleet_has_hubs_in_objects_on_the_bench_and_all_others(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.put(setup(OTHER, ORDINARY, powered=False))
    await publishes(world, UNASSIGNED)

    shown = await world.get("/fleet")

    ours, other, loose = shown["hubs"]
    assert named(shown) == [HUB, OTHER, UNASSIGNED]
    assert (ours["company_name"], ours["service"], ours["star"], ours["online"]) == (
        "olga Ltd",
        "active",
        True,
        True,
    )
    assert (ours["led"]["color"], ours["slots"]["1"]["kind"]) == ("green", "ajax")
    assert (other["on_bench"], other["led"], other["company"]) == (
        True,
        {"color": "off", "blink": False},
        None,
    )
    assert (loose["on_bench"], loose["model"], loose["led"]) == (False, "hub-plus", None)
    assert shown["total"] == 3
    counts = {name: count for name, count in shown["counts"].items() if count}
    assert counts == {
        "active": 1,
        "not_available": 2,
        "online": 1,
        "offline": 2,
        "star": 1,
        "in_object": 1,
        "on_bench": 2,
        "unassigned": 1,
    }


async def test_the_counts_follow_the_world(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    before = (await world.get("/fleet"))["counts"]
    await world.activate(dealer)
    await world.act(HUB, "power_off")
    await world.settle()

    after = (await world.get("/fleet"))["counts"]

    assert (before["star"], before["online"]) == (0, 1)
    assert (after["star"], after["online"]) == (1, 0)


async def test_the_fleet_is_searched_filtered_and_paged(world: LabWorld) -> None:
    await world.dealer_with_hub()
    await world.put(setup(OTHER, model="hub-2-4g"))

    first = await world.get("/fleet?limit=1")
    second = await world.get(f"/fleet?limit=1&page={first['next_page']}")

    assert (named(first), named(second), second["next_page"]) == ([HUB], [OTHER], None)
    assert named(await world.get("/fleet?search=VILLA+olga")) == [HUB]
    assert named(await world.get("/fleet?search=hub-2-4g")) == [OTHER]
    assert named(await world.get("/fleet?state=online,in_object")) == [HUB]
    assert named(await world.get("/fleet?state=unassigned")) == []
    assert (await world.refused("GET", "/fleet?state=onlin"))[:2] == (422, "invalid_request")
    assert (await world.refused("GET", f"/fleet?search={'x' * 101}"))[:2] == (422, "invalid_request")


async def test_a_hub_that_leaves_the_bench_is_offline_in_the_cloud_and_its_card_is_free(
    world: LabWorld,
) -> None:
    await world.dealer_with_hub()

    await world.send("DELETE", f"/lab/hubs/{HUB}")
    await world.settle()
    shown = await world.get("/fleet")
    await world.put(setup(OTHER, AJAX))

    (left,) = shown["hubs"]
    assert (left["online"], left["on_bench"], left["company_name"]) == (False, False, "olga Ltd")
    assert (await world.get("/hubs"))["hubs"][0]["id"] == OTHER
    assert await world.refused("DELETE", f"/hubs/{HUB}") == (404, "not_on_bench", "no_such_hub")
    assert await world.refused("DELETE", "/hubs/x") == (404, "not_on_bench", "no_such_hub")


async def test_a_hub_comes_back_with_the_setup_that_was_read_before(world: LabWorld) -> None:
    await world.dealer_with_hub()
    before = (await world.hub())["setup"]
    await world.send("DELETE", f"/lab/hubs/{HUB}")

    await world.put(before)

    assert (await world.get("/fleet"))["hubs"][0]["online"] is True


async def test_a_hub_that_left_the_bench_is_not_there_after_a_restart_of_the_simulator(
    world: LabWorld, server: Server
) -> None:
    await world.put(setup(HUB, AJAX), setup(OTHER))
    await world.send("DELETE", f"/lab/hubs/{HUB}")

    await server.simulator.stop()
    await server.simulator.start()

    assert [each["id"] for each in (await world.get("/hubs"))["hubs"]] == [OTHER]


async def test_the_journal_has_the_hub_that_left(world: LabWorld) -> None:
    await world.put(setup(HUB))

    await world.send("DELETE", f"/lab/hubs/{HUB}")

    assert (await world.get("/journal"))["entries"][-1]["entry"] == "hub_taken"
