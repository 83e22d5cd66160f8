"""Defects in the status of answers."""

from ..app import Answer, Call, Emulator
from ..changes import BOTH, Family, refusals, successes
from ..pod import ACCEPT, REJECT

FAMILY = Family()
UNDOCUMENTED = "answer-status-documented"


def turn(emulator: Emulator, status: int, into: int, to: tuple[str, ...] = BOTH, message: str = "") -> None:
    """Answer refusals of one status with another status."""

    def change(_: Call, answer: Answer) -> None:
        if message and answer.value["message"] != message:
            return
        answer.status = into
        if isinstance(answer.value, dict) and "code" in answer.value:
            answer.value["code"] = into

    refusals(emulator, change, status, to=to)


def answer_success(emulator: Emulator, status: int, to: tuple[str, ...] = BOTH) -> None:
    """Answer successes with another status."""
    successes(emulator, lambda _, answer: setattr(answer, "status", status), to)


@FAMILY.defect(UNDOCUMENTED, "accept-makes-accepted", "reject-makes-rejected")
def success_201(emulator: Emulator) -> None:
    """A success is answered 201."""
    answer_success(emulator, 201)


@FAMILY.defect(UNDOCUMENTED, "accept-makes-accepted")
def accept_202(emulator: Emulator) -> None:
    """Accept is answered 202, as if it were carried out later."""
    answer_success(emulator, 202, (ACCEPT,))


@FAMILY.defect(UNDOCUMENTED, "reject-makes-rejected")
def reject_204(emulator: Emulator) -> None:
    """Reject is answered 204 without a body."""

    def empty(_: Call, answer: Answer) -> None:
        answer.status, answer.content = 204, b""

    successes(emulator, empty, (REJECT,))


@FAMILY.defect(UNDOCUMENTED, "implicit-accept-accepted")
def implicit_accept_304(emulator: Emulator) -> None:
    """Accept of a colleague is answered 304, because nothing has changed."""

    def unchanged(_: Call, answer: Answer) -> None:
        if "updatedAt" not in answer.value:
            answer.status, answer.content = 304, b""

    successes(emulator, unchanged, (ACCEPT,))


@FAMILY.defect(UNDOCUMENTED, "body-malformed-refused")
def malformed_body_422(emulator: Emulator) -> None:
    """A body that is not JSON is answered 422."""
    turn(emulator, 400, 422, message="The body is not well-formed JSON in UTF-8.")


@FAMILY.defect(UNDOCUMENTED, "body-without-user-id-refused", "body-user-id-type-refused")
def invalid_body_422(emulator: Emulator) -> None:
    """A body that breaks the schema is answered 422, as some frameworks do by default."""

    def change(_: Call, answer: Answer) -> None:
        if answer.value["message"].startswith("The body"):
            answer.status = answer.value["code"] = 422

    refusals(emulator, change, 400)


@FAMILY.defect(UNDOCUMENTED, "body-missing-refused")
def missing_body_411(emulator: Emulator) -> None:
    """A request without a body is answered 411."""

    def change(call: Call, answer: Answer) -> None:
        if not call.body:
            answer.status = answer.value["code"] = 411

    refusals(emulator, change)


@FAMILY.defect(UNDOCUMENTED, "undocumented-transition-consistent", "own-request-refused")
def conflict_409(emulator: Emulator) -> None:
    """A change that the connection's state does not allow is answered 409."""
    turn(emulator, 400, 409, message="Status change requested is not consistent with current status.")


@FAMILY.defect("answer-no-server-error", "undocumented-transition-consistent")
def conflict_500(emulator: Emulator) -> None:
    """A change that the connection's state does not allow is answered 500, as real pods once did."""
    turn(emulator, 400, 500, message="Status change requested is not consistent with current status.")


@FAMILY.defect("no-connection-not-found")
def stranger_400(emulator: Emulator) -> None:
    """A userId of a user without a connection to the caller is answered 400."""
    turn(emulator, 404, 400, message="Connection cannot be found.")


@FAMILY.defect("no-connection-not-found")
def stranger_403(emulator: Emulator) -> None:
    """A userId of a user without a connection to the caller is answered 403."""
    turn(emulator, 404, 403, message="Connection cannot be found.")


@FAMILY.defect(UNDOCUMENTED, "no-connection-not-found")
def stranger_410(emulator: Emulator) -> None:
    """A userId of a user without a connection to the caller is answered 410."""
    turn(emulator, 404, 410, message="Connection cannot be found.")


