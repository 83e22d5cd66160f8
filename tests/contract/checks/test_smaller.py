"""Smaller bodies: what is sent to find the least that still breaks a rule."""

import json

import pytest

from contract_tests.checks.smaller import smaller_bodies


def test_a_json_object_loses_members_and_its_values_get_smaller() -> None:
    body = b'{"userId": 7078107103807, "x": [1, "ab"]}'
    found = [json.loads(smaller) for smaller in smaller_bodies(body)]
    assert found[0] == {}
    for expected in (
        {"userId": 7078107103807},
        {"x": [1, "ab"]},
        {"userId": 0, "x": [1, "ab"]},
        {"userId": 7078107103807, "x": []},
        {"userId": 7078107103807, "x": ["ab"]},
        {"userId": 7078107103807, "x": [1, "a"]},
    ):
        assert expected in found


@pytest.mark.parametrize(
    "body", [b'{"a": {"b": [true, null, 1.5, "x"]}}', b"[[[]]]", b'"text"', b"\xff\x00garbage", b"{"]
)
def test_every_one_is_shorter_and_the_shortest_comes_first(body: bytes) -> None:
    lengths = [len(smaller) for smaller in smaller_bodies(body)]
    assert lengths == sorted(lengths)
    assert lengths[-1] < len(body)


@pytest.mark.parametrize("body", [b"", b"{}", b"0", b"true", b"null", b"[]", b'""'])
def test_what_says_nothing_has_nothing_smaller(body: bytes) -> None:
    assert smaller_bodies(body) == []


def test_a_body_that_is_not_json_loses_quarters() -> None:
    assert smaller_bodies(b"\xff123") == [b"1", b"2", b"3", b"\xff", b"123", b"\xff12", b"\xff13", b"\xff23"]
