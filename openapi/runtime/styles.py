"""The rarer ways in which a parameter is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .arguments import json_content, text


def repeated(name: str, values: list[Any]) -> list[tuple[str, str]]:
    """Each value under the same name."""
    return [(name, text(value)) for value in values]


def _joined_by(joint: str) -> Callable[[str, list[Any]], list[tuple[str, str]]]:
    return lambda name, values: [(name, joint.join(map(text, values)))]


spaces = _joined_by(" ")
pipes = _joined_by("|")


def deep(name: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    """Each member of an object under a name of its own."""
    return [(f"{name}[{member}]", text(item)) for member, item in value.items()]


def as_json(name: str, value: Any) -> list[tuple[str, str]]:
    """The value as JSON."""
    return [(name, json_content(value).decode())]
