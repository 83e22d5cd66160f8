"""What standard output can show: colours, a line that moves, or the groups and annotations of GitHub.

A program that reads standard output gets plain lines. A person at a terminal gets colours and progress.
"""

import math
import os
import shutil
import sys
import time
from collections.abc import Mapping

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.style import Style
from rich.text import Text

from .stream import print_line

WIDTH = 80  # columns of what is drawn; fewer on a narrower terminal
BETWEEN = 0.1  # seconds from one drawing of the progress to the next
STYLES = {
    "held": "green",
    "broken": "bold red",
    "error": "bold magenta",
    "warned": "yellow",
    "known": "cyan",
    "not verified": "cyan",
    "PASS": "bold green",
    "FAIL": "bold red",
    "INCOMPLETE": "bold yellow",
}
"""The colour of each verdict."""


class Display:
    """Standard output, as its reader can use it.

    Args:
        environment: ``NO_COLOR`` (not empty) turns colours off, and ``FORCE_COLOR`` (not empty and not 0) on. With
            ``GITHUB_ACTIONS=true`` there are groups and annotations. The process's own environment by default.

    Attributes:
        is_terminal: Whether a person reads along, so that a line may move.
        colours: Whether lines have colours.
        on_github: Whether GitHub reads the lines.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        self.is_terminal = _is_terminal() and environment.get("TERM") != "dumb"
        forced = environment.get("FORCE_COLOR", "") not in ("", "0")
        self.colours = not environment.get("NO_COLOR") and (forced or self.is_terminal)
        self.on_github = environment.get("GITHUB_ACTIONS") == "true"
        self._progress: Progress | None = None
        self._drawn_at = -math.inf

    def line(self, text: str, style: str = "") -> None:
        """Print one printable line, above the progress if there is any.

        Args:
            text: The line, without control characters.
            style: How it looks on a terminal, in the words of rich, such as ``bold red``.
        """
        if self._progress is not None:
            self._progress.console.print(Text(text, style), soft_wrap=True)
        else:
            system = ColorSystem.STANDARD if self.colours else None
            print_line(Style.parse(style).render(text, color_system=system) if style else text)

    def draw(self, drawing: RenderableType) -> None:
        """Print something that rich lays out, at most ``WIDTH`` columns wide. Its texts have to be printable."""
        width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns) if self.is_terminal else WIDTH
        console = Console(
            width=width,
            color_system="standard" if self.colours else None,
            force_terminal=self.colours,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )
        with console.capture() as capture:
            console.print(drawing)
        for written in capture.get().splitlines():
            print_line(written.rstrip())

    def begin_progress(self, total: float) -> None:
        """Show a bar that grows, and the time left. Nothing where nobody reads along.

        Args:
            total: How much work there is, in any unit.
        """
        if not self.is_terminal:
            return
        # Drawn by hand, and not by a thread: a signal may end the run at any moment.
        self._progress = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            TimeRemainingColumn(),
            TextColumn("left  {task.description}", markup=False),
            console=Console(
                color_system="standard" if self.colours else None, force_terminal=True, highlight=False, markup=False
            ),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            speed_estimate_period=600.0,
        )
        self._progress.add_task("", total=total)
        self._progress.start()

    def progress(self, done: float, total: float, doing: str) -> None:
        """Show how much of the work is done.

        Args:
            done: How much is done.
            total: How much there is to do in all, as far as is known now.
            doing: What is being done, as printable text.
        """
        now = time.monotonic()
        if self._progress is not None and now >= self._drawn_at + BETWEEN:
            self._drawn_at = now
            task = self._progress.task_ids[0]
            self._progress.update(task, completed=done, total=total, description=doing)
            self._progress.refresh()

    def end_progress(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _is_terminal() -> bool:
    try:
        return sys.stdout is not None and sys.stdout.isatty()
    except ValueError:  # standard output was closed
        return False
