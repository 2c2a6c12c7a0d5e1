"""A response that sends a temporary file, and closes it at the end."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import BinaryIO

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from hubsim_cloud.http.requests import OCTETS

_CHUNK_BYTES = 262_144


class TemporaryFileResponse(StreamingResponse):
    """The content of an open file without a name, as a download. Owns the file."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """`name`: the suggested name, without spaces and quotation marks."""
        self._file = file
        headers = {
            "Cache-Control": "no-store",
            "Content-Length": str(file.seek(0, os.SEEK_END)),
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        super().__init__(self._chunks(), headers=headers, media_type=OCTETS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()

    async def _chunks(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        while chunk := await asyncio.to_thread(self._file.read, _CHUNK_BYTES):
            yield chunk
