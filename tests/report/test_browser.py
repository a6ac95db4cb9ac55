"""The report in a real browser: it opens, sorts, filters and unfolds, by keyboard too, and breaks no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.report.page import report_page
from tests.report.browser import CHROMIUM, Browser
from tests.report.output_folder import (
    HOSTILE,
    account,
    write_audit,
    write_bisection,
    write_diagnosis,
    write_images,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed: the report was NOT tried in a browser"
    ),
]
SHOWN = (
    '[...document.querySelectorAll("#runs tbody tr")]'
    ".filter((row) => !row.hidden).map((row) => row.cells[2].innerText)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_audit(folder / "audit", HOSTILE)
    write_diagnosis(folder / "diagnose", HOSTILE)
    write_bisection(folder / "bisect", subject=HOSTILE)
    write_images(folder / "check")
    path = folder / "report.html"
    path.write_text(report_page(account(folder)), encoding="ascii")
    return path


@pytest.fixture(autouse=True)
def _opened(browser: Browser, page: Path) -> None:
    browser.look_like(1280)
    browser.open(page)


def test_it_opens_without_a_complaint_and_asks_for_nothing_else(browser: Browser, page: Path) -> None:
    asked = [address for address in browser.requests if not address.startswith(("data:", "about:"))]
    assert asked == [page.absolute().as_uri()]
    assert browser.complaints == []
    assert browser.run("document.title").startswith("Parity report")
    assert browser.run("[...document.images].every(image => image.naturalWidth > 0)")


def test_the_matrix_is_sorted_by_a_header_and_says_so(browser: Browser) -> None:
    assert browser.run(SHOWN) == ["bad", "good", "bad"]
    browser.run('document.querySelectorAll("#runs thead button")[2].click()')
    assert browser.run(SHOWN) == ["bad", "bad", "good"]
    assert browser.run('document.querySelectorAll("#runs thead th")[2].ariaSort') == "ascending"
    browser.run('document.querySelectorAll("#runs thead button")[3].click()')
    assert browser.run(SHOWN) == ["bad", "bad", "good"]
    browser.run('document.querySelectorAll("#runs thead button")[3].click()')
    assert browser.run(SHOWN) == ["good", "bad", "bad"]
    assert browser.run('document.querySelectorAll("#runs thead th")[2].ariaSort') is None


def test_the_matrix_is_filtered_by_words_and_by_verdict(browser: Browser) -> None:
    tools = 'document.querySelector(".tools[data-for=runs]")'
    browser.run(f'{tools}.querySelector("select").value = "bad"')
    browser.run(f'{tools}.querySelector("select").dispatchEvent(new Event("change"))')
    assert browser.run(SHOWN) == ["bad", "bad"]
    browser.run(f'{tools}.querySelector("input").value = "reports/2"')
    browser.run(f'{tools}.querySelector("input").dispatchEvent(new Event("input"))')
    assert browser.run(SHOWN) == ["bad"]
    assert browser.run(f'{tools}.querySelector("output").textContent') == "1 of 3 shown"


def test_a_link_to_a_bundle_opens_its_fold(browser: Browser, page: Path) -> None:
    browser.open(page, "#bundle-2")
    assert browser.run('document.getElementById("bundle-2").open') is True
    browser.run('document.querySelector("#runs a").click()')
    assert browser.run(
        "new Promise(done => setTimeout(() => done(document.getElementById('bundle-1').open), 50))"
    )


def test_the_keyboard_reaches_the_skip_link_first_and_sorts(browser: Browser) -> None:
    browser.press("Tab")
    assert browser.run("document.activeElement.textContent") == "Skip to the report"
    browser.press("Enter")
    assert browser.run("document.activeElement.id") == "main"
    browser.run('document.querySelectorAll("#runs thead button")[2].focus()')
    browser.press("Enter")
    assert browser.run('document.querySelectorAll("#runs thead th")[2].ariaSort') == "ascending"


def test_a_screen_reader_finds_landmarks_headers_and_words(browser: Browser) -> None:
    nodes = browser.accessible()
    roles = [node["role"] for node in nodes]
    for role in (
        "banner",
        "navigation",
        "main",
        "contentinfo",
        "heading",
        "table",
        "columnheader",
        "rowheader",
    ):
        assert role in roles, role
    assert all(
        node["name"] for node in nodes if node["role"] in ("image", "button", "link", "searchbox", "table")
    )


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_scrolls_sideways(browser: Browser, page: Path, width: int) -> None:
    browser.look_like(width)
    browser.open(page)
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_tables_stand_and_no_dead_control_is_shown(browser: Browser, page: Path) -> None:
    browser.without_scripts()
    try:
        browser.open(page)
    finally:
        browser.without_scripts(disabled=False)
    assert browser.run(SHOWN) == ["bad", "good", "bad"]
    assert browser.run('[...document.querySelectorAll("button, .tools")].every(one => !one.offsetParent)')


CONTRAST = """
(() => {
  const luminance = (colour) => colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }).reduce((sum, share, at) => sum + share * [0.2126, 0.7152, 0.0722][at], 0);
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("svg")) continue;
    const colour = parse(getComputedStyle(element).color).slice(0, 3);
    const [a, b] = [luminance(colour), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background_as_wcag_aa_asks(
    browser: Browser, page: Path, scheme: str
) -> None:
    browser.look_like(1280, scheme=scheme)
    browser.open(page)
    browser.run('document.querySelectorAll("details").forEach(fold => { fold.open = true; })')
    assert browser.run(CONTRAST) == []


def test_it_prints_without_controls(browser: Browser, tmp_path: Path) -> None:
    browser.look_like(1280, media="print")
    shown = (
        '[...document.querySelectorAll("nav, .tools, #folds")].filter(one => one.checkVisibility()).length'
    )
    assert browser.run(shown) == 0
    browser.print_to(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
