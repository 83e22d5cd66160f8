"""New copies of pages → ``openapi/pages/``, with everything that follows from them, or nothing.

``python -m openapi.pages_add FILE…`` takes pages in as they were published: it records them in ``SHA256SUMS``, makes
the client, checks its types with mypy, runs the suite against the emulated pod, and shows what changed. Only when all
of that works does it put the pages and ``generated/`` in their places. Exit status: 0 done; 1 something is wrong,
and everything is as it was; 2 usage; 130 or 143 interrupted, and everything is as it was.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from openapi.api_diff import compare
from openapi.errors import ContractError, printable
from openapi.generate import GENERATED, OPENAPI, PACKAGE, generate
from openapi.interrupt import Interrupted, interruptible
from openapi.pages import SUFFIXES, SUMS_NAME, Page, page_names
from openapi.pages_diff import pages_of_folder, pages_of_revision, table
from openapi.quotes import CATALOGUE, lost, read_quotes
from openapi.swap import swap_all_in, workshop

_NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*")


def add(files: list[Path], root: Path) -> str:
    """Take pages in.

    Args:
        files: The new copies. A copy gets the name of its file; one that lies in the folder of the pages keeps its
            place there.
        root: The project.

    Returns:
        What to tell the maintainer: notes, and a table of what changed.

    Raises:
        ContractError: A page or what follows from it is wrong. Everything is as it was.
    """
    pages, generated = root / "openapi" / "pages", root / "generated"
    old = _pages_before(pages, files)
    with workshop(pages) as pages_shop, workshop(generated) as generated_shop, tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        _copy_project(root, stage)
        staged_pages = stage / "openapi" / "pages"
        for file in files:
            place = staged_pages / _name(file, pages)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        (staged_pages / SUMS_NAME).write_text(sums(staged_pages), encoding="utf-8")
        notes = generate(stage / "openapi", stage / "generated")
        _check(stage)
        quotes = read_quotes(root)
        new = pages_of_folder(staged_pages)
        changes = compare(old, new, quotes)
        shutil.copytree(staged_pages, pages_shop / "pages")
        shutil.copytree(stage / "generated", generated_shop / "generated", ignore=_NOT_COPIED)
        swap_all_in([(pages_shop / "pages", pages), (generated_shop / "generated", generated)])
    said = [f"note: {printable(note)}\n" for note in notes]
    return "".join([*said, table(changes, lost(quotes, {page.name: page.text for page in new}))])


def sums(folder: Path) -> str:
    """The content of ``SHA256SUMS`` for the pages in a folder."""
    return "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in page_names(folder)
    )


def _pages_before(pages: Path, files: list[Path]) -> list[Page]:
    """The pages as they were: those of the last commit, where a copy was put into their folder by hand."""
    for file in files:
        if not file.is_file():
            raise ContractError(f"{file}: no such file.")
        if not file.name.endswith(SUFFIXES):
            raise ContractError(f"{file}: expected a page ({', '.join(SUFFIXES)}).")
    by_hand = any(file.resolve().is_relative_to(pages.resolve()) for file in files)
    return pages_of_revision(pages.parent.parent, "HEAD") if by_hand else pages_of_folder(pages)


def _name(file: Path, pages: Path) -> Path:
    resolved = file.resolve()
    return resolved.relative_to(pages.resolve()) if resolved.is_relative_to(pages.resolve()) else Path(file.name)


def _copy_project(root: Path, stage: Path) -> None:
    shutil.copytree(root / "openapi", stage / "openapi", ignore=_NOT_COPIED)
    shutil.copy(root / "pyproject.toml", stage)
    if (root / CATALOGUE.parts[0]).is_dir():
        shutil.copytree(root / CATALOGUE.parts[0], stage / CATALOGUE.parts[0], ignore=_NOT_COPIED)


def _check(stage: Path) -> None:
    """Run mypy on the client and the suite against the emulated pod, in a copy of the project.

    Raises:
        ContractError: One of them fails.
    """
    commands = [([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(stage / "mypy"), "-p", PACKAGE], "mypy")]
    if (stage / CATALOGUE.parts[0]).is_dir():
        commands.append(([sys.executable, "-m", CATALOGUE.parts[0], "run"], "the suite against the emulated pod"))
    for command, name in commands:
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{stage}:{stage / 'generated'}"}
        environment |= {"MYPYPATH": str(stage / "generated"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=stage, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            end = "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])
            raise ContractError(f"{name} fails with the new pages, exit status {done.returncode}:\n{end}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m openapi.pages_add", description="Take new copies of pages in.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a page as published")
    options = parser.parse_args(arguments)
    try:
        with interruptible():
            print(add(options.files, OPENAPI.parent), end="")
    except ContractError as error:
        for message in error.messages:
            print(f"pages-add: {printable(message)}", file=sys.stderr)
    except OSError as error:
        print(f"pages-add: {printable(str(error))}", file=sys.stderr)
    except Interrupted as stopped:
        print(f"pages-add: interrupted by {stopped.signal.name}; everything is as it was.", file=sys.stderr)
        return 128 + stopped.signal
    else:
        print(f"openapi/pages/ and {GENERATED.name}/ are in place. Commit both.")
        return 0
    print("pages-add: everything is as it was.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
