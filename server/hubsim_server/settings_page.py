"""The reference of all settings in Markdown, and a `hubsim.toml` to begin with, made from the record."""

import json

from hubsim_server.settings import USED_BY
from hubsim_server.settings_fields import SettingField, setting_fields

_OPENING = """\
# Settings

A setting comes from a flag, from the environment, or from `hubsim.toml`; the first of these that has it
counts, then the default. `hubsim.toml` is read from the working directory, or from the file that `--config`
names. One file can serve all processes: each takes what it uses. Relative paths in the file start from its
folder. An empty environment variable counts as not set.

A mistake anywhere (an unknown name, a value out of its bounds, a file that is not there) is told with its
place, and nothing is started: exit code 2.

Flags are seen by everybody on the machine; give secrets by environment, or in a file that only you may read.
"""


def settings_page() -> str:
    """Return the page, without the note that it is generated."""
    head = (
        "| key | flag | environment | takes | default | used by | meaning |\n|---|---|---|---|---|---|---|\n"
    )
    rows = "\n".join(_row(field) for field in setting_fields().values())
    return f"{_OPENING}\n{head}{rows}\n\n## hubsim.toml\n\n```toml\n{sample_toml()}```\n"


def sample_toml() -> str:
    """Return a settings file with every setting at its default; those without one are commented out."""
    return "".join(f"# {field.sentence}.\n{_line(field)}\n" for field in setting_fields().values())


def _row(field: SettingField) -> str:
    flag = field.flag if field.base is not bool else f"{field.flag}, --no-{field.flag[2:]}"
    users = "all" if set(field.users) == set(USED_BY) else ", ".join(field.users)
    default = field.default_text if field.default is None else f"`{field.default_text}`"
    cells = (
        f"`{field.name}`",
        f"`{flag}`",
        f"`{field.variable}`",
        field.takes,
        default,
        users,
        field.text,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _line(field: SettingField) -> str:
    if field.default is None:
        return f"# {field.name} = {_EXAMPLES[field.name]}\n"
    value = field.default_text if field.base in (int, bool) else json.dumps(field.default_text)
    return f"{field.name} = {value}\n"


_EXAMPLES = {
    "keyring": '"keyring.json"',
    "monitor_port": "9100",
    "tls_certificate": '"certs/server.pem"',
    "tls_key": '"certs/server-key.pem"',
    "ca": '"certs/ca.pem"',
    "operator_token": '"16 characters or more"',
    "hub_password": '"as hubsim credentials show says"',
    "fleet": '"fleet.toml"',
    "business": '"business.toml"',
}
"""What may stand behind the keys that have no default; a test loads them."""
