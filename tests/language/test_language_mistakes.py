"""Files with mistakes: each message has its place and the word probably meant."""

import pytest
from small_world import HEAD, mistakes, step_mistakes

GOOD = HEAD + "  - {clock: +1 s}\n"


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (
            "{expect: front-door, tyle: activated}",
            "1:26: unknown field 'tyle' in an expectation; did you mean 'tile'?",
        ),
        ("{as: ivn, do: switch_account}", "1:10: no person is called 'ivn'; did you mean 'ivan'?"),
        ("{as: ivan, do: activat, hub: x}", "1:20: 'activat' is not an action; did you mean 'activate'?"),
        ("{as: ivan, sees: device_lst}", "1:22: 'device_lst' is not a view; did you mean 'device_list'?"),
        (
            "{as: ivan, do: activate, hub: front-dor}",
            "1:35: no hub is called 'front-dor'; did you mean 'front-door'?",
        ),
        ("{as: ivan, do: activate, hub: wolf}", "1:35: 'wolf' is a company; a hub is expected here"),
        (
            "{as: ivan, do: activate, hbu: front-door}",
            "1:30: unknown field 'hbu' in activate; did you mean 'hub'?",
        ),
        ("{as: ivan, do: activate}", "1:5: activate needs the field 'hub': a hub"),
        (
            "{as: ivan, do: activate, hub: front-door, refused: not_permited}",
            "1:56: 'not_permited' is not a known refusal; did you mean 'not_permitted'?",
        ),
        (
            "{as: ivan, do: activate, hub: front-door, screen: x}",
            "1:55: 'x' is not a known screen; use one of: services_activated, services_will_expire_soon",
        ),
        (
            "{as: ivan, do: switch_account, app: pro_ap}",
            "1:41: 'pro_ap' is not an app; did you mean 'pro_app'?",
        ),
        (
            "{as: ivan, doo: activate, hub: front-door}",
            "1:16: a step of a person needs either 'do' or 'sees'; did you mean 'do'?",
        ),
        ("{as: ivan}", "1:5: a step of a person needs either 'do' or 'sees'"),
        ("{as: ivan, do: x, sees: y}", "1:5: a step of a person needs either 'do' or 'sees'"),
        (
            "{as: ivan, sees: your_resellers, shows: x, refused: not_permitted}",
            "1:5: 'shows' cannot be combined with 'refused': a refused view shows nothing",
        ),
        (
            "{as: olga, do: create_company, name: x, country: PLL, called: y}",
            "1:54: 'PLL' is not a country code; did you mean 'PL'?",
        ),
        (
            "{as: olga, do: create_company, name: x, country: PL, called: ivan}",
            "1:66: 'ivan' is already the name of a person",
        ),
        (
            "{as: olga, do: create_company, name: x, country: PL, called: z, refused: not_permitted}",
            "1:66: 'called' cannot be combined with 'refused': a refused action creates nothing",
        ),
        (
            "{as: olga, do: create_company, name: x, country: PL, called: Zoo}",
            "1:66: 'Zoo' cannot be a name; use small letters, digits, - and _, and begin with a letter",
        ),
        (
            "{as: ivan, do: switch_account, called: z}",
            "1:36: unknown field 'called' in switch_account; use one of: ",
        ),
        (
            "{as: ivan, do: configure_hub, hub: front-door, bell: onn}",
            "1:58: 'onn' is not on or off; did you mean 'on'?",
        ),
        (
            "{as: ivan, do: configure_hub, hub: front-door, volume: 11}",
            "1:60: '11' is not a whole number from 0 to 10",
        ),
        (
            "{as: ivan, do: configure_hub, hub: front-door, ping: 500 ms}",
            "1:58: '500 ms' is not a whole number of s",
        ),
        (
            "{as: ivan, do: configure_hub, hub: front-door, ping: 30}",
            "1:58: '30' has no unit; for example 30 s or 30 min",
        ),
        ("{as: ivan, do: configure_hub, hub: [front-door]}", "1:40: a hub is expected here, not a list"),
        (
            "{as: olga, do: create_company, name: , country: PL}",
            "1:42: text is expected here, but the value is empty",
        ),
        (
            "{bench: front-door, do: insert_simm, slot: 1}",
            "1:29: 'insert_simm' is not a bench action; did you mean",
        ),
        (
            "{bench: front-door, do: insert_sim, slot: 1, sim: ajx}",
            "1:55: no sim is called 'ajx'; did you mean 'ajax'?",
        ),
        (
            "{bench: front-door, do: insert_sim, slot: 1, sim: olga}",
            "1:55: 'olga' is a person; a sim is expected here",
        ),
        (
            "{bench: front-door, do: insert_sim, slot: one, sim: a1}",
            "1:47: 'one' is not the number of a SIM slot, from 1",
        ),
        ("{fault: dropp}", "1:13: 'dropp' is not a fault; did you mean 'drop'?"),
        ("{fault: drop, kind: desird}", "1:25: 'desird' is not an allowed word; did you mean 'desired'?"),
        (
            "{clock: start of nxt month}",
            "1:13: 'start of nxt month' is not a clock move; did you mean 'start of next month'?",
        ),
        ("{clock: 2026-03-29 02:30}", "1:13: 2026-03-29 02:30 does not exist in Europe/Warsaw; the clocks"),
        (
            "{expect: front-dor, tile: x}",
            "1:14: no subject is called 'front-dor'; did you mean",
        ),
        ("{expect: wolf, tile: x}", "1:14: 'wolf' is a company; a hub or sim is expected here"),
        (
            "{expect: mailbx, of: ivan}",
            "1:14: no subject is called 'mailbx'; did you mean 'mailbox'?",
        ),
        (
            "{expect: mailbox, mails: []}",
            "1:5: an expectation needs the field 'of': a person or an e-mail address",
        ),
        ("{expect: front-door}", "1:5: an expectation needs at least one field of its subject"),
        (
            "{expect: front-door, within: 3 s}",
            "1:5: an expectation needs at least one field of its subject",
        ),
        ("{expect: }", "1:14: a hub or a sim or `mailbox` is expected here, but the value is empty"),
        (
            "{expect: front-door, app: {stra: on}}",
            "1:32: unknown field 'stra' in the group 'app'; did you mean 'star'?",
        ),
        ("{never: front-door, star: on}", "1:5: a never step needs the field 'for': a duration"),
        ("{order: [{a: b}], since: lst step}", "1:30: 'lst step' is not a start; did you mean 'last step'?"),
        ("{clok: +3 d}", "1:6: the kind of the step is missing; did you mean 'clock'?"),
        (
            "{}",
            "1:5: the kind of the step is missing; use one of: as, bench, clock, expect,",
        ),
        ("{as: ivan, clock: +3 d}", "1:16: a step has one kind: 'as' and 'clock' cannot be combined"),
        ("wait", "1:5: a step, which is a mapping, is expected here, not a word"),
    ],
)
def test_a_mistake_in_a_step_is_reported_once_with_its_place(line: str, mistake: str) -> None:
    found = step_mistakes(line)

    assert len(found) == 1, found
    assert found[0].startswith(mistake)


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("scenario: A small one\n", "", "x.yaml:1:1: the scenario needs the field 'scenario': text"),
        (
            "scenario:",
            "scenari:",
            "x.yaml:1:1: unknown field 'scenari' in the scenario; did you mean 'scenario'?",
        ),
        (" Europe/Warsaw", "", "x.yaml:2:8: '2026-01-15 09:00' has no time zone; for example"),
        ("Europe/Warsaw", "Europe/Warszaw", "x.yaml:2:8: 'Europe/Warszaw' is not a time zone; did you mean"),
        (
            "[olga, ivan, rita]",
            "olga",
            "x.yaml:4:11: a list of names, or a mapping by name is expected here, not a word; write [olga]",
        ),
        (
            "[olga, ivan, rita]",
            "[olga, ivan, rita, olga]",
            "x.yaml:4:30: 'olga' is already the name of a person",
        ),
        ("[olga, ivan, rita]", "[olga, ivan, rita, Bob]", "x.yaml:4:30: 'Bob' cannot be a name; use small"),
        ("[olga, ivan, rita]", "[olga, ivan, rita, ajax]", "x.yaml:4:30: 'ajax' is a reserved word"),
        (
            "[olga, ivan, rita]",
            "[olga, ivan, rita, mailbox]",
            "x.yaml:4:30: 'mailbox' is a reserved word",
        ),
        ("owner: olga", "owner: olag", "x.yaml:5:29: no person is called 'olag'; did you mean 'olga'?"),
        ("owner: olga, ", "", "x.yaml:5:21: the company needs the field 'owner': a person"),
        (
            "{ivan: installer}",
            "{ivan: instaler}",
            "x.yaml:5:79: 'instaler' is not an employee role; did you mean",
        ),
        (
            "{ivan: installer}",
            "{ivn: installer}",
            "x.yaml:5:73: no person is called 'ivn'; did you mean 'ivan'?",
        ),
        (
            "wolf: approved",
            "wolf: aproved",
            "x.yaml:6:72: 'aproved' is not an allowed word; did you mean 'approved'?",
        ),
        ("a1: ajax", "a1: ajaxx", "x.yaml:7:14: 'ajaxx' is not a card kind; did you mean 'ajax'?"),
        ("o1: ordinary", "wolf: ordinary", "x.yaml:7:20: 'wolf' is already the name of a company"),
        (
            "hub-2-plus",
            "hub-2-plux",
            "x.yaml:9:25: 'hub-2-plux' is not a hub model; did you mean 'hub-2-plus'?",
        ),
        ("object: villa", "object: wolf", "x.yaml:9:60: 'wolf' is already the name of a company"),
        ("1: a1", "0: a1", "x.yaml:9:94: '0' is not a whole number of at least 1"),
        ("2: empty", "2: a1", "x.yaml:9:104: the sim 'a1' is already in a slot, in line 9"),
        ("2: empty", "2: emtpy", "x.yaml:9:104: no sim is called 'emtpy'; did you mean 'empty'?"),
        ("  sims:", "  simms:", "x.yaml:7:3: unknown field 'simms' in the world; did you mean 'sims'?"),
        (
            "steps:",
            "covers: [A1, S44]\nsteps:",
            "x.yaml:10:14: 'S44' is not a clause of the guide; did you mean 'S4'?",
        ),
        (
            "steps:",
            "settings: {carier: {}}\nsteps:",
            "x.yaml:10:12: unknown field 'carier' in the settings; did you",
        ),
        (
            "steps:",
            "settings: {carrier: {activaton: 3 s}}\nsteps:",
            "x.yaml:10:22: unknown field 'activaton' in the settings of carrier; did you mean 'activation'?",
        ),
        ("  - {clock: +1 s}\n", "  []\n", "x.yaml:11:3: a scenario needs at least one step"),
        ("  - {clock: +1 s}\n", "  soon\n", "x.yaml:11:3: a list of steps is expected here, not a word"),
        (
            "steps:\n  - {clock: +1 s}\n",
            "",
            "x.yaml:1:1: the scenario needs the field 'steps': a list of steps",
        ),
    ],
)
def test_a_mistake_in_the_head_is_reported_with_its_place(old: str, new: str, mistake: str) -> None:
    assert old in GOOD

    found = mistakes(GOOD.replace(old, new))

    assert found[0].startswith(mistake), found


