"""The page about the emulated pods: its examples run, and it lists every option and every route."""

import re
import subprocess
import sys
from pathlib import Path

from contract_tests import FOLDER
from contract_tests.emulator.cast import USER_BITS, world_of_cast
from contract_tests.emulator.control import control_routes
from contract_tests.emulator.emulation import Emulation, Settings
from contract_tests.emulator.memory_store import MemoryStore
from contract_tests.emulator.world import EVERYWHERE
from contract_tests.emulator.world_file import WorldFile
from tests.installed.test_plugin import THREE_LINES

PAGE = (FOLDER.parent / "docs" / "emulated-pods.md").read_text(encoding="utf-8")


def example(language: str, heading: str = "") -> str:
    """The one example with this word after its fence: of the whole page, or of the part below a heading."""
    part = re.split(r"^## ", PAGE.partition(f"## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    text = part if heading else PAGE
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_example_of_a_test_runs() -> None:
    exec(compile(example("python", "Hold the pods from a test"), "emulated-pods.md", "exec"), {"__name__": "example"})


def test_the_example_of_the_pods_in_process_runs() -> None:
    text = example("python", "In the test's own process").replace("symphony_pod_contract.", "contract_tests.")
    exec(compile(text, "emulated-pods.md", "exec"), {"__name__": "example"})


def test_the_example_of_three_lines_is_the_one_that_is_run_where_it_is_installed() -> None:
    assert re.sub(" +#.*", "", example("python", "In a test, three lines")).strip() == THREE_LINES.strip()


def test_the_example_of_a_world_is_one(tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    path.write_text(example("toml"), encoding="utf-8")

    assert WorldFile(path).world(USER_BITS).pods == ("north", "south")


def test_every_option_is_listed() -> None:
    command = [sys.executable, "-m", "contract_tests", "emulate", "--help"]
    help_text = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True, check=True).stdout

    assert sorted(set(re.findall(r"--[a-z][a-z-]+", help_text)) - set(re.findall(r"--[a-z][a-z-]+", PAGE))) == [
        "--help"
    ]


def test_every_resource_of_the_control_interface_is_listed() -> None:
    store = MemoryStore()
    routes = control_routes(
        Emulation(Settings(lambda user_bits: world_of_cast(user_bits=user_bits)), {EVERYWHERE: store}), {}
    )
    store.close()

    resources = {route.path.split("/")[1] for route in routes}
    assert {name for name in resources if f"/{name}" not in PAGE and f"…/{name}" not in PAGE} == set()


def test_the_table_beside_other_emulators_has_a_source_for_every_cell() -> None:
    page = (FOLDER.parent / "docs" / "beside-other-emulators.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    sources = set(re.findall(r"^(\d+)\. ", page, re.MULTILINE))
    cells = [cell for row in rows[1:] for cell in row[2:]]
    without = [cell for cell in cells if cell != "—" and "run" not in cell and not re.search(r"\[\d+\]", cell)]
    assert without == []
    assert {number for cell in cells for number in re.findall(r"\[(\d+)\]", cell)} == sources
    assert {len(row) for row in rows[1:]} == {8}
