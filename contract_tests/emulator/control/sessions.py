"""Routes for sessions: open one for a user, and end them."""

from typing import Any

from ..emulation import Emulation
from .interface import ControlError, Given, Route
from .values import ID, OBJECT, require_user


def routes(emulation: Emulation) -> list[Route]:
    """The routes."""

    def issue(given: Given) -> Any:
        user = require_user(emulation, given.body["user"])
        return {"token": emulation.federation.pods[user.pod].sessions.open(user.id, given.body.get("token"))}

    def revoke(given: Given) -> Any:
        if len(given.body) != 1:
            raise ControlError(400, "The body: expected either `token` or `user`.")
        revoked = 0
        for emulator in emulation.federation.emulators:
            for token, session in list(emulator.sessions.opened.items()):
                is_meant = token == given.body.get("token") or session.user_id == given.body.get("user")
                if is_meant and emulator.sessions.user_id(token) is not None:
                    emulator.sessions.end(token)
                    revoked += 1
        return {"revoked": revoked}

    token = {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[\\x21-\\x7e]+$(?!\\n)"}
    return [
        Route(
            "POST",
            "/sessions",
            "Open a session for a user, with a new token or with a given one.",
            issue,
            OBJECT,
            body={"user": ID, "token": token},
            required=("user",),
        ),
        Route(
            "POST",
            "/sessions/revoke",
            "End one session, or all sessions of a user.",
            revoke,
            OBJECT,
            body={"user": ID, "token": token},
        ),
    ]
