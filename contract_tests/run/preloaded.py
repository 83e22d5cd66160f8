"""What each forked run finds done: the packages are loaded, and hypothesis has made its tables."""

from ..checks import test_fuzz
from ..checks.generate import generate
from ..checks.generating import Wanted
from . import open_run, plugin

__all__ = ["open_run", "plugin", "test_fuzz"]

open_run.keep_no_files_of_hypothesis()
generate(Wanted("acceptConnection", "positive", number=1, seed=0, sessions=("none",), user_ids=(0,)))
