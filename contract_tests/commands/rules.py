"""``rules``: list the rules, or explain one rule."""

import argparse

from .. import PAGES
from ..contract.rules import Rule, excluded, no_such_rule, page_findings, rules
from ..extras import missing
from .complaint import usage
from .options import Commands


def add_to(commands: Commands) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("rules", help="list the rules, or explain one rule")
    parser.add_argument("rule", nargs="?", metavar="RULE")
    parser.add_argument("--markdown", action="store_true", help="print them as a table in Markdown")
    parser.add_argument("--coverage", action="store_true", help="print the sentences of each page that no rule quotes")
    parser.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> int:
    if options.coverage:
        return _print_coverage()
    if options.markdown:
        _print_table()
    elif options.rule is None:
        _print_list()
    elif options.rule in rules():
        _explain(rules()[options.rule])
    else:
        return usage(no_such_rule(options.rule))
    return 0


def _print_coverage() -> int:
    from ..contract.coverage import unquoted

    if not PAGES.is_dir():
        return usage("--coverage: expected openapi/pages beside the suite, found none.")
    for page, sentences in unquoted(PAGES).items():
        print(f"{page}: {len(sentences)} sentences that no rule quotes", *sentences, sep="\n  ")
    return 0


def _print_table() -> None:
    print("| rule | level | says | source |\n|---|---|---|---|")
    for rule in rules().values():
        print(f"| `{rule.id}` | {rule.level} | {rule.says} | {', '.join(rule.pages)} |")


def _print_list() -> None:
    for rule in rules().values():
        print(f"{rule.level:<6}  {rule.id:<36}  {rule.says}")
    for promise in excluded():
        print(f"{'excluded':<6}  {promise.says} {promise.reason}")
    for finding in page_findings():
        print(f"{'page':<6}  {finding.says}")


def _explain(rule: Rule) -> None:
    print(f"{rule.id} ({rule.level})\n{rule.says}\n")
    print(f"source    {', '.join(rule.pages)}: {rule.quote}")
    print(f"needs     {', '.join(rule.needs)}{', POD_ALLOW_WRITES=1' if rule.writes else ''}")
    if rule.companion:
        print(f"companion {', '.join(rule.companion)}")
    print(f"sent      {rule.sent}\nexpected  {rule.expected}\nbroken by {rule.example}")
    if absent := missing("emulator", "the list of the defects that prove it"):
        print(f"proved by {absent}")
        return
    from ..emulator.defects import DEFECTS

    print("proved by " + ", ".join(defect.name for defect in DEFECTS.values() if rule.id in defect.breaks))
