"""The handlers for snapshots: save a world, return to it, and carry it to another server as a file."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.file_response import TemporaryFileResponse
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.requests import OCTETS, read_file, read_parameters
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.lab.lab_route import LabRoute, in_path, read_sent
from hubsim_cloud.lab.payloads import SaveSnapshot, SnapshotsView
from hubsim_cloud.lab.records import SnapshotRow, WorldRow
from hubsim_cloud.lab.snapshot_file import FILE_BYTES_MAX, SUFFIX
from hubsim_cloud.lab.watch_routes import WatchHandlers


class SnapshotFileOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a file."""

    passwords: bool = False
    """Whether the file has the hashes of the passwords of people, so that they can sign in with them."""


class SnapshotHandlers(WatchHandlers):
    """The handlers of these routes."""

    async def show_snapshots(self, _request: Request, _world: ServedWorld) -> Response:
        """List all snapshots."""
        return json_answer(SnapshotsView(snapshots=self._world_manager.snapshots.rows()))

    async def save_snapshot(self, request: Request, world: ServedWorld) -> Response:
        """Save cloud, carrier, hubs and armed faults of the idle world as a snapshot with a name."""
        sent = await read_sent(request, SaveSnapshot)
        return json_answer(await self._world_manager.save(world.name, sent.name), 201)

    async def restore_snapshot(self, request: Request, world: ServedWorld) -> Response:
        """Restore the world from a snapshot; its present state is lost."""
        return json_answer(await self._world_manager.restore(world.name, in_path(request, "snapshot")))

    async def drop_snapshot(self, request: Request, _world: ServedWorld) -> Response:
        """Remove a snapshot."""
        await self._world_manager.drop(in_path(request, "snapshot"))
        return Response(status_code=204)

    async def read_snapshot_file(self, request: Request, _world: ServedWorld) -> Response:
        """Download a snapshot as a file, for another server or for later.

        The file has no tokens, no sessions and no keys of this server. It has the hashes of the passwords of
        people only with `passwords`.
        """
        options, name = read_parameters(request, SnapshotFileOptions), in_path(request, "snapshot")
        file = await self._world_manager.write_file(name, passwords=options.passwords)
        return TemporaryFileResponse(file, f"{name}{SUFFIX}")

    async def write_snapshot_file(self, request: Request, _world: ServedWorld) -> Response:
        """Upload a file as a new snapshot. It is checked, and nothing is changed if it is not valid.

        Open a world from it with `POST /lab/worlds`, or restore a world from it.
        """
        name = in_path(request, "snapshot")
        return json_answer(await self._world_manager.read_file(name, read_file(request)), 201)


_SNAPSHOT = "/lab/snapshots/{snapshot}"
SNAPSHOT_ROUTES: tuple[LabRoute, ...] = (
    LabRoute("GET", "/lab/snapshots", SnapshotHandlers.show_snapshots, 200, None, SnapshotsView),
    LabRoute("POST", "/lab/snapshots", SnapshotHandlers.save_snapshot, 201, SaveSnapshot, SnapshotRow),
    LabRoute("POST", f"{_SNAPSHOT}/restore", SnapshotHandlers.restore_snapshot, 200, None, WorldRow),
    LabRoute("DELETE", _SNAPSHOT, SnapshotHandlers.drop_snapshot, 204, None, None),
    LabRoute(
        "GET",
        f"{_SNAPSHOT}/file",
        SnapshotHandlers.read_snapshot_file,
        200,
        None,
        OCTETS,
        SnapshotFileOptions,
    ),
    LabRoute(
        "PUT",
        f"{_SNAPSHOT}/file",
        SnapshotHandlers.write_snapshot_file,
        201,
        OCTETS,
        SnapshotRow,
        body_limit_bytes=FILE_BYTES_MAX,
    ),
)
