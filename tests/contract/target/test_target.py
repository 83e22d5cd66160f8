from pathlib import Path

import pytest

from contract_tests.target.target import Certificate, PodAddress, Target, User

OWN = Certificate(Path("own.pem"))
FOR_ALL = Certificate(Path("all.pem"))
BETA = PodAddress("https://beta.example.com/pod", "https://beta.example.com/login", "https://beta.example.com/auth")


def target(user: User, *, certificate: Certificate | None = None) -> Target:
    return Target(
        "https://acme.example.com/pod", "", "", {"requester": BETA}, None, certificate, users={user.role: user}
    )


def test_a_role_without_addresses_of_its_own_is_at_the_callers_pod() -> None:
    acme = target(User("caller", 1))
    assert acme.pod_of("requester") == BETA
    assert acme.pod_of("bystander").url == "https://acme.example.com/pod"


def test_the_addresses_are_listed_once_each_and_the_callers_first() -> None:
    acme = Target("https://acme.example.com/pod", "", "", {"requester": BETA, "bystander": BETA})
    assert acme.urls == ("https://acme.example.com/pod", "https://beta.example.com/pod")


@pytest.mark.parametrize(
    ("user", "certificate", "expected"),
    [
        (User("requester", 1, token="a-token"), None, (True, False)),
        (User("requester", 1, username="bot", private_key="key"), None, (True, True)),
        (User("requester", 1, certificate=OWN), None, (True, True)),
        (User("requester", 1, token="a-token", certificate=OWN), None, (True, False)),
        (User("requester", 1), FOR_ALL, (False, False)),
        (User("caller", 1), FOR_ALL, (True, True)),
        (User("caller", 1), None, (False, False)),
    ],
)
def test_ways_to_a_session(user: User, certificate: Certificate | None, expected: tuple[bool, bool]) -> None:
    made = target(user, certificate=certificate)
    assert (made.has_session(user.role), made.can_log_in(user.role)) == expected


def test_a_role_shows_its_own_certificate_before_the_one_for_all() -> None:
    made = target(User("requester", 1, certificate=OWN), certificate=FOR_ALL)
    assert (made.certificate_of("requester"), made.certificate_of("caller")) == (OWN, FOR_ALL)


def test_users_whose_requests_are_waiting_may_be_named() -> None:
    made = Target("https://acme.example.com/pod", "", "", users={"caller": User("caller", 1)}, waiting=(7, 8))
    assert made.user_ids == {1, 7, 8}
