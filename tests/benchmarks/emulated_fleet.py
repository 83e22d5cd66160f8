"""Serves many emulated pods from one process, and writes a target file for each: ``COUNT FOLDER``.

Every pod has a cast and a state of its own. Every tenth answers 201 for 200.
"""

import argparse
import os
import sys
from pathlib import Path

from contract_tests.emulator.addresses import by_first_segment, listening_sockets
from contract_tests.emulator.cast import CAST, world_of_cast
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.emulation import Emulation, Settings
from contract_tests.emulator.environment import environment
from contract_tests.emulator.memory_store import MemoryStore
from contract_tests.emulator.server import serve
from contract_tests.emulator.world import EVERYWHERE

DEFECT, EVERY = "success-201", 10
READY = "ready"


def main() -> None:
    """Serve the pods until standard input ends with the process that started this one."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    options = argparse.Namespace(host="127.0.0.1", port=0, tls_cert=None, keys=None, one_address=True)
    (listener,) = listening_sockets(options, 1)
    emulations = {}
    for number in range(1, count + 1):
        changes = (DEFECTS[DEFECT],) if number % EVERY == 0 else ()
        settings = Settings(lambda bits: world_of_cast(CAST, bits), changes=changes)
        name = f"pod-{number:03}"
        emulations[name] = Emulation(settings, {EVERYWHERE: MemoryStore()})
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}/{name}"
        variables = environment(emulations[name], dict.fromkeys(emulations[name].world.pods, origin), options)
        write_target(folder / f"{name}.toml", variables)
    pods = by_first_segment({name: emulation.application(EVERYWHERE) for name, emulation in emulations.items()})
    serve(pods, [listener], None, lambda: print(READY, flush=True), parent=os.getppid())


def write_target(file: Path, variables: dict[str, str]) -> None:
    """Write a target file with these settings. Each token is in a file of its own."""
    tables: dict[str, list[str]] = {}
    for name, value in variables.items():
        table, _, key = name.removeprefix("POD_").lower().partition("_")
        if table not in (
            "caller",
            "requester",
            "bystander",
            "unentitled",
            "colleague",
            "stranger",
            "isolated",
            "unknown",
        ):
            table, key = "pod", name.removeprefix("POD_").lower()
        if key == "token":
            secret = file.with_name(f"{file.stem}.{table}.token")
            secret.write_text(value, encoding="utf-8")
            value = f"file:{secret}"
        shown = value if key == "user_id" else "true" if key == "allow_writes" else f'"{value}"'
        tables.setdefault(table, []).append(f"{key} = {shown}")
    text = "\n\n".join("\n".join([f"[{table}]", *lines]) for table, lines in tables.items())
    file.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
