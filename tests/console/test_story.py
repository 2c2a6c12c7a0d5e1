"""The story of the demo: each of its steps does what it says, on the world of the demo."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from console_server import ConsoleServer, Json

from hubsim_console.data_files import DEMO_PASSWORD, STORY

STORY_DATA: Json = msgspec.json.decode(STORY.read_bytes())
FRONT_DOOR = "3390F28D"


def steps() -> Iterator[Json]:
    for chapter in STORY_DATA["chapters"]:
        yield from chapter["steps"]


def texts(value: object) -> Iterator[Json]:
    """Yield every text with its languages."""
    if isinstance(value, dict) and value.keys() & {"en", "pl"}:
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def test_every_text_is_in_both_languages() -> None:
    found = list(texts(STORY_DATA))

    assert len(found) > 40
    assert all(text.keys() == {"en", "pl"} for text in found)
    assert all(text["en"].strip() and text["pl"].strip() for text in found)


def test_each_step_has_a_unique_name_and_a_page() -> None:
    names = [step["id"] for step in steps()]

    assert len(names) == len(set(names))
    assert all(step["page"].startswith("#/") for step in steps())


class Presenter:
    """Carries out the actions of the story."""

    def __init__(self, server: ConsoleServer) -> None:
        self._server = server

    async def tell(self, step: Json) -> None:
        for action in step["do"]:
            await getattr(self, f"_{action['kind']}")(action, step["person"])

    async def hub(self, hub: str = FRONT_DOOR) -> Json:
        await self._server.send("POST", "/lab/settle")
        return await self._server.send("GET", f"/lab/hubs/{hub}")

    async def _api(self, action: Json, person: Json) -> None:
        credentials = {"email": person["email"], "password": DEMO_PASSWORD, "app": person["client"]}
        token = (await self._server.send("POST", "/v1/sessions", credentials))["token"]
        await self._server.send("PUT", "/v1/session/account", {"company": person["company"]}, token)
        answer = await self._server.call(action["method"], action["path"], action["body"], token)
        refusal = None if answer.is_success else answer.json()["name"]
        assert refusal == action["refused"], answer.text

    async def _bench(self, action: Json, _person: Json | None) -> None:
        await self._server.send("POST", f"/lab/hubs/{action['hub']}/actions", {"action": action["action"]})

    async def _fault(self, action: Json, _person: Json | None) -> None:
        await self._server.send("POST", "/lab/faults", {"what": action["what"]})

    async def _clock(self, action: Json, _person: Json | None) -> None:
        if "by" in action:
            await self._server.send("POST", "/lab/clock/advance", {"by": action["by"]})
            return
        now_ms = (await self._server.send("GET", "/lab/clock"))["world_ms"]
        await self._server.send("POST", "/lab/clock/advance", {"to": next_month(now_ms, action["zone"])})

    async def _save(self, action: Json, _person: Json | None) -> None:
        await self._server.call("DELETE", f"/lab/snapshots/{action['snapshot']}")
        await self._server.send("POST", "/lab/snapshots", {"name": action["snapshot"]})

    async def _restore(self, action: Json, _person: Json | None) -> None:
        await self._server.send("POST", f"/lab/snapshots/{action['snapshot']}/restore")

    async def _play(self, action: Json, _person: Json | None) -> None:
        play = await self._server.play(scenario=action["scenario"])
        view = await self._server.when(play, "passed", "failed", "blocked", "skipped")
        assert view["state"] == "passed", view["reason"]

    async def _language(self, _action: Json, _person: Json | None) -> None:
        """The page switches it."""


def next_month(now_ms: int, zone: str) -> str:
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    month, year = (local.month % 12 + 1, local.year + local.month // 12)
    return datetime(year, month, 1, tzinfo=ZoneInfo(zone)).isoformat()


EXPECTED: dict[str, dict[str, Any]] = {
    "insert": {"tile": "activation_required", "star": False, "led": "green"},
    "activate": {"tile": "activated", "star": True, "led": "green"},
    "white": {"tile": "activated", "led": "white"},
    "unplug": {"led": "green", "channels": ["cellular"], "online": True},
    "mains": {"mains": False},
    "repair": {"led": "white", "mains": True},
    "deactivate": {"tile": "expires_soon", "second_tile": "access_may_expire", "star": True},
    "resume": {"tile": "activated", "second_tile": "none"},
    "midnight": {"tile": "activation_required", "star": False, "led": "green", "sim_card": "ok"},
    "back": {"tile": "activated", "star": True},
    "stop": {"tile": "activation_required", "star": False},
    "repeat": {"tile": "activation_required", "star": False, "led": "green"},
}
"""What the hub at the front door is like after a step."""


@pytest.mark.live
async def test_the_story_can_be_played_from_its_first_step_to_its_last(demo: ConsoleServer) -> None:
    presenter = Presenter(demo)

    for step in steps():
        await presenter.tell(step)

        if step["id"] in EXPECTED:
            hub = await presenter.hub()
            seen = {**hub["app"], **hub["shows"]}
            expected = EXPECTED[step["id"]]
            assert {name: seen[name] for name in expected} == expected, step["id"]


@pytest.mark.live
async def test_the_story_can_be_started_over(demo: ConsoleServer) -> None:
    presenter = Presenter(demo)
    first = next(steps())

    for _ in range(2):
        await demo.send("POST", "/lab/reset", {"seed": "demo"})
        for step in STORY_DATA["chapters"][0]["steps"]:
            await presenter.tell(step)

    assert first["id"] == "no-tab"
