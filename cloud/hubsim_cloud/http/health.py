"""Health and metrics, for the people who run the cloud."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.domain.zones import RULES_VERSION
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.service.meters import CONTENT_TYPE, HubConnections, Levels


class Alive(msgspec.Struct, frozen=True):
    """The process serves requests."""

    live: bool = True
    zone_rules: str = RULES_VERSION
    """The release of the time zone rules. Month ends depend on it."""


class ReadinessView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the world can serve; `awaited` describes what it waits for."""

    ready: bool
    awaited: list[str]
    hubs: HubConnections | None = None
    """Only with `hubsim up`, for the main world."""


async def show_life(_request: Request, _world: ServedWorld) -> Response:
    """Check whether the process serves requests at all."""
    return json_answer(Alive())


async def show_readiness(_request: Request, world: ServedWorld) -> Response:
    """Check whether the world can serve: 200 when it can, 503 while it waits for something."""
    awaited = world.ready()
    answered = ReadinessView(not awaited, awaited, world.meters.count_hubs())
    return json_answer(answered, status=503 if awaited else 200)


async def show_metrics(_request: Request, world: ServedWorld) -> Response:
    """Get the metrics in the text format of Prometheus."""
    devices = world.service.engine.state.devices.values()
    levels = Levels(
        queue_depth=world.service.depth,
        hubs_online=sum(device.online for device in devices),
        sessions=world.auth.sessions,
        streams=world.feed.streams,
    )
    return Response(world.meters.page(levels), headers={"Content-Type": CONTENT_TYPE})
