import pytest

from contract_tests.contract.exchange import JSON, Request, act
from contract_tests.target.guard import NotPermitted, check_permitted, named_users
from contract_tests.target.target import Target, User

CALLER, REQUESTER, UNKNOWN, SOMEBODY = 7078106103809, 13056700579841, 7078107103807, 99999999999999
SMALL = 42  # a user of the cast, on a pod that counts from one


def target(*, allow_writes: bool) -> Target:
    ids = {"caller": CALLER, "requester": REQUESTER, "unknown": UNKNOWN}
    users = {role: User(role, user_id) for role, user_id in ids.items()}
    return Target("http://127.0.0.1/pod", "", "", allow_writes=allow_writes, users=users)


def raw(body: bytes, *, query: str = "") -> Request:
    return Request("acceptConnection", "caller", body, JSON, query=query)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (act("acceptConnection", "caller", REQUESTER), {REQUESTER}),
        (raw(b'{"userId": "13056700579841"}'), {REQUESTER}),
        (raw(b'{"userId": 13056700579841.0}'), {REQUESTER}),
        (raw(b'{"userId": 1.3056700579841e13}'), {REQUESTER}),
        (raw(b'{"userId": [[13056700579841]]}'), {REQUESTER}),
        (raw(b'{"userId": 1, "userId": 13056700579841}'), {1, REQUESTER}),
        (raw(b'{"user_id": 13056700579841}'), {REQUESTER}),
        (raw(b"[13056700579841]"), {REQUESTER}),
        (raw(b'{"userId": 13056700579841'), {REQUESTER}),
        (raw('{"userId": 13056700579841'.encode("utf-16")), {REQUESTER}),
        (raw(b"{}", query="userId=13056700579841"), {REQUESTER}),
        (Request("removeConnection", "caller", path_parameters=(("uid", str(REQUESTER)),)), {REQUESTER}),
        (raw(b'{"userId": ' + b"[" * 5000 + b"13056700579841" + b"]" * 5000 + b"}"), {REQUESTER}),
        (raw(b'{"userId": true}'), set()),
        (raw(b'{"userId": -13056700579841}'), {REQUESTER}),
        (raw(b'{"userId": -13056700579842}'), {13056700579842}),
        (raw(b'{"userId": -13056700579842.0}'), {13056700579842}),
        (raw(b'{"userId": 130567005798410e-1}'), {130567005798410, REQUESTER}),
        (raw(b'{"userId": 13056700579841.5}'), {REQUESTER}),
        (raw(b'{"userId": 18446757130410131457}'), {REQUESTER}),
        (raw(b'{"userId": -18446731017008971775}'), {REQUESTER}),
        (raw(b'{"user": 999}'), {999}),
        (raw(b'{"userId": -42}'), {42}),
        (raw(b'{"userId": 7}'), {7}),
        (raw(b'{"userId": "7"}'), {7}),
        (raw(b'{"userId": -7}'), set()),
        (raw(b'{"userId": 1.0}'), set()),
        (raw(b'{"userId": 18446744073709551616}'), set()),
        (raw(b'{"userId": 9223372036854775807}'), set()),
        (raw(b'{"userId": -9223372036854775808}'), set()),
        (raw(b'{"userId": 0}'), set()),
        (raw(b'{"userId": 1e400}'), set()),
        (raw(b"{}"), set()),
        (raw(b"{}", query="sessionToken=13056700579841"), set()),
    ],
)
def test_whoever_a_sloppy_pod_could_take_for_named_is_found(request_: Request, expected: set[int]) -> None:
    assert named_users(request_, {CALLER, REQUESTER, SMALL}) == expected


def test_without_permission_nobody_may_be_named() -> None:
    with pytest.raises(NotPermitted, match="POD_ALLOW_WRITES"):
        check_permitted(act("acceptConnection", "caller", REQUESTER), target(allow_writes=False))


def test_an_id_that_is_nobody_s_may_be_named_always() -> None:
    check_permitted(act("acceptConnection", "caller", UNKNOWN), target(allow_writes=False))


def test_with_permission_only_the_cast_may_be_named() -> None:
    check_permitted(act("acceptConnection", "caller", REQUESTER), target(allow_writes=True))
    with pytest.raises(NotPermitted, match="not of the cast"):
        check_permitted(act("acceptConnection", "caller", SOMEBODY), target(allow_writes=True))


def test_reading_needs_no_permission() -> None:
    reading = Request("getConnection", "caller", path_parameters=(("userId", str(REQUESTER)),))
    check_permitted(reading, target(allow_writes=False))
