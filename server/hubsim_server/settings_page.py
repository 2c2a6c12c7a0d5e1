"""The reference of all settings in Markdown, and a sample `hubsim.toml`, made from the record."""

import json

from hubsim_server.settings import USED_BY
from hubsim_server.settings_fields import SettingField, setting_fields

_INTRODUCTION = """\
# Settings

A setting comes from a flag, an environment variable, `hubsim.toml` or its default. The first source in this
order counts. hubsim reads `hubsim.toml` in the working directory, or the file that `--config` names. All
processes can use the same file; each ignores settings that it does not use. Relative paths in the file are
relative to the folder of the file. An empty environment variable counts as not set.

If a setting is wrong (an unknown name, a value out of bounds, a missing file), hubsim prints the mistake with
its place, starts nothing, and ends with exit code 2.

All users of the machine can see flags. Pass secrets by environment variable, or in a file that only you can
read.
"""


def settings_page() -> str:
    """Return the page without the note that it is generated."""
    head = (
        "| key | flag | environment | takes | default | used by | meaning |\n|---|---|---|---|---|---|---|\n"
    )
    rows = "\n".join(_row(field) for field in setting_fields().values())
    return f"{_INTRODUCTION}\n{head}{rows}\n\n## hubsim.toml\n\n```toml\n{sample_toml()}```\n"


def sample_toml() -> str:
    """Return a settings file with all defaults; settings without a default are commented out."""
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
    "hub_password": '"a password from hubsim credentials show"',
    "fleet": '"fleet.toml"',
    "business": '"business.toml"',
    "market": '"market.toml"',
}
"""Example values for the keys without a default; a test loads them."""
