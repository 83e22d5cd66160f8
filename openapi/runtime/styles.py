"""The rarer ways in which a parameter is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .arguments import json_content, text
from .errors import UsageError


def repeated(name: str, values: list[Any]) -> list[tuple[str, str]]:
    """Each value under the same name."""
    return [(name, text(value)) for value in values]


def _joined_by(joint: str) -> Callable[[str, list[Any]], list[tuple[str, str]]]:
    return lambda name, values: [(name, joint.join(map(text, values)))]


spaces = _joined_by(" ")
pipes = _joined_by("|")


def members(_: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    """Each member of an object under its own name."""
    return [(member, text(item)) for member, item in value.items()]


def open_members(described: Mapping[str, str]) -> Callable[[str, dict[str, Any]], list[tuple[str, Any]]]:
    """Members of a JSON object whose names the description leaves open; `described` are the arguments of the others."""

    def write(name: str, value: dict[str, Any]) -> list[tuple[str, Any]]:
        for member in value:
            if member in described:
                raise UsageError(f"{name}: {member} is described. Give it as {described[member]}.")
        return [*value.items()]

    return write


def deep(name: str, value: dict[str, Any]) -> list[tuple[str, str]]:
    """Each member of an object under a name of its own."""
    return [(f"{name}[{member}]", text(item)) for member, item in value.items()]


def as_json(name: str, value: Any) -> list[tuple[str, str]]:
    """The value as JSON."""
    return [(name, json_content(value).decode())]
