"""`together`, `may_be_refused`, `succeed`, `soft` and `one_of` in files, and the mistakes in them."""

from math import factorial

import pytest
from small_world import HEAD, scenario, step, step_mistakes, steps

from hubsim_scenarios.language.orders import count_orders, in_every_order, order_of, title_without_order
from hubsim_scenarios.language.steps import Expect, Never, PersonSees, Together, single_steps

OPEN = "{as: ivan, do: activate, hub: front-door}"
MAY = "{as: olga, do: activate, hub: front-door, may_be_refused: not_permitted}"
PULL = "{bench: front-door, do: plug, link: ethernet}"


def together(*members: str, more: str = "") -> str:
    return f"{{together: [{', '.join(members)}]{more}}}"


def test_the_members_of_a_together_step_are_steps_in_the_order_of_the_file() -> None:
    found = step(together(OPEN, MAY, "{fault: drop, kind: desired}", more=", succeed: 1, note: At once"))

    assert isinstance(found, Together)
    assert [type(member).__name__ for member in found.members] == ["PersonStep", "PersonStep", "InjectFault"]
    assert [getattr(member, "may_be_refused", None) for member in found.members] == [
        (),
        ("not_permitted",),
        None,
    ]
    assert (found.succeed, found.note, found.order) == (1, "At once", ())


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (together(OPEN), "1:5: a together step has 2 to 5 members, not 1"),
        (together(*[OPEN] * 6), "1:5: a together step has 2 to 5 members, not 6"),
        (
            "{together: no}",
            "1:16: a list of 2 to 5 steps of people, bench actions and faults is expected here,",
        ),
        (together(OPEN, "{clock: +1 s}"), "1:61: 'clock' cannot be a member of 'together'"),
        (together(OPEN, together(OPEN, OPEN)), "1:61: 'together' cannot be a member of 'together'"),
        (together(OPEN, "{expect: front-door, tile: activated}"), "1:61: 'expect' cannot be a member of"),
        (
            together(OPEN, "{as: ivan, sees: your_resellers, soft: yes}"),
            "1:93: a member of 'together' cannot be soft; check the result in a soft step after it",
        ),
        (
            together(OPEN, OPEN, more=", succeed: 1"),
            "1:113: 'succeed' counts the members with 'may_be_refused', but no member has it",
        ),
        (
            together(OPEN, MAY, more=", succeed: 2"),
            "1:144: 2 members cannot succeed: only 1 member has 'may_be_refused'",
        ),
        (
            MAY,
            "1:47: 'may_be_refused' is for members of 'together': the outcome of a single step is certain",
        ),
        (
            together(OPEN, MAY.replace("may_be", "refused: not_permitted, may_be")),
            "1:60: 'refused' cannot be combined with 'may_be_refused': either the outcome is certain, or",
        ),
        (
            together(
                OPEN,
                "{as: ivan, do: create_company, name: x, country: PL, called: y, may_be_refused: "
                "not_permitted}",
            ),
            "1:60: 'called' cannot be combined with 'may_be_refused': the thing may not exist afterwards",
        ),
        (
            together(OPEN, MAY.replace("not_permitted", "[not_permitted, not_permitted]")),
            "the list has this value already",
        ),
        (together(OPEN, "{as: nobody, do: activate, hub: front-door}"), "no person is called 'nobody'"),
        (
            together(OPEN, MAY.replace("not_permitted", "not_permited"), more=", succeed: 1"),
            "did you mean 'not_permitted'?",
        ),
    ],
)
def test_a_wrong_member_or_a_wrong_number_is_a_mistake_at_its_place(line: str, mistake: str) -> None:
    (only,) = step_mistakes(line)

    assert mistake in only


def test_a_member_cannot_use_what_another_one_creates_but_later_steps_can() -> None:
    creates = "{as: ivan, do: create_company, name: x, country: PL, called: fresh}"
    uses = "{as: ivan, do: switch_account, company: fresh}"

    (mistake,) = step_mistakes(together(creates, uses))

    assert "no company is called 'fresh'" in mistake
    assert len(steps(together(creates, OPEN), uses)) == 2


def test_two_members_cannot_create_the_same_name() -> None:
    creates = "{as: ivan, do: create_company, name: x, country: PL, called: fresh}"

    (mistake,) = step_mistakes(together(creates, creates))

    assert "another member creates 'fresh', too" in mistake


def test_orders_multiply_and_the_first_is_that_of_the_file() -> None:
    whole = scenario(
        HEAD + f"  - {together(OPEN, PULL, MAY)}\n  - {{clock: +1 s}}\n  - {together(OPEN, MAY)}\n"
    )

    found = in_every_order([whole])

    assert len(found) == count_orders(whole.steps) == factorial(3) * factorial(2)
    assert len({order_of(each) for each in found}) == len(found)
    assert (found[0].title, found[0].case) == ("A small one [order 1-2-3/1-2]", {"order": "1-2-3/1-2"})
    assert {title_without_order(each) for each in found} == {"A small one"}
    assert [each.order for each in found[-1].steps if isinstance(each, Together)] == [(2, 1, 0), (1, 0)]


def test_a_scenario_without_together_has_one_order_without_a_name() -> None:
    whole = scenario(HEAD + "  - {clock: +1 s}\n")

    assert in_every_order([whole]) == [whole]


def test_more_than_120_orders_are_a_mistake_at_the_step_that_exceeds_them() -> None:
    five = together(*[OPEN] * 5)

    assert step_mistakes(five, together(OPEN, PULL)) == [
        "2:5: the scenario has 240 orders up to this step; at most 120 are allowed: each is played separately"
    ]
    assert len(steps(five, "{clock: +1 s}")) == 2


def test_single_steps_are_those_of_the_file_and_the_members() -> None:
    found = steps(together(OPEN, PULL), "{clock: +1 s}")

    assert [type(each).__name__ for each in single_steps(found)] == ["PersonStep", "BenchStep", "ClockStep"]


def test_checks_can_be_soft_one_by_one_or_all_of_a_file() -> None:
    checks = [
        "{expect: front-door, tile: activated}",
        "{never: front-door, tile: activated, for: 1 s}",
        "{as: ivan, sees: your_resellers}",
        "{order: [{event: act}]}",
    ]
    soft = [line.removesuffix("}") + ", soft: yes}" for line in checks]
    body = "".join(f"  - {line}\n" for line in checks)

    one_by_one = steps(*soft)
    all_of_them = scenario(HEAD.replace("steps:", "soft: yes\nsteps:") + body + f"  - {OPEN}\n").steps

    assert [getattr(each, "soft", None) for each in one_by_one] == [True] * 4
    assert [getattr(each, "soft", None) for each in all_of_them] == [True] * 4 + [None]
    assert not any(each.soft for each in steps(*checks) if isinstance(each, Expect | Never | PersonSees))


def test_an_action_cannot_be_soft() -> None:
    (mistake,) = step_mistakes(OPEN.removesuffix("}") + ", soft: yes}")

    assert "unknown field 'soft' in activate" in mistake


@pytest.mark.parametrize(
    ("pattern", "mistake"),
    [
        ("{one_of: [activated]}", "'one_of' needs two patterns or more: with one, write it alone"),
        ("{one_of: activated}", "a list of patterns is expected here, not a word"),
        ("{one_of: [activated, activated]}", "'one_of' has this pattern already"),
        ("{one_of: [activated, activatd]}", "did you mean 'activated'?"),
    ],
)
def test_a_wrong_alternative_is_a_mistake(pattern: str, mistake: str) -> None:
    (only,) = step_mistakes(f"{{expect: front-door, tile: {pattern}}}")

    assert mistake in only
