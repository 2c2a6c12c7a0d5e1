"""A lab whose simulator cannot write: the API refuses changes with a reason, and answers reads."""

from pathlib import Path

import pytest
from lab_server import server_settings, serving

pytestmark = pytest.mark.live


async def test_the_api_says_that_the_simulator_cannot_write(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, hubs=1)) as server:
        await server.simulator.server.until_connected()
        hub = next(iter(server.simulator.server.benches[""].fleet.hubs))
        database = server.simulator.server._store._database
        await database.connection.execute("PRAGMA query_only = ON")

        first = await server.client.post(f"/lab/hubs/{hub}/actions", json={"action": {"do": "power_off"}})
        second = await server.client.post(f"/lab/hubs/{hub}/actions", json={"action": {"do": "power_off"}})
        shown = await server.client.get(f"/lab/hubs/{hub}")
        await database.connection.execute("PRAGMA query_only = OFF")

        reasons = {answer.json()["facts"]["reason"] for answer in (first, second)}
        assert reasons <= {"not_stored", "cannot_store"}
        assert second.status_code == 503
        assert second.json()["name"] == "storage_unavailable"
        assert "make the file and its folder writable" in second.json()["detail"]
        assert shown.status_code == 200
