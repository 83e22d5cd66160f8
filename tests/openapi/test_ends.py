"""However `make generate` ends, generated/ is whole, nothing is left beside it, and no traceback is printed."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openapi import generate, pages_add, quotes
from openapi.errors import ContractError
from tests.openapi.project import ACCEPT, Project, tree

HOLD = """
import os, sys, time
from openapi import generate, generator
def hold(*_, **__):
    os.write(1, b"held")
    time.sleep(60)
generator.make_client = hold
sys.exit(generate.main([]))
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_in_order(number: signal.Signals, status: int, project: Project) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(4) == "held"
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
    assert (process.returncode, said, tree(project.generated), project.leftovers()) == (
        status,
        f"generate: interrupted by {number.name}; generated/ is as it was.\n",
        {"old": b"generated before"},
        [],
    )


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_cannot_be_used_is_told(
    code: int, project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code), "openapi.json")

    monkeypatch.setattr("openapi.generator.make_client", fail)
    status = generate.main([])
    assert (status, capsys.readouterr().err.splitlines()[0], tree(project.generated), project.leftovers()) == (
        1,
        f"generate: openapi.json: {os.strerror(code)}.",
        {"old": b"generated before"},
        [],
    )


def test_a_second_run_says_that_nothing_has_changed(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    generate.main([])
    before = tree(project.generated)
    capsys.readouterr()
    assert (generate.main([]), capsys.readouterr().out, tree(project.generated)) == (
        0,
        "generated/ is up to date: nothing that it is made from has changed.\n",
        before,
    )


@pytest.mark.parametrize("name", ["openapi.json", "symphony_pod_client/model.py", "symphony_pod_client/new.py"])
def test_a_generated_file_that_was_changed_is_made_again(name: str, project: Project, pristine: Project) -> None:
    generate.main([])
    with (project.generated / name).open("a") as file:
        file.write("# by hand\n")
    generate.main([])
    assert tree(project.generated) == tree(pristine.generated)


RULES = '[[rule]]\nid = "a-rule"\npages = ["{page}"]\nquote = "{words}"\n'


def with_rule(project: Project, page: str, words: str) -> None:
    path = project.root / quotes.CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULES.format(page=page, words=words), encoding="utf-8")


def test_a_sentence_that_a_rule_quotes_and_that_is_there_is_fine(project: Project) -> None:
    with_rule(project, ACCEPT, "# Accept Connection")
    assert (generate.main([]), generate.main([])) == (0, 0)


@pytest.mark.parametrize("page", [ACCEPT, "none.md"])
def test_a_sentence_that_a_rule_quotes_and_that_is_gone_is_an_error(
    page: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    generate.main([])
    with_rule(project, page, "No such words")
    status = generate.main([])
    said = capsys.readouterr().err
    assert (status, said.startswith(f"generate: openapi/pages/{page}: rule a-rule in "), "No such words" in said) == (
        1,
        True,
        True,
    )


def test_a_new_page_that_is_wrong_leaves_everything_as_it_was(project: Project, tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("nothing", encoding="utf-8")
    before = tree(project.root)
    with pytest.raises(ContractError, match=r"openapi/pages/new\.md: expected a fence"):
        pages_add.add([tmp_path / "new.md"], project.root)
    after = tree(project.root)
    after.pop("new.md", None)
    before.pop("new.md", None)
    assert after == before


def test_a_new_page_is_recorded_and_the_client_is_made(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    new = tmp_path_factory.mktemp("copies") / "accept-again.md"
    new.write_bytes((project.pages / ACCEPT).read_bytes())
    said = pages_add.add([new], project.root)
    recorded = (project.pages / "SHA256SUMS").read_text(encoding="utf-8")
    assert (
        "accept-again.md" in recorded,
        "the page is new" in said,
        (project.generated / "openapi.json").is_file(),
    ) == (
        True,
        True,
        True,
    )
