"""Programs of the system that a test takes."""

import os
import shutil

import pytest

PACKAGES = {"sh": "dash"}  # Debian's package of a program, where the two have different names


def needs_program(name: str) -> None:
    """Skip a test where a program is missing, with the command that installs it; in CI the test fails."""
    if shutil.which(name) is not None:
        return
    reason = f"{name} is missing: apt-get install {PACKAGES.get(name, name)}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
