"""The commands with which each option is tried, and the files that they read.

`{cloud}` and `{mqtt}` are the URLs of a server with a lab, `{secure_cloud}` and `{secure_mqtt}` those of one
with TLS. A new option needs a case, or a value in `VALUES` if it is a setting; `test_every_option` names it.
"""

from dataclasses import dataclass

SCENARIO = """\
scenario: A hub is green
tags: [small]
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    villa: {model: hub, links: [ethernet]}
matrix:
  model: [hub, hub-2]
steps:
  - {expect: villa, led: green}
"""
PROTOTYPE_SCENARIO = """\
scenario: A prototype has one channel
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    proto: {model: prototype, links: [ethernet]}
steps:
  - {expect: proto, channels: [ethernet]}
"""
WRONG = """\
scenario: A hub is expected to be red
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    villa: {model: hub, links: [ethernet]}
steps:
  - {expect: villa, led: red}
"""
FILES = {
    "one.yaml": SCENARIO,
    "proto.yaml": PROTOTYPE_SCENARIO,
    "wrong.yaml": WRONG,
    "model.toml": 'name = "prototype"\nsim_slots = 1\ngenerations = ["2G"]\nethernet = true\nwifi = false\n',
    "market.toml": '[countries.HR]\nservices = true\nzone = "Europe/Zagreb"\n',
    "business.toml": "trial_months = 2\n",
    "fleet.toml": '[[hubs]]\nid = "0A1B2C3D"\nmodel = "hub-2"\nlinks = ["ethernet"]\n',
    "hubsim.toml": "idempotency_hours = 2\n",
    "capabilities.toml": 'name = "Any"\nslots = 1\nlinks = ["ethernet"]\n',
    "world.yaml": SCENARIO.partition("matrix:")[0],
    "hardware.toml": 'model = "hub-2-plus"\nfirmware = "1"\nchannels = ["ethernet"]\n',
}
"""The files in the folder in which the commands run."""

PREPARED = (
    "certs certificates --host 127.0.0.1",
    "credentials new keyring.json",
    "new --journey resume --model hub-2 --country PL --start '2026-01-15 09:00' --yes journey",
    "run --virtual --trace trace.jsonl journey.yaml",
)
"""The commands that write the other files there."""


@dataclass(frozen=True)
class Case:
    """A command line, and how it ends."""

    words: str
    until: str | None = None
    """The text after which the command gets a SIGTERM; None: it ends by itself."""
    code: int = 0
    prints: str = ""
    """A text in its output."""


READY = "started"
"""The log line of a server that is ready."""

VALUES = {
    "--config": "hubsim.toml",
    "--broker": "embedded",
    "--mqtt-host": "127.0.0.1",
    "--mqtt-port": "0",
    "--mqtt-hub-port": "0",
    "--prefix": "any/prefix",
    "--keyring": "keyring.json",
    "--state": "state",
    "--http-host": "127.0.0.1",
    "--http-names": "any.example",
    "--http-port": "0",
    "--monitor-port": "0",
    "--tls-certificate": "certificates/server.pem",
    "--tls-key": "certificates/server-key.pem",
    "--ca": "certificates/ca.pem",
    "--operator-token": "0123456789abcdef",
    "--business": "business.toml",
    "--market": "market.toml",
    "--session-hours": "1",
    "--idempotency-hours": "1",
    "--body-limit-bytes": "2048",
    "--body-limit-s": "2",
    "--http-head-s": "2",
    "--http-connections": "50",
    "--http-connections-each": "40",
    "--mqtt-connections": "50",
    "--mqtt-connections-each": "40",
    "--world-idle-minutes": "5",
    "--snapshot-limit": "5",
    "--hubs": "1",
    "--model": "hub-2",
    "--shard": "1/1",
    "--processes": "1",
    "--hub-password": "any password",
    "--log-format": "json",
    "--log-level": "info",
}
"""A value for each setting. A case `{settings}` has them all, without those that it gives itself."""

