"""Pages → OpenAPI documents.

A page is kept byte for byte as it was published; the OpenAPI document embedded in its JSON fence
is the only part that is machine-readable, and this module takes it out.
"""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openapi.errors import ContractError

SUMS_NAME = "SHA256SUMS"

_FENCE = re.compile(r"^```json[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_SUM_LINE = re.compile(r"^([0-9a-f]{64}) [ *](\S.*)$")


@dataclass(frozen=True)
class Page:
    """A published page and the OpenAPI document embedded in it.

    Attributes:
        name: The file name, such as ``accept-connection.md``.
        text: The whole page, decoded as UTF-8.
        document: The embedded OpenAPI document.
    """

    name: str
    text: str
    document: dict[str, Any]


def read_pages(folder: Path) -> list[Page]:
    """Read every page of a folder, in the order of their names, after checking them against ``SHA256SUMS``.

    Args:
        folder: Holds the pages (``*.md``) and ``SHA256SUMS``.

    Returns:
        At least one page.

    Raises:
        ContractError: A page differs from its recorded hash, is missing, is not recorded, or holds
            no single OpenAPI 3.1 document.
    """
    contents = _verified_contents(folder)
    return [_page(folder / name, content) for name, content in sorted(contents.items())]


def _verified_contents(folder: Path) -> dict[str, bytes]:
    expected = _recorded_sums(folder)
    present = {path.name for path in folder.glob("*.md")}
    for name in sorted(present - expected.keys()):
        raise ContractError(
            f"{folder / name}: this page stands in no line of {SUMS_NAME}. "
            f"If it is a page as published, record it: sha256sum *.md > {SUMS_NAME}, in {folder}."
        )
    contents = {}
    for name, expected_sum in expected.items():
        if name not in present:
            raise ContractError(
                f"{folder / name}: {SUMS_NAME} records this page, and it is not there. "
                f"Restore it (git checkout -- {folder / name}) or take its line out of {SUMS_NAME}."
            )
        content = (folder / name).read_bytes()
        actual_sum = hashlib.sha256(content).hexdigest()
        if actual_sum != expected_sum:
            raise ContractError(
                f"{folder / name}: the page is not the one that was recorded.\n"
                f"  expected sha256 {expected_sum}\n"
                f"  found    sha256 {actual_sum}\n"
                f"Pages are kept byte for byte. Undo the edit (git checkout -- {folder / name}); or, if the "
                f"publisher changed the page, store it as published and record it: "
                f"sha256sum *.md > {SUMS_NAME}, in {folder}."
            )
        contents[name] = content
    return contents


def _recorded_sums(folder: Path) -> dict[str, str]:
    sums_path = folder / SUMS_NAME
    try:
        lines = sums_path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        raise ContractError(f"{sums_path}: not found. Restore it: git checkout -- {sums_path}") from None
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _SUM_LINE.match(line)
        if match is None or "/" in match[2] or not match[2].endswith(".md") or match[2] in sums:
            raise ContractError(
                f"{sums_path}, line {number}: expected a SHA-256 sum, two spaces and the name of a page (*.md) of this "
                f"folder, each page once; found {line!r}. Record the pages anew: sha256sum *.md > {SUMS_NAME}, in "
                f"{folder}."
            )
        sums[match[2]] = match[1]
    if not sums:
        raise ContractError(f"{sums_path}: expected a line for each page, found none.")
    return sums


def _page(path: Path, content: bytes) -> Page:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContractError(f"{path}: expected UTF-8 text, found {error}.") from None
    fences = list(_FENCE.finditer(text.replace("\r\n", "\n")))
    if len(fences) != 1:
        raise ContractError(
            f"{path}: expected one fence (```json … ```) with the OpenAPI document, found {len(fences)}. "
            "Store the page as published, with its document."
        )
    document = parse_json(fences[0][1], where=f"{path}, the JSON fence")
    version = document.get("openapi") if isinstance(document, dict) else None
    if not (isinstance(version, str) and version.startswith("3.1.")):
        raise ContractError(
            f"{path}: expected an OpenAPI document of version 3.1, found "
            f"{'openapi: ' + repr(version) if isinstance(document, dict) else type(document).__name__}."
        )
    return Page(name=path.name, text=text, document=document)


def parse_json(text: str, *, where: str) -> Any:
    """Parse JSON strictly: what could not be written as it was read is an error, not a silent choice.

    That is a repeated member, ``NaN``, a number that no float holds, or half of a surrogate pair.

    Args:
        text: The JSON text.
        where: Named in the error.

    Raises:
        ContractError: The text is no JSON, or holds one of these.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise ContractError(f"{where}: the member {name!r} stands twice in one object.")
            found[name] = value
        return found

    def constant(literal: str) -> Any:
        raise ContractError(f"{where}: {literal} is no JSON value.")

    def number(literal: str) -> float:
        value = float(literal)
        if not math.isfinite(value):
            raise ContractError(f"{where}: the number {literal} is too large.")
        return value

    try:
        parsed = json.loads(text, object_pairs_hook=members, parse_constant=constant, parse_float=number)
        json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ContractError(f"{where}: not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{where}: cannot be kept as it is: {error}.") from None
    return parsed