@pytest.mark.parametrize(
    ("removed", "mistake"),
    [
        ("object: villa, ", "'object' is missing"),
        ("company: wolf, ", "'company' is missing"),
    ],
)
def test_a_hub_has_both_a_company_and_an_object_or_neither(removed: str, mistake: str) -> None:
    assert removed in GOOD

    (found,) = mistakes(GOOD.replace(removed, ""))

    assert found == f"x.yaml:9:17: a hub has both a company and an object, or neither: {mistake}"


def test_all_mistakes_in_a_file_are_reported_together_in_its_order() -> None:
    found = mistakes(
        "scenari: x\n"
        "clock: 2026-13-01 09:00 UTC\n"
        "world:\n"
        "  people: [olga]\n"
        "  hubs: {h: {model: hub-5, object: o, company: wolf}}\n"
        "steps:\n"
        "  - {as: olag, do: activate, hub: hh}\n"
        "  - {expect: h, tile: actived, within: 90}\n"
    )

    assert [error.split(":", 3)[1:3] for error in found] == [
        ["1", "1"],
        ["2", "8"],
        ["5", "21"],
        ["5", "48"],
        ["7", "10"],
        ["7", "35"],
        ["8", "23"],
        ["8", "40"],
    ]


def test_an_object_with_the_name_of_its_hub_is_one_mistake_with_a_hint() -> None:
    found = mistakes(
        "scenario: x\n"
        "clock: 2026-01-15 09:00 UTC\n"
        "world:\n"
        "  people: [olga]\n"
        "  companies: {wolf: {owner: olga, country: PL}}\n"
        "  hubs: {shop: {model: hub-4g, object: shop, company: wolf}}\n"
        "steps:\n"
        "  - {as: olga, sees: device_list, object: wolf}\n"
    )

    assert found == [
        (
            "x.yaml:6:40: 'shop' is already the name of a hub; "
            "names are unique across all kinds of things; rename one of the two"
        ),
        "x.yaml:8:43: 'wolf' is a company; an object is expected here",
    ]


