"""The sentences of each page that no rule quotes."""

from pathlib import Path

import pytest

from contract_tests import FOLDER
from contract_tests.__main__ import main
from contract_tests.contract.coverage import unquoted

PAGES = FOLDER.parent / "openapi" / "pages"


def test_a_sentence_that_a_rule_quotes_is_not_listed() -> None:
    quoted = "The two users are connected."
    assert [sentence for sentence in unquoted(PAGES)["accept-connection.md"] if quoted in sentence] == []


def test_a_page_without_rules_is_listed_whole(tmp_path: Path) -> None:
    text = 'One thing.  Another thing.\n\n```json\n{"description":"a status"}\n```\n\nNot {"b":1}.\n'
    (tmp_path / "new.md").write_text(text, encoding="utf-8")
    assert unquoted(tmp_path) == {"new.md": ["One thing.", "Another thing.", 'Not {"b":1}.', "a status"]}


def test_descriptions_count_in_json_and_yaml_of_any_form(tmp_path: Path) -> None:
    text = (
        '```json\n{\n  "description" : "spread out"\n}\n```\n\n'
        "~~~yaml\nsummary: one line\nget:\n  description: |\n    two\n    lines\n  tags: []\n~~~\n"
    )
    (tmp_path / "new.md").write_text(text, encoding="utf-8")
    assert unquoted(tmp_path) == {"new.md": ["spread out", "one line", "two lines"]}


def test_the_command_prints_them_by_page(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["rules", "--coverage"])
    assert (status, "reject-connection.md: " in capsys.readouterr().out) == (0, True)
