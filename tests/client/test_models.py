"""Models: open, lossless, copyable, and strict about types."""

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from symphony_pod_client import (
    UNSET,
    ConnectionStatusFilter,
    DecodeError,
    Error,
    SuccessResponse,
    Unset,
    UsageError,
    UserConnection,
    UserConnectionRequest,
    UserConnectionStatus,
)

UNKNOWN = UserConnectionStatus("BLOCKED")


def test_an_unknown_status_keeps_its_value() -> None:
    connection = UserConnection.from_dict({"status": "BLOCKED"})
    assert connection.status == UNKNOWN
    assert isinstance(connection.status, UserConnectionStatus)
    assert connection.to_dict() == {"status": "BLOCKED"}


@pytest.mark.parametrize("status", [UNKNOWN, UserConnectionStatus.ACCEPTED])
def test_a_status_is_its_text(status: UserConnectionStatus) -> None:
    text = status.value
    assert (status, str(status), f"{status}") == (text, text, text)
    assert hash(status) == hash(text)
    assert 1 == {text: 1}[status] == {status: 1}[text]  # type: ignore[index]  # that text finds it is the point
    assert json.dumps(status) == f'"{text}"'
    assert status.name == text


@pytest.mark.parametrize("status", [UNKNOWN, UserConnectionStatus.ACCEPTED])
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_status_can_be_copied_and_pickled(status: UserConnectionStatus, way: Any) -> None:
    assert (way(status), type(way(status))) == (status, UserConnectionStatus)


def test_a_status_says_whether_it_is_known() -> None:
    assert not UNKNOWN.is_known
    assert UserConnectionStatus.ACCEPTED.is_known
    assert UserConnectionStatus("ACCEPTED").is_known


def test_an_unknown_status_joins_no_list_of_known_ones() -> None:
    assert [str(s) for s in UserConnectionStatus] == ["ACCEPTED", "PENDING_INCOMING", "PENDING_OUTGOING", "REJECTED"]
    assert "ALL" in list(ConnectionStatusFilter)


def test_a_status_is_a_string() -> None:
    for value in (1, None, ["ACCEPTED"]):
        with pytest.raises(ValueError, match="is not a valid UserConnectionStatus"):
            UserConnectionStatus(value)  # type: ignore[arg-type]  # what is refused


def test_there_is_one_unset() -> None:
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert list(Unset) == [UNSET]
    assert not UNSET
    assert repr(UNSET) == "UNSET"


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_model_can_be_copied_and_pickled(way: Any) -> None:
    connection = UserConnection.from_dict({"userId": 1, "status": "BLOCKED", "x": [1]})
    other = way(connection)
    assert other == connection
    assert other.to_dict() == connection.to_dict()
    assert other.updated_at is UNSET


def test_unknown_members_are_kept_readable_and_written_back() -> None:
    said = {"userId": 1, "podId": 7, "tags": {"a": [1, None]}}
    connection = UserConnection.from_dict(said)
    assert connection.additional_properties == {"podId": 7, "tags": {"a": [1, None]}}
    assert connection["podId"] == 7
    assert connection.to_dict() == said


def test_members_are_found_by_their_names() -> None:
    connection = UserConnection.from_dict({"userId": 1, "podId": 7})
    assert "userId" in connection
    assert "podId" in connection
    assert "status" not in connection
    assert "user_id" not in connection
    assert connection["userId"] == 1
    for name in ("status", "nothing"):
        with pytest.raises(KeyError, match=name):
            connection[name]


def test_null_is_read_as_absent() -> None:
    connection = UserConnection.from_dict({"userId": None, "status": None, "updatedAt": None})
    assert connection == UserConnection()
    assert connection.to_dict() == {}


def test_the_source_is_not_changed() -> None:
    said = {"userId": 1, "x": 2}
    UserConnection.from_dict(said)
    assert said == {"userId": 1, "x": 2}


def test_text_in_place_of_a_status_is_written_as_text() -> None:
    connection = UserConnection(status="ACCEPTED")  # type: ignore[arg-type]  # what untyped callers do
    assert connection.to_dict() == {"status": "ACCEPTED"}


