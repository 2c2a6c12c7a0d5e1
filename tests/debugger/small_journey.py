"""Short scenarios for the debugger."""

JOURNEY = """\
scenario: A hub is activated
about: The shortest journey that has everything.
covers: [A3, A7]
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  # Nothing is active yet
  - {as: ivan, do: stop_now, hub: villa, refused: not_active}
  - {as: ivan, do: activate, hub: villa, screen: device_list}  # now it is
  - {expect: villa, tile: activated, led: white, within: 15 min}
"""
DEALER = """\
fragment: A Dealer with an approved Reseller
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
steps:
  - {as: ivan, do: create_object, name: House, called: house}
"""
BEGINS = """\
scenario: A hub in the house of a fragment
clock: 2026-01-15 09:00 Europe/Warsaw
begin: a-dealer
world:
  hubs:
    villa: {model: hub-2-plus, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: ivan, do: add_hub, object: house, hub: villa, model: hub-2-plus}
  - {as: ivan, do: activate, hub: villa}
  - {expect: villa, tile: activated}
"""
