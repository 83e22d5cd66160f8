"""A bare starlette route on uvicorn: reads the body as JSON and answers a constant. Prints its address.

``python -m tests.benchmarks.bare_route PROTOCOL LOOP``: ``h11`` or ``httptools``, ``asyncio`` or ``uvloop``.
"""

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def accept(request: Request) -> Response:
    """Answer as accept does, about whomever the body names."""
    body = await request.json()
    return JSONResponse(
        {
            "userId": body["userId"],
            "status": "ACCEPTED",
            "firstRequestedAt": 1795655285828,
            "updatedAt": 1795655286769,
            "requestCounter": 1,
        }
    )


def main(protocol: str, loop: str) -> None:
    """Serve until the process is ended."""
    application = Starlette(routes=[Route(f"/pod/v1/connection/{verb}", accept, methods=["POST"]) for verb in VERBS])
    # The protocol is named, because asyncio sets TCP_NODELAY only then.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application,
            http=protocol,
            loop=loop,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run([listener])


VERBS = ("accept", "reject")

if __name__ == "__main__":
    main(*sys.argv[1:])
