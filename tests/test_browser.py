"""What the tests of web pages rely on: the browser shows a page, and axe finds what is wrong with it."""

from pathlib import Path

from tests.browser import OpenPage, accessibility_findings


def test_axe_finds_what_is_wrong(open_page: OpenPage, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<!doctype html><html lang=en><title>t</title><main><h1>t</h1><input type="text"></main></html>')

    findings = accessibility_findings(open_page(page.as_uri()))

    assert len(findings) == 1
    assert findings[0].startswith('critical label: <input type="text">')


def test_axe_finds_nothing_on_a_sound_page(open_page: OpenPage, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><html lang=en><title>t</title><main><h1>t</h1></main></html>")

    assert accessibility_findings(open_page(page.as_uri())) == []
