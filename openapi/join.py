"""Documents → one, or an error that names both sides of each disagreement.

Two documents may describe the same thing only in the same words: equal parts are taken once, and any disagreement
is an error. Nothing is renamed and nothing is chosen silently.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from openapi.documents import (
    METHODS,
    Place,
    Source,
    copied,
    first_difference,
    looked_up,
    operations,
    place_of,
    pointer,
    shown,
)
from openapi.errors import ContractError, Problems, in_one_line

SETTLE = (
    "Equal parts are taken once; a disagreement is settled at its source. If the publisher has changed one page, "
    "fetch the other one anew. If it is the companion, follow the pages."
)


@dataclass
class Joined:
    """Documents that have become one.

    Attributes:
        document: The OpenAPI document.
        origins: The source that brought each part, by place: operations, components and members of the root.
        notes: What was decided on the way, for the maintainer to read; a line each.
    """

    document: dict[str, Any]
    origins: dict[Place, Source]
    notes: list[str] = field(default_factory=list)

    def origin(self, place: Place) -> Source | None:
        """The source that brought a place, or what stands around it."""
        return next(
            (self.origins[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self.origins), None
        )


def join(sources: list[Source]) -> Joined:
    """Join documents into one.

    What holds for the operations of one document alone stays with them: its security, its servers, its external
    documentation, and what a path says for its operations. The order of members in the result follows the order of
    the sources.

    Args:
        sources: At least one document.

    Raises:
        ContractError: Two documents describe different APIs, or say different things at the same place. A message
            names both, with file, line and JSON pointer.
    """
    _check_same_api(sources)
    notes: list[str] = []
    copies = [replace(source, document=copied(source.document)) for source in sources]
    _use_one_name_for_each_path(copies, notes)
    _leave_out_replaced(copies, notes)
    problems = Problems()
    prepared = []
    common_servers = _common_servers(sources)
    for source in copies:
        with problems.collected():
            prepared.append(replace(source, document=_prepared(source, common_servers)))
    problems.raise_if_any()

    joined = Joined({}, {}, notes)
    for source in prepared:
        for name, value in source.document.items():
            _join_part(joined, (name,), value, source, problems)
    problems.raise_if_any()
    joined.document["openapi"] = max(
        (source.document["openapi"] for source in prepared), key=lambda v: int(v.split(".")[2])
    )
    return joined


def _check_same_api(sources: list[Source]) -> None:
    by_api: dict[tuple[str, str], list[Source]] = {}
    for source in sources:
        info = source.document.get("info")
        info = info if isinstance(info, dict) else {}
        by_api.setdefault((str(info.get("title")), str(info.get("version"))), []).append(source)
    if len(by_api) == 1:
        return
    titles = {title for title, _ in by_api}
    listed = "\n".join(
        f"  {in_one_line(f'{title} {version}')}: {_files(group, ('info', 'version'))}"
        for (title, version), group in by_api.items()
    )
    if len(titles) > 1:
        raise ContractError(
            f"The documents describe {len(titles)} APIs (/info/title), and a client is made of one:\n{listed}\n"
            "Keep the pages of another API in a checkout of their own, with a companion and overlays of their own."
        )
    raise ContractError(
        f"The documents describe {len(by_api)} versions of the API (/info/version):\n{listed}\n"
        "Fetch the pages that are behind anew. If it is the companion, compare it with the pages and set its version."
    )


def _common_servers(sources: list[Source]) -> Any:
    """The servers of the client: the companion's, or else those that most of the pages name."""
    named = [source for source in sources if source.document.get("servers")]
    for source in named:
        if source.kind == "companion":
            return source.document["servers"]
    counted = Counter(shown(source.document["servers"]) for source in named)
    return max((source.document["servers"] for source in named), key=lambda one: counted[shown(one)], default=None)


