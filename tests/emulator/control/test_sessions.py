"""Sessions that are opened and revoked, and those that survive a restart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt

from contract_tests.emulator.control.client import EmulatedPods
from contract_tests.emulator.process import emulated_pod
from tests.emulator.control.cast import Cast


def test_a_session_can_be_opened_with_a_given_token(pods: EmulatedPods, users: Cast) -> None:
    assert pods.open_session(users.id("COLLEAGUE"), "mine-1234567") == "mine-1234567"

    assert users.post("CALLER", "accept", users.id("CALLER"), "mine-1234567").status_code == 200


def test_sessions_can_be_revoked_by_token_and_by_user(pods: EmulatedPods, users: Cast) -> None:
    one, two = (pods.open_session(users.id("CALLER")) for _ in range(2))

    assert (pods.revoke_session(one), pods.revoke_session(one)) == (1, 0)
    assert [users.post("CALLER", "accept", users.id("COLLEAGUE"), token).status_code for token in (one, two)] == [
        401,
        200,
    ]
    assert pods.revoke_sessions_of(users.id("CALLER")) == 2
    assert users.post("CALLER", "accept", users.id("COLLEAGUE"), two).status_code == 401


def test_sessions_survive_a_restart_with_state(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path / "state.db"), "--keys", str(tmp_path / "keys"))
    with emulated_pod(*arguments, federation=True) as environment:
        claims = {"sub": environment["POD_REQUESTER_USERNAME"], "exp": datetime.now(UTC) + timedelta(minutes=4)}
        login = jwt.encode(claims, Path(environment["POD_REQUESTER_PRIVATE_KEY"]).read_bytes(), "RS512")
        answer = httpx.post(f"{environment['POD_REQUESTER_LOGIN_URL']}/pubkey/authenticate", json={"token": login})
        token = answer.json()["token"]
        with EmulatedPods(environment["POD_URL"]) as pods:
            issued = pods.open_session(int(environment["POD_CALLER_USER_ID"]))

    with emulated_pod(*arguments, federation=True) as environment:
        answers = [
            httpx.get(f"{environment[url]}/v2/sessioninfo", headers={"sessionToken": token})
            for url, token in (("POD_REQUESTER_URL", token), ("POD_URL", issued), ("POD_URL", token))
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 401]
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("*.db")} == {0}
