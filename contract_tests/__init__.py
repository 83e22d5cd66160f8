"""The contract test suite, which checks whether a pod keeps its promises, and the emulated pod.

The suite has eight packages, called rooms. From top to bottom they are ``proof``, ``run``, ``checks``, ``report``,
``arranging``, ``verdict``, ``target`` and ``contract``. A room imports only rooms below it.
The package works under any name: its own imports are relative, and it finds its files beside its modules.
"""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
"""The folder of this package."""

PACKAGE = __name__
"""The name of this package. It has another name where it is installed."""

COMMAND = f"python -m {PACKAGE}"
"""The command line with which a user starts the suite."""


def _description_path() -> Path:
    installed = FOLDER / "openapi.json"
    return installed if installed.is_file() else FOLDER.parent / "generated" / "openapi.json"


DESCRIPTION_PATH = _description_path()
"""The OpenAPI description: inside the package if it is installed, else in ``generated/`` beside the package."""


DISTRIBUTION = "symphony-pod-contract"
"""The name under which this package is installed; also the name of its command then."""


def suite_version() -> str:
    """The version of the suite: of the installed package, else of the project in whose folder the package stands."""
    project = FOLDER.parent / "pyproject.toml"
    if project.is_file():
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
