"""A page that no rule is about gets schema checks and fuzzing at once; a status that goes away is no failure."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.runs import ROOT, Run

SELECTED = "fuzzed-request-lawful,answer-status-documented,success-schema"


def operation(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    """An operation of a page, which answers 200 with JSON of a schema, and 401 without a session."""
    content = {"application/json": {"schema": schema}}
    return {
        "operationId": name,
        "x-source": {"kind": "page", "file": "openapi/pages/new.md"},
        "security": [{"sessionToken": []}],
        "responses": {"200": {"description": "-", "content": content}, "401": {"description": "-"}},
        **more,
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the suite and of the description, to change."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "contract_tests", tmp_path / "contract_tests", ignore=ignored)
    shutil.copytree(ROOT / "openapi" / "pages", tmp_path / "openapi" / "pages")
    (tmp_path / "generated").mkdir()
    shutil.copy(ROOT / "generated" / "openapi.json", tmp_path / "generated")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def described(project: Path) -> Any:
    return json.loads((project / "generated" / "openapi.json").read_text(encoding="utf-8"))


def run(project: Path, description: Any, selected: str = SELECTED) -> Run:
    """Run the copy of the suite against emulated pods of this description."""
    (project / "generated" / "openapi.json").write_text(json.dumps(description), encoding="utf-8")
    command = [sys.executable, "-m", "contract_tests", "run", "--select", selected, "--max-examples", "5"]
    done = subprocess.run(
        [*command, "--output", str(project / "results")],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Run(done.returncode, done.stdout, done.stderr, project / "results")


def test_the_operations_of_a_new_page_are_fuzzed_and_their_answers_held_against_their_schemas(project: Path) -> None:
    description = described(project)
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    page = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    description["paths"] |= {
        "/v1/things": {"get": operation("listThings", {"type": "array", "items": thing})},
        "/v1/thing/{id}": {"get": operation("getThing", thing, parameters=[page])},
        "/v1/thing": {"post": operation("makeThing", thing)},
        # The emulated pod answers with text that its own description does not allow.
        "/v1/number": {"get": operation("getNumber", {"type": "string", "pattern": "^[0-9]+$"})},
    }
    ran = run(project, description)
    assert ran.verdicts() == {
        "fuzzed-request-lawful": "held",
        "answer-status-documented": "held",
        "success-schema": "broken",
    }, ran.complained + ran.said
    statuses = ran.lines()[-1]["footer"]["statuses"]
    assert {name: sorted(statuses[name]) for name in ("listThings", "makeThing")} == {
        "listThings": ["200", "401"],
        "makeThing": ["401"],  # what can change something is asked without a session alone
    }
    reason = next(line["reason"] for line in ran.lines() if line.get("rule") == "success-schema")
    assert reason.partition(";")[0] == "expected a body as GET /v1/number documents it for 200: its schema"


def test_a_status_that_goes_away_is_no_failure_of_suite_or_emulated_pod(project: Path) -> None:
    description = described(project)
    del description["paths"]["/v1/connection/accept"]["post"]["responses"]["404"]
    ran = run(project, description, "unknown-user-*,error-schema,answer-status-documented")
    assert ("error" in ran.verdicts().values(), "KeyError" in ran.said + ran.complained, ran.status) == (
        False,
        False,
        1,
    ), ran.said
    assert "the description documents no status 404 for acceptConnection" in ran.said
