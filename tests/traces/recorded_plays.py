"""Writes traces of short plays to files."""

import json
from pathlib import Path
from typing import Any

from hubsim_scenarios.play.launch import play_live, play_virtual, run_live
from hubsim_scenarios.product.files import read
from hubsim_scenarios.traces.reader import RecordedPlay, read_plays
from hubsim_scenarios.traces.writer import play_lines

SHORT = """\
scenario: A hub is activated
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  sims: {card: ajax}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: card}}
    shed: {model: hub-2, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: olga, do: stop_now, hub: villa, refused: not_active}
  - {as: olga, do: activate, hub: villa}
  - {clock: +2 d}
  - {bench: villa, do: set_lid, open: yes}
  - {expect: villa, led: white}
"""


class Traces:
    """A folder with scenarios and the traces of their plays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def scenario(self, text: str = SHORT, name: str = "short.yaml") -> Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def lines(self, text: str = SHORT, *, seed: int = 1, live: bool = False) -> bytes:
        (scenario,) = read([self.scenario(text)])
        played = run_live(play_live(scenario, seed)) if live else play_virtual(scenario, seed)
        return play_lines(played, broker="embedded")

    def file(self, lines: bytes, name: str = "trace.jsonl") -> Path:
        file = self.folder / name
        file.write_bytes(lines)
        return file

    def play(self, lines: bytes) -> RecordedPlay:
        (play,) = read_plays(self.file(lines))
        return play


def changed(lines: bytes, event: str, **fields: Any) -> bytes:
    """Return the lines with changed fields in the first event of this kind."""
    done: list[bytes] = []
    found = False
    for line in lines.splitlines():
        plain = json.loads(line)
        if plain["event"] == event and not found:
            plain, found = {**plain, **fields}, True
        done.append(json.dumps(plain).encode() + b"\n")
    assert found
    return b"".join(done)
