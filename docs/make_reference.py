"""Makes the pages in ``docs/reference/`` from the code: rules, settings, commands and exit statuses."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from contract_tests import SCRIPT
from contract_tests.commands.parser import command_line
from contract_tests.contract.rules import Rule, rules
from contract_tests.run.exit_status import EXIT_STATUSES
from contract_tests.target.settings import MEANINGS, ROLE_MEANINGS, setting_names
from contract_tests.target.target import ROLES

FOLDER = Path(__file__).resolve().parent / "reference"
COMMAND = "python -m contract_tests"
MADE = "<!-- Made by `make docs`. Change the code, not this page. -->"


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    made = {"rules.md": _rules(), "settings.md": _settings(), "commands.md": _commands()}
    return {name: "\n".join([MADE, "", *lines]) + "\n" for name, lines in made.items()}


def _rules() -> Iterator[str]:
    yield from ("# Rules", "", f"`{COMMAND} rules RULE` says more of a rule, also which defective pods prove it.", "")
    for rule in rules().values():
        yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    needs = ", ".join([*rule.needs, *(["permission to write"] if rule.writes else [])])
    yield from (f"## {rule.id}", "", f"**{rule.level}** {rule.says}", "")
    yield from (f"> {rule.quote}", "", f"from {', '.join(rule.pages)}", "")
    yield from (
        f"- sent: {rule.sent}",
        f"- expected: {rule.expected}",
        f"- broken by: {rule.example}",
        f"- needs: {needs}",
        "",
    )


def _settings() -> Iterator[str]:
    yield from ("# Settings", "", "Each setting is a variable of the environment, and a key in a target file.", "")
    yield from ("The environment wins. A secret stands in a file only as `env:NAME` or `file:PATH`.", "")
    for table in ("pod", *ROLES):
        yield from (f"## [{table}]", "")
        if table in ROLE_MEANINGS:
            yield from (f"{ROLE_MEANINGS[table][0].upper()}{ROLE_MEANINGS[table][1:]}.", "")
        yield from ("| key | variable | meaning |", "|---|---|---|")
        yield from (f"| `{key}` | `{name}` | {MEANINGS[key]} |" for key, name in setting_names(table).items())
        yield ""


def _commands() -> Iterator[str]:
    yield from ("# Commands and exit statuses", "")
    yield f"The commands are `{COMMAND} …`, and `{SCRIPT} …` where it is installed."
    yield from ("", "## Exit statuses of `run`", "", "```text", *EXIT_STATUSES.rstrip().splitlines(), "```", "")
    yield from ("With `--targets`: 0 if every pod passed, 1 if one failed, else 4, else 3.", "")
    parser = command_line(COMMAND)
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    helps = {choice.dest: choice.help or "" for choice in commands._choices_actions}
    for name, command in commands.choices.items():
        yield from (f"## {name}", "", f"{helps[name][0].upper()}{helps[name][1:]}.", "")
        options = [action for action in command._actions if action.dest != "help"]
        if name == "emulate" or not options:
            continue
        yield from ("| option | meaning |", "|---|---|")
        for option in options:
            written = ", ".join(option.option_strings) or str(option.metavar or option.dest)
            metavar = f" {option.metavar}" if option.option_strings and option.metavar else ""
            meaning = (option.help or "").replace("%(default)s", str(option.default)).replace("|", "\\|")
            yield f"| `{written}{metavar}` | {meaning} |"
        yield ""


def main() -> int:
    """Write the pages; with ``--check`` only say which are not as the code is. Returns the exit status."""
    made = pages()
    if sys.argv[1:] == ["--check"]:
        old = [n for n, text in made.items() if not (FOLDER / n).is_file() or (FOLDER / n).read_text() != text]
        print("\n".join(f"docs/reference/{name} is not what `make docs` makes" for name in old), end="")
        return int(bool(old))
    FOLDER.mkdir(exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
