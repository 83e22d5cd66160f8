"""Description → what openapi-python-client understands of it, and what the templates have to know besides.

The generator takes no discriminator, no parameter by ``content``, no server, no security scheme and no binary string
as OpenAPI 3.1 writes it. Each is brought into a form that it takes, handed to the templates as a fact, or refused.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from openapi_python_client.strings import snake_case

from openapi.composition import say_plainly
from openapi.contents import mark_files, take_answers, take_body
from openapi.discriminators import say_unions_of_extensions, take_discriminator
from openapi.documents import Place, copied, operations, shown
from openapi.errors import Problems
from openapi.facts import Facts, GeneratorInput
from openapi.parameters import take_parameters
from openapi.security import take_security, take_server
from openapi.validate import schemas


def prepare(description: Mapping[str, Any], at: Callable[[Place], str], problems: Problems) -> GeneratorInput:
    """Bring a description into the form that the generator takes.

    Args:
        description: The description; not changed.
        at: Names a place for a message.
        problems: Gets a message for everything that a client cannot be made of.
    """
    made = GeneratorInput(copied(dict(description)), at, problems)
    document = made.document
    document.pop("webhooks", None)
    say_plainly(document, made.refuse)
    say_unions_of_extensions(document)
    for path, method, operation in operations(document):
        place: Place = ("paths", path, method)
        facts = made.facts[operation["operationId"]] = Facts()
        facts.deprecated = bool(operation.get("deprecated"))
        facts.callbacks = tuple(operation.pop("callbacks", {}))
        take_server(made, operation, facts, place)
        take_security(made, operation, facts, place)
        take_parameters(made, operation, facts, place)
        take_body(made, operation, facts, place)
        take_answers(made, operation, facts, place)
    for kind in ("parameters", "responses", "requestBodies", "headers", "callbacks", "links", "examples"):
        document.get("components", {}).pop(kind, None)  # they stand where they were referred to
    mark_files(document)
    for place, schema in list(schemas(document)):
        _take_schema(made, schema, place)
    own = sum(bool(facts.server) for facts in made.facts.values())
    if own:
        count = "1 operation is" if own == 1 else f"{own} operations are"
        made.notes.append(f"{count} sent to a server of its own, as its description says, and not to the client's.")
    return made


def _take_schema(made: GeneratorInput, schema: dict[str, Any], place: Place) -> None:
    if schema.get("deprecated") is True:
        schema["description"] = f"Deprecated. {schema.get('description', '')}".strip()
    if isinstance(schema.get("discriminator"), dict):
        take_discriminator(made, schema, place)
    if "const" in schema and not isinstance(schema["const"], str | int | bool | None):
        if isinstance(schema["const"], float):
            schema.setdefault("type", "number")
        del schema["const"]
    values = schema.get("enum")
    if isinstance(values, list):
        _take_enum(made, schema, values, place)
    for name in schema.get("properties", {}):
        if _has_controls(name) or not name:
            made.refuse((*place, "properties", name), f"the name {name!a} cannot be written in the client.")


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(character)[0] == "C" or character in "\u2028\u2029" for character in text)


def _take_enum(made: GeneratorInput, schema: dict[str, Any], values: list[Any], place: Place) -> None:
    schema["enum"] = values = [value for index, value in enumerate(values) if value not in values[:index]]
    texts = [value for value in values if isinstance(value, str)]
    for value in texts:
        if _has_controls(value):
            made.refuse((*place, "enum"), f"the value {value!a} cannot be written in the client.")
    given = schema.get("x-enum-varnames")
    if len({type(value) for value in values if value is not None}) > 1 or any(
        isinstance(value, bool | float | list | dict) for value in values
    ):
        made.refuse(
            (*place, "enum"),
            f"an enum of strings or of integers can be made, not {shown(values)}. Change it by an overlay.",
        )
    elif isinstance(given, list) and len(given) == len(values) and all(isinstance(name, str) for name in given):
        schema["x-enum-varnames"] = member_names(given)
    elif texts:
        schema.pop("x-enum-varnames", None)
        names = member_names(texts)
        if None in values or names != [_plain_name(text, number) for number, text in enumerate(texts)]:
            schema["x-enum-varnames"] = names


def member_names(values: list[str]) -> list[str]:
    """The names of the members of an enum: by the generator's rule, and two that meet are told apart by a number."""
    names: list[str] = []
    for number, value in enumerate(values):
        name = _plain_name(value, number)
        names.append(
            next(n for n in (name, *(f"{name}_{more}" for more in range(2, len(values) + 2))) if n not in names)
        )
    return names


def _plain_name(value: str, number: int) -> str:
    key = value.upper() if value and value[0].isalpha() else f"VALUE_{number}"
    name = snake_case(key).upper()
    return name if name.isidentifier() else f"VALUE_{number}"
