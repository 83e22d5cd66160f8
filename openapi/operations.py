"""What the templates need to know of operations and models, as pieces of Python.

The generator's own objects say how a parameter is read, but not how it is written, nor what an extension says of it;
that is taken from the description itself.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openapi_python_client.parser.openapi import Endpoint, EndpointCollection, GeneratorData
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.responses import Response
from openapi_python_client.strings import PythonIdentifier, in_double_quote_literal

from openapi.decoders import Decoders, of_schema
from openapi.docstrings import closed, docstring_text, item, markdown_line, wrapped
from openapi.facts import Facts
from openapi.models import model_view
from openapi.names import Group
from openapi.naming import are_distinct, argument_name, method_names

_ERRORS = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    429: "TooManyRequestsError",
}
_MORE = {
    "": "",
    "joined": ", several=True",
    "members": ", style=_styles.members",
    "repeated": ", several=True, style=_styles.repeated",
    "spaces": ", several=True, style=_styles.spaces",
    "pipes": ", several=True, style=_styles.pipes",
    "deep": ", style=_styles.deep",
    "json": ", style=_styles.as_json",
}


def type_of(of: Any, lists: str = "builtins.list") -> str:
    """The type of a property that is there; `lists` is the name of the outermost list."""
    if isinstance(of, ListProperty):
        return f"{lists}[{type_of(of.inner_property)}]"
    if isinstance(of, UnionProperty):
        return " | ".join(alternatives(of, lists))
    text: str = of.get_type_string(no_optional=True).as_unembedded_code()
    return text


def alternatives(of: Any, lists: str = "builtins.list") -> list[str]:
    """The types of a property that is there, one for each alternative; those of a union within a union too."""
    if not isinstance(of, UnionProperty):
        return [type_of(of, lists)]
    return list(dict.fromkeys(one for inner in of.inner_properties for one in alternatives(inner, lists)))


@dataclass(frozen=True)
class Argument:
    """An argument of an operation.

    Attributes:
        name: Its name in Python.
        type: Its type, without `Unset`.
        default: Its default, as Python; empty where it is required.
        parameter: The expression for the client's `Parameter`.
        description: What it is.
        in_path: Whether it is part of the path.
    """

    name: str
    type: str
    default: str
    parameter: str
    description: str
    in_path: bool = False

    @property
    def declaration(self) -> str:
        """How a method declares it."""
        return f"{self.name}: {self.type}" + (f" | Unset = {self.default}" if self.default else "")


@dataclass(frozen=True)
class OperationView:
    """An operation, as the templates write it; see the attributes of `Endpoint` for the rest."""

    endpoint: Endpoint
    method_name: str
    resource: str
    arguments: tuple[Argument, ...]
    result: str
    results: tuple[str, ...]
    errors: tuple[str, ...]
    shares_errors: bool
    facts: Facts

    @property
    def parameters(self) -> list[str]:
        """The expressions for the client's parameters."""
        return [argument.parameter for argument in self.arguments]

    @property
    def definition(self) -> str:
        """The arguments of the client's `Operation`, in as few lines as they take."""
        found = [_quoted(self.endpoint.name), _quoted(self.endpoint.method.upper()), _quoted(self.endpoint.path)]
        errors = () if self.shares_errors else self.errors
        for name, parts in (("parameters", self.parameters), ("results", self.results), ("errors", errors)):
            if parts:
                *before, last = parts
                found += [f"{name}=({part}" if part is parts[0] else part for part in before]
                found.append(f"{last},)" if before else f"{name}=({last},)")
        if self.shares_errors:
            found.append("errors=_errors")
        if not self.facts.secured:
            found.append("secured=False")
        elif self.facts.token != ("sessionToken", ""):
            found.append(f"token=({', '.join(map(_quoted, self.facts.token))})")
        if self.facts.accept != "application/json":
            found.append(f"accept={_quoted(self.facts.accept)}")
        if self.facts.server:
            found.append(f"server={_quoted(self.facts.server)}")
        lines = [""]
        for part in found:
            if lines[-1] and len(lines[-1]) + len(part) > 112:
                lines.append("")
            lines[-1] += f" {part}," if lines[-1] else f"{part},"
        return "\n    ".join(lines)

    @property
    def declarations(self) -> str:
        """The arguments as a method declares them."""
        positions = [argument.declaration for argument in self.arguments if argument.in_path]
        names = [argument.declaration for argument in self.arguments if not argument.in_path]
        star = ["*"] if names else []
        return ", ".join(["self", *positions, *star, *names, "**options: Unpack[CallOptions]"])

    @property
    def passed(self) -> str:
        """The arguments as one method passes them to another."""
        return "".join(f"{argument.name}={argument.name}, " for argument in self.arguments)

    @property
    def given(self) -> str:
        """The arguments as a dict."""
        items = (f'"{argument.name}": {argument.name}' for argument in self.arguments)
        return f"{{{', '.join(items)}}}"

    @property
    def imports(self) -> list[str]:
        """The imports of the models, and of the types of the standard library."""
        lines = {*self.endpoint.relative_imports}
        for body in self.endpoint.bodies:
            for member in _with_addition(body.prop):
                lines |= member.get_imports(prefix="...") | member.get_lazy_imports(prefix="...")
        classes = {line.rpartition(" ")[2] for line in lines if ".models." in line}
        plain = {line for line in lines if line == "import datetime" or "uuid" in line}
        return sorted({f"from ...models import {name}" for name in classes} | plain)

    @property
    def example(self) -> str:
        """A call in which only what is required is given."""
        values = {"int": "7078106103809", "str": '"text"'}
        given = (f"{one.name}={values.get(one.type, '...')}" for one in self.arguments if not one.default)
        return f"pod.{self.resource}.{self.method_name}({', '.join(given)})"

    @property
    def docstring(self) -> str:
        """What the operation does, takes and raises."""
        paragraphs = [
            docstring_text(self.endpoint.summary) or self.endpoint.name,
            docstring_text(self.endpoint.description),
        ]
        if self.facts.deprecated:
            paragraphs.append("Deprecated: a call warns with `DeprecationWarning`.")
        if self.facts.callbacks:
            paragraphs.append(
                f"The client leaves its callbacks out: {docstring_text(', '.join(self.facts.callbacks))}."
            )
        if self.facts.server:
            paragraphs.append(f"It is sent to a server of its own: {docstring_text(self.facts.server)}.")
        if self.arguments:
            lines = [item(argument.name, argument.description) for argument in self.arguments]
            paragraphs.append("\n".join(["Args:", *lines]))
        failures = [
            item(
                _error_class(pattern.range[0]),
                f"{pattern.pattern}, {docstring_text(getattr(response.data, 'description', ''))}",
            )
            for response in self.endpoint.responses.patterns
            if (pattern := response.status_code).range is not None and pattern.range[0] >= 400
        ]
        if failures:
            paragraphs.append("\n".join(["Raises:", *failures]))
        return "\n\n".join(wrapped(paragraph) for paragraph in paragraphs if paragraph)


