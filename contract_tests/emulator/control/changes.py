"""Routes for defects and variants, which can be switched on and off."""

from collections.abc import Mapping
from typing import Any

from ..changes import Change
from ..defects import DEFECTS
from ..emulation import ChangeError, Emulation
from ..variants import VARIANTS
from .interface import ControlError, Given, Route
from .values import LIST, OBJECT, done


def routes(emulation: Emulation) -> list[Route]:
    """The routes."""
    return [*_routes_of(emulation, "defect", DEFECTS), *_routes_of(emulation, "variant", VARIANTS)]


def _routes_of(emulation: Emulation, kind: str, catalogue: Mapping[str, Change]) -> list[Route]:
    def listed(_: Given) -> Any:
        return [
            {
                "name": name,
                "sentence": change.sentence,
                "breaks": list(change.breaks),
                "on": change in emulation.changes,
            }
            for name, change in catalogue.items()
        ]

    def chosen(given: Given) -> Change:
        name = given.path["name"]
        if name not in catalogue:
            raise ControlError(404, f"There is no {kind} {name!r}. GET /emulator/{kind}s lists them.")
        return catalogue[name]

    def switch_on(given: Given) -> Any:
        try:
            emulation.switch_on(chosen(given))
        except ChangeError as error:
            raise ControlError(409, str(error)) from error
        return {}

    return [
        Route("GET", f"/{kind}s", f"List the {kind}s, and which are on.", listed, LIST),
        Route("PUT", f"/{kind}s/{{name}}", f"Switch a {kind} on.", switch_on, OBJECT),
        Route(
            "DELETE",
            f"/{kind}s/{{name}}",
            f"Switch a {kind} off.",
            lambda given: done(lambda: emulation.switch_off(chosen(given))),
            OBJECT,
        ),
    ]
