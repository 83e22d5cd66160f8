"""Requests a second by wrk, and the processor time that a server takes for one."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
_TICKS = os.sysconf("SC_CLK_TCK")
_SCRIPT = """
local number = 0
request = function()
  number = number + 1
  local body = '{"userId":' .. string.format("%%d", %(first)d + number %% %(count)d) .. '}'
  local headers = {["sessionToken"] = "%(token)s", ["Content-Type"] = "application/json"}
  return wrk.format("POST", "%(path)s", headers, body)
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load.

    Attributes:
        rate: Requests a second.
        microseconds: Processor time of the server for a request.
        refused: How many answers were not 2xx.
    """

    rate: float
    microseconds: float
    refused: int


def require_wrk() -> None:
    """Require that wrk is installed.

    Raises:
        SystemExit: It is not; the message says how to install it.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("bench: wrk is missing: apt-get install wrk")


def load(url: str, pid: int, path: str, ids: range, token: str, seconds: int, folder: Path) -> Load:
    """Post the body of accept and reject for one id after the other, over 16 connections.

    Args:
        url: The address of the server, without a path.
        pid: Its process.
        path: The path of the operation.
        ids: The ids.
        token: The session token.
        seconds: How long.
        folder: Where the script for wrk is written.
    """
    script = folder / "load.lua"
    script.write_text(_SCRIPT % {"first": ids.start, "count": len(ids), "token": token, "path": path})
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    before = _processor_seconds(pid)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = _processor_seconds(pid) - before
    (count,) = re.findall(r"(\d+) requests in", said)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", said)
    refused = re.findall(r"Non-2xx or 3xx responses: (\d+)", said)
    return Load(float(rate), used / int(count) * 1e6, int(refused[0]) if refused else 0)


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
