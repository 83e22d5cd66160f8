"""No test reaches beyond this machine, and none of the tools that it starts."""

import ipaddress
import os
import sys
from typing import Any

from tests.browser import browser, open_page

__all__ = ["browser", "open_page"]  # fixtures for every test

# pyright would ask the package registry whether there is a newer pyright.
os.environ["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"


def refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail whatever connects to another machine."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    try:
        allowed = ipaddress.ip_address(host).is_loopback
    except ValueError:
        allowed = host == "localhost"
    if not allowed:
        raise RuntimeError(f"a test connects to {host}: there is no network but loopback")


sys.addaudithook(refuse_other_machines)
