"""Worlds of a file, and the other options of the command."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from contract_tests import FOLDER
from contract_tests.emulator.cast import USER_BITS
from contract_tests.emulator.control.client import EmulatedPods
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.environment import FORMATS
from contract_tests.emulator.process import EmulatorError, emulated_pod
from contract_tests.emulator.variants import VARIANTS
from contract_tests.emulator.world_file import WorldFile, WorldFileError

WORLD = """
[[pods]]
name = "north"
cross_pod = ["south"]

[[pods]]
name = "south"
cross_pod = ["north"]

[[users]]
name = "bot"
pod = "north"
role = "CALLER"
token = "token-of-the-bot"

[[users]]
name = "bot"
pod = "south"
id = 77
role = "REQUESTER"

[[users]]
name = "anna"
pod = "south"
entitled = false

[[connections]]
requester = "bot@south"
receiver = "bot@north"

[[connections]]
requester = "anna@south"
receiver = "bot@north"
status = "ACCEPTED"
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """The file of a world."""
    path = tmp_path / "world.toml"
    path.write_text(WORLD, encoding="utf-8")
    return path


def test_a_world_has_its_pods_users_and_connections(world: Path) -> None:
    with emulated_pod("--world", str(world), federation=True) as pod, EmulatedPods(pod["POD_URL"]) as pods:
        assert list(pods.pods()) == ["north", "south"]
        assert [(user.username, user.pod, user.entitled) for user in pods.users()] == [
            ("bot", "north", True),
            ("bot", "south", True),
            ("anna", "south", False),
        ]
        assert (pod["POD_CALLER_TOKEN"], pod["POD_REQUESTER_USER_ID"]) == ("token-of-the-bot", "77")
        assert pod["POD_REQUESTER_URL"] == pods.pods()["south"].url
        caller = int(pod["POD_CALLER_USER_ID"])
        assert sorted(side.status for side in pods.connections(caller)) == ["ACCEPTED", "PENDING_INCOMING"]
        answer = httpx.post(
            f"{pod['POD_URL']}/v1/connection/accept",
            headers={"sessionToken": "token-of-the-bot"},
            json={"userId": 77},
        )
        assert answer.json()["status"] == "ACCEPTED"


@pytest.mark.parametrize("arguments", [("--one-port",), ("--one-address",)])
def test_a_world_can_be_behind_one_port_or_address(world: Path, arguments: tuple[str, ...]) -> None:
    with emulated_pod("--world", str(world), *arguments, federation=True) as pod:
        answer = httpx.post(
            f"{pod['POD_URL']}/v1/connection/reject",
            headers={"sessionToken": "token-of-the-bot"},
            json={"userId": 77},
        )
        assert answer.json()["status"] == "REJECTED"


def test_users_of_two_pods_with_one_name_have_keys_of_their_own(world: Path, tmp_path: Path) -> None:
    with emulated_pod("--world", str(world), "--keys", str(tmp_path / "keys"), federation=True) as pod:
        assert Path(pod["POD_CALLER_PRIVATE_KEY"]).name == "bot@north.pem"
        assert Path(pod["POD_REQUESTER_PRIVATE_KEY"]).name == "bot@south.pem"


def test_a_reset_goes_back_to_the_world(world: Path) -> None:
    with emulated_pod("--world", str(world), federation=True) as pod, EmulatedPods(pod["POD_URL"]) as pods:
        before = pods.users(), len(pods.connections())
        pods.add_user("north", "carl")
        pods.set_connection(77, int(pod["POD_CALLER_USER_ID"]), "NONE")

        pods.reset()

        assert (pods.users(), len(pods.connections())) == before