def test_a_required_member_is_required() -> None:
    with pytest.raises(DecodeError, match="userId: required, and missing"):
        UserConnectionRequest.from_dict({})
    with pytest.raises(DecodeError, match="userId: expected an integer of 64 bits, found null"):
        UserConnectionRequest.from_dict({"userId": None})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("123", 'the string "123"'), ("x" * 41, "a string of 41 characters"), (1.0, "1.0"), (True, "true"),
        ([1], "an array"), ({}, "an object"), (2**63, "9223372036854775808"), (2**200, "an integer of 201 bits"),
        (b"1", "bytes"),
    ],
)  # fmt: skip
def test_an_error_says_where_what_was_expected_and_what_came(value: object, found: str) -> None:
    with pytest.raises(DecodeError) as caught:
        UserConnection.from_dict({"userId": value})
    assert str(caught.value) == f"userId: expected an integer of 64 bits, found {found}"
    assert (caught.value.place, caught.value.status, caught.value.body) == ("userId", None, b"")


def test_an_integer_too_long_to_be_shown_is_refused_like_any() -> None:
    with pytest.raises(DecodeError, match="found an integer of 16610 bits"):
        UserConnection.from_dict({"userId": 10**5000})


@pytest.mark.parametrize("model", [UserConnection, UserConnectionRequest, Error, SuccessResponse])
@pytest.mark.parametrize("value", [None, [], "x", 1, [("userId", 1)]])
def test_only_an_object_is_a_model(model: Any, value: object) -> None:
    with pytest.raises(DecodeError, match=f"expected an object \\({model.__name__}\\)"):
        model.from_dict(value)


def test_a_model_as_json_and_as_a_dict() -> None:
    said = {"userId": 1, "status": "BLOCKED", "podId": 7, "tags": {"a": [1, None]}}
    connection = UserConnection.from_dict(said)
    assert json.loads(connection.to_json()) == said
    assert dict(connection) == said
    assert {**dict(connection)} == said


def test_a_model_has_no_hash_because_it_can_change() -> None:
    with pytest.raises(TypeError, match="unhashable type: 'UserConnection'"):
        hash(UserConnection())


def test_evolve_shares_no_dictionary() -> None:
    connection = UserConnection.from_dict({"userId": 1, "tags": {"a": 1}})
    other = attrs.evolve(connection, user_id=2)
    other.additional_properties["tags"]["a"] = 9
    other.additional_properties["more"] = 1
    assert connection.to_dict() == {"userId": 1, "tags": {"a": 1}}
    assert other.to_dict() == {"userId": 2, "tags": {"a": 9}, "more": 1}


def test_a_models_additional_properties_are_its_own() -> None:
    given = {"more": {"a": 1}}
    connection = UserConnection(additional_properties=given)
    given["more"]["a"] = 2
    assert connection["more"] == {"a": 1}


def test_a_repr_begins_with_what_matters_and_leaves_out_what_is_not_there() -> None:
    assert repr(UserConnection()) == "UserConnection()"
    connection = UserConnection.from_dict({"x": 1, "status": "ACCEPTED", "userId": 5})
    assert repr(connection) == "UserConnection(user_id=5, status='ACCEPTED', additional_properties={'x': 1})"


@pytest.mark.parametrize(
    ("unix", "expected"),
    [
        (1470018073812, datetime(2016, 8, 1, 2, 21, 13, 812000, UTC)),
        (1470018073, datetime(2016, 8, 1, 2, 21, 13, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (UNSET, UNSET),
    ],
)
def test_a_unix_time_is_an_aware_datetime_too(unix: Any, expected: object) -> None:
    connection = UserConnection(updated_at=unix, first_requested_at=unix)
    assert (connection.updated_at_datetime, connection.first_requested_at_datetime) == (expected, expected)


def test_a_unix_time_that_is_no_time_of_a_datetime() -> None:
    with pytest.raises(DecodeError, match="expected a unix time in the years 1 to 9999, found 9223372036854775807"):
        _ = UserConnection(updated_at=2**63 - 1).updated_at_datetime


def test_what_json_cannot_hold_is_refused_when_it_is_written() -> None:
    with pytest.raises(UsageError, match="expected a value of JSON, found object"):
        UserConnection(user_id=object()).to_dict()  # type: ignore[arg-type]  # what is refused


def test_pydantic_reads_checks_and_writes_a_model() -> None:
    pydantic = pytest.importorskip("pydantic", reason="not in the environment in which the wheel is tested")
    kind = pydantic.TypeAdapter(UserConnection)
    connection = UserConnection(user_id=1)
    assert kind.validate_python({"userId": 1}) == connection
    assert kind.validate_python(connection) is connection
    assert kind.dump_json(connection) == b'{"userId":1}'
    with pytest.raises(pydantic.ValidationError, match='userId: expected an integer of 64 bits, found the string "1"'):
        kind.validate_python({"userId": "1"})
    assert kind.json_schema() == {"type": "object", "title": "UserConnection"}
