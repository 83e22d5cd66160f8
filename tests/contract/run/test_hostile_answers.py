"""A whole run against a pod whose answers hold escape sequences, Markdown and CI commands."""

from pathlib import Path

import pytest

from tests.contract.pods import Reply, Seen, small_pod
from tests.contract.report.hostile import harm
from tests.contract.runs import run_suite

CALLER = {"POD_CALLER_USER_ID": "7078106103809", "POD_CALLER_TOKEN": "the-caller-s-token"}
BODY = (
    "\x1b[2J\x1b[1;32mcontract: 74 held\x1b[0m\r\n::error::forged\n ::stop-commands::x\n##[error]forged\n"
    "```\n# forged\n![x](http://evil.example/x.png)\n\u202eabc\u2066\u200b\u2028\x9b31m\x00\x7f </pre><script>"
).encode()
HEADERS = (("Content-Type", "text/html\x9b31m"), ("Server", "::error::x\x9b8m"), ("Via", "</pre> ##[error]\x85y"))


@pytest.mark.parametrize(("status", "expected"), [(200, 1), (401, 3), (404, 1), (418, 1), (500, 1)])
def test_nothing_acts_on_a_terminal_a_log_or_a_page(status: int, expected: int, tmp_path: Path) -> None:
    def answer(request: Seen) -> Reply:
        right = request.headers.get("sessiontoken") == CALLER["POD_CALLER_TOKEN"]
        if right and status != 401 and request.path.endswith("/connection/list"):
            return Reply(200, b"[]")  # so that it is taken for a pod
        return Reply(status if right else 401, BODY, HEADERS)

    with small_pod(answer) as (url, _):
        selected = ("--select", "unknown-user-not-found,session-missing-refused,answer-*")
        environment = {"POD_URL": url, "POD_UNKNOWN_USER_ID": "4711", "POD_TIMEOUT": "2", **CALLER}
        run = run_suite(tmp_path / "contract", *selected, environment=environment)
    texts = {path.name: path.read_text("utf-8") for path in run.output.iterdir() if path.is_file()}
    texts |= {"stdout": run.said, "stderr": run.complained}
    assert {name: lines for name, text in texts.items() if (lines := harm(text))} == {}
    assert run.status in (1, 3)
    assert run.status == expected
    assert r"\x9b8m" in texts["summary.md"]  # the answers are shown, and do nothing
