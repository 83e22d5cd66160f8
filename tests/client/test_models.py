"""Models: open, lossless, copyable, and strict about types."""

import copy
import json
import pickle
from typing import Any

import pytest
from symphony_pod_client import (
    UNSET,
    ConnectionStatusFilter,
    DecodeError,
    Error,
    SuccessResponse,
    Unset,
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
    assert (status, str(status), text) == (text, text, f"{status}")
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