def test_ids_that_the_file_does_not_give_avoid_those_that_it_gives(tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    taken = (103 << USER_BITS) + 1
    users = f'[[users]]\nname = "a"\npod = "north"\n[[users]]\nname = "b"\npod = "north"\nid = {taken}\n'
    path.write_text(f'[[pods]]\nname = "north"\n{users}', encoding="utf-8")

    assert [resident.user.id for resident in WorldFile(path).world(USER_BITS).residents] == [taken + 1, taken]


POD = '[[pods]]\nname = "north"\n[[pods]]\nname = "south"\n'
BOT = '[[users]]\nname = "bot"\npod = "north"\n'
ANNA = '[[users]]\nname = "anna"\npod = "south"\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pods = [", "is not TOML in UTF-8"),
        ("", "the file: expected the members pods, users"),
        ("users = []\npods = []", "pods: expected minItems 1"),
        (POD + "user = []\n" + BOT, "pods[1]: expected only name, cross_pod, not user"),
        ('[[pods]]\nnames = "north"\n' + BOT, "pods[0]: expected only name, cross_pod, not names"),
        (POD + '[[pods]]\nname = "north"\n' + BOT, "pods[2].name: 'north' is there twice"),
        ('[[pods]]\nname = "north"\ncross_pod = ["west"]\n' + BOT, "pods[0].cross_pod: there is no pod 'west'"),
        ('[[pods]]\nname = "north"\ncross_pod = ["north"]\n' + BOT, "crossPod is a setting towards another pod"),
        (
            POD + '[[users]]\nname = "bot"\npod = "west"\n',
            "users[0].pod: there is no pod 'west'. There are: north, south",
        ),
        (POD + BOT + BOT, "users[1].name: 'bot@north' is there twice"),
        (POD + BOT + "id = 7\n" + ANNA + "id = 7\n", "users[1].id: 7 is there twice"),
        (POD + BOT + 'role = "CALLER"\n' + ANNA + 'role = "CALLER"\n', "users[1].role: 'CALLER' is there twice"),
        (
            POD + BOT + 'token = "secret-1"\n' + ANNA + 'token = "secret-1"\n',
            "users[1].token: this token is there twice",
        ),
        (POD + BOT + "id = 9223372036854775808\n", "users[0].id: expected maximum 9223372036854775807"),
        (POD + BOT + 'id = "7"\n', "users[0].id: expected type integer"),
        (POD + '[[users]]\nname = "../bot"\npod = "north"\n', "users[0].name: expected pattern"),
        (POD + BOT + 'entitled = "no"\n', "users[0].entitled: expected type boolean"),
        (
            POD + BOT + ANNA + '[[connections]]\nrequester = "bot"\nreceiver = "anna@south"\n',
            "connections[0].requester: there is no user 'bot'. Name a user and its pod, such as bot@north",
        ),
        (
            POD + BOT + ANNA + '[[connections]]\nrequester = "bot@north"\nreceiver = "bot@north"\n',
            "connections[0]: users of the same pod are connected implicitly",
        ),
        (
            POD + BOT + ANNA + '[[connections]]\nrequester = "bot@north"\nreceiver = "anna@south"\nstatus = "ASKED"\n',
            "connections[0].status: expected one of PENDING, ACCEPTED, REJECTED",
        ),
        (
            POD + BOT + ANNA + '[[connections]]\nrequester = "bot@north"\nreceiver = "anna@south"\n'
            '[[connections]]\nrequester = "anna@south"\nreceiver = "bot@north"\n',
            "connections[1]: there is a connection between these two users already",
        ),
    ],
)
def test_an_unusable_world_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    path, state = tmp_path / "world.toml", tmp_path / "state.db"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(EmulatorError) as refused, emulated_pod("--world", str(path), "--state", str(state)):
        pass

    assert message in str(refused.value)
    assert "status 2" in str(refused.value)
    assert "secret-1" not in str(refused.value)
    assert not state.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = " + "[" * 5_000, "is nested too deeply"),
        (POD + BOT + "id = 1.0\n", "users[0].id: expected a whole number, not 1.0"),
        (POD + '[[users]]\nname = "bot\\n"\npod = "north"\n', "users[0].name: expected pattern ^[A-Za-z0-9]"),
        (POD + BOT + 'role = "CALLER\\n"\n', "users[0].role: expected pattern ^[A-Z]"),
        (POD + BOT + 'token = "secret-1\\n"\n', "users[0].token: expected pattern"),
        (POD + BOT + '"\\u001b[2J" = 1\n', r"not '\x1b[2J'"),
        (POD + '[[pods]]\nname = "North"\n' + BOT, "pods[2].name: 'north' is there twice"),
        ('[[pods]]\nname = "everywhere"\n' + BOT, "pods[0].name: 'everywhere' has another meaning"),
        ('[[pods]]\nname = "emulator"\n' + BOT, "pods[0].name: 'emulator' has another meaning"),
        (POD + BOT + 'role = "LOGIN"\n', "users[0].role: LOGIN has another meaning"),
        (POD + BOT + 'role = "UNKNOWN"\n', "users[0].role: UNKNOWN has another meaning"),
    ],
)
def test_a_mistake_that_would_show_later_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "world.toml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(WorldFileError) as refused:
        WorldFile(path)

    assert message in str(refused.value)
    assert "secret-1" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--world", "/nowhere/world.toml"), "/nowhere/world.toml: No such file or directory"),
        (("--world", "a", "--cast", "b"), "--cast and --world both describe the users"),
        (("--expose-control",), "--expose-control needs --expose"),
    ],
)
def test_an_unusable_option_is_an_error(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(EmulatorError, match=message), emulated_pod(*arguments):
        pass


# The other options


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "contract_tests.emulator.serve", "--port", "0", *arguments]


