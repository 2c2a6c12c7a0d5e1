"""Adds the contract to the distribution of the agent, without the lab protocol.

In a checkout the contract is in the folder next to this one. A source distribution has it in this folder.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "hubsim_contract"
NOT_FOR_DEVICES = frozenset({"lab"})
"""Parts of the contract that the distribution `hubsim` has."""


class ContractHook(BuildHookInterface[Any]):
    """Adds each part of the contract that a device needs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the parts; an editable installation finds them by its path."""
        if version == "editable":
            return
        unpacked = Path(self.root, PACKAGE)
        folder = unpacked if unpacked.is_dir() else Path(self.root).parent / "contract" / PACKAGE
        for part in sorted(folder.iterdir()):
            if part.name not in NOT_FOR_DEVICES and part.name != "__pycache__":
                build_data["force_include"][str(part)] = f"{PACKAGE}/{part.name}"
