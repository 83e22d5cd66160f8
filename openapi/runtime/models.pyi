# Stands in for the generated package's `models`, where type checkers read the runtime in its own folder.
from .model import Model as ErrorModel

__all__ = ["ErrorModel"]
