"""What each forked run finds done: the packages are loaded, and hypothesis has made its tables."""

from ..checks import generate, test_fuzz
from . import open_run, plugin

__all__ = ["open_run", "plugin", "test_fuzz"]

open_run.keep_no_files_of_hypothesis()
generate.make_ready()
