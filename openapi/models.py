"""What the templates need to know of models, as pieces of Python."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal

from openapi.decoders import Decoders


@dataclass(frozen=True)
class Member:
    """A member of a model: the statement that declares it, and the generator's property."""

    declaration: str
    of: Any


@dataclass(frozen=True)
class ModelView:
    """A model, as its template writes it.

    Attributes:
        members: Its members, those without a default first.
        addition: The expression for what reads a member that it does not list; empty where that may be anything.
        times: The names of the members that are unix times.
    """

    members: tuple[Member, ...]
    addition: str
    times: tuple[str, ...]


def model_view(model: ModelProperty, decoders: Decoders) -> ModelView:
    """A model, as its template writes it.

    Args:
        model: The generator's model.
        decoders: The expressions that read values.
    """
    schemas = model.data.properties or {}
    properties = [*(model.required_properties or ()), *(model.optional_properties or ())]
    properties.sort(key=lambda of: of.default is not None or not of.required)
    members = tuple(Member(_declared(of, schemas.get(of.name), decoders.of), of) for of in properties)
    addition = decoders.of(model.additional_properties, late=True) if model.additional_properties else ""
    times = tuple(str(of.python_name) for of in properties if is_time(of, schemas))
    return ModelView(members, "" if addition == "_decoding.anything" else addition, times)


def _declared(of: Any, schema: Any, decoder: Callable[..., str]) -> str:
    arguments = []
    if of.default is not None:
        arguments.append(f"default={of.default.python_code.as_unembedded_code()}")
    elif not of.required:
        arguments.append("default=UNSET")
    parts = [f'"{in_double_quote_literal(of.name)}"', decoder(of, schema, late=True)]
    parts += ["required=True"] * of.required + ["nullable=True"] * is_nullable(of)
    arguments.append(f"metadata=_model.member({', '.join(parts)})")
    return f"{of.python_name}: {of.get_type_string().as_unembedded_code()} = _field({', '.join(arguments)})"


def is_time(of: Any, schemas: Any) -> bool:
    """Whether an overlay says that a member of a model is a unix time."""
    return bool((getattr(schemas.get(of.name), "model_extra", None) or {}).get("x-unix-time"))


def is_nullable(of: Any) -> bool:
    """Whether a value may be null."""
    if isinstance(of, UnionProperty):
        return any(is_nullable(inner) for inner in of.inner_properties)
    return isinstance(of, AnyProperty | NoneProperty)
