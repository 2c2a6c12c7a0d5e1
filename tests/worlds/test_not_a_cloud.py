"""An address at which another program listens, such as a broker, is reported and not waited for."""

import asyncio

import pytest

from hubsim_scenarios.worlds import api
from hubsim_scenarios.worlds.api import Api, ServerGone


async def probed(answer: bytes) -> str:
    """Probe a program that answers with these bytes, or waits for more bytes if there are none."""
    ended = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await ended.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = Api(f"http://127.0.0.1:{port}")
    try:
        with pytest.raises(ServerGone) as gone:
            await connection.probe()
    finally:
        ended.set()
        await connection.aclose()
        server.close()
        await server.wait_closed()
    return str(gone.value).replace(str(port), "1")


@pytest.mark.live
async def test_a_program_that_waits_for_more_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "FIRST_ANSWER_S", 0.1)

    assert await probed(b"") == (
        "the server at http://127.0.0.1:1 does not answer a request within 0 s: "
        "give the address of the cloud's HTTP port"
    )


@pytest.mark.live
@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "answers, but is not a cloud"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "answers, but is not a cloud"),
        (b"\x20\x02\x00\x01", "does not answer: RemoteProtocolError"),
    ],
    ids=["text", "not found", "MQTT"],
)
async def test_a_program_that_is_not_a_cloud(answer: bytes, trouble: str) -> None:
    assert trouble in await probed(answer)
