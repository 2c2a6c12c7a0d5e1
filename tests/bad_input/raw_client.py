"""Raw connections to a whole server, for requests that no client library sends."""

from raw_http import Reply, request, wire
from whole_server import WholeServer


class RawClient:
    """Raw connections to one server, and the token of a signed-in user."""

    def __init__(self, server: WholeServer, token: str) -> None:
        self._port = server.client.base_url.port or 0
        self._server = server
        self.token = token
        self.bearer = f"Authorization: Bearer {token}"

    async def ask(self, *parts: bytes) -> Reply:
        """Send this over a new connection, and return the response."""
        async with wire(self._port) as connection:
            await connection.send(*parts)
            return await connection.reply()

    async def send_and_disconnect(self, *parts: bytes) -> None:
        """Send this and disconnect without waiting."""
        async with wire(self._port) as connection:
            await connection.send(*parts)

    async def check_server(self) -> None:
        """Check that a valid request is served."""
        reply = await self.ask(request("GET", "/v1/session", self.bearer))
        assert reply.status == 200
        assert (await self._server.anonymous().get("/health/ready"))["ready"]

    @property
    def port(self) -> int:
        return self._port

    @property
    def streams(self) -> int:
        return self._server.cloud("").feed.streams

    async def requests_counted(self, status: int) -> int:
        """Return the number of requests with this status, from the metrics."""
        text = (await self._server.anonymous().call("GET", "/metrics")).text
        lines = [line for line in text.splitlines() if line.startswith("hubsim_cloud_http_requests_total")]
        return int(sum(float(line.rpartition(" ")[2]) for line in lines if f'status="{status}"' in line))
