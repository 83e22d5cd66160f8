"""The README and the documentation: their commands run, their snippets are what they say, their figures are dated."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from markdown_it import MarkdownIt

from contract_tests.commands.parser import command_line
from contract_tests.emulator.process import emulated_pod
from contract_tests.target.load_target import load_target
from contract_tests.verdict.known import load_known
from docs.make_reference import FOLDER, pages
from tests.client.pods import ScriptedPod, answer

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
COMMAND = ".venv/bin/python -m contract_tests "
RULE = "body-missing-refused"
TESTED_ELSEWHERE = (["docker"], ["pip"])  # by tests/container, and by the tests of the wheels


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.text.splitlines()[0][:40]}"


def blocks() -> Iterator[Block]:
    """Every fenced block of the README and the documentation."""
    for path in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))):
        for token in MarkdownIt().parse(path.read_text(encoding="utf-8")):
            if token.type == "fence":
                language = token.info.partition(" ")[0]
                yield Block(path.relative_to(ROOT).as_posix(), language, token.content)


BLOCKS = list(blocks())


def of(language: str, *, without: str = "") -> list[Block]:
    return [block for block in BLOCKS if block.language == language and (not without or without not in block.page)]


def commands(block: Block) -> list[str]:
    """The command lines of a block of shell, without comments."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.strip()]


def test_every_block_has_a_language_that_is_checked() -> None:
    without = [block for block in BLOCKS if block.language not in ("sh", "toml", "python", "yaml", "groovy", "text")]
    assert [block for block in without if block.page != "docs/refresh-a-page.md"] == []


@pytest.mark.parametrize("block", of("sh"), ids=str)
def test_a_command_is_one(block: Block) -> None:
    assert subprocess.run(["bash", "-n", "-c", block.text], check=False).returncode == 0
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for line in commands(block):
        words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
        if words[:1] == ["make"]:
            assert words[1] in targets
        elif words[:3] == COMMAND.split():
            command_line().parse_args(words[3:])
        else:
            assert words[:1] in ([], ["export"], [".venv/bin/schemathesis"], *TESTED_ELSEWHERE), line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder that is like a clone that is set up, with the files that commands name; and an emulated pod."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("contract_tests", "generated", "openapi", "docs", "Makefile", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    with emulated_pod("--keys", str(folder / "keys"), federation=True) as keyed, emulated_pod(federation=True) as pod:
        shown = {name: value for name, value in pod.items() if name.startswith(("POD_CALLER", "POD_REQUESTER"))}
        (folder / "acme.pem").write_bytes(Path(keyed["POD_CALLER_PRIVATE_KEY"]).read_bytes())
        (folder / "pods").mkdir()
        for name in ("acme.toml", "pods/acme.toml"):
            (folder / name).write_text(
                f'[pod]\nurl = "{pod["POD_URL"]}"\n[caller]\nuser_id = {pod["POD_CALLER_USER_ID"]}\n'
                'token = "env:ACME_TOKEN"\n'
            )
        entry = '[[known]]\nrule = "answer-prompt"\nreason = "x"\nuntil = 2099-12-31\nintermittent = true\n'
        (folder / "known.toml").write_text(entry)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ACME_TOKEN": pod["POD_CALLER_TOKEN"]}
        yield folder, {**environment, "URL": pod["POD_URL"], **{f"REAL_{name}": value for name, value in shown.items()}}


FEW = "--phases fuzzing --max-examples 3"  # of the requests that schemathesis generates


