"""How long making the client takes, held against the generator alone on the same description.

The descriptions: the project's own two pages; 20, 100 and 200 pages of one operation each; and one of 1,000 schemas.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.openapi.project import REPOSITORY, Project, page_with

RUNS = 3
MOST_TIMES = 1.5
MOST_SECONDS_UNCHANGED = 0.5
MOST_GROWTH = 1.3


def main() -> int:
    """Print the rows of the table; 1 where a target is missed, else 0.

    Ours is ``make generate``'s recipe on a copy of the project, formatted by ruff and swapped in. The other is
    ``openapi-python-client generate`` as it comes, but without its post hooks: what runs them depends on the machine,
    and without them it is quicker. Both run once beforehand, uncounted, and then in turns.
    """
    missed = 0
    used: dict[int, float] = {}
    sizes = ((2, 0, 0), (20, 18, 0), (100, 98, 0), (200, 198, 0), (3, 0, 1000))
    for pages, operations, schemas in sizes:
        with tempfile.TemporaryDirectory() as folder:
            project = Project.copied(REPOSITORY, Path(folder))
            _grow(project, operations, schemas)
            ours, other, unchanged, processor = _measured(project)
        name = f"{schemas} schemas" if schemas else f"{pages} pages"
        ratio = ours / other
        missed += ratio > MOST_TIMES
        if not schemas:
            used[pages] = processor
        print(
            f"| `make generate`, {name}, against the generator alone | {ours:.2f} s | {other:.2f} s | {ratio:.2f} "
            f"| at most {MOST_TIMES} |",
            flush=True,
        )
        missed += unchanged > MOST_SECONDS_UNCHANGED
        print(
            f"| `make generate` again, {name}, nothing changed | {unchanged:.2f} s | | | at most "
            f"{MOST_SECONDS_UNCHANGED} s |",
            flush=True,
        )
    growth = ((used[200] - used[100]) / 100) / ((used[100] - used[2]) / 98)
    missed += growth > MOST_GROWTH
    print(
        f"| processor time for one more page: from 100 to 200 pages, against 2 to 100 | | | {growth:.2f} "
        f"| at most {MOST_GROWTH} |"
    )
    return int(missed > 0)


def _grow(project: Project, operations: int, schemas: int) -> None:
    for number in range(operations):
        project.write_page(
            f"more-{number:03}.md", page_with(_document({f"/v1/more{number}/{{id}}": _operation(number)}, {}))
        )
    if schemas:
        made = {f"Schema{number}": _schema(number) for number in range(schemas)}
        project.write_page("schemas.md", page_with(_document({"/v1/all": {"get": _answers("Schema0")}}, made)))


def _document(paths: Any, schemas: Any) -> dict[str, Any]:
    info = {"title": "Pod API", "version": "20.17.1"}
    return {"openapi": "3.1.1", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _schema(number: int) -> dict[str, Any]:
    following = {"next": {"$ref": f"#/components/schemas/Schema{number - 1}"}} if number else {}
    members = {"id": {"type": "integer", "format": "int64"}, "name": {"type": "string", "description": "The name."}}
    return {"type": "object", "properties": members | following}


def _answers(name: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {"operationId": "readAll", "tags": ["All"], "responses": {"200": {"description": "-", "content": content}}}


def _operation(number: int) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
        {"name": "sessionToken", "in": "header", "required": True, "schema": {"type": "string"}},
    ]
    answer = {"200": {"description": "Success", "content": {"application/json": {"schema": schema}}}}
    return {
        "get": {"operationId": f"readMore{number}", "tags": ["More"], "parameters": parameters, "responses": answer}
    }


def _measured(project: Project) -> tuple[float, float, float, float]:
    """The median seconds of ours, of the generator alone, and of ours where nothing has changed.

    And the median seconds that a processor worked for ours.
    """
    settings = project.root / "alone.yaml"
    settings.write_text("post_hooks: []\n")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(project.root)}
    environment |= {name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX",) if name in os.environ}
    generate = [sys.executable, "-m", "openapi.generate"]
    alone = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--config", str(settings)]
    alone += [
        "--path",
        str(project.root / "description.json"),
        "--output-path",
        str(project.root / "alone"),
        "--overwrite",
    ]
    ours, other, unchanged, used = [], [], [], []
    for number in range(RUNS + 1):
        (project.openapi / "companion.yaml").open("a").write(f"# run {number}\n")  # so that something has changed
        before = _of_children()
        our_seconds = _seconds(generate, environment)
        our_processor = _of_children() - before
        description = (project.generated / "openapi.json").read_bytes()
        (project.root / "description.json").write_bytes(json.dumps(json.loads(description)).encode())
        their_seconds = _seconds(alone, environment)
        again = _seconds(generate, environment)
        if number:
            ours.append(our_seconds)
            other.append(their_seconds)
            unchanged.append(again)
            used.append(our_processor)
    return statistics.median(ours), statistics.median(other), statistics.median(unchanged), statistics.median(used)


def _of_children() -> float:
    """The seconds that processors have worked in processes that this one started and that have ended.

    What the system did for them, reading and writing files, is not in it: that depends on what else the machine does.
    """
    return os.times().children_user


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, cwd=environment["PYTHONPATH"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
