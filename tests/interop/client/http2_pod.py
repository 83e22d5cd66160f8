"""A pod that speaks HTTP/2 over TLS, and answers each request with the user that it is about."""

import json
import socket
import ssl
import threading
from importlib import import_module
from typing import Any


def start(certificate: str, key: str) -> int:
    """Serve on loopback until the process ends; gives the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(context, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def _serve(context: ssl.SSLContext, connection: socket.socket) -> None:
    events = import_module("h2.events")
    state = import_module("h2.connection").H2Connection(import_module("h2.config").H2Configuration(client_side=False))
    bodies: dict[int, bytes] = {}
    with context.wrap_socket(connection, server_side=True) as stream:
        state.initiate_connection()
        stream.sendall(state.data_to_send())
        while received := stream.recv(65536):
            for event in state.receive_data(received):
                if isinstance(event, events.DataReceived):
                    bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                elif isinstance(event, events.StreamEnded):
                    _answer(state, event.stream_id, bodies.pop(event.stream_id, b"{}"))
            stream.sendall(state.data_to_send())


def _answer(state: Any, stream_id: int, body: bytes) -> None:
    state.send_headers(stream_id, [(":status", "200"), ("content-type", "application/json")])
    state.send_data(stream_id, json.dumps({"userId": json.loads(body).get("userId", 0)}).encode(), end_stream=True)
