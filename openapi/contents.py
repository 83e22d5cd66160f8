"""What is sent and what is answered: bodies, forms, answers and files."""

from collections.abc import Iterator
from typing import Any

from openapi.documents import Place, copied, followed, operations
from openapi.facts import Facts, GeneratorInput
from openapi.media_types import FORMS, is_bytes, is_json, is_writable, plain_of
from openapi.parameters import kinds_of
from openapi.validate import schemas

_FILE = {"type": "string", "format": "binary"}


def take_body(made: GeneratorInput, operation: dict[str, Any], facts: Facts, place: Place) -> None:
    """Bring the body of an operation into the form that the generator takes, in place."""
    document = made.document
    if "requestBody" not in operation:
        return
    body = operation["requestBody"] = copied(followed(document, operation["requestBody"]))
    content = body.get("content", {})
    writable = [name for name, media in content.items() if is_writable(document, name, media)]
    left_out = [media_type for media_type in content if media_type not in writable]
    if writable and left_out:
        here = (*place, "requestBody", "content")
        made.note(
            here,
            f"the client cannot write {', '.join(map(ascii, left_out))} and leaves that "
            "out: the body can be sent otherwise.",
        )
        for media_type in left_out:
            del content[media_type]
    if "*/*" in content:
        media = content.pop("*/*")
        if not content:
            content["application/octet-stream" if is_bytes(document, "*/*", media) else "application/json"] = media
    for media_type, media in content.items():
        here = (*place, "requestBody", "content", media_type)
        plain = plain_of(media_type)
        if media_type not in left_out and is_bytes(document, plain, media):
            media["schema"] = dict(_FILE)
            made.content_types[media_type] = "application/octet-stream"
        elif media_type in left_out:
            text = f"a body of {media_type!a} is none that the client can write."
            made.refuse(here, f"{text} Name another media type by an overlay.")
        media.setdefault("schema", {})
        if plain in FORMS:
            facts.part_types[media_type] = dict(_part_types(made, media, plain, here))


def _part_types(made: GeneratorInput, media: dict[str, Any], plain: str, place: Place) -> Iterator[tuple[str, str]]:
    """The media types that `encoding` gives the parts of a form; anything else that it says is refused."""
    if "object" not in kinds_of(made.document, media["schema"]):
        made.refuse((*place, "schema"), "a form is made of an object, and this is none. Change it by an overlay.")
    for name, encoding in media.get("encoding", {}).items():
        here = (*place, "encoding", name)
        way_out = "Take it out by an overlay."
        for said in ("headers", "allowReserved"):
            if encoding.get(said):
                made.refuse((*here, said), f"the client cannot write {said} of a part. {way_out}")
        if plain == "multipart/form-data":
            for said in encoding.keys() & {"style", "explode"}:
                made.refuse((*here, said), f"the client writes the parts of this form without a {said}. {way_out}")
            kinds = [kind.strip() for kind in encoding.get("contentType", "").split(",") if "*" not in kind]
            if kinds and kinds[0]:
                yield name, kinds[0]
            continue
        if encoding.get("style", "form") != "form" or encoding.get("explode", True) is not True:
            made.refuse(
                here, f"the client writes several values of a form under the same name each, and not so. {way_out}"
            )
        kind = encoding.get("contentType", "application/json")
        if not is_json(kind) and kind != "text/plain":
            made.refuse((*here, "contentType"), f"the client cannot write {kind!a} into this form. {way_out}")


def take_answers(made: GeneratorInput, operation: dict[str, Any], facts: Facts, place: Place) -> None:
    """Bring the answers of an operation into the form that the generator takes, in place."""
    document = made.document
    accepted: list[str] = []
    # Where no answer is described, any is one, and none has a result.
    for status, response in operation.setdefault("responses", {"default": {"description": ""}}).items():
        answer = operation["responses"][status] = copied(followed(document, response))
        if place[-1] == "head":
            answer.pop("content", None)  # by HTTP it is answered without its body
        content = answer.get("content", {})
        chosen = next((name for name in content if is_json(name)), None)
        chosen = chosen or next((name for name in content if is_bytes(document, name, content[name])), None)
        chosen = chosen or next((name for name in content if name.startswith("text/")), None)
        chosen = chosen or next((name for name in content if name.startswith("*/*")), None)
        if content and chosen is None:
            text = f"an answer of {', '.join(map(ascii, content))} is none that the client can read."
            made.refuse((*place, "responses", status, "content"), f"{text} Name another media type by an overlay.")
        if chosen is None:
            continue
        media = content[chosen]
        if len(content) > 1:
            here = (*place, "responses", status, "content")
            others = ", ".join(ascii(name) for name in content if name != chosen)
            made.note(here, f"the client asks for {chosen!a}, and leaves out {others}.")
        media.setdefault("schema", {})
        if is_bytes(document, chosen, media):
            media["schema"] = dict(_FILE)
            made.content_types[chosen] = "application/octet-stream"
        elif chosen.startswith("*/*"):
            made.content_types[chosen] = "application/json"
        elif chosen.startswith("text/"):
            media["schema"] = {"type": "string"}
        answer["content"] = {chosen: media}
        accepted.append(chosen)
    facts.accept = ", ".join(dict.fromkeys(accepted)) or "application/json"


def mark_files(document: dict[str, Any]) -> None:
    """Mark the strings that are files, and no others: those that are parts of a form, or a whole body."""
    files: list[dict[str, Any]] = []
    for _, _, operation in operations(document):
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in operation.get("responses", {}).values()]
        for media_type, media in ((name, media) for content in contents for name, media in content.items()):
            if media_type.startswith("multipart/"):
                files += _parts(document, media.get("schema", {}))
            elif media.get("schema") == _FILE and not is_json(media_type):
                files.append(media["schema"])
    marked = {id(schema) for schema in files}
    for _, schema in schemas(document):
        kinds = schema.get("type")
        is_text = "string" in (kinds if isinstance(kinds, list) else [kinds])
        if id(schema) in marked and is_text and "contentEncoding" not in schema:
            if "contentMediaType" in schema or schema.get("format") == "binary":
                schema["format"] = "binary"
        elif schema.get("format") == "binary" and is_text:
            del schema["format"]


def _parts(document: dict[str, Any], schema: Any) -> Iterator[dict[str, Any]]:
    whole = followed(document, schema)
    for part in whole.get("allOf", []) if isinstance(whole, dict) else []:
        yield from _parts(document, part)
    for member in (whole.get("properties", {}) if isinstance(whole, dict) else {}).values():
        part = followed(document, member)
        yield part
        if isinstance(part, dict) and isinstance(part.get("items"), dict):
            yield followed(document, part["items"])
