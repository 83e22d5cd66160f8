"""Logins by RSA key and by client certificate, and logout.

The pages describe no logins, so these routes are not in the description. They are the ones that Symphony's own
SDKs call.
"""

import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .description import read_json
from .pod import Pod
from .records import User
from .refusal import Refusal
from .request_body import whole_body
from .sessions import Sessions

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LONGEST_EXPIRY = 300
"""How far ahead ``exp`` of a login may lie, in seconds."""


class Login:
    """The login of a pod.

    Args:
        pod: The pod whose users log in.
        sessions: The sessions that logins open and logouts end.
        keys: The RSA keys for logins, by username.
    """

    def __init__(self, pod: Pod, sessions: Sessions, keys: "Mapping[str, RSAPublicKey]") -> None:
        self._pod = pod
        self._sessions = sessions
        self._keys = keys

    def routes(self) -> list[Route]:
        """The routes of logins and logout."""
        return [
            Route("/login/pubkey/authenticate", self._by_key, methods=["POST"]),
            Route("/relay/pubkey/authenticate", self._for_key_manager, methods=["POST"]),
            Route("/sessionauth/v1/authenticate", self._by_certificate, methods=["POST"]),
            Route("/sessionauth/v1/logout", self._logout, methods=["POST"]),
        ]

    async def _by_key(self, request: Request) -> Response:
        return self._opened(self._signer(await whole_body(request.receive)))

    async def _for_key_manager(self, request: Request) -> Response:
        # The token is for another system; this pod does not accept it.
        self._signer(await whole_body(request.receive))
        return JSONResponse({"name": "keyManagerToken", "token": secrets.token_urlsafe(48)})

    async def _by_certificate(self, request: Request) -> Response:
        certificate: Mapping[str, Any] | None = getattr(request.state, "peer_certificate", None)
        if not certificate:
            raise Refusal(401, "A client certificate is needed.")
        names = [value for part in certificate["subject"] for key, value in part if key == "commonName"]
        user = self._pod.local_user_named(names[0]) if names else None
        if user is None:
            raise Refusal(401, "The client certificate names no user of this pod.")
        return self._opened(user)

    async def _logout(self, request: Request) -> Response:
        token = request.headers.get("sessionToken", "")
        if self._sessions.user_id(token) is None:
            raise Refusal(401, "Invalid session")
        self._sessions.end(token)
        return JSONResponse({"message": "Session has been terminated."})

    def _opened(self, user: User) -> Response:
        return JSONResponse(
            {
                "name": "sessionToken",
                "token": self._sessions.open(user.id),
                "authorizationToken": f"Bearer {secrets.token_urlsafe(48)}",
            }
        )

    def _signer(self, body: bytes) -> User:
        """The user whose key has signed the login.

        Raises:
            Refusal: 401, for every fault.
        """
        import jwt  # with the first login, because it takes a tenth of the time in which the pods start

        try:
            login = read_json(body)
            token = login.get("token") if isinstance(login, dict) else None
            if not isinstance(token, str):
                raise Refusal(401, "A signed token is needed.")
            username = jwt.decode(token, options={"verify_signature": False}).get("sub")
            user = self._pod.local_user_named(username) if isinstance(username, str) else None
            key = self._keys.get(user.username) if user else None
            if user is None or key is None:
                raise Refusal(401, "The user has no key here.")
            claims = jwt.decode(token, key, algorithms=["RS512"], options={"require": ["sub", "exp"]})
        except (jwt.InvalidTokenError, UnicodeError, Refusal):
            raise Refusal(401, "Unauthorized") from None
        if claims["exp"] > time.time() + LONGEST_EXPIRY:
            raise Refusal(401, f"The token expires more than {LONGEST_EXPIRY} seconds ahead.")
        return user
