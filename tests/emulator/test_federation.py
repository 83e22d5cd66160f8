"""Several pods: both sides of a connection, messages and their delay, crossing changes, and foreign sessions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from contract_tests.emulator.federation import Federation, federate, pod_names
from contract_tests.emulator.file_store import FileStore
from contract_tests.emulator.messages import ConnectionChanged, Message, UserAdded, as_text, from_text
from contract_tests.emulator.network import Delivery, Network
from contract_tests.emulator.process import EmulatorError, emulated_pod
from contract_tests.emulator.records import User, Version
from contract_tests.emulator.store import Store
from tests.emulator.clock import Clock
from tests.emulator.users import IDS, Users

Serve = Callable[[Federation], Users]
DELAYS = (0.0, 0.02, 0.3)
"""Seconds."""


def federation_of(stores: dict[str, Store], clock: Clock, seconds: float) -> Federation:
    """A populated federation whose messages take a number of seconds of a clock."""
    network = Network(seconds)
    network.call_later = clock.call_later
    network.now = clock.now
    federation = federate(stores, network=network)
    federation.populate()
    return federation


@pytest.fixture(params=DELAYS, ids=lambda seconds: f"{seconds * 1000:.0f} ms")
def delay(request: pytest.FixtureRequest) -> float:
    """How many seconds a message takes."""
    return float(request.param)


@pytest.fixture
def pods(stores: dict[str, Store], clock: Clock, delay: float, serve_federation: Serve) -> Users:
    """The users of a served federation."""
    return serve_federation(federation_of(stores, clock, delay))


@pytest.fixture
def slow_pods(stores: dict[str, Store], clock: Clock, serve_federation: Serve) -> Users:
    """The users of a served federation whose messages take 300 ms."""
    return serve_federation(federation_of(stores, clock, 0.3))


def ask(pods: Users, clock: Clock, asker: str = "REQUESTER", asked: str = "CALLER") -> None:
    """One user asks another to connect, and the request arrives."""
    assert pods.create(asker, asked).status_code == 200
    clock.advance(1)


def test_a_request_reaches_the_other_pod_after_the_delay(pods: Users, clock: Clock, delay: float) -> None:
    answer = pods.create("REQUESTER", "CALLER")

    assert (answer.status_code, answer.json()["status"]) == (200, "PENDING_OUTGOING")
    clock.advance(delay * 0.9)
    assert pods.statuses() == (None if delay else "PENDING_INCOMING", "PENDING_OUTGOING")
    clock.advance(delay * 0.2)
    assert pods.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


@pytest.mark.parametrize(("verb", "status"), [("accept", "ACCEPTED"), ("reject", "REJECTED")])
def test_a_decision_reaches_the_other_pod_after_the_delay(
    pods: Users, clock: Clock, delay: float, verb: str, status: str
) -> None:
    ask(pods, clock)

    answer = pods.post("CALLER", verb, "REQUESTER")

    assert (answer.status_code, answer.json()["status"]) == (200, status)
    clock.advance(delay * 0.9)
    assert pods.statuses() == (status, "PENDING_OUTGOING" if delay else status)
    clock.advance(delay * 0.2)
    assert pods.statuses() == (status, status)


def test_both_sides_have_the_same_times_and_counter(pods: Users, clock: Clock) -> None:
    ask(pods, clock)

    accepted = pods.accept("CALLER", "REQUESTER").json()
    clock.advance(1)

    assert {**pods.get("REQUESTER", "CALLER").json(), "userId": IDS["REQUESTER"]} == accepted


def test_a_request_after_a_rejection_counts_on_both_sides(pods: Users, clock: Clock) -> None:
    ask(pods, clock)
    pods.reject("CALLER", "REQUESTER")
    clock.advance(1)

    ask(pods, clock)

    counters = [pods.get(*pair).json()["requestCounter"] for pair in (("CALLER", "REQUESTER"), ("REQUESTER", "CALLER"))]
    assert (pods.statuses(), counters) == (("PENDING_INCOMING", "PENDING_OUTGOING"), [2, 2])


def test_a_removal_reaches_the_other_pod(pods: Users, clock: Clock) -> None:
    ask(pods, clock)
    pods.accept("CALLER", "REQUESTER")
    clock.advance(1)

    assert pods.remove("REQUESTER", "CALLER").status_code == 200
    clock.advance(1)

    assert pods.statuses() == (None, None)
    assert pods.accept("CALLER", "REQUESTER").status_code == 404


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_a_requester_cannot_answer_its_own_request(pods: Users, clock: Clock, verb: str) -> None:
    ask(pods, clock)

    assert pods.post("REQUESTER", verb, "CALLER").status_code == 400
    clock.advance(1)

    assert pods.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_a_request_that_has_not_arrived_cannot_be_answered(slow_pods: Users, clock: Clock, verb: str) -> None:
    slow_pods.create("REQUESTER", "CALLER")

    assert slow_pods.post("CALLER", verb, "REQUESTER").status_code == 404
    clock.advance(1)

    assert slow_pods.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")


def test_exactly_the_two_users_see_a_connection(pods: Users, clock: Clock) -> None:
    before = {role: pods.list(role, status="ALL") for role in ("COLLEAGUE", "STRANGER", "BYSTANDER", "ISOLATED")}

    ask(pods, clock)
    pods.accept("CALLER", "REQUESTER")
    clock.advance(1)

    assert {role: pods.list(role, status="ALL") for role in before} == before


def test_no_store_has_a_side_that_is_another_pod_s(pods: Users, stores: dict[str, Store], clock: Clock) -> None:
    ask(pods, clock)
    pods.accept("CALLER", "REQUESTER")
    clock.advance(1)

    owners = {
        name: {owner.pod for owner in store.users() if store.connections(owner.id)} for name, store in stores.items()
    }
    assert owners == {"acme": {"acme"}, "beta": {"beta"}, "gamma": {"gamma"}, "delta": set()}


def test_users_of_one_pod_are_connected_without_messages(pods: Users) -> None:
    assert pods.accept("CALLER", "COLLEAGUE").json() == {"userId": IDS["COLLEAGUE"], "status": "ACCEPTED"}
    assert pods.federation.network.under_way == []


@pytest.mark.parametrize("other", ["STRANGER", "UNKNOWN"])
def test_no_connection_with_a_user_of_another_pod_is_not_found(pods: Users, other: str) -> None:
    assert pods.accept("CALLER", other).status_code == 404


@pytest.mark.parametrize("verb", ["accept", "reject", "create"])
def test_cross_pod_off_at_the_other_pod_refuses(pods: Users, clock: Clock, verb: str) -> None:
    assert pods.post("CALLER", verb, "ISOLATED").status_code == 403
    clock.advance(1)
    assert pods.statuses("CALLER", "ISOLATED") == ("PENDING_INCOMING", "PENDING_OUTGOING")


def test_cross_pod_is_needed_on_both_sides(pods: Users, clock: Clock) -> None:
    acme, gamma = (pods.federation.pods[name].pod for name in ("acme", "gamma"))

    gamma.switch_cross_pod("acme", is_enabled=True)
    clock.advance(1)
    acme.switch_cross_pod("gamma", is_enabled=False)
    assert pods.accept("CALLER", "ISOLATED").status_code == 403

    acme.switch_cross_pod("gamma", is_enabled=True)
    assert pods.accept("CALLER", "ISOLATED").status_code == 200
    clock.advance(1)
    assert pods.statuses("CALLER", "ISOLATED") == ("ACCEPTED", "ACCEPTED")


def test_the_last_change_of_cross_pod_counts_in_whatever_order_the_changes_arrive(
    slow_pods: Users, clock: Clock
) -> None:
    gamma, network = slow_pods.federation.pods["gamma"].pod, slow_pods.federation.network
    network.delay = lambda _: 0.5
    gamma.switch_cross_pod("acme", is_enabled=True)
    network.delay = lambda _: 0.1
    gamma.switch_cross_pod("acme", is_enabled=False)
    clock.advance(1)

    assert slow_pods.accept("CALLER", "ISOLATED").status_code == 403


@pytest.mark.parametrize("at", ["CALLER", "BYSTANDER", "ISOLATED"])
def test_a_session_of_another_pod_is_refused(pods: Users, at: str) -> None:
    body = {"userId": IDS["STRANGER"]}

    answer = pods.send("REQUESTER", "POST", "/v1/connection/accept", at=at, json=body)

    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "Invalid session"})
    assert pods.send("REQUESTER", "GET", "/v2/sessioninfo", at=at).status_code == 401
    assert pods.session_info("REQUESTER").json()["id"] == IDS["REQUESTER"]


def test_a_logout_at_another_pod_ends_no_session(pods: Users) -> None:
    headers = {"sessionToken": pods.tokens["REQUESTER"]}

    assert pods.http.post(f"{pods.origins['acme']}/sessionauth/v1/logout", headers=headers).status_code == 401
    assert pods.session_info("REQUESTER").status_code == 200


# Crossing changes


def test_requests_that_cross_leave_one_request(slow_pods: Users, clock: Clock) -> None:
    slow_pods.create("REQUESTER", "CALLER")
    slow_pods.create("CALLER", "REQUESTER")
    assert slow_pods.statuses() == ("PENDING_OUTGOING", "PENDING_OUTGOING")

    clock.advance(1)

    assert slow_pods.statuses() == ("PENDING_INCOMING", "PENDING_OUTGOING")
    slow_pods.accept("CALLER", "REQUESTER")
    clock.advance(1)
    assert slow_pods.statuses() == ("ACCEPTED", "ACCEPTED")


def test_removals_that_cross_leave_no_connection(slow_pods: Users, clock: Clock) -> None:
    ask(slow_pods, clock)
    slow_pods.accept("CALLER", "REQUESTER")
    clock.advance(1)

    slow_pods.remove("CALLER", "REQUESTER")
    slow_pods.remove("REQUESTER", "CALLER")
    clock.advance(1)

    assert slow_pods.statuses() == (None, None)


def test_a_new_request_that_crosses_a_removal_stays(slow_pods: Users, clock: Clock) -> None:
    ask(slow_pods, clock)
    slow_pods.accept("CALLER", "REQUESTER")
    clock.advance(1)

    slow_pods.remove("CALLER", "REQUESTER")
    slow_pods.create("CALLER", "REQUESTER")
    slow_pods.remove("REQUESTER", "CALLER")
    clock.advance(1)

    assert slow_pods.statuses() == ("PENDING_OUTGOING", "PENDING_INCOMING")


def test_a_decision_outweighs_a_request_that_crosses_it(slow_pods: Users, clock: Clock) -> None:
    for emulator in slow_pods.federation.emulators:
        emulator.pod.transitions["acceptConnection", "REJECTED"] = "ACCEPTED"
    ask(slow_pods, clock)
    slow_pods.reject("CALLER", "REQUESTER")
    clock.advance(1)

    slow_pods.accept("CALLER", "REQUESTER")
    slow_pods.create("REQUESTER", "CALLER")
    clock.advance(1)

    assert slow_pods.statuses() == ("ACCEPTED", "ACCEPTED")


# Messages


def test_messages_that_overtake_each_other_do_not_overwrite_newer_states(slow_pods: Users, clock: Clock) -> None:
    ask(slow_pods, clock)
    network = slow_pods.federation.network
    network.delay = lambda _: 5.0
    slow_pods.reject("CALLER", "REQUESTER")
    network.delay = lambda _: 0.1
    slow_pods.create("CALLER", "REQUESTER")

    clock.advance(1)
    assert slow_pods.statuses() == ("PENDING_OUTGOING", "PENDING_INCOMING")
    clock.advance(5)
    assert slow_pods.statuses() == ("PENDING_OUTGOING", "PENDING_INCOMING")


def test_a_removal_is_not_undone_by_an_earlier_message(slow_pods: Users, clock: Clock) -> None:
    ask(slow_pods, clock)
    network = slow_pods.federation.network
    network.delay = lambda _: 5.0
    slow_pods.accept("CALLER", "REQUESTER")
    network.delay = lambda _: 0.1
    slow_pods.remove("CALLER", "REQUESTER")
    clock.advance(6)

    assert slow_pods.statuses() == (None, None)


def test_a_message_that_arrives_twice_changes_nothing_the_second_time(slow_pods: Users, clock: Clock) -> None:
    network = slow_pods.federation.network
    right = network.route
    network.route = lambda message: [*right(message), Delivery(message, 3.0)]
    ask(slow_pods, clock)
    slow_pods.accept("CALLER", "REQUESTER")
    clock.advance(10)

    assert slow_pods.statuses() == ("ACCEPTED", "ACCEPTED")


@pytest.mark.parametrize(
    "change",
    [
        lambda message: replace(message, owner_id=IDS["STRANGER"]),
        lambda message: replace(message, owner_id=1),
        lambda message: replace(message, sender="delta"),
        lambda message: replace(message, other_id=IDS["BYSTANDER"]),
        lambda message: replace(message, other_id=1),
    ],
    ids=["a user of another pod", "nobody", "another sender", "another pod's user", "an unknown user"],
)
def test_a_message_for_somebody_else_changes_nothing(
    slow_pods: Users, clock: Clock, change: Callable[[ConnectionChanged], Message]
) -> None:
    network = slow_pods.federation.network
    right = network.route
    network.route = lambda message: right(change(message) if isinstance(message, ConnectionChanged) else message)
    slow_pods.create("REQUESTER", "CALLER")
    clock.advance(1)

    assert slow_pods.list("CALLER") == [slow_pods.get("CALLER", "ISOLATED").json()]


@pytest.mark.parametrize(("sender", "is_listed"), [("delta", True), ("beta", False)])
def test_a_pod_adds_its_own_users_to_the_directory_of_another(slow_pods: Users, sender: str, is_listed: bool) -> None:
    acme = slow_pods.federation.pods["acme"].pod
    user = User(7, "seven", "delta", is_entitled=True)

    for _ in range(2):  # the second time changes nothing
        acme.receive(UserAdded(sender, "acme", user))

    assert acme.store.user(7) == (user if is_listed else None)


@pytest.mark.parametrize(
    "version", [Version(1, is_decision=False, pod="beta"), Version(2, is_decision=True, pod="acme")]
)
def test_a_message_is_the_same_after_the_outbox(slow_pods: Users, version: Version) -> None:
    slow_pods.create("REQUESTER", "CALLER")
    (delivery,) = slow_pods.federation.network.under_way
    assert isinstance(delivery.message, ConnectionChanged)
    messages: list[Message] = [
        delivery.message,
        replace(delivery.message, connection=None, version=version),
        UserAdded("beta", "acme", User(7, "seven", "beta", is_entitled=False)),
    ]

    assert [from_text(as_text(message)) for message in messages] == messages


def test_a_message_stays_in_the_outbox_until_it_has_arrived(
    slow_pods: Users, stores: dict[str, Store], clock: Clock
) -> None:
    slow_pods.create("REQUESTER", "CALLER")
    assert len(stores["beta"].messages()) == 1

    clock.advance(1)

    assert stores["beta"].messages() == []


def test_a_refused_change_sends_nothing(slow_pods: Users, stores: dict[str, Store]) -> None:
    assert slow_pods.accept("REQUESTER", "CALLER").status_code == 404

    assert (stores["beta"].messages(), slow_pods.federation.network.under_way) == ([], [])


def test_a_message_that_was_under_way_when_the_process_ended_is_sent_again(tmp_path: Path, clock: Clock) -> None:
    def started(clock: Clock) -> tuple[Federation, dict[str, Store]]:
        stores: dict[str, Store] = {name: FileStore(tmp_path / name) for name in pod_names()}
        return federation_of(stores, clock, 0.3), stores

    federation, stores = started(Clock())
    requester = stores["beta"].user(IDS["REQUESTER"])
    assert requester is not None
    federation.pods["beta"].pod.create(requester, IDS["CALLER"])
    for store in stores.values():
        store.close()
    federation, stores = started(clock)
    federation.network.resume()
    clock.advance(1)

    connection = stores["acme"].connection(IDS["CALLER"], IDS["REQUESTER"])
    assert connection is not None
    assert connection.status == "PENDING_INCOMING"
    for store in stores.values():
        store.close()


# The command


def test_the_command_prints_the_address_of_every_role_s_pod() -> None:
    with emulated_pod(federation=True) as pod:
        urls = [pod[f"POD_{role}URL"] for role in ("", "REQUESTER_", "BYSTANDER_", "UNENTITLED_")]
        assert len(set(urls)) == 3
        assert pod["POD_UNENTITLED_URL"] == pod["POD_URL"]
        for role in ("REQUESTER", "BYSTANDER", "UNENTITLED"):
            origin = pod[f"POD_{role}_URL"].removesuffix("/pod")
            assert pod[f"POD_{role}_LOGIN_URL"] == f"{origin}/login"
            assert pod[f"POD_{role}_SESSIONAUTH_URL"] == f"{origin}/sessionauth"


@pytest.mark.parametrize("arguments", [(), ("--one-port",), ("--variant", "other-context-path")])
def test_two_pods_of_the_command_connect(arguments: tuple[str, ...]) -> None:
    with (
        emulated_pod("--propagation", "0", *arguments, federation=True) as pod,
        httpx.Client(trust_env=False) as http,
    ):

        def post(role: str, verb: str, other: str, *, url: str = "") -> httpx.Response:
            return http.post(
                f"{pod[url or ('POD_URL' if role == 'CALLER' else f'POD_{role}_URL')]}/v1/connection/{verb}",
                headers={"sessionToken": pod[f"POD_{role}_TOKEN"]},
                json={"userId": int(pod[f"POD_{other}_USER_ID"])},
            )

        assert post("REQUESTER", "create", "CALLER").json()["status"] == "PENDING_OUTGOING"
        assert post("CALLER", "accept", "REQUESTER").json()["status"] == "ACCEPTED"
        assert post("REQUESTER", "accept", "CALLER", url="POD_URL").status_code == 401


def test_with_one_port_every_pod_has_a_context_path() -> None:
    with emulated_pod("--one-port", federation=True) as pod, httpx.Client(trust_env=False) as http:
        origin = pod["POD_URL"].removesuffix("/acme/pod")
        assert pod["POD_REQUESTER_URL"] == f"{origin}/beta/pod"
        assert pod["POD_REQUESTER_LOGIN_URL"] == f"{origin}/beta/login"
        assert [http.post(f"{origin}{path}").status_code for path in ("/", "/acme", "/omega/pod", "/pod")] == [404] * 4


def test_messages_under_way_survive_a_restart_of_the_command(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state.db"))
    with emulated_pod("--propagation", "60000", *state, federation=True) as pod:
        answer = httpx.post(
            f"{pod['POD_REQUESTER_URL']}/v1/connection/create",
            headers={"sessionToken": pod["POD_REQUESTER_TOKEN"]},
            json={"userId": int(pod["POD_CALLER_USER_ID"])},
        )
        assert answer.status_code == 200

    with emulated_pod("--propagation", "0", *state, federation=True) as pod:
        answer = httpx.post(
            f"{pod['POD_URL']}/v1/connection/accept",
            headers={"sessionToken": pod["POD_CALLER_TOKEN"]},
            json={"userId": int(pod["POD_REQUESTER_USER_ID"])},
        )
        assert (answer.status_code, answer.json()["status"]) == (200, "ACCEPTED")
    assert sorted(path.name for path in tmp_path.glob("*.db")) == [f"state-{name}.db" for name in sorted(pod_names())]


@pytest.mark.parametrize(
    ("arguments", "federation", "message"),
    [
        (("--propagation", "20"), False, "--propagation concerns several pods"),
        (("--one-port",), False, "--one-port serves several pods"),
        (("--defect", "nothing-arrives"), False, "nothing-arrives concerns several pods. Leave out --one-address"),
        (("--propagation", "-1"), True, "--propagation -1: give a number of milliseconds"),
        (("--port", "65534"), True, "--port 65536 is not a port"),
    ],
)
def test_an_unusable_combination_is_an_error(arguments: tuple[str, ...], federation: bool, message: str) -> None:
    with pytest.raises(EmulatorError, match=message), emulated_pod(*arguments, federation=federation):
        pass
