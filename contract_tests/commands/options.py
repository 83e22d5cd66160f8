"""Options that several subcommands have, and the types of their values."""

import argparse
import secrets
from pathlib import Path
from typing import TypeAlias

# The reason for the noqa: argparse has no public name for it.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
"""What a parser gives for its subcommands."""

OUTPUT = Path("build/contract")
DEFAULT_SEED = 0  # fixed: two runs of one job send the same requests


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add ``--target FILE.toml``."""
    parser.add_argument(
        "--target", type=path, metavar="FILE.toml", help="a file with the same settings as the POD_… variables"
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add ``--output DIR``."""
    parser.add_argument(
        "--output", type=path, metavar="DIR", default=OUTPUT, help=f"the folder of the results; {OUTPUT} by default"
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add ``--seed NUMBER``."""
    parser.add_argument(
        "--seed",
        type=seed,
        default=DEFAULT_SEED,
        metavar="NUMBER",
        help=f"a run with the same seed sends the same requests; {DEFAULT_SEED} by default, or random",
    )


def path(text: str) -> Path:
    """A path of the command line; a shell leaves the ``~`` in ``--target=~/pod.toml`` as it is."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None


def count(text: str) -> int:
    """A whole number of at least 1."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return number


def seed(text: str) -> int:
    """A number, or ``random``."""
    try:
        return secrets.randbelow(2**32) if text == "random" else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number or random, found {text!r}") from None
