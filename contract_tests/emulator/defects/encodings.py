"""Defects in how answers are written: media type, charset and JSON."""

import gzip
import json
from typing import Any

from ..app import Answer, Call, Emulator
from ..changes import Family, answers, as_json, content, drop_header, refusals, successes

FAMILY = Family()


def content_type(emulator: Emulator, value: str) -> None:
    """Set another Content-Type in every answer."""
    answers(emulator, lambda _, answer: answer.headers.update({"content-type": value}))


@FAMILY.defect("answer-media-type")
def type_absent(emulator: Emulator) -> None:
    """Answers have no Content-Type."""
    drop_header(emulator, "content-type")


@FAMILY.defect("answer-media-type")
def type_text_plain(emulator: Emulator) -> None:
    """The Content-Type of answers is text/plain."""
    content_type(emulator, "text/plain; charset=utf-8")


@FAMILY.defect("answer-media-type")
def type_text_json(emulator: Emulator) -> None:
    """The Content-Type of answers is text/json, which is not registered."""
    content_type(emulator, "text/json")


@FAMILY.defect("answer-media-type")
def type_octet_stream(emulator: Emulator) -> None:
    """The Content-Type of successes is application/octet-stream."""
    successes(emulator, lambda _, answer: answer.headers.update({"content-type": "application/octet-stream"}))


@FAMILY.defect("answer-media-type")
def error_type_problem(emulator: Emulator) -> None:
    """The Content-Type of refusals is application/problem+json."""
    refusals(emulator, lambda _, answer: answer.headers.update({"content-type": "application/problem+json"}))


@FAMILY.defect("answer-media-type", "answer-json")
def error_in_html(emulator: Emulator) -> None:
    """A refusal is an HTML page."""

    def page(_: Call, answer: Answer) -> None:
        answer.headers["content-type"] = "text/html"
        answer.content = f"<html><h1>HTTP Status {answer.status}</h1></html>".encode()

    refusals(emulator, page)


@FAMILY.defect("answer-media-type", "answer-json")
def not_found_in_xml(emulator: Emulator) -> None:
    """A 404 is answered in XML."""

    def xml(_: Call, answer: Answer) -> None:
        answer.headers["content-type"] = "application/xml"
        answer.content = b"<error><code>404</code></error>"

    refusals(emulator, xml, 404)


@FAMILY.defect("answer-charset")
def charset_latin1_declared(emulator: Emulator) -> None:
    """The Content-Type of answers names the charset ISO-8859-1."""
    content_type(emulator, "application/json; charset=ISO-8859-1")


@FAMILY.defect("answer-json")
def latin1(emulator: Emulator) -> None:
    """The message of an Error is written in ISO-8859-1."""
    refusals(
        emulator, lambda _, answer: setattr(answer, "content", '{"code":400,"message":"Réfusé"}'.encode("latin-1"))
    )


@FAMILY.defect("answer-json")
def byte_order_mark(emulator: Emulator) -> None:
    """A success begins with a byte order mark."""
    content(emulator, lambda value: b"\xef\xbb\xbf" + as_json(value))


@FAMILY.defect("answer-json")
def utf_16(emulator: Emulator) -> None:
    """A success is written in UTF-16."""
    content(emulator, lambda value: as_json(value).decode().encode("utf-16"))


@FAMILY.defect("answer-json")
def trailing_bytes(emulator: Emulator) -> None:
    """A success has more bytes after the JSON."""
    content(emulator, lambda value: as_json(value) + b"\n-- end of answer")


@FAMILY.defect("answer-json")
def trailing_nul(emulator: Emulator) -> None:
    """A success is padded with NUL bytes."""
    content(emulator, lambda value: as_json(value).ljust(256, b"\0"))


@FAMILY.defect("answer-json")
def written_twice(emulator: Emulator) -> None:
    """A success holds its JSON twice."""
    content(emulator, lambda value: as_json(value) * 2)


@FAMILY.defect("answer-json")
def cut_in_the_middle(emulator: Emulator) -> None:
    """A success is cut in the middle; its Content-Length is right for the half that is sent."""
    content(emulator, lambda value: as_json(value)[: len(as_json(value)) // 2])


@FAMILY.defect("answer-json")
def guarded_against_inclusion(emulator: Emulator) -> None:
    """A success begins with )]}', which keeps browsers from loading it as a script."""
    content(emulator, lambda value: b")]}',\n" + as_json(value))


@FAMILY.defect("answer-json")
def as_a_callback(emulator: Emulator) -> None:
    """A success is a JavaScript function call (JSONP)."""
    content(emulator, lambda value: b"callback(" + as_json(value) + b");")


@FAMILY.defect("answer-json")
def single_quotes(emulator: Emulator) -> None:
    """A success is written as Python writes a dictionary."""
    content(emulator, lambda value: str(value).encode())


@FAMILY.defect("answer-json")
def trailing_comma(emulator: Emulator) -> None:
    """A success has a comma after its last member."""
    content(emulator, lambda value: as_json(value)[:-1] + b",}")


@FAMILY.defect("answer-json")
def comment(emulator: Emulator) -> None:
    """A success has a comment in it."""
    content(emulator, lambda value: as_json(value)[:-1] + b"/* cached */}")


@FAMILY.defect("answer-json")
def raw_control_character(emulator: Emulator) -> None:
    """The message of an Error has a line break that is not escaped."""
    refusals(emulator, lambda _, answer: setattr(answer, "content", b'{"code":400,"message":"line\nbreak"}'))


@FAMILY.defect("answer-json")
def leading_zeros(emulator: Emulator) -> None:
    """Numbers in a success have leading zeros."""
    content(emulator, lambda value: as_json(value).replace(b'"userId":', b'"userId":00'))


@FAMILY.defect("answer-json")
def counter_nan(emulator: Emulator) -> None:
    """The requestCounter is NaN."""
    content(emulator, lambda value: json.dumps({**value, "requestCounter": float("nan")}).encode())


@FAMILY.defect("answer-json")
def updated_at_infinity(emulator: Emulator) -> None:
    """The updatedAt is Infinity."""
    content(emulator, lambda value: json.dumps({**value, "updatedAt": float("inf")}).encode())


@FAMILY.defect("answer-json")
def status_twice(emulator: Emulator) -> None:
    """A success has the member status twice, with different values."""
    content(emulator, lambda value: as_json(value)[:-1] + b',"status":"PENDING_INCOMING"}')


@FAMILY.defect("answer-json")
def user_id_twice(emulator: Emulator) -> None:
    """A success has the member userId twice, with the same value."""
    content(emulator, lambda value: as_json(value)[:-1] + b',"userId":%d}' % value["userId"])


@FAMILY.defect("integers-plain")
def user_id_with_exponent(emulator: Emulator) -> None:
    """The userId is written with an exponent, 7.078106103809E12, as some languages print large numbers."""

    def write(value: Any) -> bytes:
        digits = str(value["userId"])
        exponent = f"{digits[0]}.{digits[1:]}E{len(digits) - 1}"
        return as_json(value).replace(f'"userId":{digits}'.encode(), f'"userId":{exponent}'.encode())

    content(emulator, write)


@FAMILY.defect("answer-whole")
def gzip_declared_only(emulator: Emulator) -> None:
    """A success says that it is compressed with gzip, but it is not."""
    successes(emulator, lambda _, answer: answer.headers.update({"content-encoding": "gzip"}))


@FAMILY.defect("answer-json")
def gzip_undeclared(emulator: Emulator) -> None:
    """A success is compressed with gzip but does not say so."""
    content(emulator, lambda value: gzip.compress(as_json(value)))