@pytest.mark.parametrize(("option", "catalogue"), [("--list-defects", DEFECTS), ("--list-variants", VARIANTS)])
def test_the_catalogues_can_be_listed(option: str, catalogue: dict[str, object]) -> None:
    done = subprocess.run(command(option), cwd=FOLDER.parent, capture_output=True, text=True, check=True, timeout=30)

    assert [line.partition(": ")[0] for line in done.stdout.splitlines()] == list(catalogue)
    assert all(line.partition(": ")[2] for line in done.stdout.splitlines())


@pytest.mark.parametrize(("name", "lines"), [("json", 1), ("dotenv", 25)], ids=["json", "dotenv"])
def test_the_environment_can_be_printed_in_other_formats(name: str, lines: int) -> None:
    with subprocess.Popen(
        command("--print-env", name), cwd=FOLDER.parent, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(lines)]
        process.terminate()
        rest = process.stdout.read()
        process.wait(20)

    if name == "json":
        variables = json.loads(printed[0])
    else:
        pairs = [line.partition("=") for line in printed]
        variables = {name: json.loads(value) for name, _, value in pairs}
        assert rest == "# ready\n"
    assert {"POD_URL", "POD_CALLER_TOKEN", "POD_REQUESTER_URL", "POD_UNKNOWN_USER_ID"} <= set(variables)


def test_the_request_log_has_a_line_for_each_request_and_no_secret() -> None:
    with subprocess.Popen(
        command("--request-log", "--print-env", "json"),
        cwd=FOLDER.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        pod = json.loads(process.stdout.readline())
        token = pod["POD_CALLER_TOKEN"]
        httpx.post(
            f"{pod['POD_URL']}/v1/connection/accept",
            headers={"sessionToken": token},
            json={"userId": int(pod["POD_COLLEAGUE_USER_ID"])},
        )
        httpx.get(f"{pod['POD_REQUESTER_URL']}/%0A::error::{token}")
        process.terminate()
        _, errors = process.communicate(timeout=20)

    accepted, missing = errors.splitlines()
    assert accepted.startswith(f"acme POST /pod/v1/connection/accept 200 user={pod['POD_CALLER_USER_ID']} ")
    assert missing.startswith("beta GET /pod/\\x0a::error::<redacted> 404 user=- ")


def test_it_ends_with_the_process_that_started_it() -> None:
    starter = (
        "import subprocess, sys\n"
        f"command = {command('--exit-with-parent', '--print-env', 'json')!r}\n"
        "process = subprocess.Popen(command, stdout=subprocess.PIPE)\n"
        "print(process.stdout.readline().decode(), flush=True)\n"
        "process.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter], cwd=FOLDER.parent, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        url = httpx.URL(json.loads(process.stdout.readline())["POD_URL"])
        process.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while is_served(url.port or 0) and time.monotonic() < deadline:
        pass
    assert not is_served(url.port or 0)


@pytest.mark.parametrize("more", [(), ("--workers=2",)], ids=["one process", "workers"])
def test_it_ends_where_the_process_that_started_it_was_gone_before(more: tuple[str, ...]) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)

    ended = subprocess.run(
        command(f"--exit-with-parent={int(gone.stdout)}", *more),
        cwd=FOLDER.parent,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("value", ["plain-_=", "a$b", "a${HOME}b", "a`id`b", 'a"b', "a\\b", "a'b", "a'$b`\"\\"])
def test_a_shell_reads_every_token_of_the_dotenv_format(value: str) -> None:
    written = FORMATS["dotenv"]({"TOKEN": value})

    read = subprocess.run(["sh", "-c", f'{written}\nprintf %s "$TOKEN"'], capture_output=True, text=True, check=True)

    assert read.stdout == value


def is_served(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
