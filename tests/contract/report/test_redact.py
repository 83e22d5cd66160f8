import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from contract_tests.report.output import Output
from contract_tests.report.redact import REDACTED, Redactor
from contract_tests.report.results import read_results
from contract_tests.report.write import write_reports
from tests.contract.results import BROKEN, results_of

ODD_TOKEN = 'Ab/cd+Ef=gh<ij&kl"mn1234567890qrstuv'
KEY = """-----BEGIN PRIVATE KEY-----
Q7xK2mPz9RtV4wLb8NcJ5hGd3FsY6aEuQ7xK2mPz9RtV4wLb8NcJ5hGd3FsY6aEu
Zk81LmQ0PwNv72XyBtRs
-----END PRIVATE KEY-----
"""


def redactor(*secrets: str) -> Redactor:
    return Redactor(lambda: secrets)


def written_with(folder: Path, *secrets: str) -> dict[str, str]:
    """Every output of a run over a pod that repeats the first secret, by name."""
    answer = json.dumps({"code": 404, "message": f"no {secrets[0]}"})
    write_reports(Output(folder, redactor(*secrets)), results_of({BROKEN: answer}))
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_a_secret_goes_and_the_rest_stays() -> None:
    assert redactor(ODD_TOKEN).redact(f"no {ODD_TOKEN}, log in") == f"no {REDACTED}, log in"


def test_a_secret_that_is_learned_later_goes_too() -> None:
    secrets: list[str] = []
    changing = Redactor(lambda: secrets)
    assert changing.redact("no a-later-token") == "no a-later-token"
    secrets.append("a-later-token")
    assert changing.redact("no a-later-token") == f"no {REDACTED}"


@pytest.mark.parametrize("line", KEY.splitlines()[1:3])
def test_a_line_of_a_key_goes(line: str) -> None:
    assert redactor(KEY).redact(f"key {line}") == f"key {REDACTED}"


def test_a_password_of_four_characters_goes() -> None:
    assert redactor("pa5s").redact("407 for u:pa5s@proxy") == f"407 for u:{REDACTED}@proxy"


def test_keys_and_the_suite_s_own_words_stay() -> None:
    line = {"verdict": "not verified", "reason": "not verified", "counts": {"not verified": 1}, "seconds": 1.5}
    expected = line | {"reason": f"not {REDACTED}"}
    assert redactor("verified").redact_values(line) == expected


@pytest.mark.parametrize("token", [ODD_TOKEN, "'" + ODD_TOKEN, "back\\slash\\newline-token", "]]>--><script>alert"])
def test_no_report_shows_a_secret_with_characters_that_formats_escape(tmp_path: Path, token: str) -> None:
    texts = written_with(tmp_path, token)
    shown = [name for name, text in texts.items() if text != redactor(token).redact(text)]
    assert shown == []
    assert {name for name, text in texts.items() if REDACTED in text} == {
        "junit.xml",
        "summary.md",
        "report.html",
        "results.jsonl",
        "results.sarif",
    }


@pytest.mark.parametrize("word", ["verified", "evidence", "testcase", "exchanges", "counts", "details>", "12345678"])
def test_a_secret_that_is_a_word_of_the_suite_leaves_every_format_whole(tmp_path: Path, word: str) -> None:
    texts = written_with(tmp_path, word)
    assert f'"message\\": \\"no {REDACTED}\\"' in texts["results.jsonl"]
    read_results(tmp_path / "results.jsonl")
    ElementTree.fromstring(texts["junit.xml"])
    assert texts["report.html"].count("</details>") == texts["report.html"].count("<details")


def test_a_value_that_was_not_redacted_is_by_the_last_net(tmp_path: Path) -> None:
    document: dict[str, Any] = {"missed": json.dumps({"message": ODD_TOKEN})}
    Output(tmp_path, redactor(ODD_TOKEN)).write("missed.json", json.dumps(document))
    assert json.loads((tmp_path / "missed.json").read_text("utf-8")) == {"missed": f'{{"message": "{REDACTED}"}}'}
