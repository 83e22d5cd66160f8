"""Every name that the client makes, in one table, before anything is written.

Names that would meet are told apart by these rules, or are an error that names both sides:

- Tags whose plural is the same (`User` and `Users`) are one group of operations.
- A schema whose class would have the name of a class of the client's own is called ``…Model``; one whose name begins
  with `ClassVar` is called ``Schema…``.
- A group whose class would have the name of a schema is called ``…Resource``; one whose attribute would hide an
  attribute of the client is called ``…_api``.
- Schemas whose classes would have the same name are told apart by a number, see `openapi.class_names`.
- A member of a model that would hide something of every model, or a class, gets an underscore at its end.
- An operation called like an attribute of every group gets an underscore at its end.
- An argument called like an option of a call, or like another argument, gets an underscore at its end.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openapi_python_client.config import ClassOverride
from openapi_python_client.parser.openapi import EndpointCollection, GeneratorData
from openapi_python_client.strings import ClassName, PythonIdentifier

from openapi.class_names import LONGEST
from openapi.documents import Place, operations, pointer
from openapi.errors import Problems, in_one_line
from openapi.naming import method_names, resource_name

# What the templates import into the modules of schemas and operations, or the package offers by itself.
RESERVED_CLASSES = frozenset(
    (  # noqa: SIM905 - words read better than forty quoted ones
        "Any AsyncClient AsyncClientOptions AsyncPodClient BadRequestError CallOptions CallTimeoutError "
        "ClassVar ClientOptions ConnectError ConnectionLostError DecodeError ErrorModel File ForbiddenError "
        "IntEnum Iterable Literal Mapping Model NotFoundError OpenEnum Operation Parameter "
        "PodClient PodError PodLogin Resource Response Retries Self ServerError StatusError SyncClient "
        "StrEnum TooManyRequestsError TransportError TypeAlias UNSET UnauthorizedError Unpack Unset UsageError UUID"
    ).split()
)


# What else the module of the models uses by name.
_OF_MODULES = {"datetime"}


@dataclass(frozen=True)
class Group:
    """The names of the operations of a tag.

    Attributes:
        attribute: What a client calls it, such as ``connections``.
        plain: Its class, such as ``Connections``.
    """

    attribute: str
    plain: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of all its classes."""
        return tuple(f"{prefix}{self.plain}{suffix}" for prefix in ("", "Async") for suffix in ("", "Raw"))


def with_one_tag_for_each_group(document: dict[str, Any]) -> list[str]:
    """Give operations of tags with the same plural the first one's tag, in place.

    Returns:
        A note for each group of several tags.
    """
    groups: dict[str, dict[str, None]] = {}
    for _, _, operation in operations(document):
        tag = str((operation.get("tags") or ["default"])[0])
        identifier = PythonIdentifier(tag, "tag")
        tags = groups.setdefault(resource_name(identifier), {})
        tags[tag] = None
        operation["tags"] = [next(iter(tags))]
    return [
        f"The tags {in_one_line(' and '.join(tags))} are one group of operations, pod.{name}."
        for name, tags in groups.items()
        if len(tags) > 1
    ]


def overrides(data: GeneratorData) -> tuple[dict[str, ClassOverride], list[str]]:
    """What the generator has to call differently: classes that meet the client's own.

    Returns:
        The overrides by the name of the class, and a note for each.
    """
    found: dict[str, ClassOverride] = {}
    notes = []
    names = dict.fromkeys(schema.class_info.name for schema in (*data.models, *data.enums))
    for name in names:
        if name in RESERVED_CLASSES or name.startswith("ClassVar"):
            # attrs takes every annotation that begins with ClassVar for one.
            better = f"Schema{name}" if name.startswith("ClassVar") else f"{name}Model"
            free = next(n for n in _numbered(better) if n not in names)
            found[name] = ClassOverride.model_validate({"class_name": free})
            notes.append(f"The class of the schema {name} is {free}: the other name is taken.")
    return found, notes


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}{number}" if name[-1:].isalpha() else f"{name}_{number}" for number in range(2, 10_000))


