"""The client's code that is the same for every description.

`make generate` copies each module from here into the generated package, if something there imports it. The modules
import each other and nothing of the description, so that ruff, mypy and the tests see them where they stand.
"""

__version__ = "0"
