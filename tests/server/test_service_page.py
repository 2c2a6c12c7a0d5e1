"""docs/service.md: every block runs at a server, and has the output on the page."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest
from process_bench import command, program

PAGE = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|json)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
MARK = "@@ block {} @@"
BOUND_S = 60


def holds(expected: object, seen: object) -> bool:
    """Return whether the value has all expected parts; it may have more."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        return all(name in seen and holds(value, seen[name]) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(seen, list):
        return len(expected) == len(seen) and all(map(holds, expected, seen))
    return expected == seen


async def played(api: str) -> list[str]:
    """Run the shell blocks in one shell; return the output of each."""
    script = [f"set -euo pipefail\nAPI={api}"]
    shells = [text for kind, text in BLOCKS if kind == "sh"]
    script += [f"{text}\necho; echo '{MARK.format(number)}'" for number, text in enumerate(shells)]
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", "\n".join(script)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, trouble = await asyncio.wait_for(shell.communicate(), BOUND_S)
    finally:
        if shell.returncode is None:
            shell.kill()
            await shell.wait()
    assert shell.returncode == 0, (out.decode()[-500:], trouble.decode())
    printed = re.split(r"@@ block \d+ @@\n", out.decode())
    assert len(printed) == len(shells) + 1
    return printed[:-1]


@pytest.mark.live
async def test_every_block_has_the_output_on_the_page(tmp_path: Path) -> None:
    options = ("--lab", "--http-port", "0", "--mqtt-port", "0", "--state", str(tmp_path / "state"))

    async with program(command("up"), *options) as running:
        api = (await running.line()).split(" ")[0]
        printed = iter(await played(api))

    last = ""
    compared = 0
    for kind, text in BLOCKS:
        if kind == "sh":
            last = next(printed)
        else:
            shown = msgspec.json.decode(last.strip().splitlines()[-1])
            assert holds(msgspec.json.decode(text), shown), (text, last)
            compared += 1
    assert compared == len([kind for kind, _ in BLOCKS if kind == "json"]) > 5
