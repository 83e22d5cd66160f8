"""What changed between two sets of pages, in the words of the API.

No differ on PyPI keeps the direction of a request and of an answer apart, and none knows the rules of the suite. A
change breaks callers where a program that uses the client has to change, and pods where a pod that kept the old
promise may break the new one.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from openapi.documents import METHODS, Source
from openapi.pages import Page
from openapi.quotes import Quote
from openapi.schema_diff import (
    At,
    Direction,
    Found,
    Kind,
    broken_by,
    member,
    others,
    said,
    schema_changes,
    texts,
    value_text,
)


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        kind: Whether something is new, gone or different.
        where: What it is about, such as ``POST /v1/connection/accept: answer 404``.
        says: What changed.
        breaks: Whom it breaks: ``callers`` of the client, ``pods`` under test.
        rules: The rules of the suite whose quotes it touches, by id.
        quotes: Those quotes.
    """

    kind: Kind
    where: str
    says: str
    breaks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The change for a program."""
        return {
            "kind": self.kind,
            "where": self.where,
            "says": self.says,
            "breaks": list(self.breaks),
            "rules": list(self.rules),
            "quotes": list(self.quotes),
        }


def compare(old: list[Page], new: list[Page], quotes: list[Quote]) -> list[Change]:
    """Compare two sets of pages.

    Args:
        old: The pages as they were.
        new: The pages as they are.
        quotes: What the rules of the suite quote; a change names the rules whose quotes it touches in the old pages.

    Returns:
        The changes: operations first, in the order of the new pages, then what they share, then prose.
    """
    ours, theirs = _operations(old), _operations(new)
    found: dict[Found, list[str]] = {}
    touched: dict[Found, list[Quote]] = {}
    texts = {page.name: page.text for page in old}

    def take(change: Found, operation: str, source: Source | None) -> None:
        found.setdefault(change, []).append(operation)
        if source is not None and change.place is not None and source.text is not None:
            page = source.name.removeprefix("pages/")
            touched.setdefault(change, []).extend(
                _touched(texts[page], source.text.content, source.text.span(change.place), page, quotes)
            )

    for key in [*theirs, *(key for key in ours if key not in theirs)]:
        path, method = key
        shown_operation = f"{method.upper()} {path}"
        if key not in ours:
            take(Found("new", "", "the operation is new", ("pods",)), shown_operation, None)
        elif key not in theirs:
            place = ("paths", path, method)
            take(Found("gone", "", "the operation is gone", ("callers",), place), shown_operation, ours[key][0])
        else:
            (old_source, old_at), (_, new_at) = ours[key], theirs[key]
            for change in _operation(old_at, new_at):
                take(change, shown_operation, old_source)

    for name, source, change in _roots(old, new):
        take(change, name, source)

    changes = []
    for change, names in found.items():
        lost = touched.get(change, [])
        changes.append(
            Change(
                change.kind,
                ": ".join(filter(None, (_listed(names), change.where))),
                change.says,
                change.breaks,
                tuple(dict.fromkeys(quote.rule for quote in lost if quote.rule)),
                tuple(dict.fromkeys(quote.words for quote in lost)),
            )
        )
    return [*changes, *_prose(old, new, quotes)]


def _roots(old: list[Page], new: list[Page]) -> Iterator[tuple[str, Source, Found]]:
    """What the documents of the same page say outside their operations and of what these share."""
    theirs = {page.name: page for page in new}
    for page in old:
        for ours, other in zip(page.sources, theirs[page.name].sources if page.name in theirs else (), strict=False):
            before, after = At(ours.document, ()), At(other.document, ())
            found = [*others(before, after, ("info", "paths", "components", "security", "servers"), "", ())]
            about, now = before.child("info"), after.child("info")
            if all(isinstance(one.document.get("info"), dict) for one in (before, after)):  # else it is no OpenAPI
                found += [*texts(about, now, "info"), *others(about, now, (), "info", ())]
            for change in found:
                yield f"page {page.name}", ours, change


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _operations(pages: Iterable[Page]) -> dict[tuple[str, str], tuple[Source, At]]:
    found: dict[tuple[str, str], tuple[Source, At]] = {}
    for page in pages:
        for source in page.sources:
            for path, item in source.document.get("paths", {}).items():
                at = At(source.document, ("paths", path)).followed()
                for method in METHODS:
                    if isinstance(item, dict) and method in at.value:
                        found.setdefault((path, method), (source, at.child(method)))
    return found


def _touched(page: str, document: str, span: tuple[int, int], name: str, quotes: list[Quote]) -> Iterator[Quote]:
    """The quotes of a page that overlap a part of the document in it."""
    plain = page.replace("\r\n", "\n")
    offset = plain.find(document)
    if offset < 0:
        return
    first, last = offset + span[0], offset + span[1]
    for quote in quotes:
        if quote.page != name:
            continue
        start = plain.find(quote.words)
        while start >= 0:
            if start < last and first < start + len(quote.words):
                yield quote
                break
            start = plain.find(quote.words, start + 1)


def _operation(old: At, new: At) -> Iterator[Found]:
    yield from _parameters(old, new)
    yield from _body(old, new)
    yield from _answers(old, new)
    handled = {"parameters", "requestBody", "responses"}
    for name in sorted((old.value.keys() | new.value.keys()) - handled):
        ours, theirs = said(old, name), said(new, name)
        if ours == theirs:
            continue
        breaks: tuple[str, ...] = ()
        if name in ("operationId", "tags", "servers"):
            breaks = ("callers",)
        elif name == "security":
            breaks = ("callers", "pods")
        kind: Kind = "different" if name in old.value and name in new.value else "new" if name in new.value else "gone"
        place = (*old.place, name) if name in old.value else None
        yield Found(kind, name, f"{value_text(ours)} is now {value_text(theirs)}", breaks, place)
    for name, breaks in (("security", ("callers", "pods")), ("servers", ("callers",))):
        ours, theirs = _around(old, name), _around(new, name)
        if name not in old.value and name not in new.value and ours != theirs:
            yield Found("different", name, f"{value_text(ours)} is now {value_text(theirs)}", breaks, (name,))


def _around(operation: At, name: str) -> Any:
    """What holds for an operation that does not say it itself: by its path, or by the document."""
    item = At(operation.document, operation.place[:-1]).value
    return member(item, name, operation.document.get(name))


def _parameters(old: At, new: At) -> Iterator[Found]:
    ours, theirs = _parameters_of(old), _parameters_of(new)
    for key in [*theirs, *(key for key in ours if key not in theirs)]:
        where = f"{key[0]} parameter {key[1]}"
        if key not in ours:
            required = bool(member(theirs[key].value, "required"))
            breaks = ("callers",) if required else ("pods",)
            yield Found("new", where, f"new, {'required' if required else 'optional'}", breaks)
            continue
        if key not in theirs:
            yield Found("gone", where, "gone", ("callers",), ours[key].place)
            continue
        one, other = ours[key], theirs[key]
        yield from _required(one, other, where)
        has_schemas = "schema" in one.value and "schema" in other.value
        handled = ("name", "in", "required", *(["schema"] if has_schemas else []))
        yield from others(one, other, handled, where, ("callers", "pods"))
        yield from texts(one, other, where)
        if has_schemas:
            yield from schema_changes(one.child("schema"), other.child("schema"), "request", where)


def _parameters_of(at: At) -> dict[tuple[str, str], At]:
    found = {}
    for owner in (At(at.document, at.place[:-1]), at):
        for number, _ in enumerate(member(owner.value, "parameters", [])):
            parameter = owner.child("parameters", str(number)).followed()
            if isinstance(parameter.value, dict):
                found[str(parameter.value.get("in")), str(parameter.value.get("name"))] = parameter
    return found


def _required(old: At, new: At, where: str) -> Iterator[Found]:
    ours, theirs = bool(member(old.value, "required")), bool(member(new.value, "required"))
    if ours != theirs:
        place = (*old.place, "required") if "required" in old.value else old.place
        says = "required now" if theirs else "optional now"
        yield Found("different", where, says, ("callers",) if theirs else ("pods",), place)


def _body(old: At, new: At) -> Iterator[Found]:
    ours = old.child("requestBody").followed() if "requestBody" in old.value else None
    theirs = new.child("requestBody").followed() if "requestBody" in new.value else None
    if ours is None and theirs is None:
        return
    if ours is None:
        required = theirs is not None and bool(member(theirs.value, "required"))
        yield Found("new", "request body", "new", ("callers",) if required else ("pods",))
    elif theirs is None:
        yield Found("gone", "request body", "gone", ("callers",), ours.place)
    else:
        yield from _required(ours, theirs, "request body")
        yield from texts(ours, theirs, "request body")
        yield from others(ours, theirs, ("required", "content"), "request body", ("callers", "pods"))
        yield from _content(ours, theirs, "request", "request body")


def _answers(old: At, new: At) -> Iterator[Found]:
    ours, theirs = said(old, "responses") or {}, said(new, "responses") or {}
    for status in [*theirs, *(status for status in ours if status not in theirs)]:
        where = f"answer {status}"
        success = str(status).startswith("2") or status == "default"
        if status not in ours:
            yield Found("new", where, "documented now", ("callers",) if success else ())
        elif status not in theirs:
            breaks = ("callers", "pods") if success else ("pods",)
            place = (*old.place, "responses", status)
            yield Found("gone", where, "no longer documented", breaks, place)
        else:
            one = old.child("responses", status).followed()
            other = new.child("responses", status).followed()
            yield from texts(one, other, where)
            yield from others(one, other, ("content", "headers"), where, ())
            yield from _content(one, other, "answer", where)
            yield from _headers(one, other, where)


def _headers(old: At, new: At, where: str) -> Iterator[Found]:
    ours, theirs = said(old, "headers") or {}, said(new, "headers") or {}
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        header = f"{where}, header {name}"
        if name not in ours:
            required = bool(member(theirs[name], "required"))
            yield Found("new", header, "new", ("pods",) if required else ())
        elif name not in theirs:
            yield Found("gone", header, "gone", ("callers",), (*old.place, "headers", name))
        elif ours[name] != theirs[name]:
            yield Found("different", header, "different", ("callers", "pods"), (*old.place, "headers", name))


def _content(old: At, new: At, direction: Direction, where: str) -> Iterator[Found]:
    ours, theirs = said(old, "content") or {}, said(new, "content") or {}
    more, less = broken_by(direction)
    for media_type in [*theirs, *(name for name in ours if name not in theirs)]:
        here = f"{where}, {media_type}"
        if media_type not in ours:
            yield Found("new", here, "new", more)
            continue
        if media_type not in theirs:
            yield Found("gone", here, "gone", less, (*old.place, "content", media_type))
            continue
        one, other = old.child("content", media_type), new.child("content", media_type)
        yield from texts(one, other, here)
        yield from others(one, other, ("schema",), here, ("callers", "pods"))
        if "schema" in ours[media_type] and "schema" in theirs[media_type]:
            yield from schema_changes(one.child("schema"), other.child("schema"), direction, where)
        elif ("schema" in ours[media_type]) != ("schema" in theirs[media_type]):
            place = (*old.place, "content", media_type)
            yield Found("different", here, "the schema is new or gone", ("callers", "pods"), place)


def _prose(old: list[Page], new: list[Page], quotes: list[Quote]) -> Iterator[Change]:
    """What the pages say outside their documents."""
    ours = {page.name: page for page in old}
    theirs = {page.name: page for page in new}
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        if name not in ours or name not in theirs:
            kind: Kind = "new" if name not in ours else "gone"
            touched = [quote for quote in quotes if kind == "gone" and quote.page == name]
            yield Change(kind, f"page {name}", f"the page is {kind}", (), *_named(touched))
            continue
        before, after = _without_documents(ours[name]), _without_documents(theirs[name])
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        for tag, first, last, start, end in matcher.get_opcodes():
            if tag == "equal":
                continue
            removed, added = before[first:last], after[start:end]
            gone = "\n".join(removed)
            touched = [
                quote
                for quote in quotes
                if quote.page == name
                and quote.words not in theirs[name].text
                and any(part in gone for part in quote.words.split("\n") if part.strip())
            ]
            kind = "new" if tag == "insert" else "gone" if tag == "delete" else "different"
            says = " is now ".join(filter(None, (_sentence(removed), _sentence(added))))
            yield Change(kind, f"page {name}, prose", says, (), *_named(touched))


def _named(quotes: list[Quote]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rules = tuple(dict.fromkeys(quote.rule for quote in quotes if quote.rule))
    return rules, tuple(dict.fromkeys(quote.words for quote in quotes))


def _without_documents(page: Page) -> list[str]:
    text = page.text.replace("\r\n", "\n")
    for source in page.sources:
        if source.text is not None:
            text = text.replace(source.text.content, "\n", 1)
    return [line for line in text.split("\n") if line.strip()]


def _sentence(lines: list[str]) -> str:
    text = re.sub(r"\s+", " ", " ".join(lines)).strip()
    return f"“{text if len(text) <= 300 else text[:300] + '…'}”" if text else ""
