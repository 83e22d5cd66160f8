"""Pages → ``generated/``, made in a temporary folder that is swapped in whole.

``python -m openapi.generate`` writes ``generated/``, or says that it is up to date already. With ``--check`` it
writes nothing and says whether ``generated/`` is what it would write. Exit status: 0 done, up to date, or no
difference; 1 a difference, or an error, with ``generated/`` as it was; 2 usage; 130 or 143 interrupted, with
``generated/`` as it was.
"""

import argparse
import gc
import json
import sys
from pathlib import Path

from openapi.errors import ContractError, printable
from openapi.interrupt import Interrupted, interruptible
from openapi.provenance import NAME, is_current, provenance
from openapi.quotes import lost_messages
from openapi.swap import swap_in, workshop

# What reads pages and makes the client is imported where it is used: it takes a second, and an up to date generated/
# needs none of it.

OPENAPI = Path(__file__).resolve().parent
GENERATED = OPENAPI.parent / "generated"
PACKAGE = "symphony_pod_client"


def generate(source: Path, destination: Path) -> tuple[str, ...]:
    """Write everything that is generated into an empty or missing folder.

    Args:
        source: The ``openapi/`` folder.
        destination: Gets ``openapi.json``, ``PROVENANCE.json`` and the client package.

    Returns:
        What the maintainer has to know, a line each: what was upgraded, replaced, named by rule or left out.

    Raises:
        ContractError: What was read cannot become a right client, a rule quotes words that no page holds, or the
            generator or ruff is not the release that ``pyproject.toml`` pins.
    """
    from openapi.bundle import build, render
    from openapi.generator import check_pins, make_client

    check_pins(source.parent / "pyproject.toml")
    bundle = build(source)
    if messages := lost_messages(source.parent, {page.name: page.text for page in bundle.pages}):
        raise ContractError(*messages)
    destination.mkdir(parents=True, exist_ok=True)
    (destination / "openapi.json").write_text(render(bundle.description), encoding="utf-8")
    notes = make_client(bundle.for_client, source, destination / PACKAGE, bundle.at)
    made = json.dumps(provenance(source, destination), indent=2, ensure_ascii=False) + "\n"
    (destination / NAME).write_text(made, encoding="utf-8")
    return (*bundle.notes, *notes)


def differences(expected: Path, found: Path) -> list[str]:
    """Compare two folders, file by file and byte by byte; compiled Python does not count.

    Returns:
        A line for each difference, empty where the two are the same.
    """

    def files(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    wanted, present = files(expected), files(found)
    lines = [f"missing: {name}" for name in sorted(wanted.keys() - present.keys())]
    lines += [f"not generated: {name}" for name in sorted(present.keys() - wanted.keys())]
    lines += [f"changed: {name}" for name in sorted(wanted.keys() & present.keys()) if wanted[name] != present[name]]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m openapi.generate", description="Generate generated/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on any difference")
    options = parser.parse_args(arguments)
    try:
        with interruptible():
            return _run(check=options.check)
    except ContractError as error:
        for message in error.messages:
            print(f"generate: {printable(message)}", file=sys.stderr)
        count = f"{len(error.messages)} errors" if len(error.messages) > 1 else "1 error"
        print(f"generate: {count}; generated/ is as it was.", file=sys.stderr)
        return 1
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print(f"generate: {printable(f'{named}{error.strerror or error}')}.", file=sys.stderr)
        print("generate: the files cannot be read or written; generated/ is as it was.", file=sys.stderr)
        return 1
    except Interrupted as stopped:
        print(f"generate: interrupted by {stopped.signal.name}; generated/ is as it was.", file=sys.stderr)
        return 128 + stopped.signal


def _run(*, check: bool) -> int:
    if not check and is_current(OPENAPI, GENERATED):
        pages = OPENAPI / "pages"
        texts = {
            path.relative_to(pages).as_posix(): path.read_text(encoding="utf-8")
            for path in pages.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }
        if messages := lost_messages(OPENAPI.parent, texts):
            raise ContractError(*messages)
        print("generated/ is up to date: nothing that it is made from has changed.")
        return 0
    with workshop(GENERATED) as folder:
        fresh = folder / "generated"
        for note in generate(OPENAPI, fresh):
            print(f"note: {printable(note)}")
        if not check:
            swap_in(fresh, GENERATED)
            print(f"generated/ is made from openapi/: {PACKAGE}, openapi.json, PROVENANCE.json")
            return 0
        found = differences(fresh, GENERATED)
    if found:
        print("generated/ is not what `make generate` makes:", *found, sep="\n  ", file=sys.stderr)
        print("Generated files are never edited: run `make generate` and commit what it writes.", file=sys.stderr)
        return 1
    print("generated/ is what `make generate` makes.")
    return 0


if __name__ == "__main__":
    gc.disable()  # little becomes garbage on the way, and looking for it takes a tenth of the time
    sys.exit(main())
