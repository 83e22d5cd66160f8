"""Answers that are right in what they say and wrong in how it is written."""

import gzip
import json
from typing import Any

from ..app import Answer, Call, Emulator
from ..changes import Family, answers, as_json, content, drop_header, refusals, successes

FAMILY = Family()


def content_type(emulator: Emulator, value: str) -> None:
    """Name another type in every answer."""
    answers(emulator, lambda _, answer: answer.headers.update({"content-type": value}))


@FAMILY.defect("answer-media-type")
def type_absent(emulator: Emulator) -> None:
    """An answer has no Content-Type."""
    drop_header(emulator, "content-type")


@FAMILY.defect("answer-media-type")
def type_text_plain(emulator: Emulator) -> None:
    """An answer is text/plain."""
    content_type(emulator, "text/plain; charset=utf-8")


@FAMILY.defect("answer-media-type")
def type_text_json(emulator: Emulator) -> None:
    """An answer is text/json, which is no registered type."""
    content_type(emulator, "text/json")


@FAMILY.defect("answer-media-type")
def type_octet_stream(emulator: Emulator) -> None:
    """A success is application/octet-stream."""
    successes(emulator, lambda _, answer: answer.headers.update({"content-type": "application/octet-stream"}))


@FAMILY.defect("answer-media-type")
def error_type_problem(emulator: Emulator) -> None:
    """A refusal is application/problem+json."""
    refusals(emulator, lambda _, answer: answer.headers.update({"content-type": "application/problem+json"}))


@FAMILY.defect("answer-media-type", "answer-json")
def error_in_html(emulator: Emulator) -> None:
    """A refusal is a page for people, in HTML."""

    def page(_: Call, answer: Answer) -> None:
        answer.headers["content-type"] = "text/html"
        answer.content = f"<html><h1>HTTP Status {answer.status}</h1></html>".encode()

    refusals(emulator, page)


@FAMILY.defect("answer-media-type", "answer-json")
def not_found_in_xml(emulator: Emulator) -> None:
    """A 404 is XML."""

    def xml(_: Call, answer: Answer) -> None:
        answer.headers["content-type"] = "application/xml"
        answer.content = b"<error><code>404</code></error>"

    refusals(emulator, xml, 404)


@FAMILY.defect("answer-charset")
def charset_latin1_declared(emulator: Emulator) -> None:
    """The Content-Type says ISO-8859-1."""
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
    """A success has something after the JSON."""
    content(emulator, lambda value: as_json(value) + b"\n-- end of answer")


@FAMILY.defect("answer-json")
def trailing_nul(emulator: Emulator) -> None:
    """A success is filled up with NUL bytes."""
    content(emulator, lambda value: as_json(value).ljust(256, b"\0"))


@FAMILY.defect("answer-json")
def written_twice(emulator: Emulator) -> None:
    """A success is written twice."""
    content(emulator, lambda value: as_json(value) * 2)


@FAMILY.defect("answer-json")
def cut_in_the_middle(emulator: Emulator) -> None:
    """A success is cut in the middle, and its Content-Length is that of the half."""
    content(emulator, lambda value: as_json(value)[: len(as_json(value)) // 2])


@FAMILY.defect("answer-json")
def guarded_against_inclusion(emulator: Emulator) -> None:
    """A success begins with )]}', so that no script can include it."""
    content(emulator, lambda value: b")]}',\n" + as_json(value))


@FAMILY.defect("answer-json")
def as_a_callback(emulator: Emulator) -> None:
    """A success is a call of a JavaScript function."""
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
    """A number is written with zeros before it."""
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
    """A success says the status twice, and not the same one."""
    content(emulator, lambda value: as_json(value)[:-1] + b',"status":"PENDING_INCOMING"}')


@FAMILY.defect("answer-json")
def user_id_twice(emulator: Emulator) -> None:
    """A success says the userId twice, the same."""
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
    """A success says that it is compressed, and is not."""
    successes(emulator, lambda _, answer: answer.headers.update({"content-encoding": "gzip"}))


@FAMILY.defect("answer-json")
def gzip_undeclared(emulator: Emulator) -> None:
    """A success is compressed, and does not say so."""
    content(emulator, lambda value: gzip.compress(as_json(value)))
