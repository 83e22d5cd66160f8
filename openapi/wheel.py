"""The client, and the suite with the emulated pods → a wheel and a source distribution each, in ``dist/``.

``python -m openapi.wheel`` builds each twice, to see that the bytes are the same. With ``--test`` it also makes
environments in ``build/`` and runs tests there: the client's with the lowest versions that its wheel declares; those
of the other wheel once with the extra ``emulator`` and the lowest versions, and once with the extra ``run`` and the
locked versions. Exit status: 0 done; 1 two builds differ, or tests fail; 2 usage.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "contract_tests"
"""The folder of the second distribution."""
TESTS = [
    "answers",
    "arguments",
    "connections",
    "faults",
    "fuzz",
    "limits",
    "models",
    "package",
    "retries",
    "safety",
    "sessions",
]


def build(destination: Path, *projects: Path) -> list[Path]:
    """Build wheel and source distribution of some projects, twice.

    Args:
        destination: Gets the files, in place of what was there.
        *projects: The folders of the projects; the client's if there are none.

    Returns:
        The files: for each project the wheel and the source distribution.

    Raises:
        ValueError: Two builds are not the same, byte for byte.
    """
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    built = []
    for project in projects or (ROOT,):
        first, second = _built(project), _built(project)
        if first != second:
            raise ValueError("two builds of the same sources differ: something in them depends on time or place")
        for name in sorted(first):  # the wheel's name comes first
            built.append(destination / name)
            built[-1].write_bytes(first[name])
    return built


def _built(project: Path) -> dict[str, bytes]:
    """The content of the files that a build makes, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hatchling", "build", "-d", folder]
        subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def lowest_versions(project: Path = ROOT, extra: str | None = None) -> list[str]:
    """The requirements of a distribution and of an extra, each pinned to the lowest version that it declares."""
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*declared["dependencies"], *(declared["optional-dependencies"][extra] if extra else ())]
    return [re.sub(r"^([\w-]+)>=([\d.]+).*$", r"\1==\2", requirement) for requirement in requirements]


def test_client(wheel: Path, environment: Path) -> bool:
    """Run the client's tests against a wheel, with nothing else on the path than what it needs; say if they pass."""
    python = _set_up(environment, [str(wheel), *lowest_versions(), "pytest>=9.2", "cryptography>=50"])
    return _pytest(python, "-o", "pythonpath=.", *(f"tests/client/test_{name}.py" for name in TESTS))


def test_contract(wheel: Path, extra: str, environment: Path, versions: list[str], tests: str) -> bool:
    """Run tests of the installed suite and emulated pods, with one of the wheel's extras; say if they pass."""
    python = _set_up(environment, [f"{wheel}[{extra}]", *versions, "pytest>=9.2", "pytest-xdist>=3.8"])
    subprocess.run([python, "-m", "pip", "check", "--disable-pip-version-check"], check=True)
    return _pytest(python, "-c", "tests/installed/pytest.ini", tests)


def _set_up(environment: Path, requirements: list[str]) -> Path:
    """Make an environment with some requirements, and return its interpreter."""
    shown = (requirement.removeprefix(f"{ROOT}/") for requirement in requirements)
    print(f"wheel: setting up {environment.relative_to(ROOT)} with {', '.join(shown)}", flush=True)
    venv.create(environment, clear=True, with_pip=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    command: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, *requirements], check=True)
    return python


def _pytest(python: Path, *arguments: str) -> bool:
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, env=surroundings, check=False).returncode == 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m openapi.wheel", description="Build the wheels and sdists.")
    parser.add_argument("--test", action="store_true", help="also run tests against the wheels")
    options = parser.parse_args(arguments)
    try:
        built = build(ROOT / "dist", ROOT, CONTRACT)
    except ValueError as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    print("built twice, the same bytes:", *(path.relative_to(ROOT) for path in built))
    if not options.test:
        return 0
    client, _, contract, _ = built
    folder, tests = ROOT / "build", "tests/installed"
    lowest, locked = lowest_versions(CONTRACT, "emulator"), [f"--constraint={_pins(folder)}"]
    passed = [
        test_client(client, folder / "wheel-environment"),
        test_contract(contract, "emulator", folder / "emulator-environment", lowest, tests),
        test_contract(contract, "run", folder / "run-environment", locked, f"{tests}/test_command.py"),
    ]
    return 0 if all(passed) else 1


def _pins(folder: Path) -> Path:
    """The versions of the lock file without the hashes, because the wheel that is just built has none."""
    lock = (ROOT / "requirements-contract.lock").read_text(encoding="utf-8")
    folder.mkdir(exist_ok=True)
    path = folder / "run-constraints.txt"
    path.write_text("\n".join(re.findall(r"^[\w.\[\]-]+==[^\s\\]+", lock, re.MULTILINE)), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
