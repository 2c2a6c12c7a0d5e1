"""A folder for scenario files, and the texts of short scenarios."""

from pathlib import Path

from click.testing import CliRunner, Result

from hubsim import main

GOOD = """\
scenario: A hub with a cable is green
about: The shortest there is.
covers: [A3]
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: ivan, do: stop_now, hub: villa, refused: not_active}
  - {as: ivan, do: activate, hub: villa, screen: device_list}
  - {clock: +1 min}
  - {expect: villa, led: green}
"""
FAILING = GOOD.replace("led: green}", "led: red}")
BLOCKED = GOOD.replace("{clock: +1 min}", "{fault: replay, message: desired, hub: villa, back: 9}")
WRONG_WORDS = GOOD.replace("refused: not_active", "refused: not_activ").replace(
    "ivan: installer", "ivan: insaller"
)
WRONG_WORD = GOOD.replace("led: green", "led: purple")


class Folder:
    """A folder with scenario files. `run` calls `hubsim run`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, name: str, text: str) -> str:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return str(file)

    def run(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["run", *map(str, arguments)], catch_exceptions=False)


def run(*arguments: str | Path) -> Result:
    """Call `hubsim run` in this process."""
    return CliRunner().invoke(main, ["run", *map(str, arguments)], catch_exceptions=False)


def written(file: Path, text: str) -> Path:
    """Write a file, and return it."""
    file.write_text(text, encoding="utf-8")
    return file
