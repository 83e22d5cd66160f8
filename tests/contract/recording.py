"""A pod that writes down what it is sent, and has the emulated one answer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from tests.contract.pods import Reply, Seen, small_pod

# What belongs to one connection, and what the forwarding client says itself.
_OF_THE_HOP = {"connection", "content-length", "transfer-encoding", "host", "keep-alive", "expect"}


@contextmanager
def recording_pod(
    environment: Mapping[str, str], instead: Callable[[Seen], Reply | None] = lambda _: None
) -> Iterator[tuple[dict[str, str], list[Seen]]]:
    """Stand between the suite and an emulated pod.

    Args:
        environment: That of the emulated pod.
        instead: Answers a request in the place of the emulated pod; None leaves it to the emulated pod.

    Yields:
        The environment that points the suite here, and the requests that have come.
    """
    emulated = urlsplit(environment["POD_URL"])
    with httpx.Client(base_url=f"{emulated.scheme}://{emulated.netloc}", trust_env=False) as client:

        def forward(seen: Seen) -> Reply:
            if (reply := instead(seen)) is not None:
                return reply
            headers = [
                (name.encode(), value.encode("latin-1"))
                for name, value in seen.headers.items()
                if name not in _OF_THE_HOP
            ]
            answer = client.request(seen.method, seen.path, content=seen.body, headers=headers)
            kept = tuple((name, value) for name, value in answer.headers.items() if name not in _OF_THE_HOP)
            return Reply(answer.status_code, answer.content, kept)

        with small_pod(forward) as (url, seen):
            here = url.removesuffix("/pod")
            addresses = {
                "POD_URL": url,
                "POD_LOGIN_URL": f"{here}/login",
                "POD_SESSIONAUTH_URL": f"{here}/sessionauth",
            }
            yield {**environment, **addresses}, seen