def _files(sources: list[Source], place: Place) -> str:
    named = [source.at(place) for source in sources]
    return ", ".join(named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")


def _use_one_name_for_each_path(sources: list[Source], notes: list[str]) -> None:
    """Paths that differ only in the names of their parameters are one path: that of the first page."""
    first: dict[str, tuple[Source, str]] = {}
    for source in sorted(sources, key=lambda source: source.kind != "page"):
        paths = source.document.get("paths", {})
        for path in list(paths) if any("{" in path for path in paths) else ():
            origin, known = first.setdefault(re.sub(r"\{[^}]*\}", "{}", path), (source, path))
            if known == path:
                continue
            if known in paths:
                raise ContractError(
                    f"{source.at(('paths', path))}, {pointer(('paths', path))}: the path stands a second time, with "
                    f"other names, at {source.at(('paths', known))}, {pointer(('paths', known))}. Bring the two "
                    "together by an overlay that extends the page."
                )
            names = dict(zip(_names(path), _names(known), strict=True))
            notes.append(
                f"{source.at(('paths', path))}, {pointer(('paths', path))} is the path {known} of "
                f"{origin.at(('paths', known))} with other names: it is taken for that one, and its parameters are "
                f"called {', '.join(names.values())}."
            )
            item = _resolved_item(source, source.document, path, paths[path])
            for owner in (item, *(item[method] for method in METHODS if isinstance(item.get(method), dict))):
                if isinstance(parameters := owner.get("parameters"), list):
                    owner["parameters"] = [_renamed(source.document, one, names) for one in parameters]
            source.document["paths"] = {
                (known if name == path else name): (item if name == path else value)
                for name, value in source.document["paths"].items()
            }


def _names(path: str) -> list[str]:
    return re.findall(r"\{([^}]*)\}", path)


def _renamed(document: dict[str, Any], parameter: Any, names: dict[str, str]) -> Any:
    found = _resolved_parameter(document, parameter)
    if isinstance(found, dict) and found.get("in") == "path":
        return found | {"name": names.get(found.get("name", ""), found.get("name"))}
    return parameter


def _leave_out_replaced(sources: list[Source], notes: list[str]) -> None:
    """Take out of the companion what a page describes: the page is what was published."""
    published = {
        (path, method): (source, operation)
        for source in sources
        if source.kind == "page"
        for path, method, operation in operations(source.document)
    }
    for source in sources:
        replaced = [key[:2] for key in operations(source.document) if key[:2] in published]
        if source.kind == "page" or not replaced:
            continue
        paths = source.document["paths"]
        for path, method in replaced:
            page, operation = published[path, method]
            ours = paths[path].pop(method)
            if not any(name in METHODS for name in paths[path]):
                del paths[path]
            name = ""
            if "operationId" in ours and "operationId" not in operation:
                operation["operationId"] = ours["operationId"]
                name = f" It keeps the name {ours['operationId']}."
            notes.append(
                f"{page.at(('paths', path, method))} describes {method.upper()} {path}, which "
                f"{source.at(('paths', path, method))} describes too: the page's is taken.{name} Take it out of "
                f"{source.file}."
            )
        _drop_unused_components(source.document)


def _drop_unused_components(document: dict[str, Any]) -> None:
    components: dict[str, Any] = document.get("components", {})
    used: set[Place] = set()
    waiting: list[Any] = [{name: value for name, value in document.items() if name != "components"}]
    while waiting:
        for _, reference in references(waiting.pop()):
            place = place_of(reference)[:3]
            if place not in used:
                used.add(place)
                try:
                    waiting.append(looked_up(document, place))
                except KeyError:
                    continue
    for kind in list(components):
        if kind != "securitySchemes" and isinstance(components[kind], dict):
            for name in [name for name in components[kind] if ("components", kind, name) not in used]:
                del components[kind][name]


def references(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every ``$ref`` in a value, with its place."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield place, value["$ref"]
        for name, member in value.items():
            yield from references(member, (*place, str(name)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references(item, (*place, str(index)))


def _prepared(source: Source, common_servers: Any) -> dict[str, Any]:
    """Let the operations of a document hold what it says for all of them.

    Raises:
        ContractError: A path item refers out of the document or to nothing.
    """
    document = source.document
    for_all: dict[str, Any] = {name: document.pop(name) for name in ("security", "externalDocs") if name in document}
    if document.get("servers") not in (None, [], common_servers):
        for_all["servers"] = document["servers"]
    document.pop("servers", None)
    if common_servers is not None:
        document["servers"] = common_servers
    paths = document.setdefault("paths", {})
    for path, item in paths.items():
        if not isinstance(item, dict):
            continue
        item = paths[path] = _resolved_item(source, document, path, item)
        inherited = item.pop("parameters", [])
        own = {name: item.pop(name) for name in ("servers",) if name in item}
        for method in METHODS:
            operation = item.get(method)
            if isinstance(operation, dict):
                for name, value in {**for_all, **own}.items():
                    operation.setdefault(name, copied(value))
                _take_parameters(document, operation, inherited)
    document.get("components", {}).pop("pathItems", None)
    return {name: document[name] for name in _in_usual_order(document)}


def _in_usual_order(document: dict[str, Any]) -> Iterable[str]:
    first = ("openapi", "info", "servers")
    return [name for name in first if name in document] + [name for name in document if name not in first]


def _resolved_item(source: Source, document: dict[str, Any], path: str, item: dict[str, Any]) -> dict[str, Any]:
    seen = []
    while isinstance(reference := item.get("$ref"), str):
        where = f"{source.at(('paths', path))}, {pointer(('paths', path, '$ref'))}"
        if not reference.startswith("#/"):
            raise ContractError(f"{where}: {outside(reference)}")
        if reference in seen:
            raise ContractError(f"{where}: the reference leads back to itself. Correct it at its source.")
        seen.append(reference)
        try:
            target = looked_up(document, place_of(reference))
        except KeyError:
            raise ContractError(f"{where}: {to_nothing(reference)}") from None
        if not isinstance(target, dict):
            raise ContractError(f"{where}: expected a path item at {reference}, found {shown(target)}.")
        item = copied(target) | {name: value for name, value in item.items() if name != "$ref"}
    return item


def outside(reference: str) -> str:
    """What is wrong with a reference out of the document."""
    return (
        f"expected a reference inside the document, found {reference!a}. Nothing is fetched from elsewhere. Store the "
        "page with the whole document, or add what it names to openapi/companion.yaml."
    )


def to_nothing(reference: str) -> str:
    """What is wrong with a reference to nothing."""
    return (
        f"{reference!a} refers to nothing in the description. Correct the reference, or add what it names to "
        "openapi/companion.yaml."
    )


def _take_parameters(document: dict[str, Any], operation: dict[str, Any], inherited: list[Any]) -> None:
    """Give an operation its path's parameters, and each parameter itself instead of a reference to it."""
    parameters = operation.get("parameters", [])
    if not isinstance(parameters, list) or not isinstance(inherited, list):
        return
    own = [_resolved_parameter(document, parameter) for parameter in parameters]
    keys = [_key(parameter) for parameter in own]
    own += [
        parameter
        for parameter in (_resolved_parameter(document, parameter) for parameter in inherited)
        if _key(parameter) not in keys
    ]
    if own:
        operation["parameters"] = own


def _key(parameter: Any) -> tuple[Any, Any]:
    return (parameter.get("name"), parameter.get("in")) if isinstance(parameter, dict) else (None, None)


def _resolved_parameter(document: dict[str, Any], parameter: Any) -> Any:
    for _ in range(20):
        reference = parameter.get("$ref") if isinstance(parameter, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        try:
            found = looked_up(document, place_of(reference))
        except KeyError:
            break
        parameter = copied(found)
    return parameter


def _join_part(joined: Joined, place: Place, value: Any, source: Source, problems: Problems) -> None:
    """Take a part of a document into the joined one, or note where it disagrees with what is there."""
    above = looked_up(joined.document, place[:-1])
    name = place[-1]
    if name not in above:
        above[name] = {} if _is_shared_out(place) and isinstance(value, dict) else value
        joined.origins[place] = source
        if above[name] is value:
            return
    if place == ("tags",) and isinstance(value, list) and isinstance(above[name], list):
        _join_tags(joined, value, source, problems)
    elif _is_shared_out(place) and isinstance(above[name], dict) and isinstance(value, dict):
        for member, inner in value.items():
            _join_part(joined, (*place, member), inner, source, problems)
    elif place != ("openapi",) and (difference := first_difference(above[name], value, place)) is not None:
        there, ours, theirs = difference
        origin = joined.origin(place) or source
        in_prose_alone = first_difference(_without_prose(above[name]), _without_prose(value)) is None
        is_prose = place[0] == "info" or (place[0] == "components" and in_prose_alone)
        if is_prose and origin.kind != source.kind:
            joined.notes.append(_taken_from_page(origin, source, place))
        else:
            problems.add(_disagreement(origin, source, there, ours, theirs))


def _taken_from_page(page: Source, companion: Source, place: Place) -> str:
    return (
        f"{page.at(place)}, and {companion.at(place)}, describe {pointer(place)} in other words: the page's are taken. "
        f"Take them over to {companion.file}."
    )


def _without_prose(value: Any) -> Any:
    """A schema without what is for readers alone; a property may be called `description`."""
    if isinstance(value, list):
        return [_without_prose(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {inner: _without_prose(schema) for inner, schema in member.items()}
        if name == "properties" and isinstance(member, dict)
        else _without_prose(member)
        for name, member in value.items()
        if not (name in ("description", "title", "example", "examples") and not isinstance(member, dict))
    }


def _join_tags(joined: Joined, tags: list[Any], source: Source, problems: Problems) -> None:
    for index, tag in enumerate(tags):
        there = [
            (number, other)
            for number, other in enumerate(joined.document["tags"])
            if isinstance(other, dict) and isinstance(tag, dict) and other.get("name") == tag.get("name")
        ]
        if not there:
            joined.origins["tags", str(len(joined.document["tags"]))] = source
            joined.document["tags"] = [*joined.document["tags"], tag]
        elif (difference := first_difference(there[0][1], tag)) is not None:
            place, ours, theirs = difference
            origin = joined.origin(("tags", str(there[0][0]))) or source
            if origin.kind != source.kind:
                joined.notes.append(_taken_from_page(origin, source, ("tags", str(index))))
            else:
                problems.add(_disagreement(origin, source, ("tags", str(index), *place), ours, theirs))


def _disagreement(one: Source, other: Source, place: Place, ours: str, theirs: str) -> str:
    return (
        f"{one.at(place)}, and {other.at(place)}, disagree at {pointer(place)}:\n"
        f"  {one.at(place) if one.file == other.file else one.file}: {ours}\n"
        f"  {other.at(place) if one.file == other.file else other.file}: {theirs}\n"
        f"{SETTLE}"
    )


def _is_shared_out(place: Place) -> bool:
    """Whether documents may each bring members of their own here."""
    return place in (("info",), ("paths",), ("components",), ("webhooks",)) or (
        len(place) == 2 and place[0] in ("paths", "components")
    )
