"""Any journal gives a scenario that can be read and played."""

from pathlib import Path
from typing import Any, get_args

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_entries import HUB, JANUARY_MS, OTHER, ZONE

from hubsim_cloud.domain import commands, queries
from hubsim_cloud.domain.types import OPERATOR, Actor, App, EmployeeRole, ServiceAction
from hubsim_cloud.lab.journal import (
    AnyEntry,
    BenchActionPerformed,
    ClockSet,
    Commanded,
    FaultDisarmed,
    FaultInjected,
    HubPut,
    JournalStart,
    Queried,
    Restored,
)
from hubsim_contract.lab import bench_actions, faults
from hubsim_contract.lab.bench_actions import Card, CardCondition, CardKind, HubSetup
from hubsim_contract.wire.messages import Signal
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.layout.layout import format_scenario
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.recording.draft import Draft
from hubsim_scenarios.recording.recording import RecordedScenario, fix, is_empty
from hubsim_simulator.hardware.cards import make_card

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
PEOPLE = st.sampled_from(["person-1", "person-2", "person-9"])
COMPANIES = st.sampled_from(["company-1", "company-2", "company-9"])
OBJECTS = st.sampled_from(["object-1", "object-9"])
HUBS = st.sampled_from([HUB, OTHER])
TYPED = HUBS | TEXTS
EMAILS = st.sampled_from(["olga@example.test", "r@x.test"]) | TEXTS
CARDS = st.builds(make_card, st.sampled_from(CardKind), st.integers(1, 3), st.sampled_from(CardCondition))
ACTORS = (
    st.builds(Actor, PEOPLE, st.sampled_from(App), COMPANIES | st.none())
    | st.just(Actor(None))
    | st.just(OPERATOR)
)
RESULT = st.just({"person": "person-1", "company": "company-1", "object": "object-1"})
COMMANDS = st.one_of(
    st.builds(commands.SignUp, email=EMAILS, name=TEXTS),
    st.builds(commands.CreateCompany, name=TEXTS, country=TEXTS),
    st.builds(commands.SwitchAccount, company=COMPANIES | st.none()),
    st.builds(commands.AppointReseller, company=COMPANIES, email=EMAILS),
    st.builds(commands.SendDesktopBuild, email=EMAILS),
    st.builds(commands.SendRequest, reseller=COMPANIES | st.none(), email=EMAILS | st.none()),
    st.builds(commands.AddEmployee, email=EMAILS, role=st.sampled_from(EmployeeRole)),
    st.builds(commands.CreateObject, name=TEXTS),
    st.builds(commands.AddHub, object=OBJECTS, hub=TYPED, model=TEXTS),
    st.builds(commands.ConfigureHub, hub=TYPED, ping_s=st.integers(-5, 10**12) | st.none()),
    st.builds(commands.Activate, hub=HUBS, reseller=COMPANIES | st.none(), package=TEXTS | st.none()),
    st.just(commands.DeleteCompany()),
)
QUERIES = st.one_of(
    st.just(queries.Navigation()),
    st.just(queries.Invoices()),
    st.builds(queries.ServiceConfirmation, hub=TYPED, action=st.sampled_from(ServiceAction)),
    st.builds(queries.HubInformation, hub=TYPED),
    st.builds(queries.ResellerDirectory, country=TEXTS),
)
BENCH_ACTIONS = st.one_of(
    st.builds(bench_actions.InsertSim, st.integers(-1, 3), CARDS),
    st.builds(bench_actions.RemoveSim, st.integers(-1, 3)),
    st.builds(bench_actions.Plug, st.sampled_from(["ethernet", "wifi"]) | TEXTS),
    st.builds(bench_actions.SetSignal, st.sampled_from(Signal)),
    st.builds(bench_actions.SetBattery, st.integers(0, 100)),
    st.sampled_from([bench_actions.Restart(), bench_actions.PowerOff(), bench_actions.PowerOn()]),
)
SETUPS = st.builds(
    HubSetup,
    id=HUBS,
    imei=st.just("352907000000018"),
    model=st.sampled_from(["hub-2", "hub-2-plus"]),
    slots=st.dictionaries(st.integers(1, 2), CARDS, max_size=2),
    links=st.sampled_from([(), ("ethernet",)]),
    powered=st.booleans(),
    mains=st.booleans(),
    battery_percent=st.integers(0, 100),
    signal=st.sampled_from(Signal),
)
FAULTS = st.one_of(
    st.builds(
        faults.Drop, message=st.sampled_from(MessageKind), hub=HUBS | st.none(), count=st.integers(1, 3)
    ),
    st.builds(faults.Delay, message=st.sampled_from(MessageKind), by=st.integers(0, 10**6)),
    st.builds(faults.Inject, message=st.sampled_from(MessageKind), hub=HUBS, payload=TEXTS),
)


