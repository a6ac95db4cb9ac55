"""The HTML is one file that loads nothing, and in which evidence stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.model import Outcome
from bisect_parity.report.account import NamedCommits
from bisect_parity.report.page import report_page
from tests.report.output_folder import (
    COMMITS,
    HOSTILE,
    START,
    account,
    write_audit,
    write_bisection,
    write_images,
    write_isolation,
    write_json,
    write_sweep,
)

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "link", "br", "img", "input", "wbr"}
DRAWN = {"path", "circle", "line", "rect"}


class Page(HTMLParser):
    """What a page is made of; elements must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in DRAWN
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_audit(tmp_path / "audit")
    write_bisection(tmp_path / "bisect")
    write_images(tmp_path / "check")
    return tmp_path


def test_every_section_is_told(folder: Path) -> None:
    page = Page(report_page(account(folder)))
    assert 'Commit dddddddddddd, "A change", broke the parity.' in page.text
    assert "0.9999984741695391" in page.text
    assert "the name of reports/1-run states a time" in page.text
    assert "bisect-parity diagnose --out DIR" in page.text
    assert len(page.named("img")) == 4
    assert len(page.named("svg")) > 2
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [attributes["href"] or "" for attributes in page.named("a")]
    assert {link[1:] for link in links} <= targets


def test_what_was_not_made_is_named_with_its_command_and_has_no_section(tmp_path: Path) -> None:
    write_bisection(tmp_path)
    page = Page(report_page(account(tmp_path)))
    sections = [attributes["id"] for attributes in page.named("section")]
    assert sections == ["bisection", "absent"]
    assert [link["href"] for link in page.named("a")][1:] == ["#bisection"]
    assert "Artifact matrix" in page.text
    assert "bisect-parity audit --out DIR" in page.text


def test_nothing_is_loaded_and_only_our_own_script_and_style_may_run(folder: Path) -> None:
    text = report_page(account(folder))
    page = Page(text)
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, value)
    [policy] = [meta["content"] or "" for meta in page.named("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?://", text.replace("http-equiv", ""))


def test_what_evidence_says_stays_text(tmp_path: Path) -> None:
    write_audit(tmp_path, HOSTILE)
    write_bisection(tmp_path, subject=HOSTILE)
    text = report_page(account(tmp_path))
    page = Page(text)
    assert len(page.named("script")) == 1
    assert page.named("img") == []
    assert "<script>alert(1)</script>" in page.text
    assert text.isascii()
    assert "\\u202e" in page.text
    assert "&#8238;" not in text


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_of_a_search_can_be_told(tmp_path: Path, outcome: Outcome) -> None:
    write_bisection(tmp_path, outcome)
    assert outcome.value in Page(report_page(account(tmp_path))).text


def test_how_far_a_search_went_stands_at_the_top_only_where_it_is_the_only_one(tmp_path: Path) -> None:
    write_bisection(tmp_path / "one")
    assert "commits in range" in report_page(account(tmp_path))
    write_bisection(tmp_path / "two", Outcome.NOTHING_TO_BISECT)
    assert "commits in range" not in report_page(account(tmp_path))


def test_a_sweep_is_drawn_with_its_flips(tmp_path: Path) -> None:
    write_sweep(tmp_path)
    page = Page(report_page(account(tmp_path)))
    assert "the verdict flips 2 times" in page.text
    assert "bad to good at dddddddddddd A change" in page.text
    assert "correlation moved from 1.0 to 0.5" in page.text
    assert "Distance of each tested commit" in page.text


def test_what_was_isolated_is_the_verdict(tmp_path: Path) -> None:
    write_isolation(tmp_path)
    page = Page(report_page(account(tmp_path)))
    assert "No commit is to blame: the file Fdump.bin flips the verdict from good to bad." in page.text


def test_documents_with_nothing_in_them_can_be_told(tmp_path: Path) -> None:
    for kind in ("artifact-matrix", "provenance", "param-diff", "diagnosis"):
        write_json(tmp_path / f"{kind}.json", {"schema": f"bisect-parity/{kind}", "version": 1})
    bare = {"schema": "bisect-parity/bisection", "version": 1, "outcome": "interrupted"}
    write_json(tmp_path / "bisect.json", bare)
    Page(report_page(account(tmp_path)))


def test_the_history_gives_subjects_and_the_strip_of_commits(folder: Path) -> None:
    times = [START + 60.0 * number for number in range(300)]
    history = NamedCommits(times, {COMMITS[0]: START}, {COMMITS[0]: "What was done"})
    page = Page(report_page(account(folder, history)))
    assert "What was done" in page.text
    assert "commits by committer date" in page.text


def test_tables_name_their_headers_and_pictures_have_words(folder: Path) -> None:
    page = Page(report_page(account(folder)))
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.named("th"))
    assert all(attributes.get("alt") for attributes in page.named("img"))
    [html] = page.named("html")
    assert html["lang"] == "en"
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
