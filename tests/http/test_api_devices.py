"""The operator's view of a device, its stream, and the way back after a wrong number."""

from pathlib import Path

from api_world import HUB, HUB_2, TOPICS, Api, served
from event_reader import watching

from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Presence
from hubsim_contract.wire.topics import MessageKind

DEVICE = f"/operator/hubs/{HUB}/device"
STREAM = f"/v1{DEVICE}/messages"
WRONG_BOOT = 4_000_000_000


async def publishes(api: Api, payload: bytes, kind: MessageKind = MessageKind.PRESENCE) -> None:
    """Publish as the hub, and wait until the cloud has handled it."""
    api.world.service.post(Received(TOPICS.of(kind, HUB), payload))
    await api.operator.get("/operator/invoices")


def presence(online: bool, boot: int, connection: int = 1) -> bytes:
    return encode(Presence(hub=HUB, online=online, boot=boot, connection=connection))


async def test_the_operator_sees_a_device_and_the_verdicts_on_its_messages(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        await api.dealer_with_hub()
        await publishes(api, b"garbage", MessageKind.REPORTED)

        shown = await api.operator.get(DEVICE)
        short = await api.operator.get(f"{DEVICE}?verdicts=1")

    summary = shown["device"]["summary"]
    assert (summary["hub"], summary["online"], summary["sequence"]) == (HUB, True, 1)
    assert summary["desired_version"] == shown["device"]["desired"]["version"]
    assert shown["device"]["report"]["sequence"] == 1
    assert shown["rules"] == {"MQ-7.json": 1}
    assert [each["verdict"]["payload"] for each in short["verdicts"]] == ["garbage"]


async def test_only_the_operator_sees_a_device(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        olga = await api.dealer_with_hub()

        refused = [
            await who.refused("GET", path)
            for who in (olga, api.anonymous)
            for path in (DEVICE, f"{DEVICE}/messages")
        ]

    assert refused == ["not_permitted", "not_permitted", "not_signed_in", "not_signed_in"]


async def test_bad_requests_for_a_device_have_names(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        refused = [
            await api.operator.refused("GET", f"/operator/hubs/{path}")
            for path in (
                "x/device",
                f"{HUB_2}/device",
                "x/device/messages",
                f"{HUB_2}/device/messages?after=1",
            )
        ]
        await api.dealer_with_hub()
        too_many = await api.operator.refused("GET", f"{DEVICE}?verdicts=51")
        unknown = await api.operator.refused("DELETE", f"/operator/hubs/{HUB_2}/device")

    assert refused == ["invalid_hub_id", "hub_not_found", "invalid_hub_id", "invalid_request"]
    assert (too_many, unknown) == ("invalid_request", "hub_not_found")


async def test_the_stream_has_each_message_and_each_change(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api, watching(api, api.operator, path=STREAM) as reader:
        begin = await reader.next()
        await publishes(api, presence(True, 7))
        online = [await reader.next() for _ in range(2)]
        await publishes(api, presence(True, 7))
        again = await reader.next()

    assert (begin.name, begin.data["online"]) == ("summary", False)
    assert [each.name for each in online] == ["verdict", "summary"]
    assert online[0].data["verdict"]["outcome"] == "taken"
    assert online[1].data["online"] is True
    assert (again.name, again.data["number"]) == ("verdict", 2)
    assert again.data["verdict"]["findings"][0]["rule"] == "MQ-2.connection"


async def test_a_stream_continues_after_the_last_event_and_begins_again_after_a_restart(
    tmp_path: Path,
) -> None:
    async with served(tmp_path / "cloud.db") as api:
        for connection in (1, 2, 3):
            await publishes(api, presence(True, 7, connection))
        async with watching(api, api.operator, path=STREAM) as reader:
            first = await reader.next()
        async with watching(api, api.operator, first.id, path=STREAM) as reader:
            second = await reader.next()
        async with watching(api, api.operator, "0.00000000.2", path=STREAM) as reader:
            other_epoch = await reader.next()

    assert [each.data["number"] for each in (first, second, other_epoch)] == [1, 2, 1]


async def test_a_stopping_cloud_ends_the_stream_with_the_reason(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api, watching(api, api.operator, path=STREAM) as reader:
        await reader.next()
        api.world.watch.close()
        (last,) = await reader.until_ended()

    assert (last.name, last.data) == ("stream_ended", {"reason": "stopping"})


async def test_the_way_back_is_in_the_history_of_the_hub(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        olga = await api.dealer_with_hub()
        await publishes(api, presence(False, WRONG_BOOT))
        before = (await api.operator.get(DEVICE))["device"]["summary"]

        await api.operator.do("DELETE", DEVICE)
        await publishes(api, presence(True, 8))
        after = (await api.operator.get(DEVICE))["device"]["summary"]
        history = await olga.get(f"/hubs/{HUB}/history")
        refused = await olga.refused("DELETE", DEVICE)

    assert (before["online"], before["boot"]) == (False, WRONG_BOOT)
    assert (after["online"], after["boot"]) == (True, 8)
    assert history["rows"][-1]["fact"] == "device_forgotten"
    assert refused == "not_permitted"
