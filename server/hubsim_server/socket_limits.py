"""The limits of the system on sockets: open files of a process, and local ports to one broker.

Raises the soft limit on open files to the hard one, and refuses a fleet that does not fit before it starts.
"""

import resource
from pathlib import Path

from hubsim_simulator.fleet_file import BadFleet

SPARE = 256
"""Open files of a process, in addition to its sockets for hubs or clients: databases, HTTP, logs."""
_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def raise_open_files() -> int | None:
    """Raise the soft limit on open files to the hard one; return it, None for no limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS refuses an unlimited number
            return soft
    return None if hard == resource.RLIM_INFINITY else hard


def local_ports() -> int | None:
    """Return the number of ports for connections to one address; None where the system does not say it."""
    try:
        first, last = _PORT_RANGE.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return int(last) - int(first) + 1


def check_fleet(
    hubs: int, files: int | None, ports: int | None, *, own_broker: bool = False, processes: int = 1
) -> None:
    """Refuse a fleet that has more sockets than the system allows. Raises `BadFleet`.

    `own_broker`: whether the broker's side of each connection is in this process too. `processes`: the number
    of processes on this machine that share the hubs.
    """
    needed = -(-hubs // processes) * (2 if own_broker else 1) + SPARE
    if files is not None and needed > files:
        each = "" if processes == 1 else f" in each of {processes} processes"
        raise BadFleet(
            f"{hubs} hubs need {needed} open files{each}, and a process may have {files}; "
            f"run `ulimit -n {needed}` before it (as root if it is refused), "
            "or simulate fewer hubs on this machine"
        )
    if ports is not None and hubs > ports:
        raise BadFleet(
            f"{hubs} hubs need as many local ports to the broker, and this machine has {ports}; "
            'run `sysctl -w net.ipv4.ip_local_port_range="1024 65535"` as root, '
            "or simulate fewer hubs on this machine"
        )
