"""The contract test suite, which checks whether a pod keeps its promises, and the emulated pod.

The suite has nine packages, called rooms. From top to bottom they are ``proof``, ``commands``, ``run``, ``checks``,
``report``, ``arranging``, ``verdict``, ``target`` and ``contract``. A room imports only rooms below it.
The package works under any name: its own imports are relative, and it finds its files beside its modules.
"""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
"""The folder of this package."""

PACKAGE = __name__
"""The name of this package. It has another name where it is installed."""

SCRIPT = "symphony-pod-contract"
"""The name of the distribution, and of the command that it installs."""

COMMAND = SCRIPT if Path("".join(sys.argv[:1])).name == SCRIPT else f"python -m {PACKAGE}"
"""The command line with which a user starts the suite."""


def _installed_or(inside: str, beside: str) -> Path:
    installed = FOLDER / inside
    return installed if installed.exists() else FOLDER.parent / beside


DESCRIPTION_PATH = _installed_or("openapi.json", "generated/openapi.json")
"""The OpenAPI description: inside the package if it is installed, else in ``generated/`` beside the package."""

PAGES = _installed_or("pages", "openapi/pages")
"""The folder of the published pages: inside the package if it is installed, else in ``openapi/`` beside the package."""


def suite_version() -> str:
    """The version of the suite: of the installed package, else of the project in whose folder the package stands."""
    # Imported here: together they take a fifth of the time in which the emulated pods start.
    import tomllib
    from importlib.metadata import PackageNotFoundError, version

    project = FOLDER.parent / "pyproject.toml"
    if project.is_file():
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    try:
        return version(SCRIPT)
    except PackageNotFoundError:
        return "unknown"
