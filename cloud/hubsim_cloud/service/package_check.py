"""The check that the market of a starting cloud has the packages of its stored services."""

from pathlib import Path

from hubsim_cloud.domain.packages import unknown_packages
from hubsim_cloud.domain.state import State
from hubsim_storage.errors import StoreError


def check_packages(state: State, database: Path) -> None:
    """Raise `StoreError` if the market does not have a package that is still to be invoiced."""
    unknown = sorted(unknown_packages(state))
    if unknown:
        text = f"months of the package {unknown[0]!r} are not invoiced yet: add it to the file of `market`"
        raise StoreError(database, text)