CASES: dict[str, tuple[Case, ...]] = {
    "run": (
        Case("--live one.yaml", prints="2 passed"),
        Case("--virtual --seed 3 --repeat 2 --jobs 2 --fail-fast --durations 1 one.yaml", prints="4 passed"),
        Case("--virtual -j 1 --durations 0 one.yaml", prints="2 passed"),
        Case("--live --broker embedded --packets all --trace packets.jsonl one.yaml", prints="2 passed"),
        Case("--cloud {cloud} --broker {mqtt} one.yaml", prints="2 passed"),
        Case("--cloud {secure_cloud} --ca certificates/ca.pem one.yaml", prints="2 passed"),
        Case("--virtual --model model.toml proto.yaml", prints="PASS"),
        Case("--virtual --market market.toml one.yaml", prints="2 passed"),
        Case(
            "--attach villa=0A1B2C3D --actuator true --capabilities capabilities.toml --listen 127.0.0.1:0"
            " --device-wait 0.1 --real-time one.yaml",
            code=3,
            prints="BLOCKED",
        ),
        Case("--virtual --tag small --name green --case model=hub-2 one.yaml", prints="PASS"),
        Case("--virtual --covers U1 journey.yaml one.yaml", prints="PASS"),
        Case("--virtual wrong.yaml one.yaml", code=1),
        Case("--virtual --last-failed wrong.yaml one.yaml", code=1, prints="red"),
        Case("--virtual --lf wrong.yaml one.yaml", code=1, prints="red"),
        Case("--virtual --twice one.yaml", prints="equal byte for byte"),
        Case("--virtual --update --yes wrong.yaml", prints="green"),
        Case("--virtual --prove --case model=hub one.yaml", code=1, prints="mutants"),
        Case(
            "--virtual --html report.html --junit report.xml --junit-strict --json report.json one.yaml",
            prints="2 passed",
        ),
        Case("--virtual --lang pl one.yaml", prints="2"),
        Case("--virtual --step --case model=hub one.yaml", code=3),
        Case("--virtual --break-on fail one.yaml", prints="PASS"),
        Case("--virtual --watch one.yaml", until="2 passed", code=143),
        Case("--ui --port 0 --no-browser journey.yaml", until="PASSED"),
        Case("--ui --port 0 --browser journey.yaml", until="PASSED"),
    ),
    "new": (
        Case(
            "--journey activate --model hub-2 --country PL --start '2026-01-15 09:00' --yes mine",
            prints="wrote mine.yaml",
        ),
    ),
    "validate": (
        Case("--strict one.yaml", prints="0 mistakes"),
        Case("--json --model model.toml --market market.toml one.yaml proto.yaml"),
    ),
    "fmt": (
        Case("--check --model model.toml --market market.toml one.yaml"),
        Case("--diff one.yaml"),
    ),
    "record": (
        Case(
            "--cloud {cloud} --clock '2026-01-15 09:00 Europe/Warsaw' --title Mine mine.yaml",
            until="Ctrl-C",
            code=2,
            prints="nothing was recorded",
        ),
        Case("--cloud {secure_cloud} --ca certificates/ca.pem --force --world any mine.yaml", code=2),
    ),
    "trace diff": (Case("--exact trace.jsonl trace.jsonl"),),
    "trace replay": (Case("trace.jsonl"),),
    "trace show": (
        Case(
            "--hub villa --event service_activated --since '2026-01-15 09:00'"
            " --until '2026-02-15 10:00' --full trace.jsonl"
        ),
        Case("--json trace.jsonl"),
    ),
    "up": (
        Case("--lab {settings}", until=READY),
        Case("--no-lab --fleet fleet.toml --mqtt-port 0 --http-port 0", until=READY),
    ),
    "demo": (
        Case("--port 0 --no-browser --lang pl --state demo-state", until="http://"),
        Case("--port 0 --browser --world world.yaml", until="http://"),
    ),
    "broker": (Case("--hub 0A1B2C3D {settings}", until=READY),),
    "cloud": (
        Case("--broker {mqtt} --lab {settings}", until="ready"),
        Case(
            "--broker {secure_mqtt} --prefix other/three --no-lab --http-port 0 --ca certificates/ca.pem",
            until="ready",
        ),
    ),
    "simulator": (
        Case("--broker {mqtt} --lab {settings}", until=READY),
        Case(
            "--broker {secure_mqtt} --ca certificates/ca.pem --no-lab --prefix other/one --fleet fleet.toml",
            until=READY,
        ),
    ),
    "fleet": (
        Case(
            "--broker {mqtt} --no-lab --duration 1 --rate 1 --profile day --seed 1 --json load.json"
            " --html load.html {settings}",
        ),
        Case(
            "--broker {secure_mqtt} --ca certificates/ca.pem --lab --prefix other/two --fleet fleet.toml",
            until=READY,
        ),
    ),
    "agent": (
        Case("--example --memory memory --hardware hardware.toml 0A1B2C3D"),
        Case(
            "--memory memory --hardware hardware.toml --bound connack_s=5 {settings} --broker {mqtt}"
            " 0A1B2C3D",
            until=READY,
        ),
        Case(
            "--memory memory --hardware hardware.toml --ca certificates/ca.pem --broker {secure_mqtt}"
            " 0A1B2C3D",
            until=READY,
        ),
        Case(
            "--memory memory --hardware any:Board --memory-option a=1 --hardware-option b=2 0A1B2C3D", code=2
        ),
    ),
    "tap": (
        Case(
            "--listen 127.0.0.1:0 --fault 'drop PUBACK to hub-0A1B2C3D 2 times' --name villa=0A1B2C3D"
            " --client any --kind PUBLISH --topic any/# --hub 0A1B2C3D --json tap.jsonl --pcapng tap.pcapng"
            " --keep-passwords --quiet --max-connections 5 --max-connections-each 4"
            " {settings} --broker {mqtt}",
            until="ready, forwards",
        ),
        Case("--listen 127.0.0.1:0 --ca certificates/ca.pem --broker {secure_mqtt}", until="ready, forwards"),
    ),
    "watch": (
        Case("--hub 0A1B2C3D --cloud {cloud} --json", until="summary"),
        Case(
            "--hub 0A1B2C3D --cloud {secure_cloud} --ca certificates/ca.pem"
            " --operator-token 0123456789abcdef",
            until="offline",
        ),
        Case("--hub 0A1B2C3D --cloud {cloud} --world any", code=2, prints="no world of this name"),
    ),
    "contract export": (Case("exported"), Case("--check exported")),
    "contract rules": (Case("--json"), Case("MQ-1")),
    "conform": (
        Case(
            "--simulated --listen 127.0.0.1:0 --rule MQ-1 --devices 1 --seed 1 --junit c.xml --html c.html"
            " --json c.json 0A1B2C3D",
            until="connect the simulator",
            code=143,
        ),
        Case("--own-agent --rule MQ-1 --suite standard --listen 127.0.0.1:0 --prefix any/prefix 0A1B2C3D"),
        Case("--device true --actuator true --capabilities capabilities.toml --hours 0.1 0A1B2C3D", code=3),
        Case("--broker {secure_mqtt} --ca certificates/ca.pem --own-agent --rule MQ-1 0A1B2C3D"),
    ),
    "backup": (Case("plain/cloud.db backup.db"),),
    "restore": (Case("copy.db restored.db"),),
    "certs": (Case("more --host any.example --host 127.0.0.1 --days 3 --name Lab"),),
    "credentials new": (Case("mine.json"),),
    "credentials export": (
        Case(
            "--mosquitto files --host 127.0.0.1 --port 1883 --hub-port 1885 --prefix any/prefix --force"
            " keyring.json 0A1B2C3D"
        ),
    ),
    "credentials show": (Case("keyring.json cloud"),),
    "credentials revoke": (Case("keyring.json 0A1B2C3D"),),
    "guide": (Case("--json journey.yaml", code=1, prints='"passed"'),),
    "completion": (Case("bash"),),
    "docs": (Case("pages"), Case("--check pages")),
}
"""The cases of each command."""