class Names:
    """The names of a client.

    Args:
        data: What the generator made of the description. Members of models that would hide something are renamed.
        runtime: The folder of the runtime, whose clients and models have attributes of their own.
    """

    def __init__(self, data: GeneratorData, runtime: Path) -> None:
        self._data = data
        schemas = {schema.class_info.name for schema in (*data.models, *data.enums)}
        of_client = _attributes(runtime / "base.py", "BaseClient", "SyncClient", "AsyncClient")
        self._of_model = _attributes(runtime / "model.py", "Model")
        self.groups: dict[str, Group] = {
            tag: _group(tag, schemas, of_client) for tag in data.endpoint_collections_by_tag
        }
        hidden = self._of_model | RESERVED_CLASSES | schemas | _OF_MODULES
        for model in data.models:
            for member in (*(model.required_properties or ()), *(model.optional_properties or ())):
                if member.python_name in hidden:
                    member.python_name = str.__new__(PythonIdentifier, f"{member.python_name}_")

    def check(self, document: dict[str, Any], at: Callable[[Place], str], problems: Problems) -> None:
        """Look for names that still meet.

        Args:
            document: The description as the generator got it.
            at: Names a place for a message.
            problems: Gets a message for each pair, with both places and what to do.
        """
        places = {
            PythonIdentifier(operation["operationId"], "field_"): ("paths", path, method)
            for path, method, operation in operations(document)
        }
        self._check_operations(document, at, problems)
        taken: dict[str, str] = {}
        for tag, group in self.groups.items():
            for name in (group.attribute, *group.classes):
                other = taken.setdefault(name, tag)
                if other != tag:
                    problems.add(
                        f"The tags {other} and {tag} would both be called {name} in the client: operations "
                        f"{self._where(other, places, at)} and {self._where(tag, places, at)}. Give one of them "
                        "another tag by an overlay."
                    )
        for model in self._data.models:
            self._check_members(model, problems)

    def _where(self, tag: str, places: Mapping[PythonIdentifier, Place], at: Callable[[Place], str]) -> str:
        collection = self._data.endpoint_collections_by_tag[PythonIdentifier(tag, "tag")]
        place = places.get(collection.endpoints[0].name) if collection.endpoints else None
        return f"at {at(place)}, {pointer(place)}" if place else f"of {tag}"

    def _check_operations(self, document: dict[str, Any], at: Callable[[Place], str], problems: Problems) -> None:
        modules: dict[tuple[str, str], Place] = {}
        for path, method, operation in operations(document):
            tag = PythonIdentifier((operation.get("tags") or ["default"])[0], "tag")
            module = PythonIdentifier(operation["operationId"], "field_")
            place = ("paths", path, method)
            if len(module) > LONGEST:
                problems.add(
                    f"{at(place)}, {pointer(place)}: the operationId {module[:40]}… is longer than {LONGEST} "
                    "characters, and a file is named after it. Give the operation another one by an overlay, as "
                    "openapi/overlays/10-operation-ids.yaml does."
                )
            other = modules.setdefault((tag, module), place)
            if other != place:
                problems.add(
                    f"{at(other)}, {pointer(other)}, and {at(place)}, {pointer(place)}: {other[2].upper()} {other[1]} "
                    f"and {method.upper()} {path} would both become the module api/{tag}/{module}.py. Give one of them "
                    "another operationId by an overlay, as openapi/overlays/10-operation-ids.yaml does."
                )
        for collection in self._data.endpoint_collections_by_tag.values():
            self._check_methods(collection, problems)

    def _check_methods(self, collection: EndpointCollection, problems: Problems) -> None:
        methods: dict[str, str] = {}
        for operation, name in method_names(collection).items():
            other = methods.setdefault(name, operation)
            if other != operation:
                problems.add(
                    f"The operations {other} and {operation} of the tag {collection.tag} would both be the method "
                    f"{name}. Give one of them another operationId by an overlay."
                )

    def _check_members(self, model: Any, problems: Problems) -> None:
        members: dict[str, str] = {}
        for member in (*(model.required_properties or ()), *(model.optional_properties or ())):
            name = member.name.get_untrusted_value()
            other = members.setdefault(member.python_name, name)
            if other != name:
                problems.add(
                    f"The members {other!a} and {name!a} of the schema {model.class_info.name} would both be called "
                    f"{member.python_name}. Nothing but the publisher can tell them apart; leave one out by an overlay."
                )


def _group(tag: str, schemas: set[ClassName], of_client: set[str]) -> Group:
    attribute = resource_name(tag)
    if attribute in of_client:
        attribute = f"{attribute}_api"
    plain = str(ClassName(resource_name(tag), "Tag"))
    group = Group(attribute, plain)
    taken = RESERVED_CLASSES | schemas
    return Group(attribute, f"{plain}Resource") if taken & set(group.classes) else group


def _attributes(module: Path, *classes: str) -> set[str]:
    """The public attributes of classes: methods, and fields that stand in their bodies."""
    found: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name in classes:
            found |= {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
            found |= {
                part.target.id
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            }
    return {name for name in found if not name.startswith("_")}
