from pathlib import Path

import pytest

from contract_tests.__main__ import main

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_shows_the_rules_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--markdown"]) == 0
    table = capsys.readouterr().out
    assert README.read_text(encoding="utf-8").endswith(table)
