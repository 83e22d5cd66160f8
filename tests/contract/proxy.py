"""An HTTP proxy on loopback that asks for credentials."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.contract.pods import serving

USER, PASSWORD = "proxy-user", "proxy-password-91c4"


@contextmanager
def asking_proxy() -> Iterator[tuple[str, list[str]]]:
    """Serve a proxy for https; yields its address with the credentials, and what it was asked for."""
    asked: list[str] = []
    right = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if self.headers.get("Proxy-Authorization") != right:
                self.send_error(407)
                return
            asked.append(self.path)
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port))) as upstream:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=pump, args=(upstream, self.connection))
                back.start()
                pump(self.connection, upstream)
                back.join()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as port:
        yield f"http://{USER}:{PASSWORD}@127.0.0.1:{port}", asked


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until the source ends."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one of the two has gone; so has the other's reason to wait
