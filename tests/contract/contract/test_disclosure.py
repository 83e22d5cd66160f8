import base64
import html
import json
from urllib.parse import quote

import pytest

from contract_tests.contract.disclosure import SHORTEST_PART, Text, written_forms

TOKEN = 'Ab/cd+Ef=gh<ij&kl"mn1234567890qrstuv'
HALF = len(TOKEN) // 2

WRITTEN = {
    "as it is": TOKEN,
    "in upper case": TOKEN.upper(),
    "in JSON": json.dumps(TOKEN),
    "in JSON within JSON": json.dumps(json.dumps(TOKEN)),
    "in JSON with slashes escaped": TOKEN.replace("/", "\\/"),
    "in JSON, every character escaped": "".join(f"\\u{ord(character):04x}" for character in TOKEN),
    "as Python shows it": repr(TOKEN + "'"),
    "in Python's bytes": "".join(f"\\x{ord(character):02x}" for character in TOKEN),
    "in HTML": html.escape(TOKEN),
    "in HTML, every character a number": "".join(f"&#{ord(character)};" for character in TOKEN),
    "in HTML, every character a hexadecimal number": "".join(f"&#x{ord(character):X};" for character in TOKEN),
    "in HTML, twice": html.escape(html.escape(TOKEN)),
    "in JSON in HTML": html.escape(json.dumps(TOKEN)),
    "URL-encoded": quote(TOKEN, safe=""),
    "URL-encoded in lower case": quote(TOKEN, safe="").lower(),
    "URL-encoded, every character": "".join(f"%{ord(character):02x}" for character in TOKEN),
    "URL-encoded twice": quote(quote(TOKEN, safe=""), safe=""),
    "in hexadecimal": TOKEN.encode().hex(),
    "in upper-case hexadecimal": TOKEN.encode().hex().upper(),
    "in base64": base64.b64encode(TOKEN.encode()).decode(),
    "in base64 with a name before it": base64.b64encode(f"user:{TOKEN}".encode()).decode(),
    "in base64 for URLs": base64.urlsafe_b64encode(f"x:{TOKEN}:y".encode()).decode(),
    "in base64, URL-encoded": quote(base64.b64encode(TOKEN.encode()).decode(), safe=""),
    "in UTF-16": TOKEN.encode("utf-16-le").decode("latin-1"),
    "backwards": TOKEN[::-1],
    "broken over two lines": f"{TOKEN[:HALF]}\r\n    {TOKEN[HALF:]}",
    "broken by an escaped line end": f"{TOKEN[:HALF]}\\n{TOKEN[HALF:]}",
    "its first half": TOKEN[:HALF],
    "its second half": TOKEN[HALF:],
    "two thirds of it": TOKEN[: len(TOKEN) * 2 // 3],
    "all but the first character": TOKEN[1:],
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_secret_is_found_however_it_is_written(form: str) -> None:
    text = f'{{"message": "no session {WRITTEN[form]}; log in"}}'
    assert Text(text).shows(written_forms(TOKEN))


@pytest.mark.parametrize("form", ["as it is", "in JSON within JSON", "in HTML", "URL-encoded twice", "its first half"])
def test_the_place_of_a_secret_covers_exactly_the_secret(form: str) -> None:
    written = WRITTEN[form]
    if form.startswith("in JSON"):
        written = written.strip('"\\')
    text = f"said [{written}], twice: {written}."
    assert Text(text).spans(written_forms(TOKEN)) == [
        (6, 6 + len(written)),
        (len(text) - 1 - len(written), len(text) - 1),
    ]


def test_an_escape_beside_a_secret_is_not_cut() -> None:
    text = f'\\"{"t" * 20}\\n'
    assert Text(text).spans(written_forms("t" * 20)) == [(2, 22)]


@pytest.mark.parametrize("token", ["0123456789", "a-token-of-the-caller", TOKEN, "x1Y2" * 250])
@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"code": 404, "message": "No such user: 7078106103809"}',
        "100% of %s, C:\\new\\users, &amp; &nosuch; \\u00e4 \\ud83d\\ude00 %C3%A4 \\",
        "01234 56789",
        TOKEN[: SHORTEST_PART - 1],
        TOKEN[-SHORTEST_PART + 1 :],
    ],
)
def test_ordinary_text_is_not_taken_for_a_secret(text: str, token: str) -> None:
    assert not Text(text).shows(written_forms(token))
    assert Text(text).spans(written_forms(token)) == []


def test_a_tenth_of_a_long_token_is_no_secret() -> None:
    token = "".join(f"{number:04}" for number in range(250))
    assert not Text(token[:100]).shows(written_forms(token))


def test_less_than_eight_characters_are_searched_only_on_request() -> None:
    assert written_forms("seven77") == frozenset()
    assert "seven77" in written_forms("seven77", 4)
