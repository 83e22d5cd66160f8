"""A discriminator tells the class of an object, or is refused by name."""

from pathlib import Path
from typing import Any

import pytest

from tests.openapi.clients import Made, description, operation, refusal

CAT = {"type": "object", "properties": {"kind": {"type": "string"}, "meow": {"type": "string"}}}

DOG = {"type": "object", "properties": {"kind": {"type": "string"}, "bark": {"type": "string"}}}

PET = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}


@pytest.mark.parametrize(
    ("discriminator", "kind"),
    [
        (
            {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog", "cat": "#/components/schemas/Cat"}},
            "dog",
        ),
        ({"propertyName": "kind"}, "Dog"),
        ({"propertyName": "kind", "mapping": {"woof": "#/components/schemas/Dog"}}, "woof"),
    ],
)
def test_a_discriminator_tells_the_class(discriminator: Any, kind: str, tmp_path: Path) -> None:
    schemas = {"Cat": CAT, "Dog": DOG, "Pet": {**PET, "discriminator": discriminator}}
    answer = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    made = Made(description({"/a": {"get": operation(answer)}}, schemas=schemas), tmp_path)
    with made.pod([{"kind": kind, "bark": "w"}]) as pod:
        assert pod.things.do() == [made.package.Dog(kind=kind, bark="w")]


def test_a_discriminator_of_a_schema_that_others_extend_tells_the_class(tmp_path: Path) -> None:
    base = {**CAT, "discriminator": {"propertyName": "kind"}}
    dog = {
        "allOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object", "properties": {"bark": {"type": "string"}}}]
    }
    made = Made(
        description(
            {"/a": {"get": operation({"$ref": "#/components/schemas/Pet"})}}, schemas={"Pet": base, "Dog": dog}
        ),
        tmp_path,
    )
    with made.pod({"kind": "Dog", "bark": "w"}) as pod:
        assert pod.things.do() == made.package.Dog(kind="Dog", bark="w")


def test_a_value_that_no_discriminator_knows_is_refused(tmp_path: Path) -> None:
    schemas = {"Cat": CAT, "Dog": DOG, "Pet": {**PET, "discriminator": {"propertyName": "kind"}}}
    made = Made(
        description({"/a": {"get": operation({"$ref": "#/components/schemas/Pet"})}}, schemas=schemas), tmp_path
    )
    with made.pod({"kind": "Fish"}) as pod, pytest.raises(made.package.DecodeError, match="kind is one of Cat, Dog"):
        pod.things.do()


def test_a_discriminator_knows_who_extends_whom_over_several_steps_and_takes_others_for_the_first(
    tmp_path: Path,
) -> None:
    text = {"type": "string"}
    pet = {"$ref": "#/components/schemas/Pet"}
    known = {
        "Pet": {"type": "object", "properties": {"kind": text}, "discriminator": {"propertyName": "kind"}},
        "Cat": {"title": "A cat", "allOf": [pet, {"properties": {"lives": text}}]},
        "Kitten": {"allOf": [{"$ref": "#/components/schemas/Cat"}, {"properties": {"age": text}}]},
    }
    pets = {"type": "array", "items": pet}
    made = Made(description({"/a": {"get": operation(pets)}}, schemas=known), tmp_path)
    with made.pod([{"kind": "Kitten"}, {"kind": "Cat"}, {"kind": "Bird"}, {}]) as pod:
        found = [type(one).__name__ for one in pod.things.do()]
    assert found == ["Kitten", "ACat", "Pet", "Pet"]


def test_schemas_that_are_told_apart_in_two_ways_are_refused(tmp_path: Path) -> None:
    both = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]
    members = {name: {"oneOf": both, "discriminator": {"propertyName": name}} for name in ("x", "y")}
    some = {"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "string"}}}
    paths = {"/a": {"get": operation({"type": "object", "properties": members})}}
    found = refusal(description(paths, schemas={"A": some, "B": some}), tmp_path)
    assert "the schemas A, B are told apart in another way elsewhere, by 'x'." in found


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param({"kind": "x", "bark": "w"}, "Dog", id="the second knows all members"),
        pytest.param({"kind": "x"}, "Cat", id="both do"),
        pytest.param({"other": 1}, "Cat", id="neither does"),
        pytest.param({"bark": "w", "other": 1}, "Dog", id="the second knows more"),
    ],
)
def test_without_a_discriminator_the_class_is_the_one_that_knows_most_members(
    answer: Any, kind: str, tmp_path: Path
) -> None:
    made = Made(description({"/a": {"get": operation(PET)}}, schemas={"Cat": CAT, "Dog": DOG}), tmp_path)
    with made.pod(answer) as pod:
        pet = pod.things.do()
    assert (type(pet).__name__, pet.to_dict()) == (kind, answer)
