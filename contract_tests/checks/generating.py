"""Has requests generated in a thread of its own, while the run waits for pods."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import NamedTuple

from ..contract.exchange import Request

MOST_IN_A_ROUND = 150  # requests that are generated from one seed
NEGATIVE = 0.4  # the share of requests that the description does not allow


class Wanted(NamedTuple):
    """What to generate. The same gives the same requests.

    Attributes:
        operation_id: acceptConnection or rejectConnection.
        mode: ``positive`` for requests that the description allows, ``negative`` for others.
        number: How many requests.
        seed: The seed from which they are generated.
        sessions: The sessions to choose from: ``caller``, ``unentitled``, ``none``, ``invalid``.
        user_ids: The ids to choose from. They take the place of everything that could be a user's id.
    """

    operation_id: str
    mode: str
    number: int
    seed: int | str
    sessions: tuple[str, ...]
    user_ids: tuple[int, ...]


class Generated(NamedTuple):
    """A generated request, and whose session it has."""

    request: Request
    session: str


class Generating:
    """Generates requests: those that were ordered in a thread of its own, and others when they are asked for."""

    def __init__(self) -> None:
        self._ordered: dict[Wanted, Future[list[Generated]]] = {}

    def order(self, *several: Wanted) -> None:
        """Have requests generated that will be asked for later."""
        ordered: dict[Wanted, Future[list[Generated]]] = {wanted: Future() for wanted in several}
        self._ordered |= ordered
        # A run that is interrupted does not wait for this thread.
        threading.Thread(target=_generate_all, args=(ordered,), name="generating", daemon=True).start()

    def take(self, wanted: Wanted) -> list[Generated]:
        """The requests. Waits until they have been generated."""
        ordered = self._ordered.pop(wanted, None)
        return _generate(wanted) if ordered is None else ordered.result()

    def close(self) -> None:
        """Generate no more."""
        for ordered in self._ordered.values():
            ordered.cancel()


def rounds(first_seed: int, max_examples: int) -> Iterator[tuple[int | str, int]]:
    """The rounds in which requests are generated: the seed of each, and how many requests it has for an operation."""
    for number, start in enumerate(range(0, max_examples, MOST_IN_A_ROUND)):
        yield f"{first_seed}-{number}" if number else first_seed, min(MOST_IN_A_ROUND, max_examples - start)


def shares(count: int) -> dict[str, int]:
    """How many of some requests the description allows (``positive``), and how many it does not (``negative``)."""
    negative = round(count * NEGATIVE)
    return {"positive": count - negative, "negative": negative}


def _generate_all(ordered: dict[Wanted, "Future[list[Generated]]"]) -> None:
    for wanted, future in ordered.items():
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(_generate(wanted))
        except BaseException as error:  # whatever it is: it is raised where the requests are asked for
            future.set_exception(error)


def _generate(wanted: Wanted) -> list[Generated]:
    # Imported here: schemathesis takes long to import, and that is part of the work of the thread.
    from .generate import generate

    return generate(wanted)
