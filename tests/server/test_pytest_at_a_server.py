"""The pytest plugin at a server over TLS: scenario files and Python tests play in separate worlds."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from process_bench import command, program

from hubsim_server.certs import issue
from hubsim_simulator.broker.keyring import Keyring

SCENARIO = """\
scenario: A hub of any model is green
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs: {villa: {model: hub, links: [ethernet]}}
matrix: {model: [hub, hub-2]}
steps:
  - {expect: villa, led: green}
"""
IN_PYTHON = "def test_activation(hub):\n    hub.dealer.activate(hub)\n    hub.expect(star=True)\n"


async def run_pytest(folder: Path, *arguments: str) -> tuple[int | None, str]:
    """Run pytest with only the plugin; return its exit code and output."""
    words = [sys.executable, "-m", "pytest", "-p", "pytest_hubsim", "-p", "no:cacheprovider", *arguments]
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.live
async def test_tests_pass_at_a_server_with_a_certificate_of_a_private_authority(
    tmp_path: Path,
) -> None:
    issued = issue(tmp_path / "tls", ["localhost", "127.0.0.1"], now=datetime.now(UTC))
    Keyring.new().save(tmp_path / "keyring.json")
    folder = tmp_path / "plays"
    folder.mkdir()
    (folder / "any.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "test_it.py").write_text(IN_PYTHON, encoding="utf-8")
    options = (
        *("--lab", "--http-port", "0", "--mqtt-port", "0", "--hubs", "1"),
        *("--state", str(tmp_path / "state"), "--keyring", str(tmp_path / "keyring.json")),
        *("--tls-certificate", str(issued.certificate), "--tls-key", str(issued.key), "--ca", str(issued.ca)),
    )

    async with program(command("up"), *options) as running:
        url = (await running.line()).split(" ")[0]
        trusted = await run_pytest(folder, "--hubsim-world", url, "--hubsim-ca", str(issued.ca))
        distrusted = await run_pytest(folder, "--hubsim-world", url, "any.yaml")
        running.send(signal.SIGTERM)
        await running.end()

    assert url.startswith("https://")
    assert trusted[0] == 0, trusted[1]
    assert "3 passed" in trusted[1]
    assert distrusted[0] == 1
    assert "2 failed" in distrusted[1]
    assert "certificate" in distrusted[1]
