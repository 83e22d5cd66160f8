"""How large a package is."""

import ast
from pathlib import Path


def lines_of_code(package: Path) -> int:
    """The lines of all its modules without docstrings, comments and blank lines."""
    return sum(map(_lines_of_module, package.rglob("*.py")))


def _lines_of_module(path: Path) -> int:
    """The lines of a module without docstrings, comments and blank lines."""
    text = path.read_text(encoding="utf-8")
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.split("#")[0].strip()) and number not in docstrings for number, line in lines)
