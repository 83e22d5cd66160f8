"""Client → wheel and sdist in ``dist/``, built twice to see that the bytes are the same.

``python -m openapi.wheel`` builds. With ``--test`` it also makes an environment in ``build/`` with
the wheel and the lowest versions that it declares, and runs the client's tests there. Exit status:
0 done; 1 the two builds differ, or the tests fail; 2 usage.
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


def build(destination: Path) -> list[Path]:
    """Build wheel and sdist twice.

    Args:
        destination: Gets the files, in place of what was there.

    Returns:
        The two files.

    Raises:
        ValueError: The two builds are not the same, byte for byte.
    """
    with tempfile.TemporaryDirectory() as workshop:
        builds = [Path(workshop) / name for name in ("first", "second")]
        for folder in builds:
            subprocess.run(
                [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
                cwd=ROOT,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in builds)
        if first != second:
            raise ValueError("two builds of the same sources differ: something in them depends on time or place")
        shutil.rmtree(destination, ignore_errors=True)
        shutil.copytree(builds[0], destination)
    return sorted(destination.iterdir())


def lowest_versions() -> list[str]:
    """The requirements of the client, each pinned to the lowest version that it declares."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [re.sub(r"^([\w-]+)>=([\d.]+).*$", r"\1==\2", requirement) for requirement in project["dependencies"]]


def test(wheel: Path, environment: Path) -> int:
    """Run the client's tests against a wheel, with nothing else on the path than what it needs.

    Returns:
        pytest's exit status.
    """
    venv.create(environment, clear=True, with_pip=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    requirements = [str(wheel), *lowest_versions(), "pytest>=9.2", "cryptography>=50"]
    print(f"wheel: setting up {environment.relative_to(ROOT)} with {', '.join(lowest_versions())}", flush=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements], check=True
    )
    files = [f"tests/client/test_{name}.py" for name in TESTS]
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, "-m", "pytest", "-q", "-o", "pythonpath=.", *files], cwd=ROOT, env=surroundings, check=False
    ).returncode


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the module's docstring for what it does and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m openapi.wheel", description="Build the client's wheel and sdist.")
    parser.add_argument("--test", action="store_true", help="also run the client's tests against the wheel")
    options = parser.parse_args(arguments)
    try:
        built = build(ROOT / "dist")
    except ValueError as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    print("built twice, the same bytes:", *(path.relative_to(ROOT) for path in built))
    wheel = next(path for path in built if path.suffix == ".whl")
    return test(wheel, ROOT / "build" / "wheel-environment") if options.test else 0


if __name__ == "__main__":
    sys.exit(main())
