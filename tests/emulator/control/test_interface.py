"""The interface itself: where it is, who may use it, and its description."""

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from contract_tests.emulator.control.client import EmulatedPods
from contract_tests.emulator.process import emulated_pod
from tests.emulator.control.cast import Cast, control


def test_it_is_ready_at_the_address_of_every_pod(users: Cast) -> None:
    for role in ("CALLER", "REQUESTER", "BYSTANDER"):
        with EmulatedPods(users.url(role)) as pods:
            assert sorted(pods.health()) == ["acme", "beta", "delta", "gamma"]


def test_its_description_is_openapi(users: Cast) -> None:
    description = control(users, "GET", "/openapi.json").json()

    assert list(OpenAPIV31SpecValidator(description).iter_errors()) == []
    operations = [operation["operationId"] for item in description["paths"].values() for operation in item.values()]
    assert len(set(operations)) == len(operations)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:80"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_pages_of_other_origins_are_kept_out(users: Cast, headers: dict[str, str], status: int) -> None:
    assert control(users, "GET", "/health", headers=headers).status_code == status


@pytest.mark.parametrize(("arguments", "status"), [((), 404), (("--expose-control",), 200)])
def test_pods_that_others_can_reach_have_it_only_where_that_was_said(arguments: tuple[str, ...], status: int) -> None:
    with emulated_pod("--host", "0.0.0.0", "--expose", *arguments) as environment:
        port = environment["POD_URL"].split(":")[2].split("/")[0]
        answers = [
            httpx.get(f"http://127.0.0.1:{port}/emulator/{path}", headers={"host": "pods.example"}).status_code
            for path in ("", "users", "health")
        ]

    # Readiness is answered in any case: a health check of containers asks for it.
    assert answers == [status, status, 200]