@pytest.mark.parametrize(
    "line",
    [line for block in of("sh") for line in commands(block) if " fuzz " in line or ".venv/bin/schemathesis" in line],
    ids=lambda line: line[:50],
)
def test_a_command_of_schemathesis_runs(line: str, folder: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    clone, environment = folder
    pod = {name.removeprefix("REAL_"): value for name, value in environment.items() if name.startswith("REAL_")}
    named = {} if "--target" in line else {**pod, "POD_URL": environment["URL"]}
    shorter = f"--output {tmp_path}/fuzz -- {FEW}" if " fuzz " in line else f"--report-dir {tmp_path} {FEW}"
    line = f"{line.partition(' -- ')[0]} {shorter}"
    done = subprocess.run(
        ["bash", "-c", line], env={**environment, **named}, cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(tmp_path.rglob("junit-*.xml")) != []


RUN_HERE = sorted(
    {
        line
        for block in of("sh")
        for line in commands(block)
        if COMMAND in line and not line.startswith("export") and " fuzz " not in line
    }
)


@pytest.mark.parametrize("line", RUN_HERE, ids=[line[-50:] for line in RUN_HERE])
def test_a_command_of_the_suite_runs(line: str, folder: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    clone, environment = folder
    url = environment["URL"]
    line = line.replace("https://staging.example.com/pod", url).replace(COMMAND, f"{sys.executable} -m contract_tests ")
    if re.search(r" run\b", line):
        line += f" --output {tmp_path}/contract" + ("" if "--select" in line else f" --select {RULE}")
    words = shlex.split(line)
    arguments = words[words.index("contract_tests") + 1 :]
    if arguments[0] == "report":
        # Results to make a report of: a run of one rule.
        subprocess.run(
            shlex.split(f"{sys.executable} -m contract_tests run --target {clone}/acme.toml --select {RULE} -q"),
            env=environment,
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
        for file in [word for word in arguments if word.endswith(".jsonl")]:
            path = tmp_path / file
            if not path.exists():
                path.parent.mkdir(parents=True)
                path.write_bytes((tmp_path / "build/contract/results.jsonl").read_bytes())
    used = environment
    if "--target" not in line and arguments[0] in ("run", "token", "clean"):
        pod = {name.removeprefix("REAL_"): value for name, value in environment.items() if name.startswith("REAL_")}
        used = {**environment, **pod, "POD_URL": url, "POD_ALLOW_WRITES": "1"}
    line = line.replace("a-session-token", environment["REAL_POD_CALLER_TOKEN"])
    line = line.replace("7078106103809", environment["REAL_POD_CALLER_USER_ID"])
    where = tmp_path if arguments[0] in ("report", "clean") else clone
    done = subprocess.run(["bash", "-c", line], env=used, cwd=where, capture_output=True, text=True, check=False)
    expected = (0, 1) if "--strict" in line else (0,)
    assert done.returncode in expected, done.stdout + done.stderr


@pytest.mark.parametrize("block", of("python", without="emulated-pods.md"), ids=str)
def test_a_snippet_of_python_runs(block: Block) -> None:
    with ScriptedPod(lambda _: answer(200, b'{"status": "ACCEPTED"}')) as pod:
        text = block.text.replace("https://acme.example.com/pod", pod.url)
        exec(compile(text, block.page, "exec"), {"token": "a-session-token", "__name__": "example"})
        assert pod.requests or "EmulatedPods" in text


@pytest.mark.parametrize("block", of("toml", without="emulated-pods.md"), ids=str)
def test_a_file_of_settings_is_one(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "file.toml"
    file.write_text(block.text, encoding="utf-8")
    if "[[known]]" in block.text:
        assert len(load_known(file)) == 1
        return
    for name in re.findall(r"env:(\w+)", block.text):
        monkeypatch.setenv(name, "a-token-of-somebody")
    with emulated_pod("--keys", str(tmp_path)) as keyed:
        (tmp_path / "acme.pem").write_bytes(Path(keyed["POD_CALLER_PRIVATE_KEY"]).read_bytes())
    (tmp_path / "company-ca.pem").write_text("")
    if "[pod]" not in block.text:
        block = block._replace(text='[pod]\nurl = "https://acme.example.com/pod"\n' + block.text)
        file.write_text(block.text, encoding="utf-8")
    target = load_target({**os.environ}, file)
    assert target is not None
    assert set(target.users) == tomllib.loads(block.text).keys() - {"pod"}


@pytest.mark.parametrize("block", [*of("yaml"), *of("groovy")], ids=str)
def test_a_file_for_ci_is_the_one_that_is_tested(block: Block) -> None:
    files = {path.read_text(encoding="utf-8").strip() for path in (DOCS / "ci").iterdir()}
    if block.page != "README.md":
        assert block.text.strip() in files
        return
    step = yaml.safe_load(block.text)[0]
    assert step in yaml.safe_load((DOCS / "ci" / "github.yml").read_text())["jobs"]["contract"]["steps"]


def test_the_readme_is_about_80_lines() -> None:
    assert 60 <= len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 90


def test_the_reference_is_what_the_code_makes() -> None:
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in pages()} == pages()


def test_the_documentation_builds_strictly_and_asks_no_other_address(tmp_path: Path) -> None:
    # Without --quiet: it silences the warnings, and then --strict has none to fail for.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = re.compile(r"""<(?:script|img|iframe)[^>]*\ssrc=["'](?:https?:)?//|<link[^>]*\shref=["'](?:https?:)?//""")
    texts = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")}
    assert len(texts) > 15
    assert [path for path, text in texts.items() if loaded.search(text)] == []
    assert [path for path, text in texts.items() if "```" in text] == []  # a block that is shown as text


def test_every_link_of_the_readme_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert len(links) > 15
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_message_of_the_troubleshooting_page_is_in_the_code() -> None:
    """A message that was changed would not be found by who searches for it."""
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    sources = [*(ROOT / "contract_tests").rglob("*.py"), ROOT / "action.yml"]
    code = re.sub(r"\s+", " ", "\n".join(path.read_text(encoding="utf-8") for path in sources))
    code = re.sub(r"\{[^{}]*\}", "{}", re.sub(r'" f?"', "", code))
    known = {
        "does not accept the caller's session (401)": "does not accept the {}'s session (401)",
        "left changed: …": "left changed: ",
        "gateway unavailable, n times": "gateway unavailable, {} times",
        "expected an RSA key as PEM": "expected an RSA key as PEM",
    }
    assert len(messages) > 10
    assert [message for message in messages if known.get(message, message) not in code] == []


def test_a_json_of_the_matrix_is_json(folder: tuple[Path, dict[str, str]]) -> None:
    clone, environment = folder
    command = [sys.executable, "-m", "contract_tests", "matrix", "pods"]
    done = subprocess.run(command, env=environment, cwd=clone, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["include"][0]["targets"] == "pods/acme.toml"