def _quoted(text: Any) -> str:
    return f'"{in_double_quote_literal(text)}"'


def listed(names: Iterable[str]) -> str:
    """Names as strings in a list, in as few lines as they take."""
    return "\n    ".join(textwrap.wrap(" ".join(f'"{name}",' for name in names), 112, break_on_hyphens=False))


def _error_class(status: int) -> str:
    return "ServerError" if status >= 500 else _ERRORS.get(status, "StatusError")


def _members(of: Any) -> list[Any]:
    if not isinstance(of, ModelProperty):
        return []
    return [*(of.required_properties or ()), *(of.optional_properties or ())]


def _with_addition(of: Any) -> list[Any]:
    addition = of.additional_properties if isinstance(of, ModelProperty) else None
    return [*_members(of), *([addition] if addition else [])]


class Operations:
    """The operations of a description, for the templates.

    Args:
        description: The OpenAPI document, as the generator reads it.
        data: What the generator made of it.
        facts: What the generator does not keep, by operationId.
        groups: The names of the operations of each tag.
        decoders: The expressions that read values.
    """

    def __init__(
        self,
        description: Mapping[str, Any],
        data: GeneratorData,
        facts: Mapping[str, Facts],
        groups: Mapping[str, Group],
        decoders: Decoders,
    ) -> None:
        self._data = data
        self._groups = groups
        self._decoders = decoders
        self._decoder = decoders.of
        collections = data.endpoint_collections_by_tag.values()
        self._method_names = {str(one.tag): method_names(one) for one in collections}
        self._views: dict[tuple[str, str], OperationView] = {}
        self._facts = {_key(name): known for name, known in facts.items()}
        self._models = {model.class_info.name: model for model in data.models}
        self._raw = {
            _key(operation["operationId"]): operation
            for item in description.get("paths", {}).values()
            for operation in item.values()
            if isinstance(operation, dict) and "operationId" in operation
        }

    @property
    def error_types(self) -> list[str]:
        """The types of all documented errors; models first, since they have to be imported."""
        found: dict[str, None] = {}
        for collection in self._data.endpoint_collections_by_tag.values():
            for endpoint in collection.endpoints:
                for _, _, response in _failures(endpoint):
                    for part in alternatives(response.prop):
                        found[part.replace("builtins.list", "list")] = None
        return sorted(found)

    def globals(self) -> dict[str, Any]:
        """What the templates can use, by name."""
        return {
            "closed": closed,
            "docstring_text": docstring_text,
            "error_types": self.error_types,
            "listed": listed,
            "markdown_line": markdown_line,
            "model_view": lambda model: model_view(model, self._decoders),
            "resource_class": lambda tag: self._groups[tag].plain,
            "shared_errors": self.shared_errors,
            "resource_name": lambda tag: self._groups[tag].attribute,
            "view": self.view,
        }

    def shared_errors(self, collection: EndpointCollection) -> tuple[str, ...]:
        """What reads the errors of most operations of a tag; empty where no two read the same."""
        ((errors, count),) = Counter(tuple(self._errors(endpoint)) for endpoint in collection.endpoints).most_common(1)
        return errors if count > 1 else ()

    def view(self, endpoint: Endpoint, collection: EndpointCollection) -> OperationView:
        """An operation, as the templates write it."""
        key = (str(collection.tag), str(endpoint.name))
        if key not in self._views:
            self._views[key] = self._viewed(endpoint, collection)
        return self._views[key]

    def _viewed(self, endpoint: Endpoint, collection: EndpointCollection) -> OperationView:
        raw = self._raw.get(_key(endpoint.name), {})
        facts = self._facts[_key(endpoint.name)]
        arguments = tuple(self._arguments(endpoint, raw, facts))
        successes = list(_successes(endpoint))
        types = dict.fromkeys(_result_type(response) for _, _, response in successes)
        return OperationView(
            endpoint=endpoint,
            method_name=self._method_names[str(collection.tag)][str(endpoint.name)],
            resource=self._groups[collection.tag].attribute,
            arguments=arguments,
            result=" | ".join(types) or "None",
            results=tuple(f"({first}, {last}, {self._reader(response)})" for first, last, response in successes),
            errors=tuple(self._errors(endpoint)),
            shares_errors=tuple(self._errors(endpoint)) == self.shared_errors(collection) != (),
            facts=facts,
        )

    def _arguments(self, endpoint: Endpoint, raw: Mapping[str, Any], facts: Facts) -> Iterator[Argument]:
        parameters = list(self._parameters(endpoint, raw, facts, set()))
        taken: set[str] = set()
        flat = self._flat_body(endpoint)
        members = [self._parameter(of, "body", {"schema": schema}, "", taken) for of, schema in flat]
        if members:
            described = {of.name: member.name for (of, _), member in zip(flat, members, strict=True)}
            members += self._open_members(endpoint, taken, described)
        if members and are_distinct([argument.name for argument in (*parameters, *members)]):
            body = members
        elif endpoint.bodies:
            parameters = list(self._parameters(endpoint, raw, facts, {"body"}))
            types = " | ".join(dict.fromkeys(type_of(body.prop) for body in endpoint.bodies))
            is_optional = any(not body.prop.required for body in endpoint.bodies)
            more = "" if is_optional else ", required=True"
            parameter = f'Parameter("content", "", "body", {self._body(endpoint, facts)}{more})'
            body = [Argument("body", types, "UNSET" if is_optional else "", parameter, "What is sent.")]
        else:
            body = []
        yield from (argument for argument in parameters if argument.in_path)
        yield from body
        yield from (argument for argument in parameters if not argument.in_path)

    def _parameters(
        self, endpoint: Endpoint, raw: Mapping[str, Any], facts: Facts, taken: set[str]
    ) -> Iterator[Argument]:
        places = (
            ("path", endpoint.path_parameters),
            ("query", endpoint.query_parameters),
            ("header", endpoint.header_parameters),
            ("cookie", endpoint.cookie_parameters),
        )
        said = {(one.get("in"), one.get("name")): one for one in raw.get("parameters", ())}
        for place, properties in places:
            for of in properties:
                key = (place, of.name.get_untrusted_value())
                yield self._parameter(of, place, said.get(key, {}), facts.several.get(key, ""), taken)

    def _flat_body(self, endpoint: Endpoint) -> list[tuple[Any, Any]]:
        """The members of a body that is one required JSON object, with their schemas."""
        if len(endpoint.bodies) != 1 or not endpoint.bodies[0].prop.required:
            return []
        body = endpoint.bodies[0]
        if body.body_type.value != "json" or body.content_type.get_untrusted_value() != "application/json":
            return []
        model = self._models.get(body.prop.class_info.name) if isinstance(body.prop, ModelProperty) else None
        schemas = (model.data.properties or {}) if isinstance(model, ModelProperty) else {}
        members = [(of, schemas.get(of.name)) for of in _members(model)]
        return [(of, schema) for of, schema in members if not getattr(schema, "readOnly", False)]

    def _open_members(self, endpoint: Endpoint, taken: set[str], described: Mapping[Any, str]) -> Iterator[Argument]:
        """The argument for members whose names the description leaves open, where it says so."""
        of = endpoint.bodies[0].prop
        model = self._models.get(of.class_info.name) if isinstance(of, ModelProperty) else None
        if not isinstance(model, ModelProperty) or model.data.additionalProperties in (None, False):
            return
        name = argument_name("additional_properties", taken)
        pairs = ", ".join(f"{_quoted(member)}: {_quoted(argument)}" for member, argument in described.items())
        decoder = f"_decoding.mapping({self._decoder(model.additional_properties)})"
        yield Argument(
            name=name,
            type=f"Mapping[str, {type_of(model.additional_properties)}]",
            default="UNSET",
            parameter=f'Parameter("body", "{name}", "{name}", {decoder}, style=_styles.open_members({{{pairs}}}))',
            description="Members of other names.",
        )

    def _body(self, endpoint: Endpoint, facts: Facts) -> str:
        writers = [self._writer(body, facts) for body in endpoint.bodies]
        if len(writers) == 1:
            return writers[0]
        kinds = [body.prop.get_instance_type_string().as_unembedded_code() for body in endpoint.bodies]
        return (
            f"_bodies.body_of({', '.join(f'({kind}, {writer})' for kind, writer in zip(kinds, writers, strict=True))})"
        )

    def _errors(self, endpoint: Endpoint) -> Iterator[str]:
        """What reads the documented errors, with the first and the last status of each."""
        readers = [(first, last, self._reader(response)) for first, last, response in _failures(endpoint)]
        if len({reader for _, _, reader in readers}) == 1:
            readers = [(400, 599, readers[0][2])]
        yield from (f"({first}, {last}, {reader})" for first, last, reader in readers)

    def _parameter(self, of: Any, place: str, said: Mapping[str, Any], several: str, taken: set[str]) -> Argument:
        name = argument_name(said.get("x-argument-name") or of.python_name, taken)
        taken.add(name)
        item, schema = of, said.get("schema")
        if place == "body" or several == "json":
            lists = "builtins.list"
        else:
            lists = "Iterable"
            several = several if isinstance(of, ListProperty) or several in ("deep", "members") else ""
        if isinstance(of, ListProperty) and lists == "Iterable":
            item, schema = of.inner_property, of_schema(schema, "items", "items")
        default = "" if of.required else "UNSET"
        if of.default is not None:
            default = of.default.python_code.as_unembedded_code()
        wire = str(of.python_name) if place == "path" else in_double_quote_literal(of.name)
        more = (", required=True" if of.required else "") + _MORE[several]
        return Argument(
            name=name,
            type=type_of(of, lists),
            default=default,
            parameter=f'Parameter("{place}", "{wire}", "{name}", {self._decoder(item, schema)}{more})',
            description=_description(of, said),
            in_path=place == "path",
        )

    def _writer(self, body: Any, facts: Facts) -> str:
        media_type = _quoted(body.content_type)
        match body.body_type.value:
            case "json":
                more = "" if media_type == '"application/json"' else f", {media_type}"
                return f"_bodies.json_body({self._decoder(body.prop)}{more})"
            case "data":
                return "_bodies.form_body"
            case "files":
                types = facts.part_types.get(body.content_type.get_untrusted_value(), {})
                pairs = ", ".join(f"{_quoted(name)}: {_quoted(of)}" for name, of in types.items())
                return f"_bodies.multipart_body({{{pairs}}})"
            case _:
                return f"_bodies.binary_body({media_type})"

    def _reader(self, response: Response) -> str:
        attribute = response.source["attribute"]
        if attribute == "None":
            return "_answers.no_result"
        if attribute == "response.content":
            return self._decoder(response.prop)
        content: Any = getattr(response.data, "content", None) or {}
        schema = next((found.media_type_schema for found in content.values()), None)
        kind = "_answers.json_result" if attribute == "response.json()" else "_decoding.text_result"
        return f"{kind}({self._decoder(response.prop, schema)})"


