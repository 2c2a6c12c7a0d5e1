"""The limits on sockets: raised where possible, and a fleet that does not fit is refused with the remedy."""

import pytest

from hubsim_server.socket_limits import SPARE, check_fleet
from hubsim_simulator.fleet_file import BadFleet


def test_a_fleet_that_fits_is_accepted() -> None:
    check_fleet(1_000, 1_000 + SPARE, 1_000, own_broker=False)
    check_fleet(1_000, 2_000 + SPARE, 1_000, own_broker=True)
    check_fleet(50_000, None, None, own_broker=True)


@pytest.mark.parametrize(("own_broker", "needed"), [(False, 1_000 + SPARE), (True, 2_000 + SPARE)])
def test_a_fleet_with_more_sockets_than_open_files_is_refused_with_the_number_needed(
    own_broker: bool, needed: int
) -> None:
    with pytest.raises(BadFleet, match=rf"1000 hubs need {needed} open files.*`ulimit -n {needed}`"):
        check_fleet(1_000, needed - 1, None, own_broker=own_broker)


def test_a_fleet_with_more_connections_than_local_ports_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadFleet, match=r"30000 hubs need as many local ports.*28232; run `sysctl -w"):
        check_fleet(30_000, None, 28_232, own_broker=False)
