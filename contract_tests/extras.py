"""What the distribution installs only where it is asked for: the dependencies of its extras."""

from importlib.util import find_spec

from . import SCRIPT

_PACKAGES = {"emulator": ("starlette", "uvicorn"), "run": ("hypothesis", "pytest", "schemathesis")}


def missing(extra: str, what: str) -> str | None:
    """Say what is missing of an extra.

    Args:
        extra: ``emulator`` or ``run``.
        what: What needs it, for the message, such as ``emulate``.

    Returns:
        A message that says what to install; None if everything is there.
    """
    absent = [name for name in _PACKAGES[extra] if find_spec(name) is None]
    if not absent:
        return None
    return f"{what} needs {', '.join(absent)}. Install with: python -m pip install '{SCRIPT}[{extra}]'"
