"""The page about the pytest plugin."""

from hubsim_scenarios.pytest_plugin.step_builder import START

EXAMPLE = """\
import pytest

from hubsim_scenarios.pytest_plugin.errors import ActionRefused


async def test_services_need_a_card(world):
    dealer = await world.dealer("wolf")
    hub = await world.hub("front-door", model="hub-2-plus", slots={1: "empty"})

    with pytest.raises(ActionRefused, match="sim_not_installed"):
        await dealer.activate(hub)
    await hub.insert_sim(slot=1, sim="ajax")
    await dealer.activate(hub)

    await hub.expect(tile="activated", star=True, within="90 s")


def test_a_lost_document_is_sent_again(hub, bench):
    bench.fault("drop", message="desired", hub=hub)

    hub.dealer.activate(hub)

    hub.expect(tile="activated", within="1 min")


def test_an_activation_needs_the_cloud(hub, cloud):
    cloud.mailbox(hub.dealer.owner, mails=[{"kind": "connection_approved"}])

    cloud.stop()
    hub.dealer.activate(hub, refused="cloud_unreachable")
    cloud.start()

    hub.dealer.activate(hub)
    cloud.expect(refused_messages=0)
"""

FRAGMENT_EXAMPLE = """\
import pytest


@pytest.mark.hubsim(begin="a-dealer")
def test_the_installer_activates(world):
    hub = world.hub("villa", slots={1: "ajax"}, dealer=world["wolf"])

    world["ivan"].activate(hub)

    hub.expect(tile="activated", within="90 s")
"""

TOGETHER = """\
import pytest


@pytest.mark.parametrize("order", [[1, 2], [2, 1]])
def test_only_one_of_two_activations_succeeds(world, hub, order):
    first, second = (hub.dealer.doing("activate", hub, may_be_refused="already_active") for _ in range(2))

    outcomes = world.together(first, second, succeed=1, order=order)

    assert [outcome.refused for outcome in outcomes].count(None) == 1
"""

_PAGE = f"""\
# Tests with pytest

hubsim includes the plugin, but not pytest (`pip install pytest`). `pytest scenarios/` plays every `*.yaml`
and `*.yml` file that has `scenario:` with a text at its top level. Each scenario is a test:
`file.yaml::Its title`. With a [matrix](scenarios.md#matrix) each case is a test:
`file.yaml::Its title [model=hub-2]`. In the virtual world each [order](scenarios.md#steps-at-the-same-time)
is a test: `file.yaml::Its title [order 2-1]`. Files in folders with the name `fragments` are not tests.

PASS is passed, FAIL and BLOCKED are failed, SKIPPED is skipped. A failure is reported as by `hubsim run`,
with the command that plays the scenario again. A mistake in a file is a collection error. With pytest-xdist
(`pytest -n 2`) the tests run in several processes. Each test has its own world.

| option | default | |
|---|---|---|
| `--hubsim-world virtual\\|live\\|URL` | `virtual` | World of the tests. \
A URL is that of a server with a lab. |
| `--hubsim-seed N` | `1` | Root seed of all random values. |
| `--hubsim-broker embedded\\|mosquitto\\|URL` | `embedded` | Broker of the live world. \
With a server: the URL of its broker, for bench actions. |
| `--hubsim-model FILE` |  | Your own [hub model](models.md). Can be given several times. |
| `--hubsim-market FILE` |  | Your own [countries and packages](market.md). |
| `--hubsim-ca FILE` |  | PEM file with the authority that signed the certificate \
of an https or mqtts server. |

Options for every run can be in the settings of pytest: `addopts = --hubsim-model prototype.toml`.

All scenario files have the marker `hubsim`. Each tag is also a marker: `-m month_end` for `month-end`. The
marker has `_` in place of characters that a marker cannot have. It begins with `tag_` if the tag does not
begin with a letter, is a Python keyword, or is a marker of pytest.

## Tests in Python

A test calls verbs on its fixtures. The verbs, their fields, bounds and hints are those of the
[scenario language](scenarios.md).

```python
{EXAMPLE}```

In an `async` test (with pytest-asyncio or a similar plugin) verbs must be awaited. In other tests they return
when they are done. Both kinds of tests can use every world.

| fixture | |
|---|---|
| `world` | A new, empty world for the test. |
| `hub` | A hub that can be activated: it has an Ajax SIM in slot 1, a cable, and `hub.dealer`. |
| `bench` | The bench: actions on any hub, and faults. |
| `cloud` | The process of the cloud, mailboxes and invoices. |

| object | verbs |
|---|---|
| `world` | `begin(fragment, ...)`, `world[name]`; `person(name)`, \
`reseller(name)`, `dealer(name, country=, reseller=, connected=, employees=)`, \
`hub(name, model=, slots=, links=, dealer=, owned=)`, `sim(name, kind)`; `clock(move)`, \
`expect(subject, within=, ...)`, `never(subject, for_=, ...)`, `order(event, ...)`, \
`together(member, ..., succeed=, order=)`; `now_ms`, `trace` |
| people, companies | every action: `activate(hub)`, `stop_now(hub)`, ...; \
`sees(view, ..., shows=)` returns the view; \
`doing(action, ...)` and `seeing(view, ...)` return members of `together` |
| hubs | every bench action: `insert_sim(slot=1, sim="ajax")`, `unplug("ethernet")`, ...; \
`expect(within=, ...)`, `never(for_=, ...)`; `doing(action, ...)` returns a member of `together` |
| cards | `expect(within=, ...)`, `never(for_=, ...)` |
| `bench` | `fault(kind, ...)`, `action(hub, action, ...)`; `injecting(kind, ...)` returns a member |
| `cloud` | `stop()`, `start()`, `expect(...)`, `mailbox(of, mails=)`, `billing(invoices=)` |

The owner of a company (`dealer.owner`) performs its actions. A person acts for the last selected account.
Verbs and patterns accept the objects in place of their names. A field whose name is a Python keyword has an
underscore at its end: `for_="1 d"`.

A refusal raises `ActionRefused`; its text begins with the name of the refusal. With `refused="not_active"`
the verb expects this refusal. A failed expectation raises `ExpectationFailed`, an `AssertionError`. An
unknown word raises `BadVerb`, a `TypeError`.

`world.together` performs several steps at the same time, and returns the outcome of each. In the virtual
world a test chooses the order:

```python
{TOGETHER}```

The world begins at {START}, with the default settings. A marker changes them:

```python
@pytest.mark.hubsim(clock="2026-02-28 23:59 UTC", settings={{"carrier": {{"activation_delay_ms": "5 s"}}}})
```

## Fragments

A test can begin with the same [fragments](scenarios.md#shared-beginnings) as scenario files. They are in a
folder `fragments` next to the test or above it. `world["name"]` returns the object for a declared name.

```python
{FRAGMENT_EXAMPLE}```

`begin` takes one name or a list of names. `world.begin("a-dealer", "a-hub")` begins within the test. A
mistake in a fragment is an error of the test, with file, line and column. If a step of a fragment fails, the
report shows this step. The last Dealer of a fragment is the default for `world.hub`.
"""


def pytest_page() -> str:
    """Return the page in Markdown, without the note that it is generated."""
    return _PAGE
