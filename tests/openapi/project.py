"""A copy of the parts of the project that lead from pages to client, for a test to change."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from openapi import generate

REPOSITORY = Path(__file__).resolve().parents[2]
ACCEPT = "accept-connection.md"
REJECT = "reject-connection.md"


class Project:
    """A folder with ``openapi/``, ``pyproject.toml`` and, once it was generated, ``generated/``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.openapi = root / "openapi"
        self.pages = self.openapi / "pages"
        self.generated = root / "generated"

    @classmethod
    def copied(cls, source: Path, root: Path) -> "Project":
        """Copy a project, this one's repository or another test's."""
        shutil.copytree(source / "openapi", root / "openapi", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(source / "pyproject.toml", root / "pyproject.toml")
        return cls(root)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change what stands exactly once in a file."""
        path = self.root / name
        text = path.read_bytes().decode()
        assert text.count(old) == 1, (name, old, text.count(old))
        path.write_bytes(text.replace(old, new).encode())

    def edit_page(self, name: str, old: str, new: str) -> None:
        """Change a page as its publisher would: with the hash recorded."""
        self.edit(f"openapi/pages/{name}", old, new)
        self.record_pages()

    def write_page(self, name: str, content: bytes) -> None:
        """Store a page as published, with its hash recorded."""
        (self.pages / name).parent.mkdir(parents=True, exist_ok=True)
        (self.pages / name).write_bytes(content)
        self.record_pages()

    def record_pages(self) -> None:
        """Record every page in SHA256SUMS, as the errors advise."""
        pages = [path for path in self.pages.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]
        lines = [
            f"{hashlib.sha256(page.read_bytes()).hexdigest()}  {page.relative_to(self.pages).as_posix()}\n"
            for page in pages
        ]
        (self.pages / "SHA256SUMS").write_text("".join(sorted(lines)))

    def companion(self) -> Any:
        """The companion, to be changed and given to `write_companion`."""
        return json.loads(json.dumps(yaml.safe_load((self.openapi / "companion.yaml").read_text(encoding="utf-8"))))

    def write_companion(self, document: Any) -> None:
        """Put another companion in the place of the copied one."""
        (self.openapi / "companion.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def run(
        self,
        environment: dict[str, str] | None = None,
        *,
        cwd: Path | None = None,
        umask: int = 0o022,
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python -m openapi.generate`` on this copy, in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "openapi.generate"],
            cwd=cwd or self.root,
            env=self.environment() | (environment or {}),
            umask=umask,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def environment(self) -> dict[str, str]:
        """The environment in which a process finds this copy, and not the repository, as ``openapi``."""
        inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
        return inherited | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}

    def leftovers(self) -> list[str]:
        """What stands beside what a project is made of."""
        return sorted({path.name for path in self.root.iterdir()} - {"openapi", "pyproject.toml", "generated"})


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, with its content."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def page_document(project: Project, name: str) -> Any:
    """The OpenAPI document in a page's fence, read without the code under test."""
    text = (project.pages / name).read_text(encoding="utf-8")
    return json.loads(text.split("```json\n")[1].split("\n```")[0])


def page_with(document: Any) -> bytes:
    """A page that holds a document."""
    return f"# A page\n\n```json\n{json.dumps(document)}\n```\n".encode()


def generated_modules(folder: Path) -> list[Path]:
    """Every Python file of the client."""
    return sorted((folder / generate.PACKAGE).rglob("*.py"))
