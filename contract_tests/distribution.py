"""Hatchling's hook for the distribution ``symphony-pod-contract``: it puts in what stands beside this package."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BESIDE = {"../generated/openapi.json": "openapi.json", "../openapi/pages": "pages"}


class BesideThePackage(BuildHookInterface):  # type: ignore[type-arg] # the argument is the builder's own affair
    """Puts the description and the pages into the package. A source distribution has them inside already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Add the files, in the repository."""
        for beside, name in _BESIDE.items():
            if (Path(self.root) / beside).exists():
                build_data["force_include"][beside] = name