@FAMILY.defect("no-connection-not-found", "success-says-status")
def stranger_200_with_error(emulator: Emulator) -> None:
    """A userId of a user without a connection to the caller is answered 200 with an Error that says 404."""

    def change(_: Call, answer: Answer) -> None:
        answer.status = 200

    refusals(emulator, change, 404)


@FAMILY.defect("unknown-user-not-found")
def unknown_user_403(emulator: Emulator) -> None:
    """A userId that belongs to nobody is answered 403."""
    turn(emulator, 404, 403, message="No such user.")


@FAMILY.defect("unknown-user-not-found", "answer-no-server-error")
def unknown_user_500(emulator: Emulator) -> None:
    """A userId that belongs to nobody is answered 500."""
    turn(emulator, 404, 500, message="No such user.")


@FAMILY.defect("self-not-found")
def self_403(emulator: Emulator) -> None:
    """The caller's own id is answered 403."""
    turn(emulator, 400, 403, message="A user has no connection with itself.")


@FAMILY.defect("self-not-found", "answer-no-server-error")
def self_500(emulator: Emulator) -> None:
    """The caller's own id is answered 500."""
    turn(emulator, 400, 500, message="A user has no connection with itself.")


@FAMILY.defect("session-unknown-refused", "session-truncated-refused")
def invalid_session_403(emulator: Emulator) -> None:
    """An invalid token is answered 403."""
    turn(emulator, 401, 403)


@FAMILY.defect("session-unknown-refused", "session-case-refused", UNDOCUMENTED)
def invalid_session_redirects(emulator: Emulator) -> None:
    """An invalid token is redirected to a login page, 302."""

    def redirect(_: Call, answer: Answer) -> None:
        answer.status, answer.headers["location"] = 302, "/login"

    refusals(emulator, redirect, 401)


@FAMILY.defect("session-unknown-refused", "success-says-status")
def invalid_session_200(emulator: Emulator) -> None:
    """An invalid token is answered 200 with an Error that says 401."""
    refusals(emulator, lambda _, answer: setattr(answer, "status", 200), 401)


@FAMILY.defect("session-unknown-refused", UNDOCUMENTED)
def invalid_session_440(emulator: Emulator) -> None:
    """An invalid token is answered 440, which is not a status of HTTP."""
    turn(emulator, 401, 440)


@FAMILY.defect("entitlement-missing-forbidden")
def unentitled_401(emulator: Emulator) -> None:
    """A caller without the entitlement is answered 401."""
    turn(emulator, 403, 401, message="The user lacks the required entitlement to perform this operation")


@FAMILY.defect("entitlement-missing-forbidden")
def unentitled_404(emulator: Emulator) -> None:
    """A caller without the entitlement is answered 404, so that nothing is disclosed."""
    turn(emulator, 403, 404, message="The user lacks the required entitlement to perform this operation")


@FAMILY.defect("entitlement-missing-forbidden")
def unentitled_reject_400(emulator: Emulator) -> None:
    """Reject by a caller without the entitlement is answered 400; accept is answered 403."""
    turn(emulator, 403, 400, (REJECT,), "The user lacks the required entitlement to perform this operation")


@FAMILY.defect("cross-pod-off-refused", UNDOCUMENTED)
def cross_pod_451(emulator: Emulator) -> None:
    """A request between pods without crossPod is answered 451."""
    turn(emulator, 403, 451, message="crossPod is not enabled between the pods of these users.")


@FAMILY.defect("cross-pod-off-refused", "answer-no-server-error")
def cross_pod_504(emulator: Emulator) -> None:
    """A request between pods without crossPod is answered 504, because the other pod is not reached."""
    turn(emulator, 403, 504, message="crossPod is not enabled between the pods of these users.")


@FAMILY.defect("implicit-reject-refused", UNDOCUMENTED)
def implicit_reject_405(emulator: Emulator) -> None:
    """Reject of a colleague is answered 405."""
    turn(emulator, 400, 405, message="Users of the same private pod are connected implicitly, which cannot be undone.")


@FAMILY.defect("implicit-reject-refused", "answer-no-server-error")
def implicit_reject_500(emulator: Emulator) -> None:
    """Reject of a colleague is answered 500."""
    turn(emulator, 400, 500, message="Users of the same private pod are connected implicitly, which cannot be undone.")


@FAMILY.defect("unknown-user-not-found", "answer-no-server-error")
def unknown_users_502(emulator: Emulator) -> None:
    """A user who does not exist makes the pod fail each time, and a gateway answers 502 in HTML."""

    def fail(_: Call, answer: Answer) -> None:
        if answer.value["message"] == "No such user.":
            answer.status, answer.headers["content-type"] = 502, "text/html"
            answer.content = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

    refusals(emulator, fail, 404)
