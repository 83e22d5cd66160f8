"""How large a client is that is made for fewer operations."""

import copy
from pathlib import Path

from openapi.bundle import build
from openapi.generate import OPENAPI
from openapi.generator import make_client
from tests.client.size import lines_of_code


def lines_for_connections(folder: Path) -> int:
    """The lines of a client for the six operations of connections and the logins, which is made in an empty folder."""
    description = copy.deepcopy(dict(build(OPENAPI).for_client))
    del description["paths"]["/v2/sessioninfo"], description["components"]["schemas"]["SessionInfo"]
    make_client(description, OPENAPI, folder / "package")
    return lines_of_code(folder / "package")