def _description(of: Any, said: Mapping[str, Any]) -> str:
    """What an argument is, by its schema or by the parameter around it."""
    deprecated = "Deprecated. " if said.get("deprecated") is True else ""
    return deprecated + (
        docstring_text(of.description) or docstring_text(said.get("description")) or "As the description has it."
    )


def _key(operation_id: str) -> str:
    return PythonIdentifier(operation_id, "field_")


def _successes(endpoint: Endpoint) -> Iterator[tuple[int, int, Response]]:
    """The responses that are documented as success; `default` is one only where no other is."""
    ranges = [(response.status_code.range, response) for response in endpoint.responses.patterns]
    found = [(status[0], status[1], response) for status, response in ranges if status is not None and status[0] < 300]
    if not found and endpoint.responses.default:
        found = [(200, 299, endpoint.responses.default)]
    yield from found


def _result_type(response: Response) -> str:
    return "None" if response.source["attribute"] == "None" else type_of(response.prop)


def _failures(endpoint: Endpoint) -> Iterator[tuple[int, int, Response]]:
    """The responses that are documented as errors and have a body."""
    for response in endpoint.responses:
        status = response.status_code.range
        has_body = response.source["attribute"] != "None"
        if has_body and status is not None and status[0] >= 400:
            yield status[0], status[1], response
        elif has_body and status is None and any(one.status_code.range for one in endpoint.responses.patterns):
            yield 400, 599, response
