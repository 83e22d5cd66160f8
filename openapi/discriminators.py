"""Discriminators: the member that tells the schemas of a union apart."""

from typing import Any

from openapi.documents import Place, copied
from openapi.facts import GeneratorInput


def say_unions_of_extensions(document: dict[str, Any]) -> None:
    """A schema with a discriminator that others extend by allOf: what refers to it means one of them, or itself."""
    components = document.get("components", {}).get("schemas", {})
    for name, base in list(components.items()):
        if not isinstance(base, dict) or "discriminator" not in base or "oneOf" in base or "anyOf" in base:
            continue
        reference = f"#/components/schemas/{name}"
        children = _children(components, reference)
        discriminator = base.pop("discriminator") | {"x-otherwise": name}
        if children:
            union = {
                "oneOf": [{"$ref": f"#/components/schemas/{child}"} for child in (*children, name)],
                "discriminator": discriminator,
            }
            _replace(document, reference, union)


def _children(components: dict[str, Any], reference: str) -> list[str]:
    """The components that extend another one, and those that extend these."""
    found: dict[str, None] = {}
    waiting = [reference]
    while waiting:
        extended = {"$ref": waiting.pop(0)}
        for child, schema in components.items():
            if isinstance(schema, dict) and extended in schema.get("allOf", []) and child not in found:
                found[child] = None
                waiting.append(f"#/components/schemas/{child}")
    return list(found)


def _replace(value: Any, reference: str, union: dict[str, Any], *, within_all_of: bool = False) -> None:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in list(members):
        if isinstance(member, dict) and member.get("$ref") == reference and not within_all_of:
            value[name] = copied(union)
        else:
            _replace(member, reference, union, within_all_of=name == "allOf")


def take_discriminator(made: GeneratorInput, schema: dict[str, Any], place: Place) -> None:
    """Take note of the discriminator of a union."""
    document = made.document
    kinds = schema.get("oneOf") or schema.get("anyOf")
    if not kinds:
        return
    named = [kind["$ref"].rpartition("/")[2] for kind in kinds if isinstance(kind.get("$ref"), str)]
    if len(named) != len([kind for kind in kinds if kind.get("type") != "null"]):
        made.refuse(
            (*place, "discriminator"),
            "a discriminator tells schemas with a name apart, and one of these has none. Name it under "
            "components/schemas.",
        )
        return
    mapping = {name: name for name in named}
    for value, target in schema["discriminator"].get("mapping", {}).items():
        component = target.rpartition("/")[2]
        if component not in document.get("components", {}).get("schemas", {}):
            made.refuse(
                (*place, "discriminator", "mapping", value), f"{target!a} refers to nothing in the description."
            )
        if mapping.get(component) == component and component not in schema["discriminator"]["mapping"]:
            del mapping[component]
        mapping[value] = component
    found = (schema["discriminator"]["propertyName"], mapping, schema["discriminator"].get("x-otherwise", ""))
    if made.discriminators.setdefault(frozenset(named), found) != found:
        made.refuse(
            (*place, "discriminator"),
            f"the schemas {', '.join(named)} are told apart in another way elsewhere, by "
            f"{made.discriminators[frozenset(named)][0]!a}. Say it in one way by an overlay.",
        )