def drawn(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Draw commands, queries, actions or faults of a kind that a server accepts, with any field values."""
    values = {field.name: _drawn_field(field) for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **values).filter(_is_accepted)


def _drawn_field(field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    if field.name == "hub":
        return TYPED
    if field.type in (str, str | None):
        return COMPANIES | EMAILS | TEXTS | (st.nothing() if field.type is str else st.none())
    return CARDS if field.type is Card else st.from_type(field.type)


def _is_accepted(act: msgspec.Struct) -> bool:
    try:
        msgspec.convert(msgspec.to_builtins(act, str_keys=True), type(act), strict=False)
    except msgspec.ValidationError:
        return False
    return True


ANY_COMMAND = st.sampled_from(get_args(commands.Command)).flatmap(drawn)
ANY_QUERY = st.sampled_from(get_args(queries.Query)).flatmap(drawn)
ANY_BENCH_ACTION = st.sampled_from(get_args(bench_actions.AnyBenchAction)).flatmap(drawn)
ANY_FAULT = st.sampled_from(get_args(faults.AnyFault)).flatmap(drawn)
TIMES = st.integers(JANUARY_MS - 5, JANUARY_MS + 10**10)
REFUSALS = st.sampled_from([None, None, "not_permitted", "hub_off", "no_such_hub", "of another version"])
ENTRIES: st.SearchStrategy[AnyEntry] = st.one_of(
    st.builds(Commanded, at_ms=TIMES, actor=ACTORS, command=COMMANDS, refused=st.none(), result=RESULT),
    st.builds(Commanded, at_ms=TIMES, actor=ACTORS, command=COMMANDS, refused=st.just("not_permitted")),
    st.builds(Commanded, at_ms=TIMES, actor=ACTORS, command=ANY_COMMAND, refused=REFUSALS, result=RESULT),
    st.builds(Queried, at_ms=TIMES, actor=ACTORS, query=QUERIES, refused=st.none()),
    st.builds(Queried, at_ms=TIMES, actor=ACTORS, query=ANY_QUERY, refused=REFUSALS),
    st.builds(BenchActionPerformed, at_ms=TIMES, hub=HUBS, action=ANY_BENCH_ACTION, refused=REFUSALS),
    st.builds(FaultInjected, at_ms=TIMES, fault=ANY_FAULT),
    st.builds(FaultDisarmed, at_ms=TIMES, fault=ANY_FAULT),
    st.builds(HubPut, at_ms=TIMES, setup=SETUPS, remembers=st.booleans()),
    st.builds(BenchActionPerformed, at_ms=TIMES, hub=HUBS, action=BENCH_ACTIONS, refused=REFUSALS),
    st.builds(FaultInjected, at_ms=TIMES, fault=FAULTS),
    st.builds(ClockSet, at_ms=TIMES, held=st.booleans(), moved=st.booleans()),
    st.builds(Restored, at_ms=TIMES),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ENTRIES, max_size=12))
def test_any_journal_gives_a_file_without_mistakes(entries: list[AnyEntry]) -> None:
    draft = Draft(JournalStart(world_ms=JANUARY_MS), ZONE)
    for entry in entries:
        draft.add(entry)
    if is_empty(draft):
        return

    outcome = fix(RecordedScenario(draft, None), "Any recording", Path("any.yaml"))

    found = language().cases("any.yaml", outcome.text)
    assert found.mistakes == ()
    assert format_scenario(outcome.text, language()) == outcome.text
