"""The client copied into an application: whole, with where it comes from, and beside another version of itself."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from openapi.errors import ContractError
from openapi.generate import GENERATED, OPENAPI, PACKAGE
from openapi.vendor import differences, main, vendor
from openapi.wheel import build, lowest_versions


def test_the_copy_is_the_package_with_licence_and_provenance(tmp_path: Path) -> None:
    copy = vendor(tmp_path / "app" / "_vendor")
    assert copy == tmp_path / "app" / "_vendor" / PACKAGE
    for path in (GENERATED / PACKAGE).rglob("*.py"):
        assert (copy / path.relative_to(GENERATED / PACKAGE)).read_bytes() == path.read_bytes()
    assert (copy / "LICENSE").read_bytes() == (OPENAPI.parent / "LICENSE").read_bytes()
    provenance = json.loads((copy / "PROVENANCE.json").read_text(encoding="utf-8"))
    assert {"version", "pages", "overlays", "templates", "versions", "files"} <= provenance.keys()
    assert not list(copy.rglob("__pycache__"))
    assert [path.name for path in copy.parent.iterdir()] == [PACKAGE]


def test_an_unchanged_copy_says_its_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    capsys.readouterr()
    assert main(["--check", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "is unchanged, version 0." in said
    assert "the one generated here" in said


def test_a_changed_copy_is_told_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = vendor(tmp_path)
    (copy / "client.py").write_text("changed", encoding="utf-8")
    (copy / "errors.py").unlink()
    (copy / "mine.py").touch()
    assert differences(copy) == ["missing: errors.py", "added: mine.py", "changed: client.py"]
    assert main(["--check", str(tmp_path)]) == 1
    assert "changed: client.py" in capsys.readouterr().err


def test_a_changed_copy_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = vendor(tmp_path)
    (copy / "mine.py").touch()
    with pytest.raises(ContractError, match=r"added: mine\.py"):
        vendor(tmp_path)
    assert main([str(tmp_path)]) == 1
    assert "Carry the changes over" in capsys.readouterr().err
    assert (copy / "mine.py").exists()


def test_an_older_copy_is_replaced_whole(tmp_path: Path) -> None:
    copy = vendor(tmp_path)
    older = json.loads((copy / "PROVENANCE.json").read_text(encoding="utf-8"))
    (copy / "README.md").unlink()
    del older["files"]["README.md"]
    (copy / "PROVENANCE.json").write_text(json.dumps(older), encoding="utf-8")
    assert differences(copy) == []
    assert main(["--check", str(tmp_path / "nothing")]) == 1
    assert "README.md" in [path.name for path in vendor(tmp_path).iterdir()]
    assert differences(copy) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "mine.py").touch()
    with pytest.raises(ContractError, match="no copy made by `make vendor`"):
        vendor(tmp_path)
    assert (tmp_path / PACKAGE / "mine.py").exists()


TWO_VERSIONS = """
import json, pickle, sys
import httpx
from app._vendor.symphony_pod_client import AsyncPodClient, NotFoundError, PodClient, UserConnection
from other.deep.symphony_pod_client import PodClient as OtherClient, UserConnection as OtherConnection

assert not [name for name in sys.modules if name.startswith("symphony_pod_client")]
assert UserConnection is not OtherConnection
for client, model in ((PodClient, UserConnection), (OtherClient, OtherConnection)):
    answers = iter([200, 404])
    transport = httpx.MockTransport(lambda _: httpx.Response(next(answers), content=b'{"status":"NEW"}'))
    with client("https://acme.example.com/pod", session_token="x", transport=transport) as pod:
        connection = pod.connections.accept(user_id=1)
        assert type(connection) is model, type(connection)
        assert pickle.loads(pickle.dumps(connection)) == connection
        try:
            pod.connections.accept(user_id=1)
        except Exception as error:
            assert type(error).__module__.startswith(client.__module__.rpartition(".")[0]), type(error)
            assert isinstance(error, NotFoundError) is (client is PodClient)
print(json.dumps(sorted(name for name in sys.modules if name.endswith("symphony_pod_client"))))
"""


def test_it_works_under_any_path_beside_another_version_of_itself(tmp_path: Path) -> None:
    vendor(tmp_path / "app" / "_vendor")
    vendor(tmp_path / "other" / "deep")
    done = subprocess.run(
        [sys.executable, "-c", TWO_VERSIONS], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == ["app._vendor.symphony_pod_client", "other.deep.symphony_pod_client"]


def test_the_wheel_is_built_twice_the_same_and_holds_the_client_alone(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "older.whl").touch()
    wheel, sdist = build(tmp_path / "dist")
    assert {path.name for path in (tmp_path / "dist").iterdir()} == {sdist.name, wheel.name}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    package = {name for name in names if ".dist-info/" not in name}
    assert {
        f"{PACKAGE}/{path.relative_to(GENERATED / PACKAGE).as_posix()}"
        for path in (GENERATED / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } == package
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra" not in line]
    assert [line.partition("<")[0].partition(">")[0] for line in needed] == [
        "Requires-Dist: attrs",
        "Requires-Dist: httpx",
    ]
    shutil.unpack_archive(sdist, tmp_path / "unpacked", filter="data")
    assert not list((tmp_path / "unpacked").rglob("contract_tests"))


def test_the_lowest_versions_are_those_declared() -> None:
    assert lowest_versions() == ["attrs==23.2", "httpx==0.27.1"]
