"""The page ``/emulator/`` in a browser: what it shows, what its buttons do, and that nothing on it is ever markup."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from contract_tests.emulator.control.client import EmulatedPods
from contract_tests.emulator.process import emulated_pod
from tests.browser import NARROW, WIDE, OpenPage, accessibility_findings
from tests.emulator.control.cast import PROPAGATION_MS, Cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe"
"""A name that would be markup, and that turns the order of what follows."""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Cast, EmulatedPods]]:
    """Emulated pods for all tests of this module."""
    with (
        emulated_pod("--propagation", str(PROPAGATION_MS), federation=True) as environment,
        httpx.Client(trust_env=False) as http,
        EmulatedPods(environment["POD_URL"]) as pods,
    ):
        yield Cast(environment, http), pods


@pytest.fixture
def users(running: tuple[Cast, EmulatedPods]) -> Cast:
    """The cast at the pods."""
    return running[0]


@pytest.fixture
def pods(running: tuple[Cast, EmulatedPods]) -> EmulatedPods:
    """The emulated pods, reset."""
    running[1].reset()
    return running[1]


def url(users: Cast) -> str:
    """The address of the page."""
    return users.environment["POD_URL"].removesuffix("/pod") + "/emulator/"


@pytest.fixture
def page(users: Cast, pods: EmulatedPods, open_page: OpenPage) -> "Page":  # noqa: ARG001 - reset before it is opened
    """The page, opened once the pods were reset."""
    page = open_page(url(users))
    page.wait_for_selector("#picture svg")
    return page


def choose(page: "Page", actor: str, other: str) -> None:
    """Choose the user to act as, and the other one, by their names."""
    page.get_by_label("User", exact=True).select_option(label=actor)
    page.get_by_label("Other user").select_option(label=other)


def rows(page: "Page") -> list[str]:
    """The connections of the caller and the requester as the table says them."""
    return [
        text for text in page.locator("#connections tr").all_inner_texts() if {"caller", "requester"} <= {*words(text)}
    ]


def words(text: str) -> list[str]:
    return re.split(r"[\s,]+", text)


def test_the_picture_shows_pods_users_and_connections(page: "Page") -> None:
    assert page.locator("#picture .pod .name").all_text_contents() == ["acme", "beta", "delta", "gamma"]
    assert page.locator("#picture .user").count() == 7
    assert page.locator("#picture .edge.pending").count() == 4
    assert page.locator("#picture .tip").count() == 2


def test_asking_accepting_and_removing_by_the_buttons(page: "Page", pods: EmulatedPods, users: Cast) -> None:
    caller, requester = users.id("CALLER"), users.id("REQUESTER")

    choose(page, "requester", "caller")
    page.get_by_role("button", name="Ask to connect").click()
    page.locator("#outcome .good").wait_for()
    assert "requester, ask caller: 200" in page.locator("#outcome").inner_text()
    page.get_by_role("button", name="Deliver now").click()
    choose(page, "caller", "requester")
    page.get_by_text("caller sees: pending, was asked.").wait_for()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("caller sees: accepted.").wait_for()
    pods.deliver_messages()
    page.get_by_text("requester sees: accepted.").wait_for()

    assert {side.status for side in pods.connections(caller) if side.other_id == requester} == {"ACCEPTED"}
    assert page.locator("#picture .edge.accepted").count() == 2

    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("caller sees: no connection.").wait_for()


def test_a_rejection_and_a_refusal_say_what_the_pod_answered(page: "Page", pods: EmulatedPods, users: Cast) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    choose(page, "caller", "requester")

    page.get_by_role("button", name="Reject").click()
    page.get_by_text("caller sees: rejected.").wait_for()
    assert page.locator("#picture .cross").count() == 1
    page.get_by_role("button", name="Accept").click()
    page.locator("#outcome .bad").wait_for()

    assert page.locator("#outcome").inner_text().startswith("caller, accept requester: 400")


def test_the_halves_of_a_connection_differ_while_the_message_is_on_its_way(
    page: "Page", pods: EmulatedPods, users: Cast
) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    users.post("CALLER", "accept", users.id("REQUESTER"))

    page.get_by_text("caller → requester: accepted").wait_for()
    assert page.locator("#picture .edge.accepted").count() == 1
    assert page.locator("#picture .letter").count() == 1
    assert rows(page) == ["requester\tpending, has asked\tcaller\taccepted"]

    page.get_by_role("button", name="Deliver now").click()
    page.locator("#picture .edge.accepted").nth(1).wait_for()
    assert rows(page) == ["requester\taccepted\tcaller\taccepted"]
    page.locator("#picture .letter").wait_for(state="detached")


def test_the_journal_grows_and_shows_a_request_whole(page: "Page", users: Cast) -> None:
    users.post("CALLER", "accept", users.id("STRANGER"))

    row = page.locator("#journal tr").first
    row.wait_for()
    assert row.locator("td").all_text_contents()[2:6] == ["acme", "caller", "POST /pod/v1/connection/accept", "404"]
    row.locator("summary").click()
    row.get_by_text("sessiontoken: <redacted>").wait_for()
    assert users.token("CALLER") not in page.content()

    page.get_by_label("Filter").fill("delta")
    assert row.is_visible() is False
    page.get_by_label("Filter").fill("caller 404")
    assert row.is_visible() is True
    page.get_by_role("button", name="Empty").click()
    row.wait_for(state="detached")


def test_faults_are_set_shown_and_removed(page: "Page", pods: EmulatedPods, users: Cast) -> None:
    page.get_by_label("Fault", exact=True).select_option("throttle")
    page.get_by_label("Operation").select_option("acceptConnection")
    page.get_by_label("Requests").fill("2")
    page.get_by_role("button", name="Set fault").click()
    page.get_by_text("throttle, acceptConnection, 2 more requests").wait_for()

    assert users.post("CALLER", "accept", users.id("STRANGER")).status_code == 429
    page.get_by_text("throttle, acceptConnection, 1 more request").wait_for()
    page.get_by_role("button", name=re.compile("Remove fault")).click()
    page.get_by_text("None is set.").wait_for()
    assert pods.faults() == []


def test_a_variant_that_is_on_is_shown_and_switched_off(page: "Page", pods: EmulatedPods) -> None:
    pods.set_variant("only-the-status", on=True)

    page.get_by_role("button", name="Remove variant only-the-status").click()
    page.get_by_text("None is on.").wait_for()

    assert pods.variants()["only-the-status"] is False


def test_the_clock_is_set_forward_and_back(page: "Page", pods: EmulatedPods) -> None:
    before = pods.now()

    page.get_by_role("button", name="+ 1 day").click()
    page.get_by_text("24 h ahead").wait_for()
    assert pods.now() - before >= 24 * 3600_000
    page.get_by_role("button", name="Back to now").click()
    page.get_by_text("24 h ahead").wait_for(state="hidden")

    assert pods.now() - before < 3600_000


def test_reset_asks_first(page: "Page", pods: EmulatedPods, users: Cast) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "ACCEPTED")
    page.locator("#picture .edge.accepted").first.wait_for()

    page.get_by_role("button", name="Reset …").click()
    page.get_by_role("button", name="Cancel").click()
    assert len(pods.connections(users.id("CALLER"))) == 2
    page.get_by_role("button", name="Reset …").click()
    page.get_by_role("button", name="Reset", exact=True).click()
    page.locator("#picture .edge.accepted").first.wait_for(state="detached")

    assert len(pods.connections(users.id("CALLER"))) == 1


def test_everything_works_by_the_keyboard(page: "Page", pods: EmulatedPods, users: Cast) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    page.locator("#picture .tip").nth(2).wait_for()

    def go_to(selector: str) -> None:
        for _ in range(60):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {selector}")

    go_to(f'.user[data-key="{users.id("REQUESTER")}"]')
    page.keyboard.press("Enter")
    go_to(".user:not(.actor)")
    page.keyboard.press("Shift+Tab")
    for _ in range(60):
        if page.evaluate(f"document.activeElement.dataset.key === '{users.id('CALLER')}'"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert page.locator(".user.actor").get_attribute("data-key") == str(users.id("CALLER"))
    go_to('[data-action="accept"]')
    page.keyboard.press("Enter")

    page.get_by_text("caller, accept requester: 200").wait_for()


@pytest.mark.parametrize(("width", "color_scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_axe_finds_nothing(
    users: Cast, pods: EmulatedPods, open_page: OpenPage, width: int, color_scheme: Literal["light", "dark"]
) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    pods.add_fault("delay", milliseconds=10, times=3)
    users.post("CALLER", "reject", users.id("REQUESTER"))
    page = open_page(url(users), width=width, color_scheme=color_scheme)
    page.locator("#journal summary").first.click()
    page.locator("#journal dl").wait_for()

    assert accessibility_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_and_requests_are_never_markup(users: Cast, pods: EmulatedPods, open_page: OpenPage) -> None:
    hostile = pods.add_user("beta", HOSTILE)
    pods.set_connection(hostile.id, users.id("CALLER"), "PENDING")
    accept = f"{users.url('CALLER')}/v1/connection/accept?<script>alert(1)<"
    users.http.post(
        accept,
        content=b"<svg onload=alert(1)>\x1b]0;title\x07",
        headers={"sessionToken": users.token("CALLER"), "Content-Type": "application/json"},
    )

    page = open_page(url(users))
    page.locator("#journal summary").first.click()
    page.get_by_text("<svg onload=alert(1)>\\u{1b}]0;title\\u{7}").wait_for()

    assert page.locator("img, script:not([src]), svg[onload]").count() == 0
    assert HOSTILE.split("\u202e")[0] + "\\u{202e}gnp.exe" in page.locator("#connections").inner_text()
    assert "\u202e" not in page.content()


def test_a_large_world_is_shown_in_part(users: Cast, pods: EmulatedPods, open_page: OpenPage) -> None:
    for number in range(45):
        pods.add_user("beta", f"user-{number}")

    page = open_page(url(users))
    page.get_by_text("There is more than is shown").wait_for()

    assert page.locator("#picture .user").count() == 5 + 40


def test_the_page_may_load_and_send_nothing_elsewhere(users: Cast) -> None:
    answer = users.http.get(url(users))

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert "://" not in answer.text
    assert users.http.get(url(users).removesuffix("/"), follow_redirects=True).text == answer.text


def test_the_page_is_for_loopback_only(users: Cast) -> None:
    answer = users.http.get(url(users), headers={"Host": "pods.example.com"})

    assert answer.status_code == 403
