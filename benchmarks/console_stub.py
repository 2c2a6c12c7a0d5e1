"""A server with nothing but what the Fleet page of the console asks for: a fleet, and a stream of changes.

The hubs are made up, so a measurement has the work of the browser only. The stream has a fixed rate.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parents[1] / "console" / "static"
BEGAN_MS = 1_774_427_400_000
PAGE = 200
TICK_S = 0.1
MODELS = ("hub", "hub-plus", "hub-2", "hub-2-4g", "hub-2-plus", "hub-hybrid-4g", "superior-hub-hybrid-2")
COMPANIES = (("Fortis Alarm", "PL"), ("Segura Hogar", "ES"), ("Heimschutz Brandt", "DE"), ("Harbour", "GB"))
SERVICES = (
    ("active", "activated"),
    ("active", "activated"),
    ("expiring", "expires_soon"),
    ("activation_required", "activation_required"),
    ("not_available", "none"),
)


class MadeUpFleet:
    """`hubs` hubs, of which some change all the time."""

    def __init__(self, hubs: int) -> None:
        self.rows = [_row(number, 0) for number in range(hubs)]
        self._turns = 0

    def changes(self, count: int) -> Iterator[dict[str, Any]]:
        """Change the next `count` hubs, far from each other, and return their rows."""
        for _ in range(count):
            self._turns += 1
            place = self._turns * 7_919 % len(self.rows)
            self.rows[place] = _row(place, self._turns)
            yield self.rows[place]


def console_app(fleet: MadeUpFleet, changes_per_s: int) -> Starlette:
    """Return the application: the built console, and the routes that its frame and the Fleet page read."""

    async def show_fleet(request: Request) -> Response:
        begin = int(request.query_params.get("page") or 0)
        limit = int(request.query_params.get("limit") or PAGE)
        end = begin + limit
        page = str(end) if end < len(fleet.rows) else None
        return JSONResponse({"hubs": fleet.rows[begin:end], "counts": {}, "next_page": page})

    async def watch(_request: Request) -> Response:
        return StreamingResponse(_events(fleet, changes_per_s), media_type="text/event-stream")

    async def config(_request: Request) -> Response:
        return JSONResponse({"version": "0", "lab": True, "world": "", "language": "en", "start": "fleet"})

    async def clock(_request: Request) -> Response:
        return JSONResponse(_clock())

    async def nobody(_request: Request) -> Response:
        return JSONResponse({"people": [], "worlds": [], "snapshots": [], "next_page": None})

    return Starlette(
        routes=[
            Route("/lab/fleet", show_fleet),
            Route("/lab/watch", watch),
            Route("/lab/clock", clock),
            *(Route(path, nobody) for path in ("/lab/people", "/lab/worlds", "/lab/snapshots")),
            Route("/console/config.json", config),
            Mount("/console", StaticFiles(directory=STATIC, html=True)),
        ]
    )


async def _events(fleet: MadeUpFleet, changes_per_s: int) -> AsyncIterator[str]:
    number = 1
    yield _event("hello", {**_clock(), "run": "made-up", "missed": 0}, number)
    while True:
        await asyncio.sleep(TICK_S)
        for row in fleet.changes(round(changes_per_s * TICK_S)):
            number += 1
            yield _event("hub", row, number)


def _event(name: str, content: dict[str, Any], number: int) -> str:
    return f"event: {name}\nid: made-up-{number}\ndata: {json.dumps(content)}\n\n"


def _clock() -> dict[str, Any]:
    return {"world_ms": BEGAN_MS, "held": True, "moving_to_ms": None, "due_ms": None}


def _row(number: int, turn: int) -> dict[str, Any]:
    """Return the row of a hub after its change number `turn`."""
    service, tile = SERVICES[(number + turn) % len(SERVICES)]
    company, country = COMPANIES[number % len(COMPANIES)]
    online, mains = (number + turn) % 11 != 0, (number + turn) % 17 != 0
    is_active = tile in ("activated", "expires_soon")
    channels = (["ethernet", "cellular"] if is_active else ["ethernet"]) if online else []
    color = ("red", "green", "white")[len(channels)]
    battery = 100 if mains else 100 - turn % 20 * 5
    return {
        "hub": f"{number * 2_654_435_761 % 2**32:08X}",
        "name": f"Object {number + 1}",
        "model": MODELS[number % len(MODELS)],
        "object": f"object-{number + 1}",
        "object_name": f"Object {number + 1}",
        "company": f"company-{number % len(COMPANIES) + 1}",
        "company_name": company,
        "country": country,
        "online": online,
        "service": service,
        "tile": tile,
        "second_tile": "access_may_expire" if tile == "expires_soon" else "none",
        "sim_profile": "active" if is_active else "inactive",
        "ends_at_ms": BEGAN_MS + 556_200_000 if tile == "expires_soon" else None,
        "star": is_active,
        "icons": [f"battery_{battery}", "mains" if mains else "no_mains"],
        "armed": False,
        "version": turn,
        "applied_version": turn,
        "reported_offline": False,
        "led": {"color": color, "blink": not mains},
        "channels": channels,
        "slots": {
            "1": {"kind": "ajax", "iccid": f"89883{number:014}", "condition": "healthy", "profile": "active"}
        },
        "active_sim": 1,
        "sim_card": "ok",
        "signal": "strong",
        "battery_percent": battery,
        "mains": mains,
        "lid_open": number % 101 == 0,
        "powered": True,
        "coverage": True,
        "links": ["ethernet"],
        "on_bench": True,
        "simulated": True,
    }
