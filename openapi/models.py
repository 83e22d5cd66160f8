"""What the templates need to know of models, as pieces of Python.

A model's module is written as ruff formats it. ruff then has nothing to change there: to write a thousand files
again, and to remove them after that, takes longer than everything else.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal

from openapi.decoders import Decoders

_WIDTH = 120

# Where the names come from that a model may use. ruff sorts the modules, and the names of each, in this order.
_IMPORTS = (
    (
        ("datetime", ("datetime",)),
        ("typing", ("TYPE_CHECKING", "Any", "Literal")),
        ("uuid", ("UUID",)),
    ),
    (("attrs", ("define as _define", "field as _field")),),
    (
        ("..bodies", ("File",)),
        (
            "..decoding",
            (
                *("anything as _anything", "boolean as _boolean", "built as _built", "constant as _constant"),
                *("first_of as _first_of", "null as _null", "number as _number", "reference as _reference"),
                "tagged as _tagged",
            ),
        ),
        (
            "..model",
            (
                *("Model", "array as _array", "int32 as _int32", "int64 as _int64"),
                *("json_member as _json_member", "open_enum as _open_enum", "string as _string"),
            ),
        ),
        ("..models", ()),
        ("..types", ("UNSET", "Unset", "unix_time")),
    ),
)
_TEXT = re.compile(r"""(["'])(?:\\.|(?!\1).)*\1""")
_PLAIN_TEXT = re.compile(r"""\A'([^'"\\]*)'\Z""")
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Member:
    """A member of a model: the statement that declares it, and the generator's property."""

    declaration: str
    of: Any


@dataclass(frozen=True)
class ModelView:
    """A model, as its template writes it.

    Attributes:
        imports: Its imports, those before the class.
        types: The imports of models for its types alone.
        later: The classes of those.
        members: Its members, those without a default first.
        addition: The expression for what reads a member that it does not list; empty where that may be anything.
        times: The names of the members that are unix times.
    """

    imports: str
    types: tuple[str, ...]
    later: tuple[str, ...]
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
    addition = "" if addition == "_anything" else addition
    times = tuple(str(of.python_name) for of in properties if is_time(of, schemas))
    later = sorted((_imported(line) for line in model.lazy_imports or ()), key=_natural)
    now = [_imported(line) for line in model.relative_imports or () if ".models." in line]
    code = [*(member.declaration for member in members), addition]
    used = {word for piece in code for word in _WORD.findall(_TEXT.sub("", piece))} | {"_define", "Model"}
    if later:
        used |= {"TYPE_CHECKING", "Any"}
    if times:
        used |= {"datetime", "Unset", "unix_time"}
    types = tuple(_line(module, name, indent="    ") for module, name in later)
    return ModelView("\n\n".join(_blocks(used, now)), types, tuple(name for _, name in later), members, addition, times)


def _declared(of: Any, schema: Any, decoder: Callable[..., str]) -> str:
    arguments = []
    if of.default is not None:
        default = _PLAIN_TEXT.sub(r'"\1"', of.default.python_code.as_unembedded_code())
        arguments.append(f"default={default}")
    elif not of.required:
        arguments.append("default=UNSET")
    parts = [f'"{in_double_quote_literal(of.name)}"', decoder(of, schema, late=True)]
    parts += ["required=True"] * of.required + ["nullable=True"] * is_nullable(of)
    arguments.append(f"metadata=_json_member({', '.join(parts)})")
    start = f"{of.python_name}: {of.get_type_string().as_unembedded_code()} = _field("
    listed = ", ".join(arguments)
    if len(start) + len(listed) + 5 <= _WIDTH:
        return f"{start}{listed})"
    if len(listed) + 8 <= _WIDTH:
        return f"{start}\n        {listed}\n    )"
    if len(arguments[-1]) + 9 > _WIDTH:
        arguments[-1] = f"metadata=_json_member(\n            {', '.join(parts)}\n        )"
    return "\n        ".join([start, *(f"{argument}," for argument in arguments)]) + "\n    )"


def _imported(line: str) -> tuple[str, str]:
    """The module and the class of an import of a model."""
    module, _, name = line.removeprefix("from ").partition(" import ")
    return module, name


def _natural(imported: tuple[str, str]) -> list[Any]:
    return [int(part) if part.isdecimal() else part for part in _DIGITS.split(imported[0])]


def _blocks(used: set[str], models: Iterable[tuple[str, str]]) -> Iterator[str]:
    for block in _IMPORTS:
        lines: list[str] = []
        for module, names in block:
            if module == "..models":
                lines += [_line(*imported) for imported in sorted(models, key=_natural)]
                continue
            found = [name for name in names if name.rpartition(" ")[2] in used]
            if found:
                lines.append(f"import {module}" if module == "datetime" else _line(module, *found))
        if lines:
            yield "\n".join(lines)


def _line(module: str, *names: str, indent: str = "") -> str:
    line = f"{indent}from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    listed = "".join(f"{indent}    {name},\n" for name in names)
    return f"{indent}from {module} import (\n{listed}{indent})"


def is_time(of: Any, schemas: Any) -> bool:
    """Whether an overlay says that a member of a model is a unix time."""
    return bool((getattr(schemas.get(of.name), "model_extra", None) or {}).get("x-unix-time"))


def is_nullable(of: Any) -> bool:
    """Whether a value may be null."""
    if isinstance(of, UnionProperty):
        return any(is_nullable(inner) for inner in of.inner_properties)
    return isinstance(of, AnyProperty | NoneProperty)
