"""Client → a folder of someone's application.

``python -m openapi.vendor DEST`` copies the generated package to ``DEST/symphony_pod_client``, with
the licence and with ``PROVENANCE.json``: its version, what it was generated from, and the hash of
each file. With ``--check`` it copies nothing and says whether the copy in DEST is unchanged and
which version it is. Exit status: 0 copied, or unchanged; 1 changed, missing, or not to be
overwritten; 2 usage.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

from openapi.errors import ContractError
from openapi.generate import GENERATED, OPENAPI, PACKAGE
from openapi.swap import swap_in, workshop

ROOT = OPENAPI.parent
PROVENANCE = "PROVENANCE.json"


def vendor(destination: Path) -> Path:
    """Copy the client into a folder, in place of an unchanged older copy.

    Args:
        destination: The folder that gets ``symphony_pod_client/``; made if it is missing.

    Returns:
        The folder of the copy.

    Raises:
        ContractError: What stands there is no copy made by this, or was changed since.
    """
    copy = destination / PACKAGE
    if copy.exists() and (changes := differences(copy)):
        raise ContractError(
            f"{copy} is not an unchanged copy of the client, and copying would lose what is in it:\n"
            + "".join(f"  {change}\n" for change in changes)
            + f"Carry the changes over, remove {copy}, and run this again."
        )
    destination.mkdir(parents=True, exist_ok=True)
    with workshop(copy) as folder:
        fresh = folder / PACKAGE
        shutil.copytree(GENERATED / PACKAGE, fresh, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "LICENSE", fresh / "LICENSE")
        provenance = json.loads((GENERATED / PROVENANCE).read_text(encoding="utf-8"))
        provenance["version"] = _own_version()
        provenance["files"] = _hashes(fresh)
        (fresh / PROVENANCE).write_text(json.dumps(provenance, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        swap_in(fresh, copy)
    return copy


def differences(copy: Path) -> list[str]:
    """Compare a copy with the hashes that it came with; compiled Python does not count.

    Returns:
        A line for each difference, empty where the copy is unchanged.
    """
    try:
        expected = _provenance(copy)["files"]
    except (OSError, ValueError, KeyError):
        return [f"{PROVENANCE}: missing or unreadable, so that this is no copy made by `make vendor`"]
    found = _hashes(copy)
    lines = [f"missing: {name}" for name in sorted(expected.keys() - found.keys())]
    lines += [f"added: {name}" for name in sorted(found.keys() - expected.keys())]
    lines += [f"changed: {name}" for name in sorted(expected.keys() & found.keys()) if expected[name] != found[name]]
    return lines


def _provenance(copy: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((copy / PROVENANCE).read_text(encoding="utf-8"))
    return loaded


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path != folder / PROVENANCE
    }


def _own_version() -> str:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return version


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m openapi.vendor", description="Copy the client into an application."
    )
    parser.add_argument("destination", type=Path, metavar="DEST", help="the folder that gets symphony_pod_client/")
    parser.add_argument("--check", action="store_true", help="copy nothing; say whether the copy is unchanged")
    options = parser.parse_args(arguments)
    copy = options.destination / PACKAGE
    if not options.check:
        try:
            print(f"{vendor(options.destination)} is the client, version {_own_version()}")
        except ContractError as error:
            print(f"vendor: {error}", file=sys.stderr)
            return 1
        return 0
    if changes := differences(copy):
        print(f"{copy} is not what `make vendor` copied:", *changes, sep="\n  ", file=sys.stderr)
        return 1
    current = _hashes(GENERATED / PACKAGE)
    theirs = {name: digest for name, digest in _hashes(copy).items() if name in current}
    age = "the one generated here" if theirs == current else "not the one generated here: `make vendor` brings that"
    print(f"{copy} is unchanged, version {_provenance(copy)['version']}, {age}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
