"""What is known of a description on its way into the generator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from openapi.documents import Place, pointer
from openapi.errors import Problems

SESSION = ("sessionToken", "")
"""The header that holds the session token, and what stands before it there."""


@dataclass
class Facts:
    """What the templates have to know of one operation, and the generator does not keep.

    Attributes:
        deprecated: Whether the description calls it deprecated.
        server: The address of its own server; empty where it is the client's.
        secured: Whether it takes the caller's token.
        token: The header that the token is sent in, and what stands before it there.
        accept: The media types of its answers, as an Accept header.
        several: How the values of a parameter are written, by place and name.
        part_types: The media types of the parts of a form, by its media type and the part's name.
        callbacks: The names of its callbacks, which the client leaves out.
    """

    deprecated: bool = False
    server: str = ""
    secured: bool = False
    token: tuple[str, str] = SESSION
    accept: str = "application/json"
    several: dict[tuple[str, str], str] = field(default_factory=dict)
    part_types: dict[str, dict[str, str]] = field(default_factory=dict)
    callbacks: tuple[str, ...] = ()


@dataclass
class GeneratorInput:
    """What the generator gets.

    Attributes:
        document: The description as the generator understands it.
        at: Names a place for a message.
        problems: Gets a message for everything that a client cannot be made of.
        facts: What the templates have to know, by operationId.
        discriminators: For the schemas of a union, by the names of its components: the member that tells them apart,
            the component for each of its values, and the component for other values, if there is one.
        content_types: The media types that are read and sent as bytes.
        notes: What the maintainer has to know.
    """

    document: dict[str, Any]
    at: Callable[[Place], str]
    problems: Problems
    facts: dict[str, Facts] = field(default_factory=dict)
    discriminators: dict[frozenset[str], tuple[str, dict[str, str], str]] = field(default_factory=dict)
    content_types: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def refuse(self, place: Place, text: str) -> None:
        """Take note of what a client cannot be made of.

        Args:
            place: Where it stands in the description.
            text: What is wrong, and what to do.
        """
        self.problems.add(f"{self.at(place)}, {pointer(place)}: {text}")

    def note(self, place: Place, text: str) -> None:
        """Take note of what the maintainer has to know.

        Args:
            place: What it is about.
            text: What is to be known.
        """
        self.notes.append(f"{self.at(place)}, {pointer(place)}: {text}")
