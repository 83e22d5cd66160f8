"""Does this pod keep its promise? The contract test suite in eight rooms, and the emulated pod beside them.

The rooms, from the top to the bottom: ``proof``, ``run``, ``checks``, ``report``, ``arranging``, ``verdict``,
``target``, ``contract``. A room imports rooms below it and no room above it.
The package works under any name: imports inside it are relative, and files are found beside its modules.
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
"""The folder of this package."""

PACKAGE = __name__
"""The name of this package: another one where it is installed."""

COMMAND = f"python -m {PACKAGE}"
"""How a user starts the suite's command."""


def _description_path() -> Path:
    installed = FOLDER / "openapi.json"
    return installed if installed.is_file() else FOLDER.parent / "generated" / "openapi.json"


DESCRIPTION_PATH = _description_path()
"""The one OpenAPI description: inside the package where it is installed, else in ``generated/`` beside it."""
