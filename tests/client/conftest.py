"""The ways to call, as fixtures."""

import pytest

from tests.client import faces


@pytest.fixture(params=faces.ALL, ids=lambda face: face.name)
def face(request: pytest.FixtureRequest) -> faces.Face:
    """Each way to call, in turn."""
    chosen: faces.Face = request.param
    return chosen


@pytest.fixture(params=faces.OWN, ids=lambda face: face.name)
def own_face(request: pytest.FixtureRequest) -> faces.Face:
    """Each way to call with a httpx client of the pod client's own, in turn."""
    chosen: faces.Face = request.param
    return chosen
