"""How large a client is that is made of fewer operations."""

from pathlib import Path

from tests.openapi.size import lines_for_connections


def test_the_six_operations_of_connections_and_the_logins_take_less_than_1500_lines(tmp_path: Path) -> None:
    assert lines_for_connections(tmp_path) < 1_500
