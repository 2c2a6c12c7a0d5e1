"""A server of the demo for tests and pictures, and the browser that shows it."""

import os
import re
import selectors
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"http://[^/\s]+:\d+")
READY_S = 60
"""Longer than a server needs to start on a busy machine."""
ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Options that keep the browser from using the network by itself."""


class DemoServer:
    """A running `hubsim demo`, or another command that serves the console and prints its address first."""

    def __init__(self, *command: str, port: int = 0, state: Path | None = None) -> None:
        words = command or ("demo", "--no-browser", "--port", str(port))
        options = ["--state", str(state)] if state else []
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBSIM_")}
        self._process = subprocess.Popen(  # noqa: S603 (this checkout)
            [sys.executable, "-m", "hubsim", *words, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**clean, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        )
        self.url = self._address()
        self.client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def _address(self) -> str:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            assert ready.select(READY_S), "the server did not start"
        line = self._process.stdout.readline()
        found = _ADDRESS.search(line)
        assert found, f"no address: {line}"
        return found.group()

    @property
    def port(self) -> int:
        """The port of the pages and the API."""
        return int(self.url.rsplit(":", 1)[1])

    def call(self, method: str, path: str, body: object = None, *, world: str = "") -> Any:
        """Send a request to the API, in a world; return the JSON of the answer. A refusal is a failure."""
        base = f"/worlds/{world}" if world else ""
        answer = self.client.request(method, base + path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def stop(self) -> None:
        """End it, and wait for the end."""
        self.client.close()
        self._process.terminate()
        self._process.communicate(timeout=READY_S)


def chromium() -> str:
    """Return the path of the browser. Raises `FileNotFoundError`."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("Chromium is missing; run: make chromium")
    return found
