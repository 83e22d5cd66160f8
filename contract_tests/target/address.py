"""The way to one address: its connections, its pace, and what was counted there."""

from collections import Counter
from collections.abc import Awaitable, Callable

from ..contract.exchange import Request
from .repeating import Repeating
from .target import PodAddress, Target
from .transport import Transport


class Address:
    """The way to one pod.

    Args:
        pod: The addresses of the pod.
        target: How to reach it, and what may be done to it.
        roles: The roles that have their session here.
        token: Gives the session token of a role.
        may_change: Whether a pod that keeps its promise may change something when it gets a request.

    Attributes:
        url: The pod's base address.
        transport: Sends a request once.
        repeating: Sends a request until the pod answers it.
        absent: The companion operations that the pod turned out not to offer.
        offers_info: Whether the pod is known to offer info. Until then, its 404 may mean that the pod does not.
        plain_request: A harmless request that the pod has answered; None where there is none yet.
    """

    def __init__(
        self,
        pod: PodAddress,
        target: Target,
        roles: tuple[str, ...],
        token: Callable[[str], Awaitable[str]],
        may_change: Callable[[Request], bool],
    ) -> None:
        self.url = pod.url
        self.transport = Transport(pod, target, roles, token)
        self.repeating = Repeating(self.transport, lambda: self.plain_request, may_change)
        self.absent: set[str] = set()
        self.offers_info = False
        self.plain_request: Request | None = None

    @property
    def hangs(self) -> Counter[str]:
        """How many requests in a row had no whole answer within the time-out, by operation."""
        return self.transport.hangs
