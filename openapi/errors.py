"""The errors of the way from pages to client."""

import contextlib
from collections.abc import Iterator


class ContractError(Exception):
    """The pages, the companion, an overlay or the configuration cannot become a right client.

    Attributes:
        messages: One for each thing that is wrong. A message says what was expected, what came, where, and what
            to do.
    """

    def __init__(self, *messages: str) -> None:
        self.messages = messages
        super().__init__("\n".join(messages))


class Problems:
    """Everything that is wrong, collected so that one run reports all of it."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    def add(self, message: str) -> None:
        """Take note of a problem; the same message counts once."""
        if message not in self._messages:
            self._messages.append(message)

    @contextlib.contextmanager
    def collected(self) -> Iterator[None]:
        """Take note of the problems that the block raises, and go on after it."""
        try:
            yield
        except ContractError as error:
            for message in error.messages:
                self.add(message)

    def raise_if_any(self) -> None:
        """End this step of the run.

        Raises:
            ContractError: There is at least one problem. It holds all of them.
        """
        if self._messages:
            raise ContractError(*self._messages)


def printable(text: str) -> str:
    """Text that may come from a page, with nothing in it that acts on a terminal or on the order of letters."""
    return "".join(
        character if character.isprintable() or character == "\n" else character.encode("unicode_escape").decode()
        for character in text
    )


def in_one_line(text: str) -> str:
    """The same, with nothing in it that begins a line of its own in a log."""
    return " ".join(printable(text).split())
