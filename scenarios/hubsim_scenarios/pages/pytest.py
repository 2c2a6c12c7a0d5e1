"""The page about the pytest plugin."""

from hubsim_scenarios.pytest_plugin.setup import START

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


def test_the_cloud_publishes_a_lost_document_again(hub, bench):
    bench.fault("drop", message="desired", hub=hub)

    hub.dealer.activate(hub)

    hub.expect(tile="activated", within="1 min")


def test_a_dealer_gets_mail_about_its_reseller_and_a_stopped_cloud_refuses_requests(hub, cloud):
    cloud.mailbox(hub.dealer.owner, mails=[{"kind": "connection_approved"}])

    cloud.stop()
    hub.dealer.activate(hub, refused="cloud_unreachable")
    cloud.start()

    hub.dealer.activate(hub)
    cloud.expect(refused_messages=0)
"""

_PAGE = f"""\
# Tests with pytest

The plugin is part of the program; install pytest yourself (`pip install pytest`). `pytest scenarios/` plays
every `*.yaml` and `*.yml` file with a text under `scenario:` at its top level. Each scenario is a test:
`file.yaml::Its title`. With a [matrix](scenarios.md#matrix) each case is a test:
`file.yaml::Its title [model=hub-2]`. Files in folders called `fragments` are not tests.

PASS means passed, FAIL and BLOCKED mean failed, SKIPPED means skipped. The report of a failure is that of
`hubsim run`, with the command that plays it again. A mistake in a file is a collection error. With
pytest-xdist (`pytest -n 2`) tests run in several processes: each test has a separate world.

| option | default | |
|---|---|---|
| `--hubsim-world virtual\\|live\\|URL` | `virtual` | The kind of world; a URL is that of a cloud's lab. |
| `--hubsim-seed N` | `1` | The root seed of all random numbers. |
| `--hubsim-broker embedded\\|mosquitto\\|URL` | `embedded` | The broker of the live world; \
for a cloud's lab, the URL of its broker, for bench actions. |
| `--hubsim-model FILE` |  | An additional [hub model](models.md); repeatable. |
| `--hubsim-ca FILE` |  | The PEM file of the authority that verifies \
the certificate of an https or mqtts server. |

Options for every run can be in the settings of pytest: `addopts = --hubsim-model prototype.toml`.

All scenario files have the marker `hubsim`. Each tag is also a marker: `-m month_end` for `month-end`. `_`
replaces characters that a marker cannot have. A tag that does not begin with a letter, or that has a meaning
in Python or pytest, gets the prefix `tag_`.

## Tests in Python

The verbs are those of the [scenario language](scenarios.md), with the same words, bounds and hints.

```python
{EXAMPLE}```

In an `async` test (with pytest-asyncio or a similar plugin) await each verb. In any other test a verb is
complete when it returns. Both kinds of tests work in every world.

| fixture | |
|---|---|
| `world` | A separate, empty world. |
| `hub` | A hub that can be activated: an Ajax SIM in slot 1, a cable, and `hub.dealer`. |
| `bench` | All bench actions on any hub, and faults. |
| `cloud` | The cloud as a process, mailboxes and invoices. |

| object | verbs |
|---|---|
| `world` | `person(name)`, `reseller(name)`, `dealer(name, country=, reseller=, connected=, employees=)`, \
`hub(name, model=, slots=, links=, dealer=, owned=)`, `sim(name, kind)`; `clock(move)`, \
`expect(subject, within=, ...)`, `never(subject, for_=, ...)`, `order(event, ...)`; `now_ms`, `trace` |
| people, companies | every action: `activate(hub)`, `stop_now(hub)`, ...; \
`sees(view, ..., shows=)` returns the view |
| hubs | every bench action: `insert_sim(slot=1, sim="ajax")`, `unplug("ethernet")`, ...; \
`expect(within=, ...)`, `never(for_=, ...)` |
| cards | `expect(within=, ...)`, `never(for_=, ...)` |
| `bench` | `fault(kind, ...)`, `action(hub, act, ...)` |
| `cloud` | `stop()`, `start()`, `expect(...)`, `mailbox(of, mails=)`, `billing(invoices=)` |

The owner (`dealer.owner`) acts for a company. A person acts for the account chosen last. Objects replace
their names, also in patterns. A keyword of Python gets an underscore: `for_="1 d"`.

A refusal raises `ActionRefused`, whose text begins with its name; `refused="not_active"` expects the refusal.
A mismatch raises `NotSo`, an `AssertionError`. A wrong word raises `BadVerb`, a `TypeError`.

The world begins at {START} with the default settings, unless the test has a marker:

```python
@pytest.mark.hubsim(clock="2026-02-28 23:59 UTC", settings={{"carrier": {{"activation_delay_ms": "5 s"}}}})
```
"""


def pytest_page() -> str:
    """Return the page in Markdown, without the note that it is generated."""
    return _PAGE
