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


def test_a_lost_document_is_said_again(hub, bench):
    bench.fault("drop", message="desired", hub=hub)

    hub.dealer.activate(hub)

    hub.expect(tile="activated", within="1 min")


def test_a_dealer_hears_of_its_reseller_by_mail_and_a_cloud_that_is_away_does_nothing(hub, cloud):
    cloud.mailbox(hub.dealer.owner, mails=[{"kind": "connection_approved"}])

    cloud.stop()
    hub.dealer.activate(hub, refused="cloud_unreachable")
    cloud.start()

    hub.dealer.activate(hub)
    cloud.expect(refused_messages=0)
"""

_PAGE = f"""\
# Tests with pytest

The plugin comes with the program; pytest does not (`pip install pytest`). `pytest scenarios/` plays every
`*.yaml` and `*.yml` file that has `scenario:` with a text at its top level, one test for each scenario:
`file.yaml::Its sentence`. With a
[matrix](scenarios.md#matrix) each case is a test: `file.yaml::Its sentence [model=hub-2]`. Files in folders
called `fragments` are what scenarios begin with, and no tests.

PASS is passed, FAIL and BLOCKED are failed, SKIPPED is skipped; a failure is told as `hubsim run` tells it,
with the command that plays it again. A mistake in a file is an error of the collection. With pytest-xdist
(`pytest -n 2`) tests spread over processes: each has a world of its own.

| option | default | |
|---|---|---|
| `--hubsim-world virtual\\|live\\|URL` | `virtual` | Where they are played; a URL is that of a cloud's lab. |
| `--hubsim-seed N` | `1` | Root of all that is drawn by chance. |
| `--hubsim-broker embedded\\|mosquitto\\|URL` | `embedded` | Broker of the live world; \
with a cloud elsewhere: its URL, for hands. |
| `--hubsim-model FILE` |  | A [hub model](models.md) of your own; may be given several times. |
| `--hubsim-ca FILE` |  | The PEM file with the authority that checks \
the certificate of an https or mqtts server. |

What holds for every run can stand in the settings of pytest: `addopts = --hubsim-model prototype.toml`.

All scenario files have the marker `hubsim`. Each tag is a marker, too: `-m month_end` for `month-end`. What
cannot stand in the name of a marker is `_`; a tag that begins with no letter, or means something to Python or
pytest, has `tag_` before it.

## Tests in Python

The verbs are those of the [scenario language](scenarios.md), with the same words, bounds and hints.

```python
{EXAMPLE}```

In an `async` test (with pytest-asyncio or another such plugin) verbs are awaited; in any other they are done
when they come back. Both play in every world.

| fixture | |
|---|---|
| `world` | A world of the test's own, with nobody and nothing in it. |
| `hub` | A hub that can be activated: an Ajax SIM in slot 1, a cable, and `hub.dealer`. |
| `bench` | Hands on any hub, and faults. |
| `cloud` | The cloud as one process, mailboxes and invoices. |

| of | verbs |
|---|---|
| `world` | `person(name)`, `reseller(name)`, `dealer(name, country=, reseller=, connected=, employees=)`, \
`hub(name, model=, slots=, links=, dealer=, owned=)`, `sim(name, kind)`; `clock(move)`, \
`expect(subject, within=, ...)`, `never(subject, for_=, ...)`, `order(event, ...)`; `now_ms`, `trace` |
| people, companies | every action: `activate(hub)`, `stop_now(hub)`, ...; \
`sees(view, ..., shows=)` returns the view |
| hubs | every act of hands: `insert_sim(slot=1, sim="ajax")`, `unplug("ethernet")`, ...; \
`expect(within=, ...)`, `never(for_=, ...)` |
| cards | `expect(within=, ...)`, `never(for_=, ...)` |
| `bench` | `fault(kind, ...)`, `action(hub, act, ...)` |
| `cloud` | `stop()`, `start()`, `expect(...)`, `mailbox(of, mails=)`, `billing(invoices=)` |

A company acts by its owner (`dealer.owner`); a person by the account that was picked last. Things stand for
their names, also in patterns. A word that Python has for itself takes an underscore: `for_="1 d"`.

A refusal raises `ActionRefused`, whose text begins with its name; `refused="not_active"` expects it instead.
What is not so raises `NotSo`, an `AssertionError`; a wrong word `BadVerb`, a `TypeError`.

The world begins at {START}, with the settings as they come, unless the test has a marker:

```python
@pytest.mark.hubsim(clock="2026-02-28 23:59 UTC", settings={{"carrier": {{"activation_delay_ms": "5 s"}}}})
```
"""


def pytest_page() -> str:
    """Return the page in Markdown, without the note that it is generated."""
    return _PAGE
