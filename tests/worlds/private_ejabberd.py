"""A private ejabberd on loopback, in a temporary folder, without Erlang's port mapper.

Debian's start script runs ejabberd as its own user, from /etc. This runs the same program directly.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIBRARIES = sorted(Path("/usr/lib").glob("*/ejabberd-*/ebin"))
USER, PASSWORD = "hubsim", "any"
"""ejabberd refuses clients without a user. Anonymous authentication accepts every user and password."""
END_LIMIT_S = 20
_ACCEPTS = re.compile(r"Start accepting TCP connections at 127\.0\.0\.1:(\d+) for mod_mqtt")
_SETTINGS = """
hosts: [localhost]
loglevel: info
auth_method: anonymous
anonymous_protocol: login_anon
allow_multiple_connections: true
listen:
  - {port: 0, ip: "127.0.0.1", module: mod_mqtt, backlog: 1000, max_fsm_queue: 100000}
modules:
  mod_mqtt: {session_expiry: "1 hour", max_queue: 100000}
"""


@contextmanager
def private_ejabberd(folder: Path) -> Iterator[str]:
    """Run ejabberd within the context, and yield its URL."""
    assert LIBRARIES, "ejabberd is not installed; `make nightly` installs it"
    settings = folder / "ejabberd.yml"
    settings.write_text(_SETTINGS, encoding="utf-8")
    environment = {
        **os.environ,
        "EJABBERD_CONFIG_PATH": str(settings),
        "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
        "ERL_LIBS": str(LIBRARIES[0].parents[1]),
        "HOME": str(folder),
    }
    command = ["erl", "-noinput", "-mnesia", "dir", f'"{folder / "database"}"', "-s", "ejabberd"]
    with subprocess.Popen(  # noqa: S603 (a trusted program)
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if found := _ACCEPTS.search(line):
                    break
            else:
                raise AssertionError(f"ejabberd ended: {''.join(lines)}")
            yield f"mqtt://{USER}:{PASSWORD}@127.0.0.1:{found[1]}"
        finally:
            process.terminate()
            try:
                process.communicate(timeout=END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
