import ast
from pathlib import Path

import pytest

from contract_tests.contract.description import COMPANION, UNDER_TEST, description, operation
from contract_tests.contract.rules import Excluded, PageFinding, Rule, excluded, page_findings, rules
from contract_tests.target.target import ROLES

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "openapi" / "pages"
ALL: list[Rule | Excluded | PageFinding] = [*rules().values(), *excluded(), *page_findings()]


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.says)
def test_the_quote_stands_in_every_page_that_the_rule_names(entry: Rule | Excluded | PageFinding) -> None:
    missing = [page for page in entry.pages if entry.quote not in (PAGES / page).read_text(encoding="utf-8")]
    assert missing == []
    assert entry.pages


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)
def test_a_rule_is_well_formed(rule: Rule) -> None:
    assert rule.level in ("MUST", "SHOULD")
    assert rule.judges in ("requests", "answers")
    assert set(rule.needs) - {*ROLES, "caller-login", "two-pods"} == set()
    assert set(rule.companion) - {"create", "read", "remove"} == set()
    assert all([rule.says, rule.sent, rule.expected, rule.example])


def rules_with_a_test() -> list[str]:
    found = [rule.id for rule in rules().values() if rule.judges == "answers"]
    for path in sorted((ROOT / "contract_tests" / "checks").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    found.append(str(argument.value))
    return found


def test_every_rule_has_one_test_and_every_test_a_rule() -> None:
    assert sorted(rules_with_a_test()) == sorted(rules())


def test_the_suite_s_operations_are_those_of_the_description() -> None:
    described = [
        method["operationId"]
        for item in description()["paths"].values()
        for method in item.values()
        if isinstance(method, dict)
    ]
    assert sorted([*UNDER_TEST, *COMPANION]) == sorted(described)
    assert [operation(name).kind for name in (*UNDER_TEST, *COMPANION)] == ["page"] * 2 + ["companion"] * 5
