"""What changed in the pages since a revision, or against another folder of pages.

``python -m openapi.pages_diff [REV|FOLDER]`` compares the pages of a git revision (HEAD by default), or of a folder,
with those in ``openapi/pages/``. Exit status: 0 nothing breaks callers, pods or a rule's quote; 1 something does;
2 usage, or pages that cannot be read.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from openapi.api_diff import Change, compare
from openapi.errors import ContractError, Problems, printable
from openapi.pages import SUFFIXES, Page, page_names, read_page
from openapi.quotes import Quote, lost, read_quotes

ROOT = Path(__file__).resolve().parent.parent
PAGES = "openapi/pages"


def pages_of_folder(folder: Path) -> list[Page]:
    """Read the pages of a folder without looking at their recorded sums.

    Args:
        folder: A folder of pages, or a project that holds one.

    Raises:
        ContractError: A page cannot be read; the messages name all of them.
    """
    folder = folder / PAGES if (folder / PAGES).is_dir() else folder
    return _read({name: (folder / name).read_bytes() for name in page_names(folder)})


def pages_of_revision(root: Path, revision: str) -> list[Page]:
    """Read the pages that a git revision holds.

    Args:
        root: The project, a git checkout.
        revision: Such as ``HEAD`` or ``v1.0``.

    Raises:
        ContractError: There is no such revision, or a page in it cannot be read.
    """
    if revision.startswith("-"):
        raise ContractError(f"expected a git revision or a folder, found {revision!a}.")
    names = _git(root, "ls-tree", "-r", "-z", "--name-only", revision, "--", f"{PAGES}/").decode().split("\0")
    return _read(
        {
            name.removeprefix(f"{PAGES}/"): _git(root, "show", f"{revision}:./{name}")
            for name in names
            if name.endswith(SUFFIXES)
        }
    )


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)  # noqa: S607 - from PATH
    except FileNotFoundError:
        raise ContractError("git is not installed; name a folder instead of a revision.") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise ContractError(f"expected a git revision or a folder: git {arguments[0]} says: {said}")
    return done.stdout


def _read(contents: dict[str, bytes]) -> list[Page]:
    problems = Problems()
    pages = []
    for name, content in sorted(contents.items()):
        with problems.collected():
            pages.append(read_page(name, content))
    problems.raise_if_any()
    return pages


def table(changes: list[Change], lost_quotes: list[Quote]) -> str:
    """The changes as a table in Markdown, and the quotes that no page holds any more."""
    if not changes:
        return "The pages say the same.\n"
    lines = ["| | what | change | breaks | rules |", "|---|---|---|---|---|"]
    lines += [
        f"| {change.kind} | {_cell(change.where)} | {_cell(change.says)} | {' and '.join(change.breaks) or 'nobody'} "
        f"| {', '.join(change.rules)} |"
        for change in changes
    ]
    quotes = list(dict.fromkeys((quote.page, quote.words) for quote in lost_quotes))
    if quotes:
        lines += ["", "Rules quote these words, and the page does not hold them:", ""]
    for page, words in quotes:
        who = ", ".join(quote.entry for quote in lost_quotes if (quote.page, quote.words) == (page, words))
        lines.append(f"- {page}: {_cell(words)} ({_cell(who)})")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text that may come from a page, for one cell of a table in Markdown."""
    escaped = "".join(f"\\{character}" if character in "\\|`*_<>[]" else character for character in text)
    return printable(escaped.replace("\n", " "))


def as_json(changes: list[Change], lost_quotes: list[Quote]) -> str:
    """The same for a program."""
    return json.dumps(
        {
            "changes": [change.as_json() for change in changes],
            "lost_quotes": [
                {"page": quote.page, "entry": quote.entry, "rule": quote.rule, "words": quote.words}
                for quote in lost_quotes
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m openapi.pages_diff", description="What changed in the pages.")
    parser.add_argument("base", nargs="?", default="HEAD", metavar="REV|FOLDER", help="what to compare with; HEAD")
    parser.add_argument("--json", action="store_true", help="for a program instead of a reader")
    options = parser.parse_args(arguments)
    try:
        base = Path(options.base)
        old = pages_of_folder(base) if base.is_dir() else pages_of_revision(ROOT, options.base)
        new = pages_of_folder(ROOT / PAGES)
        quotes = read_quotes(ROOT)
    except ContractError as error:
        for message in error.messages:
            print(f"pages-diff: {printable(message)}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"pages-diff: {printable(str(error))}", file=sys.stderr)
        return 2
    changes = compare(old, new, quotes)
    lost_quotes = lost(quotes, {page.name: page.text for page in new})
    print(as_json(changes, lost_quotes) if options.json else table(changes, lost_quotes), end="")
    return int(any(change.breaks for change in changes) or bool(lost_quotes))


if __name__ == "__main__":
    sys.exit(main())
