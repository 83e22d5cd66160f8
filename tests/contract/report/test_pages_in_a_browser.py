"""The pages in a browser: on a desk, on a telephone, light, dark and printed, over every way that a run can end."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.contract.exchange import JSON, Answer, Exchange, act
from contract_tests.contract.rules import rules
from contract_tests.emulator.process import emulated_pod
from contract_tests.report.causes import causes
from contract_tests.report.fleet import Member, fleet_page
from contract_tests.report.page import MOST_BYTES, page
from contract_tests.report.reproduction import Reproduction
from contract_tests.report.results import Results, read_results, rule_lines
from contract_tests.verdict.ledger import Ledger
from tests.browser import NARROW, WIDE, OpenPage, accessibility_findings
from tests.contract.report.hostile import hostile_strings
from tests.contract.report.hostile_results import hostile_results
from tests.contract.results import USER, results_from
from tests.contract.runs import run_suite

if TYPE_CHECKING:
    from playwright.sync_api import Page

FEW = "session-[mut]*,unknown-user-*,connect-*,accept-*,reject-makes-*,answer-*,success-*"
CALLER_ALONE = ("POD_URL", "POD_LOGIN_URL", "POD_SESSIONAUTH_URL", "POD_CALLER_USER_ID", "POD_CALLER_TOKEN")
RUNS = ("passing", "failing", "empty-handed", "interrupted", "hostile", "40 broken")
PAPER = 720  # pixels: what A4 has between its margins
SHORT = 844  # pixels: the height of a telephone

Show = Callable[..., "Page"]


def real_run(folder: Path, *emulator: str, only: tuple[str, ...] = ()) -> Results:
    """The results of a run of the suite against an emulated pod; with these variables alone, if some are given."""
    folder.mkdir()
    with emulated_pod(*emulator) as environment:
        given = {name: value for name, value in environment.items() if not only or name in only}
        run = run_suite(folder / "contract", "--select", FEW, environment=given)
    return read_results(run.output / "results.jsonl")


def broken_results(count: int, body: str = "{}", exchanges: int = 1) -> Results:
    """The results of a run in which this many rules are broken, for many causes."""
    broken = [rule.id for rule in rules().values() if rule.level == "MUST"][:count]
    ledger = Ledger(rules(), list)
    statuses = (201, 403, 409, 422, 500, 503)
    for number, rule in enumerate(broken):
        status = statuses[number % len(statuses)]
        answer = Answer(status, (("content-type", JSON), ("server", "pod")), body.encode(), 0.01)
        one = Exchange(act("acceptConnection", "caller", USER), answer, None, rule)
        ledger.check(rule, f"status {status}", (one,) * exchanges, "404 or 400" if number % 2 else "200 with ACCEPTED")
    results = results_from(rule_lines(ledger, {}, Reproduction(("POD_URL=https://acme.example.com/pod",))))
    results.footer["exit_status"] = 1
    return results


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    """The results of a run that ended in each way."""
    folder = tmp_path_factory.mktemp("runs")
    passing = real_run(folder / "passing")
    return {
        "passing": passing,
        "failing": real_run(folder / "failing", "--defect", "success-201", "--defect", "invalid-session-403"),
        "empty-handed": real_run(folder / "empty", only=CALLER_ALONE),
        "interrupted": passing._replace(
            rules=[*passing.rules[:9], *({**line, "verdict": "not verified"} for line in passing.rules[9:])],
            footer={**passing.footer, "incomplete": "the run was interrupted", "exit_status": 4},
        ),
        "hostile": hostile_results(hostile_strings(20_000, seed=5)),
        "40 broken": broken_results(40),
    }


@pytest.fixture
def show(open_page: OpenPage, runs: dict[str, Results], tmp_path: Path) -> Show:
    """A function that opens the page of one of the runs, or of the results that it is given."""

    def opened(run: str | Results, address: str = "", **options: Any) -> "Page":
        path = tmp_path / "report.html"
        path.write_text(page(runs[run] if isinstance(run, str) else run), encoding="utf-8")
        return open_page(path.as_uri() + address, **options)

    return opened


def is_too_wide(shown: "Page") -> bool:
    """Whether a reader has to scroll sideways."""
    return bool(shown.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def bottom(shown: "Page", selector: str) -> float:
    """How far below the top of the page the first of these elements ends."""
    box = shown.locator(selector).first.bounding_box()
    assert box is not None
    return float(box["y"] + box["height"])


@pytest.mark.parametrize("run", RUNS)
def test_axe_finds_nothing_and_nobody_scrolls_sideways(show: Show, run: str) -> None:
    shown = show(run)
    # A rule or two with all that is folded away; the other rules have the same parts.
    shown.evaluate("[...document.querySelectorAll('details')].filter((d, i) => i < 3).forEach(d => d.open = true)")
    looks: list[tuple[Any, tuple[int, int]]] = [
        ({"color_scheme": "light"}, (NARROW, WIDE)),
        ({"color_scheme": "dark"}, (WIDE, NARROW)),
        ({"color_scheme": "dark", "media": "print"}, (PAPER, PAPER)),
    ]
    for media, widths in looks:
        shown.emulate_media(**media)
        for width in widths:
            shown.set_viewport_size({"width": width, "height": 900})
            assert not is_too_wide(shown), (width, media)
        assert accessibility_findings(shown) == [], media


def test_a_printed_page_shows_every_finding_and_no_control(show: Show) -> None:
    shown = show("failing", width=WIDE, color_scheme="dark")
    shown.emulate_media(media="print")
    shown.evaluate("dispatchEvent(new Event('beforeprint'))")
    findings = shown.locator(".rule[data-finding=yes]")
    assert findings.count() > 5
    assert shown.locator(".rule[data-finding=yes][open]").count() == findings.count()
    assert shown.locator(".filters").is_hidden()
    assert not any(button.is_visible() for button in shown.locator("button.copy").all())
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.pdf(format="A4").startswith(b"%PDF")
    shown.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.locator(".rule[open]").count() == 0


@pytest.mark.parametrize(
    ("run", "word", "why"),
    [
        ("passing", "PASS", "Nothing is broken: "),
        ("failing", "FAIL", "The likeliest cause: 403 for 401."),
        ("empty-handed", "PASS", " not verified."),
        ("interrupted", "INCOMPLETE", "The run was interrupted."),
        ("hostile", "FAIL", " of 62 rules are broken."),
        ("40 broken", "FAIL", "40 of 81 rules are broken."),
    ],
)
def test_the_first_thing_to_read_is_the_verdict_and_why(show: Show, run: str, word: str, why: str) -> None:
    shown = show(run, width=NARROW, height=SHORT)
    assert shown.locator("h1").inner_text() == word
    assert shown.title().startswith(f"{word}: ")
    assert why in shown.locator("header.verdict p").first.inner_text()
    assert bottom(shown, "header.verdict") < SHORT / 3


def test_two_defects_of_a_real_pod_are_two_causes(runs: dict[str, Results]) -> None:
    assert runs["failing"].counts()["broken"] > 5
    found = causes(runs["failing"].rules)
    assert [cause.title for cause in found if cause.verdict == "broken"] == ["403 for 401", "201 for 200"]


@pytest.mark.parametrize("run", ["failing", "40 broken"])
def test_the_first_screen_of_a_desk_has_the_likeliest_cause_and_all_families(show: Show, run: str) -> None:
    shown = show(run, width=WIDE, height=900)
    for selector in ("ol.causes li", "ul.families", "dl.facts"):
        assert bottom(shown, selector) < 900


def test_causes_after_the_fifth_are_folded_and_stand_on_paper(show: Show, runs: dict[str, Results]) -> None:
    shown = show("40 broken", width=WIDE)
    count = len(causes(runs["40 broken"].rules))
    assert count > 5
    assert shown.locator("ol.causes li:visible").count() == 5
    assert shown.locator("details.others summary").inner_text() == f"{count - 5} more causes"
    shown.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.locator("ol.causes li:visible").count() == count
    shown.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.locator("ol.causes li:visible").count() == 5


def test_a_telephone_shows_the_whole_behaviour_table_without_scrolling_it(show: Show) -> None:
    shown = show("failing", width=NARROW)
    for cell in shown.locator("table.behaviour td").all():
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= NARROW


def test_the_first_screen_of_a_telephone_has_the_likeliest_cause(show: Show) -> None:
    shown = show("failing", width=NARROW, height=SHORT)
    assert bottom(shown, "ol.causes li") < SHORT


def test_the_facts_of_a_run_are_there(show: Show, runs: dict[str, Results]) -> None:
    facts = show("passing").locator("dl.facts").inner_text()
    for fact in (runs["passing"].header["target"]["url"], "UTC", "Seed", "Requests", "Suite"):
        assert fact in facts


def test_a_setting_that_would_help_says_how_many_rules_more(show: Show, runs: dict[str, Results]) -> None:
    rows = show("empty-handed").locator("table.missing tbody tr")
    missing = runs["empty-handed"].footer["missing"]
    assert missing != []
    assert rows.count() == len(missing)
    most = max(len(row["rules"]) for row in missing)
    assert f"→ {most} more rule" in rows.first.inner_text()  # what helps most comes first


def test_each_family_has_a_mark_for_each_rule_that_leads_to_it(show: Show, runs: dict[str, Results]) -> None:
    shown = show("failing")
    marks = shown.locator(".families .cell")
    assert marks.count() == len(runs["failing"].rules)
    shown.locator(".families .cell.broken").first.click()
    rule = shown.url.split("#")[1]
    assert shown.locator(f"[id='{rule}'][open]").count() == 1


def test_an_address_opens_its_rule_and_brings_it_into_view(show: Show) -> None:
    shown = show("failing", "#reject-makes-rejected")
    box = shown.locator("[id=reject-makes-rejected][open]").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 900


def test_an_address_of_a_rule_that_a_filter_hides_shows_it(show: Show) -> None:
    shown = show("failing")
    shown.locator("#at-search").fill("success-user-id")
    assert shown.locator("[id=reject-makes-rejected]").is_hidden()
    shown.evaluate("location.hash = 'reject-makes-rejected'")
    shown.locator("[id=reject-makes-rejected][open]").wait_for()


def test_rules_are_searched_and_filtered_by_verdict_and_family(show: Show, runs: dict[str, Results]) -> None:
    shown = show("failing")
    visible = shown.locator(".rule:visible")
    assert visible.count() == len(runs["failing"].rules)
    shown.locator("button[data-verdict=broken]").click()
    broken = runs["failing"].counts()["broken"]
    assert visible.count() == broken
    assert shown.locator("#at-count").inner_text() == f"{broken} of {len(runs['failing'].rules)} rules"
    shown.locator("#at-family").select_option("sessions")
    assert {one.get_attribute("data-family") for one in visible.all()} == {"sessions"}
    shown.locator("#at-search").fill("no-such-rule")
    assert visible.count() == 0
    shown.locator("button[data-verdict=broken]").click()
    shown.locator("#at-family").select_option("")
    shown.locator("#at-search").fill("truncated refused")
    assert [one.get_attribute("id") for one in visible.all()] == ["session-truncated-refused"]


def test_a_finding_shows_the_page_s_words_what_was_expected_and_what_came(show: Show) -> None:
    shown = show("failing", "#session-unknown-refused")
    rule = shown.locator("[id=session-unknown-refused]")
    assert rules()["session-unknown-refused"].quote in rule.locator("blockquote").inner_text()
    assert "accept-connection.md" in rule.inner_text()
    assert rule.locator(".expected p:last-child").inner_text() == "401"
    assert rule.locator(".received p:last-child").inner_text() == "status 403"
    boxes = [rule.locator(part).bounding_box() for part in (".expected", ".received")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] == boxes[1]["y"]  # side by side


def test_a_button_copies_the_block_as_it_is(show: Show, runs: dict[str, Results]) -> None:
    shown = show("failing", "#session-unknown-refused")
    shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = shown.get_by_role("button", name="Copy the lines for session-unknown-refused")
    button.click()
    shown.get_by_text("Copied").wait_for()
    line = next(line for line in runs["failing"].rules if line["rule"] == "session-unknown-refused")
    assert shown.evaluate("navigator.clipboard.readText()") == line["evidence"]["reproduce"]


def test_the_behaviour_table_is_drawn_for_both_sides(show: Show) -> None:
    shown = show("failing", width=WIDE)
    sides = shown.locator(".sides svg")
    assert sides.count() == 2
    assert shown.locator(".sides svg path.broken").count() >= 2  # accept and reject, which answered 201
    assert "Connect in NONE leads to PENDING_OUTGOING: seen" in (sides.first.get_attribute("aria-label") or "")
    for label in shown.locator(".sides svg text").all():
        inner, outer = label.bounding_box(), label.locator("xpath=ancestor::*[local-name()='svg']").bounding_box()
        assert inner is not None
        assert outer is not None
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]


def test_statuses_are_documented_reached_or_undocumented(show: Show) -> None:
    row = show("failing").locator("section:has(#at-reached) tr").filter(has_text="acceptConnection")
    cells = {(cell.get_attribute("class") or "").split()[-1] for cell in row.locator("td").all()}
    assert cells == {"reached", "unreached", "undocumented"}


def test_a_page_without_its_script_is_still_whole(
    open_page: OpenPage, runs: dict[str, Results], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    head, _, _ = page(runs["failing"]).partition("<script>")
    path.write_text(head, encoding="utf-8")
    shown = open_page(path.as_uri())
    assert shown.locator(".rule").count() == len(runs["failing"].rules)
    assert shown.locator(".filters").is_hidden()


def test_no_other_script_runs_in_the_page(show: Show, open_page: OpenPage) -> None:
    shown = show("passing")
    shown.evaluate(
        "() => { document.addEventListener('securitypolicyviolation', () => { window.refused = true });"
        "const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s) }"
    )
    shown.wait_for_function("window.refused")
    assert shown.evaluate("window.ran") is None
    assert [error for error in open_page.errors if "Content Security Policy" not in error] == []
    open_page.errors.clear()  # the refusal was meant


def test_a_page_of_the_largest_findings_is_smaller_than_a_megabyte() -> None:
    text = page(broken_results(60, body="\u20ac" * 2_000, exchanges=12))
    assert len(text.encode()) < MOST_BYTES


def test_a_page_of_many_pods_is_as_sound(open_page: OpenPage, runs: dict[str, Results], tmp_path: Path) -> None:
    members = [Member(name.replace(" ", "-"), results, page="x/report.html") for name, results in runs.items()]
    members[1] = members[1]._replace(earlier=runs["passing"])
    path = tmp_path / "report.html"
    path.write_text(fleet_page([*members, Member("lost", None, "the run did not start")]), encoding="utf-8")
    shown = open_page(path.as_uri(), color_scheme="dark")
    assert shown.locator("h1").inner_text() == "FAIL"
    glance = shown.locator(".first .cell[href]")
    assert glance.all_inner_texts() == ["✗"] * 3 + ["?"] * 2 + ["✓"] * 2
    assert glance.first.get_attribute("href") == "#pod-40-broken"
    assert bottom(shown, ".first .cell[href]") < 900
    for width in (WIDE, NARROW):
        shown.set_viewport_size({"width": width, "height": 900})
        assert not is_too_wide(shown), width
    assert accessibility_findings(shown) == []
    shown.locator("button[data-verdict=PASS]").click()
    assert shown.locator("tr.rule:visible").count() == 2
