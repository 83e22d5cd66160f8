"""A pod for the matrix, of the standard library alone: answers about the user that was asked for. Prints its port."""

import contextlib
import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers every request; `/slow/` in the path waits a while first."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "/slow/" in self.path:
            time.sleep(0.3)
        self._answer({"userId": json.loads(body)["userId"], "status": "ACCEPTED"})

    def do_GET(self) -> None:
        found = re.search(r"user/(\d+)/info", self.path)
        self._answer({"userId": int(found[1])} if found else [])

    def _answer(self, said: object) -> None:
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        with contextlib.suppress(OSError):  # a call that was cancelled
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server for many connections at once."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a call that was cancelled has sent half of its request."""

    request_queue_size = 512


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
