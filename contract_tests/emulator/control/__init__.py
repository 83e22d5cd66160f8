"""The control interface of the emulated pods, and its routes."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from ..emulation import Emulation
from . import acting, changes, sessions, state, traffic, view, world
from .interface import Route, control_application
from .page import page_routes


def control_routes(emulation: Emulation, origins: Mapping[str, str]) -> list[Route]:
    """The routes of the control interface.

    Args:
        emulation: The pods.
        origins: The address of each pod, without its path, by the pod's name.
    """
    return [
        *state.routes(emulation),
        *world.routes(emulation, origins),
        *sessions.routes(emulation),
        *traffic.routes(emulation),
        *changes.routes(emulation),
        *acting.routes(emulation),
        *view.routes(emulation, origins),
    ]


def control(emulation: Emulation, origins: Mapping[str, str], *, is_loopback_only: bool) -> ASGIApp:
    """The ASGI application of the control interface.

    Args:
        emulation: The pods.
        origins: The address of each pod, without its path, by the pod's name.
        is_loopback_only: Whether requests under a name that is not loopback's are refused.
    """
    routes = control_routes(emulation, origins)
    return control_application(routes, page_routes(), is_loopback_only=is_loopback_only)
