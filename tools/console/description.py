"""The OpenAPI document of a server with the lab and the console, made from the code without a server.

The types of the pages are made from it. The same document is at `/openapi.json` of `hubsim up --lab`.
"""

import asyncio
import json
from typing import cast

from hubsim_cloud.http.app import create_app
from hubsim_cloud.http.ports import ServedWorlds
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.lab.routes import lab_routes
from hubsim_cloud.lab.world_manager import WorldManager
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_console.console import Console
from hubsim_server.extension import ServerParts

_NO_MANAGER = cast("WorldManager", object())
"""The routes are described and never called."""
_NO_WORLDS = cast("CloudWorlds", object())


def api_description() -> str:
    """Return the document as JSON."""
    return json.dumps(asyncio.run(_description()), ensure_ascii=False, indent=1) + "\n"


async def _description() -> dict[str, object]:
    async with Console().serving(ServerParts(_NO_WORLDS, _NO_MANAGER)) as added:
        routes = (*lab_routes(_NO_MANAGER, added.seeds), *added.routes)
        return create_app(cast("ServedWorlds", {}), HttpSettings(), routes).openapi()
