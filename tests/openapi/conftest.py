from pathlib import Path

import pytest

from openapi import generate
from tests.openapi.project import REPOSITORY, Project


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the repository's openapi/ with what is made of it; nobody changes it."""
    project = Project.copied(REPOSITORY, tmp_path_factory.mktemp("pristine"))
    generate.generate(project.openapi, project.generated)
    return project


@pytest.fixture
def project(pristine: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy to change, on which generate.main works; with a generated/ that cannot be mistaken for a new one."""
    copy = Project.copied(pristine.root, tmp_path)
    copy.generated.mkdir()
    (copy.generated / "old").write_text("generated before")
    monkeypatch.setattr(generate, "OPENAPI", copy.openapi)
    monkeypatch.setattr(generate, "GENERATED", copy.generated)
    return copy
