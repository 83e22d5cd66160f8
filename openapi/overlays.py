"""OpenAPI Overlay documents: what we change in what was published, and why.

An action says in ``description`` why it is there, and in ``x-expects`` what it expects to find at its target, so
that a change by the publisher in that place is an error and is not overlaid.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonpath_ng import DatumInContext, Fields
from jsonpath_ng.ext.parser import parse as parse_jsonpath

from openapi.documents import Text, copied, first_difference, pointer, read_yaml, shown
from openapi.errors import ContractError, Problems

_MEMBERS = {"target", "description", "x-expects"}


@dataclass(frozen=True)
class Overlay:
    """An Overlay document.

    Attributes:
        name: Where it stands, relative to ``openapi/``, such as ``overlays/10-operation-ids.yaml``.
        actions: Its actions.
        page: The page that it acts on before the pages are joined, relative to ``openapi/``; None where it acts on
            the joined description.
        text: The text that it was read from.
        for_client: Whether it acts only on what the client is made of, and not on the description itself.
    """

    name: str
    actions: list[Any]
    page: str | None = None
    text: Text | None = None
    for_client: bool = False

    def at(self, number: int) -> str:
        """Name an action, counted from 1, for a message."""
        line = "" if self.text is None else f", line {self.text.line(('actions', str(number - 1)))}"
        return f"openapi/{self.name}{line}, action {number}"


def read_overlays(folder: Path) -> list[Overlay]:
    """Read the Overlay documents of a folder, in the order of their names.

    Args:
        folder: ``openapi/overlays``; an overlay's ``extends`` names a page relative to it, as ``../pages/NAME``.

    Raises:
        ContractError: A file is no Overlay document; the messages name all such files.
    """
    problems = Problems()
    overlays = []
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if path.name.startswith("."):
            continue
        if path.suffix != ".yaml":
            problems.add(
                f"openapi/overlays/{path.name}: expected an Overlay document, with a name that ends in .yaml. "
                "Rename it, or take it out of the folder."
            )
            continue
        with problems.collected():
            document, text = read_yaml(path, f"openapi/overlays/{path.name}")
            overlays.append(overlay_of(document, f"overlays/{path.name}", text))
    problems.raise_if_any()
    return overlays


def overlay_of(document: dict[str, Any], name: str, text: Text | None = None) -> Overlay:
    """The overlay that a document is.

    Raises:
        ContractError: It is none.
    """
    actions = document.get("actions")
    if document.get("overlay") != "1.0.0" or not isinstance(actions, list) or not actions:
        raise ContractError(
            f"openapi/{name}: expected an Overlay document with `overlay: 1.0.0` and at least one of `actions`."
        )
    page = document.get("extends")
    acts_on = document.get("x-acts-on", "description")
    if acts_on not in ("description", "client") or (page is not None and "x-acts-on" in document):
        raise ContractError(
            f"openapi/{name}: expected `x-acts-on: description` or `client`, without `extends`, found {shown(acts_on)}."
        )
    if page is None:
        return Overlay(name, actions, None, text, acts_on == "client")
    if not isinstance(page, str) or not page.startswith("../pages/"):
        raise ContractError(
            f"openapi/{name}: expected a page for `extends`, such as ../pages/accept-connection.md, found "
            f"{shown(page)}. Without `extends` an overlay acts on the joined description."
        )
    return Overlay(name, actions, page.removeprefix("../"), text)


def apply(documents: list[dict[str, Any]], overlay: Overlay, notes: list[str]) -> None:
    """Apply an overlay to documents, in place.

    Args:
        documents: The joined description, or every document of one page. An action has to find its target in one
            of them.
        overlay: The overlay.
        notes: Gets a line for each value that an action replaces without saying what it expects.

    Raises:
        ContractError: An action is malformed, finds nothing, finds something else than it expects, or changes
            nothing. The messages name all such actions.
    """
    problems = Problems()
    for number, action in enumerate(overlay.actions, start=1):
        own_notes: list[str] = []
        try:
            _act(documents, action, own_notes)
        except ContractError as error:
            for message in error.messages:
                problems.add(f"{overlay.at(number)}: {message}")
        notes.extend(f"{overlay.at(number)}: {note}" for note in own_notes)
    problems.raise_if_any()


def _act(documents: list[dict[str, Any]], action: Any, notes: list[str]) -> None:
    if not isinstance(action, dict) or not {"target", "description"} <= action.keys():
        raise ContractError("expected `target`, and `description` that says why.")
    change = action.keys() - _MEMBERS
    if change not in ({"update"}, {"remove"}) or action.get("remove", True) is not True:
        raise ContractError(
            "expected `update` or `remove: true`, and nothing else but target, description and x-expects."
        )
    target = action["target"]
    try:
        expression = _parsed(target)
    except Exception as error:  # jsonpath-ng raises bare Exception for a syntax error
        raise ContractError(f"{target} is no JSONPath: {error}") from None
    matches = [(document, match) for document in documents for match in expression.find(document)]
    if not matches:
        raise ContractError(
            f"{target} finds nothing in what it acts on. The page may have changed. Correct the target, or "
            "take the action out."
        )
    if "x-expects" in action:
        for _, match in matches:
            _check_expected(action["x-expects"], match)
    if "remove" in action:
        if any(match.context is None for _, match in matches):
            raise ContractError(f"changes nothing at {target}: a whole document cannot be removed.")
        for document in documents:
            expression.filter(lambda _: True, document)
        return
    changed = False
    for document, match in matches:
        try:
            changed |= _updated(document, match, action["update"], notes if "x-expects" not in action else [])
        except TypeError as error:
            raise ContractError(f"cannot update {target}: {error}.") from None
    if not changed:
        raise ContractError(f"changes nothing at {target}. The page may say it by itself now. Take the action out.")


@cache
def _parsed(target: str) -> Any:
    return parse_jsonpath(target)


def _place(match: DatumInContext) -> tuple[str, ...]:
    parts: list[str] = []
    while match.context is not None:
        parts.insert(0, str(match.path.fields[0] if isinstance(match.path, Fields) else vars(match.path)["indices"][0]))
        match = match.context
    return tuple(parts)


def _check_expected(expected: Any, match: DatumInContext) -> None:
    difference = _unexpected(expected, match.value, _place(match))
    if difference is not None:
        place, wanted, found = difference
        raise ContractError(
            f"the page has changed in the place that this action overlays, {pointer(place)}:\n"
            f"  expected: {wanted}\n"
            f"  found:    {found}\n"
            "Compare the two. Then take the action out, or write what it now expects to `x-expects`."
        )


def _unexpected(expected: Any, found: Any, place: tuple[str, ...]) -> tuple[tuple[str, ...], str, str] | None:
    """Compare as `first_difference` does; members that are not named may be there, and null stands for absent."""
    if not isinstance(expected, dict) or not isinstance(found, dict):
        return first_difference(expected, found, place)
    for name, wanted in expected.items():
        here = (*place, name)
        if wanted is None and name in found:
            return here, "absent", shown(found[name])
        if wanted is not None and name not in found and not _is_absence(wanted):
            return here, shown(wanted), "absent"
        if wanted is not None and name in found and (difference := _unexpected(wanted, found[name], here)) is not None:
            return difference
    return None


def _is_absence(expected: Any) -> bool:
    """Whether nothing but absent members is expected, which an absent mapping has too."""
    return isinstance(expected, dict) and all(wanted is None or _is_absence(wanted) for wanted in expected.values())


def _updated(document: dict[str, Any], match: DatumInContext, update: Any, notes: list[str]) -> bool:
    """Merge an update into what was matched; whether that changed anything."""
    place = _place(match)
    if isinstance(match.value, dict) and isinstance(update, dict):
        return _merged(match.value, update, place, notes)
    if isinstance(match.value, list):
        match.value.extend(copied(update if isinstance(update, list) else [update]))
        return bool(update != [])
    if match.context is None:
        raise TypeError(f"expected a mapping for the whole document, found {shown(update)}")
    if first_difference(match.value, update) is None:
        return False
    notes.append(f"replaces {shown(match.value)} at {pointer(place)}. Say by x-expects that this is what it expects.")
    match.full_path.update(document, copied(update))
    return True


def _merged(value: dict[str, Any], update: dict[str, Any], place: tuple[str, ...], notes: list[str]) -> bool:
    changed = False
    for name, new in update.items():
        here = (*place, name)
        if isinstance(value.get(name), dict) and isinstance(new, dict):
            changed |= _merged(value[name], new, here, notes)
        elif isinstance(value.get(name), list) and isinstance(new, list):
            value[name].extend(copied(new))
            changed |= bool(new)
        elif name not in value or first_difference(value[name], new) is not None:
            if name in value:
                notes.append(
                    f"replaces {shown(value[name])} at {pointer(here)}. Say by x-expects that this is what it expects."
                )
            value[name] = copied(new)
            changed = True
    return changed
