"""The operator's view of one device: what the cloud keeps of it, and a stream of verdicts on its messages.

A lab serves the same, without a token. See `hubsim_cloud.service.message_watch` for what is kept.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.domain.views.device import DeviceRecord, DeviceSummary, knows, record_of, summary_of
from hubsim_cloud.http.authentication import check_operator
from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem
from hubsim_cloud.http.requests import read_count, read_query
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.server_sent import StreamResponse, event_bytes, read_mark, stream_head
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.service.message_watch import VERDICTS_KEPT, HubLog, WatchStream
from hubsim_cloud.service.notices import StreamPosition
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id

VERDICTS = "verdicts"
"""The parameter of a query string: the number of verdicts in a view."""
SUMMARY, VERDICT, MISSED = "summary", "verdict", "missed"
"""The names of the events of a stream."""


class NumberedVerdict(msgspec.Struct, frozen=True):
    """A verdict with its number among those on this hub since the start of the cloud."""

    number: int
    verdict: MessageVerdict


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """A device as the operator sees it."""

    device: DeviceRecord
    report_raw: str | None
    """The payload of the last report, at most 1,000 characters; null if it came before the verdicts below."""
    outcomes: dict[str, int]
    """The number of verdicts by outcome, since this hub is kept."""
    rules: dict[str, int]
    """The number of broken rules by rule id, since this hub is kept."""
    verdicts: list[NumberedVerdict]
    """The last verdicts, oldest first."""


class MissedVerdicts(msgspec.Struct, frozen=True):
    """Verdicts that a stream did not send, because its reader was too slow."""

    count: int


async def show_device(request: Request, world: ServedWorld) -> Response:
    """Read what the cloud knows of a hub by its messages, and the last verdicts on them (operator only)."""
    check_operator(request, world)
    return json_answer(device_view(request, world, known_hub(request, world)))


def device_messages_handler(settings: HttpSettings) -> Handler:
    """Return the handler of the operator's stream."""

    async def watch_device(request: Request, world: ServedWorld) -> Response:
        """Watch the verdicts on the messages of a hub, as server-sent events (operator only).

        The stream begins with the kept verdicts and a `summary`. Then follow a `verdict` for each message, a
        `summary` when the connection or a version changes, and `missed` if the reader was too slow. The hub
        may be unknown as yet. A reader that reconnects with `Last-Event-ID` gets the verdicts after it.
        """
        check_operator(request, world)
        return device_stream(request, world, settings)

    return watch_device


def device_stream(request: Request, world: ServedWorld, settings: HttpSettings) -> Response:
    """Return the stream for a request. Problems: `invalid_hub_id`, `malformed_header`, `invalid_request`."""
    read_query(request, ())
    hub, mark = _hub_in_path(request), read_mark(request)
    if request.method == "HEAD":
        return stream_head()
    return DeviceStream(world, hub, mark, settings)


def known_hub(request: Request, world: ServedWorld) -> str:
    """Return the hub in the path. Problems: `invalid_hub_id`; `hub_not_found` if nothing is known of it."""
    hub = _hub_in_path(request)
    if not knows(world.service.engine.state, hub) and not world.watch.has(hub):
        raise Problem(
            RefusalName.HUB_NOT_FOUND,
            f"Hub {hub} is in no object and has never published a message: check its id.",
            facts={"hub": hub},
        )
    return hub


def device_view(request: Request, world: ServedWorld, hub: str) -> DeviceView:
    """Return the view of a hub, with as many verdicts as `verdicts` in the query string says.

    Its verdicts are kept from now on. Problem: `invalid_request`.
    """
    shown = read_count(read_query(request, (VERDICTS,)).get(VERDICTS), VERDICTS, VERDICTS_KEPT)
    log: HubLog = world.watch.look_at(hub)
    return DeviceView(
        device=record_of(world.service.engine.state, hub),
        report_raw=None if log.last_report is None else log.last_report.payload,
        outcomes={outcome.value: count for outcome, count in log.outcomes.items()},
        rules=dict(log.rules),
        verdicts=[NumberedVerdict(number, verdict) for number, verdict in log.after(log.count - shown)],
    )


def _hub_in_path(request: Request) -> str:
    return read_hub(str(request.scope["path_params"]["hub"]))


def read_hub(text: str) -> str:
    """Return the id of a hub in its normal form. Problem: `invalid_hub_id`."""
    try:
        return hub_id(text)
    except BadIdentifier as error:
        raise Problem(RefusalName.INVALID_HUB_ID, f"{error}.", facts={"hub": text}) from error


class DeviceStream(StreamResponse[WatchStream]):
    """The verdicts on one hub, and its summary when it has changed."""

    def __init__(
        self, world: ServedWorld, hub: str, mark: StreamPosition | None, settings: HttpSettings
    ) -> None:
        super().__init__(settings)
        self._world = world
        self._hub = hub
        self._mark = mark
        self._shown: DeviceSummary | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's shape)
        """Send events. Raises `TooManyWatchers` before anything is sent."""
        watch, mark = self._world.watch, self._mark
        after = mark.serial if mark is not None and mark.epoch == watch.epoch else None
        stream = watch.open(self._hub, after)
        try:
            await self.serve(stream, receive, send)
        finally:
            watch.leave(stream)

    def news(self, stream: WatchStream) -> bytes:
        """Return the new verdicts, then the summary if it differs from the one that was sent last."""
        missed, verdicts = stream.take()
        events = [event_bytes(MISSED, MissedVerdicts(missed))] if missed else []
        events += [self._verdict(number, verdict) for number, verdict in verdicts]
        summary = summary_of(self._world.service.engine.state, self._hub)
        if summary != self._shown:
            self._shown = summary
            events.append(event_bytes(SUMMARY, summary))
        return b"".join(events)

    def _verdict(self, number: int, verdict: MessageVerdict) -> bytes:
        mark = StreamPosition(0, self._world.watch.epoch, number)
        return event_bytes(VERDICT, NumberedVerdict(number, verdict), mark)
