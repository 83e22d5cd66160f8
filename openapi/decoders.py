"""The expressions that read values, as pieces of Python.

A module is imported under a name with an underscore before it, which no name of a description has.
"""

import json
from typing import Any

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.enum_property import EnumProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty
from openapi_python_client.strings import in_double_quote_literal

_SCALARS: tuple[tuple[type, str], ...] = (
    (BooleanProperty, "_decoding.boolean"),
    (FloatProperty, "_decoding.number"),
    (StringProperty, "_model.string"),
    (NoneProperty, "_decoding.null"),
    (AnyProperty, "_decoding.anything"),
    (DateProperty, '_decoding.built(datetime.date.fromisoformat, "a date")'),
    (DateTimeProperty, '_decoding.built(datetime.datetime.fromisoformat, "a date and time")'),
    (UuidProperty, '_decoding.built(UUID, "a UUID")'),
    (FileProperty, '_decoding.built(File, "bytes", bytes)'),
)


class Decoders:
    """The expressions for what reads values.

    Args:
        tagged: For the schemas of a union, by the names of their classes: the member that tells them apart, and the
            class for each of its values; and the class for others, or nothing.
    """

    def __init__(self, tagged: dict[frozenset[str], tuple[str, dict[str, str], str]]) -> None:
        self._tagged = tagged

    def of(self, of: Any, schema: Any = None, *, late: bool = False) -> str:
        """The expression for what reads a value.

        Args:
            of: The generator's property.
            schema: Its schema, as the description or the generator has it.
            late: Whether the class of a model may stand further down in the module.
        """
        for kind, expression in _SCALARS:
            if isinstance(of, kind):
                return expression
        if isinstance(of, IntProperty):
            return "_model.int32" if of_schema(schema, "schema_format", "format") == "int32" else "_model.int64"
        if isinstance(of, ConstProperty):
            return f"_decoding.constant({of.value.python_code.as_unembedded_code()})"
        if isinstance(of, EnumProperty):
            return f"{of.class_info.name}.decode"
        if isinstance(of, ModelProperty):
            name = of.class_info.name
            return f"lambda value: {name}.from_dict(value)" if late else f"{name}.from_dict"
        if isinstance(of, ListProperty):
            return f"_model.array({self.of(of.inner_property, of_schema(schema, 'items', 'items'), late=late)})"
        if isinstance(of, UnionProperty):
            return self._of_union(of, late=late)
        raise TypeError(f"no decoder for {type(of).__name__}, a kind of property that the generator has learned")

    def _of_union(self, of: UnionProperty, *, late: bool) -> str:
        models = {str(one.class_info.name): one for one in of.inner_properties if isinstance(one, ModelProperty)}
        others = [one for one in of.inner_properties if not isinstance(one, ModelProperty)]
        if frozenset(models) not in self._tagged:
            return f"_decoding.first_of({', '.join(self.of(one, late=late) for one in of.inner_properties)})"
        member, kinds, other = self._tagged[frozenset(models)]
        pairs = (
            f'"{in_double_quote_literal(value)}": {self.of(models[name], late=late)}' for value, name in kinds.items()
        )
        otherwise = f", {self.of(models[other], late=late)}" if other else ""
        tagged = f'_decoding.tagged("{in_double_quote_literal(member)}", {{{", ".join(pairs)}}}{otherwise})'
        return (
            f"_decoding.first_of({', '.join([*(self.of(one, late=late) for one in others), tagged])})"
            if others
            else tagged
        )


def of_schema(schema: Any, attribute: str, name: str) -> Any:
    """A member of a schema, which is the description's own or the generator's."""
    return schema.get(name) if isinstance(schema, dict) else getattr(schema, attribute, None)


def literal(value: Any) -> str:
    """A constant of the description as Python."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
