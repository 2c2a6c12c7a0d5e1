"""Soaks of seconds: they run to the end, and nothing leaks that shows in so short a time (`make soak`)."""

from pathlib import Path
from random import Random

import pytest

from tools.soak.live_soak import LiveSoak
from tools.soak.virtual_soak import STEPS_A_DAY, VirtualSoak

SEED = "short"


def rng() -> Random:
    return Random(SEED)  # noqa: S311 (not for cryptography)


async def test_a_virtual_week_leaks_nothing() -> None:
    soak = VirtualSoak(hubs=12, rng=rng())

    await soak.run(days=7)

    assert soak.record.acts == 7 * 12
    assert soak.record.facts > 50
    (verdict,) = soak.record.verdicts()
    assert not verdict.judged.leaks, str(verdict)


@pytest.mark.live
@pytest.mark.process
async def test_a_live_soak_of_seconds_leaks_neither_descriptors_nor_threads(tmp_path: Path) -> None:
    soak = LiveSoak(tmp_path, hubs=5, acts_per_s=40, rng=rng())

    await soak.run(duration_s=4, samples=16)

    assert soak.record.acts > 0
    assert soak.record.facts > 0
    verdicts = {(found.kind, found.name): found for found in soak.record.verdicts()}
    for name in ("broker", "simulator", "cloud"):
        for kind in ("threads", "descriptors"):
            assert not verdicts[kind, name].judged.leaks, str(verdicts[kind, name])


async def test_the_samples_of_a_soak_are_written_as_csv(tmp_path: Path) -> None:
    soak = VirtualSoak(hubs=2, rng=rng())
    await soak.run(days=1)

    soak.record.write(tmp_path / "soak.csv")

    head, *rows = (tmp_path / "soak.csv").read_text(encoding="utf-8").splitlines()
    assert head == "series,kind,at_s,value,facts"
    assert len(rows) == STEPS_A_DAY
    assert rows[0].startswith("memory,blocks,21600.0,")