@pytest.mark.parametrize(
    ("step", "hint"),
    [
        ("{wait: 10 min}", "use 'clock', for example clock: +3 d"),
        ("{assert: h, tile: none}", "use 'expect' for a check"),
    ],
)
def test_the_first_word_of_a_step_in_other_tools_gets_a_hint(step: str, hint: str) -> None:
    assert step_mistakes(step) == [f"1:6: the kind of the step is missing; {hint}"]


def test_a_step_cannot_use_a_name_that_a_later_step_makes() -> None:
    found = step_mistakes(
        "{as: olga, do: switch_account, company: second}",
        "{as: olga, do: create_company, name: x, country: PL, called: second}",
    )

    assert found == ["1:45: no company is called 'second'; use one of: wolf"]


@pytest.mark.parametrize("nothing", ["null", "~", ""])
@pytest.mark.parametrize(
    "step",
    [
        "{{expect: {}, tile: none}}",
        "{{never: {}, tile: none, for: 1 h}}",
        "{{as: {}, do: switch_account}}",
        "{{as: ivan, do: {}}}",
        "{{as: ivan, sees: {}}}",
        "{{bench: {}, do: restart}}",
        "{{bench: front-door, do: {}}}",
        "{{fault: {}, message: desired}}",
        "{{clock: {}}}",
        "{{order: {}}}",
        "{{clock: +1 s, note: {}}}",
    ],
)
def test_a_word_without_a_value_is_a_mistake_and_the_step_is_not_dropped(step: str, nothing: str) -> None:
    assert step_mistakes(step.format(nothing)) != []


@pytest.mark.parametrize("name", ["null", "~"])
def test_a_name_that_yaml_reads_as_no_value_is_refused(name: str) -> None:
    text = GOOD.replace("  hubs:\n", f"  hubs:\n    {name}: {{model: hub-2}}\n")

    assert text != GOOD
    assert any("cannot be a name" in mistake for mistake in mistakes(text))
