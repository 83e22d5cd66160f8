"""Published pages → OpenAPI documents.

A page is kept byte for byte as it was published. The OpenAPI documents in its fences are the only part that a
machine can read, and this module takes them out.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from openapi.documents import Source, Text, parse
from openapi.errors import ContractError, Problems
from openapi.mdx import as_markdown
from openapi.upgrade import upgraded

SUMS_NAME = "SHA256SUMS"
SUFFIXES = (".md", ".markdown", ".mdx")

_SUM_LINE = re.compile(r"^([0-9a-f]{64}) [ *](\S.*)$")
_COMMENTS = re.compile(r"\A(?:\s|---|//.*\n|/\*[\s\S]*?\*/|\#.*\n)*")
_VERSION_LINE = re.compile(r"""\A(?:\{\s*(?:"[^"]*"\s*:\s*"[^"]*"\s*,\s*)*)?["']?(?:openapi|swagger)["']?\s*:""")
_YAML_LINES = tuple(
    re.compile(rf"""^["']?(?:{names})["']?\s*:""", re.MULTILINE) for names in ("openapi|swagger", "paths|components")
)
_VERSION = re.compile(r"""(?:^|[{,\s])["']?(?:openapi|swagger)["']?\s*:\s*["']?\d""")
_PARTS = re.compile(r"""["']?(?:paths|info|components|webhooks)["']?\s*:""")
_FENCE_LINE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
_POINTERS = (
    re.compile(r"\{%-?\s*(?:openapi|swagger)\b[^%]*%\}"),  # GitBook
    re.compile(r"<(?:OpenAPI|Openapi|Swagger|SwaggerUI|ApiDoc|ApiReference|Redoc|redoc|elements-api|rapi-doc)\b[^>]*>"),
    re.compile(r"\A---\n(?:.*\n)*?((?:openapi|swagger)(?:-schema)?:.*)\n"),  # Mintlify, in the front matter
    re.compile(r"\A---\n(?:.*\n)*?(api:[ \t]*\n[ \t]+file:.*)\n"),  # ReadMe, in the front matter
    re.compile(r"<API(?:Page|Reference)\b[^>]*>"),
    re.compile(r"^import\b.*\.(?:json|ya?ml)['\"].*$", re.MULTILINE),
    re.compile(r"\]\([^)\s]*(?:openapi|swagger|api-docs|spec)[^)\s]*\.(?:json|ya?ml)[^)\s]*\)", re.IGNORECASE),
)


@dataclass(frozen=True)
class Page:
    """A published page.

    Attributes:
        name: Its place in the folder of the pages, such as ``accept-connection.md``.
        text: The whole page, decoded as UTF-8.
        sources: The OpenAPI documents in it, in their order, read as OpenAPI 3.1.
    """

    name: str
    text: str
    sources: tuple[Source, ...]


def read_pages(folder: Path) -> list[Page]:
    """Read every page of a folder and of the folders in it, in the order of their names.

    Args:
        folder: Holds the pages and ``SHA256SUMS``, which records each of them.

    Returns:
        At least one page.

    Raises:
        ContractError: A page differs from its recorded hash, is missing, is not recorded, or cannot be read; a file
            is no page; the message names each of them.
    """
    problems = Problems()
    pages = readable_pages(folder, problems)
    problems.raise_if_any()
    return pages


def readable_pages(folder: Path, problems: Problems) -> list[Page]:
    """Read the pages that can be read, as `read_pages` does.

    Args:
        folder: Holds the pages and ``SHA256SUMS``.
        problems: Gets a message for each page that cannot be read.
    """
    contents = _verified_contents(folder, problems)
    pages = []
    for name, content in sorted(contents.items()):
        with problems.collected():
            pages.append(read_page(name, content))
    return pages


def page_names(folder: Path) -> list[str]:
    """The names of the pages in a folder and in the folders in it.

    Raises:
        ContractError: A file there is no page; the message names each.
    """
    problems = Problems()
    names = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name == SUMS_NAME or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.suffix not in SUFFIXES:
            problems.add(
                f"openapi/pages/{name}: expected a page ({', '.join(SUFFIXES)}), found another file. Take it out of "
                "the folder, or store the page as Markdown."
            )
        elif not name.isprintable():
            problems.add(f"openapi/pages/{name!a}: expected a name without control characters. Rename the page.")
        else:
            names.append(name)
    problems.raise_if_any()
    return names


def recorded_sums(folder: Path) -> dict[str, str]:
    """The SHA-256 sum of each page, from ``SHA256SUMS``.

    Raises:
        ContractError: The file is missing, or a line is not a sum and the name of a page.
    """
    try:
        lines = (folder / SUMS_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        raise ContractError(
            f"openapi/pages/{SUMS_NAME}: not found. Restore it: git checkout -- openapi/pages/{SUMS_NAME}"
        ) from None
    sums: dict[str, str] = {}
    problems = Problems()
    for number, line in enumerate(lines, start=1):
        match = _SUM_LINE.match(line)
        name = match[2].removeprefix("./") if match else ""
        inside = not name.startswith("/") and ".." not in Path(name).parts
        if match is None or not inside or not name.endswith(SUFFIXES) or name in sums:
            problems.add(
                f"openapi/pages/{SUMS_NAME}, line {number}: expected a SHA-256 sum, two spaces and the name of a page "
                f"of this folder, each page once; found {line!a}. {_HOW_TO_RECORD}"
            )
        else:
            sums[name] = match[1]
    if not sums and not lines:
        problems.add(f"openapi/pages/{SUMS_NAME}: expected a line for each page, found none. {_HOW_TO_RECORD}")
    problems.raise_if_any()
    return sums


_HOW_TO_RECORD = (
    "Record the pages as they were published: make pages-add FILE=…, or, in openapi/pages, "
    f"sha256sum $(find * -type f -not -name {SUMS_NAME}) > {SUMS_NAME}"
)


def _verified_contents(folder: Path, problems: Problems) -> dict[str, bytes]:
    names, expected = [], {}
    with problems.collected():
        names = page_names(folder)
    with problems.collected():
        expected = recorded_sums(folder)
    if not expected:
        return {}
    for name in sorted(set(names) - expected.keys()):
        problems.add(f"openapi/pages/{name}: no line of {SUMS_NAME} records this page. {_HOW_TO_RECORD}")
    contents = {}
    for name, expected_sum in expected.items():
        file = f"openapi/pages/{name}"
        if not (folder / name).is_file():
            problems.add(
                f"{file}: {SUMS_NAME} records this page, and it is not there. Restore it (git checkout -- {file}) or "
                f"take its line out of {SUMS_NAME}."
            )
            continue
        content = (folder / name).read_bytes()
        actual_sum = hashlib.sha256(content).hexdigest()
        if actual_sum != expected_sum:
            problems.add(
                f"{file}: the page is not the one that was recorded.\n"
                f"  expected sha256 {expected_sum}\n"
                f"  found    sha256 {actual_sum}\n"
                f"Pages are kept byte for byte. Undo the edit: git checkout -- {file}. If the publisher changed the "
                f"page, take it in: make pages-add FILE=…"
            )
            continue
        contents[name] = content
    return contents


def read_page(name: str, content: bytes) -> Page:
    """Take the OpenAPI documents out of a page.

    Args:
        name: The page's place in the folder of the pages.
        content: The page as published.

    Raises:
        ContractError: The page is not UTF-8, holds no OpenAPI document, or one that cannot be read as OpenAPI 3.1.
    """
    file = f"openapi/pages/{name}"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractError(f"{file}: expected UTF-8 text, found: {error}.") from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    sources: list[Source] = []
    samples: list[str] = []
    problems = Problems()
    is_mdx = name.endswith(".mdx")
    blocks = _MDX.parse("\n".join(as_markdown(lines))) if is_mdx else _MARKDOWN.parse("\n".join(lines))
    hidden = _hidden_lines(lines, blocks, mdx=is_mdx)
    for block in blocks:
        if block.map is None or block.type not in ("fence", "code_block", "html_block"):
            continue
        line = block.map[0] + 1 + (block.type == "fence")
        if block.type == "html_block":
            if not _shows_openapi(block.content):
                continue
            if block.content.lstrip().startswith("<!--"):
                samples.append(f"line {line}: in a comment")
            else:
                problems.add(
                    f"{file}, line {line}: an OpenAPI document stands in HTML, where Markdown has no fence. Store the "
                    "page as its publisher exports it to Markdown."
                )
            continue
        found = Text(file, block.content, line, _kind(block.content))
        if block.map[0] in hidden:
            samples.append(f"line {line}: in a comment")
            continue
        with problems.collected():
            document = _document(found)
            if document is None:
                samples.append(f"line {line}: a sample" if block.type == "fence" else f"line {line}: indented code")
                continue
            read, changed = upgraded(document, found)
            sources.append(Source(f"pages/{name}", "page", read, found, tuple(changed)))
    problems.raise_if_any()
    if not sources:
        raise ContractError(_no_document(file, text, samples))
    return Page(name, text, tuple(sources))


def _reader(*without: str) -> MarkdownIt:
    reader = MarkdownIt("commonmark").disable(list(without))
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader


_MARKDOWN = _reader()
_MDX = _reader("code", "html_block")


def _hidden_lines(lines: list[str], blocks: list[Token], *, mdx: bool) -> set[int]:
    """The lines within comments that Markdown's blocks know nothing of: MDX's, and HTML's within a paragraph."""
    outside = [re.sub(r"`[^`]*`", "", line) for line in lines]
    for block in blocks:
        if block.type in ("fence", "code_block") and block.map is not None:
            for number in range(*block.map):
                outside[number] = ""
    joined = "\n".join(outside)
    pattern = r"<!--.*?-->|\{/\*.*?\*/\}" if mdx else r"<!--.*?-->"
    hidden: set[int] = set()
    for comment in re.finditer(pattern, joined, re.DOTALL):
        first = joined.count("\n", 0, comment.start())
        hidden.update(range(first, first + comment[0].count("\n") + 1))
    return hidden


def _kind(content: str) -> Any:
    return "json" if _without_comments(content).startswith(("{", "[")) else "yaml"


def _without_comments(content: str) -> str:
    """A text without the blank lines and the comments that it begins with."""
    return _COMMENTS.sub("", content, count=1)


def _document(text: Text) -> dict[str, Any] | None:
    """The OpenAPI document that a fence holds, or None where it holds something else.

    Raises:
        ContractError: It begins like an OpenAPI document and cannot be read.
    """
    content = _without_comments(text.content)
    if text.kind == "json":
        has_its_parts = bool(_VERSION.search(content) and _PARTS.search(content))
    else:
        has_its_parts = all(line.search(content) for line in _YAML_LINES)
    looks_like_one = has_its_parts or bool(_VERSION_LINE.match(content))
    if not looks_like_one and not _VERSION.search(content):
        return None
    try:
        parsed = parse(text)
    except ContractError:
        if looks_like_one:
            raise
        return None
    return parsed if isinstance(parsed, dict) and _is_openapi(parsed) else None


def _is_openapi(value: dict[str, Any]) -> bool:
    """Whether a value is an OpenAPI document, which says of which version."""
    version = value.get("openapi", value.get("swagger"))
    return isinstance(version, str | int | float) and str(version)[:1].isdigit()


def _shows_openapi(html: str) -> bool:
    parts = (*_FENCE_LINE.split(html), *re.split(r"<[^>]*>", html))
    return any(_VERSION_LINE.match(_without_comments(unescape(part))) for part in parts)


def _no_document(file: str, text: str, samples: list[str]) -> str:
    for pattern in _POINTERS:
        if match := pattern.search(text.replace("\r\n", "\n")):
            said = match[1] if pattern.groups else match[0]
            line = text.count("\n", 0, match.start(1) if pattern.groups else match.start()) + 1
            return (
                f"{file}, line {line}: the page only points to an OpenAPI description ({said.strip()[:100]}) and holds "
                "none. Nothing is fetched from there. Store the page as its publisher exports it, with the document."
            )
    seen = f" Of its code blocks none is one ({'; '.join(_limited(samples))})." if samples else ""
    return (
        f"{file}: expected a fence (``` or ~~~) with an OpenAPI document, JSON or YAML, found none.{seen} Store the "
        "page as published, with its document."
    )


def _limited(samples: list[str]) -> Iterator[str]:
    yield from samples[:5]
    if len(samples) > 5:
        yield f"and {len(samples) - 5} more"
