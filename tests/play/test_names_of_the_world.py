"""People and companies of `world:` have the names and numbers of the file, or those made from the alias."""

from pathlib import Path

from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.product.files import read

TEXT = """\
scenario: Names
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: {olga: {name: Olga Nowak, email: olga@wolf.example}, ivan: {}}
  companies:
    wolf: {owner: olga, country: PL, name: Wolf Security, dealer: yes, registration_number: PL 5213104578}
    lynx: {owner: ivan, country: PL, dealer: yes}
steps:
  - {as: olga, sees: company, shows: {owner_name: Olga Nowak, name: Wolf Security}}
  - {as: ivan, sees: company, shows: {owner_name: Ivan, name: lynx}}
  - order:
      - {event: fact, fact: dealer_enrolled, registration_number: PL 5213104578}
      - {event: fact, fact: dealer_enrolled, registration_number: "0000000000"}
"""


def test_names_and_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "names.yaml"
    file.write_text(TEXT)

    result = play_virtual(read([file])[0]).result

    assert (result.verdict.value, result.reason) == ("pass", "")
