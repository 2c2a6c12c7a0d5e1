"""Idle connections to a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx


@asynccontextmanager
async def flooded(url: str, connections: int) -> AsyncIterator[None]:
    """Hold idle connections within the context; those that are refused are ends of streams."""
    where, writers = httpx.URL(url), list[asyncio.StreamWriter]()
    try:
        for _ in range(connections):
            writers.append((await asyncio.open_connection(where.host, where.port))[1])
        yield
    finally:
        for writer in writers:
            writer.transport.abort()
