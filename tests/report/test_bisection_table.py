from __future__ import annotations

import csv
import io

from markdown_it import MarkdownIt

from bisect_parity.report.bisection import bisection_lines, bisection_markdown
from bisect_parity.report.bisection_table import issue_markdown, matrix_csv
from bisect_parity.report.documents import read_as
from bisect_parity.report.search_documents import Sweep
from bisect_parity.report.sweep import sweep_lines, sweep_markdown
from tests.report.test_bisection import BAD, GOOD, MIDDLE, check, document, facts


def test_the_matrix_keeps_every_digit_and_every_commit() -> None:
    margins = {"correlation": -0.25, "sum_ratio": 0.005}
    figures = {"correlation": 0.7211752710777161, "sum_ratio": 1.0, "margins": margins, "size": 64}
    tested = [check(BAD, "bad", **figures), check(MIDDLE, "skip", reason='no "x", y\n\u00e4', size=64)]
    told = document(tested=tested, commit_facts=[facts(BAD, "A, B"), facts(MIDDLE)])
    text = matrix_csv(told)
    assert text.isascii()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["commit"] for row in rows] == [BAD, MIDDLE]
    assert (rows[0]["correlation"], rows[0]["correlation_margin"]) == ("0.7211752710777161", "-0.25")
    assert (rows[0]["subject"], rows[1]["reason"]) == ("A, B", 'no "x", y \\xe4')


def test_the_account_for_an_issue_names_the_commit_and_how_to_see_it_again() -> None:
    changed = [{"status": "M", "path": "src/a.py"}]
    row = ", ".join(f"{number}.5" for number in range(20))
    parameters = [{"name": "GAIN", "parent": "1", "commit": "2"}]
    parameters += [{"name": "TABLE", "parent": f"{row}, 0.1, 7", "commit": f"{row}, 0.2, 7"}]
    change = {"parameters": parameters, "lines": []}
    told = document(
        first_bad=BAD,
        change=change,
        tested=[check(BAD, "bad"), check(BAD, "bad", role="revert")],
        commit_facts=[facts(BAD, "Tune | it", files=changed)],
    )
    lines = issue_markdown(told).splitlines()
    assert lines[0] == f"### Parity broken by {BAD[:12]}: Tune \\| it"
    assert "- files: `src/a.py`" in lines
    assert "- parameter `GAIN`: 1 -> 2" in lines
    assert "- parameter `TABLE`: ... 0.1, 7 -> ... 0.2, 7" in lines
    assert sum(line.startswith(f"| {BAD[:12]} | bad |") for line in lines) == 1
    assert f"`bisect-parity bisect --good {GOOD} --bad {BAD} --case parity`" in lines[-1]


def test_an_account_without_an_answer_says_why() -> None:
    assert issue_markdown(document(outcome="nothing-to-bisect")).startswith(
        "### Parity: nothing to bisect\n\n- Why.\n"
    )


def test_commits_that_cannot_be_tested_are_told_by_their_reasons_not_one_by_one() -> None:
    skipped = [check(f"{number:02x}" * 20, "skip", reason="no compiler") for number in range(30)]
    ranges = [
        {
            "first": one["commit"],
            "last": one["commit"],
            "tried": 1,
            "reason": "no compiler",
            "step": "prepare",
        }
        for one in skipped[:11]
    ]
    ranges[0] |= {"last": skipped[19]["commit"], "tried": 20}
    told = document(outcome="inconclusive", tested=[*skipped, check(BAD, "bad")], skip_ranges=ranges)
    lines = issue_markdown(told).splitlines()
    first, last = skipped[0]["commit"][:12], skipped[19]["commit"][:12]
    assert f"- not testable: {first} to {last} (20 tried): no compiler (prepare)" in lines
    assert "- and 1 more, see bisect.md" in lines
    assert sum("no compiler" in line for line in lines) == 10
    assert sum(line.startswith("| ") for line in lines) == 3  # names, rule and one verdict


def test_a_commit_that_the_proof_speaks_against_is_not_called_the_first_bad_one() -> None:
    told = document(outcome="refuted", first_bad=BAD, commit_facts=[facts(BAD, "Tune")])
    issue = issue_markdown(told)
    assert issue.startswith("### Parity: refuted\n")
    assert f"- the search led to: {BAD}" in issue
    for text in (bisection_markdown(told), "\n".join(bisection_lines(told))):
        assert "first bad commit" not in text.lower()
        assert "he search led to: " in text


def test_a_sweep_tells_its_flips_with_what_lies_between() -> None:
    pair = {"before": GOOD, "after": BAD, "untested": 2}
    flip = {**pair, "change": "good to bad"}
    told = {
        "from": GOOD,
        "to": BAD,
        "flips": [flip],
        "moves": [
            {**pair, "figure": "correlation", "old": 1.0, "new": 0.5, "share": 500.0},
            {
                **pair,
                "before": BAD,
                "after": GOOD,
                "figure": "sum_ratio",
                "old": 1.001,
                "new": 1.0,
                "share": -0.2,
            },
        ],
        "tested": [check(GOOD, "good"), check(BAD, "bad")],
        "commit_facts": [facts(GOOD, "One"), facts(BAD, "Two")],
        "commits": 4,
        "code_states": 4,
        "complete": False,
        "checks_run": 2,
        "checks_cached": 0,
    }
    nearer = "20% of its tolerance nearer to 1"
    assert list(sweep_lines(read_as(Sweep, told), "--case p")) == [
        f"good to bad: {BAD} Two",
        f"  after {GOOD[:12]} One, 2 untested between them",
        f"  the commit is one of these: bisect-parity bisect --good {GOOD[:12]} --bad {BAD[:12]} --case p",
        f"sum_ratio moved from 1.001 to 1.0, {nearer}: {GOOD[:12]} One, 2 untested before it",
        "flips: 1; tested: 1 good, 1 bad",
        "4 code states in 4 commits, not all asked for; checks: 2 run, 0 known before",
    ]
    told["flips"] = [{**flip, "untested": 0, "submodules": ["lib"]}]
    told["failure_changes"] = [{**pair, "untested": 0, "old": "X is low", "new": "Y is NaN"}]
    swept = read_as(Sweep, told)
    lines = list(sweep_lines(swept, "--case p"))
    search = f"bisect-parity bisect --good {GOOD[:12]} --bad {BAD[:12]} --case p"
    assert f"  it moves lib, whose own commits may be to blame: {search}" in lines
    at = lines.index(f"bad for another reason: {BAD[:12]} Two")
    assert lines[at + 1] == "  Y is NaN; before it: X is low"
    text = sweep_markdown(swept, "--case p")
    assert (
        f"- correlation moved from 1.0 to 0.5, 500 times its tolerance farther from 1: {BAD[:12]} Two" in text
    )
    assert "## Tested commits" in text


def test_names_and_subjects_stay_in_their_cells_and_code_spans() -> None:
    odd = "a\\| b `c` <img> *d* [e](http://f)"
    changed = [{"status": "M", "path": odd}]
    change = {"parameters": [{"name": odd, "parent": odd, "commit": None}], "lines": []}
    told = document(
        first_bad=BAD,
        case=odd,
        change=change,
        tested=[check(BAD, "bad", reason=odd)],
        commit_facts=[facts(BAD, odd, files=changed)],
    )
    for text in (bisection_markdown(told), issue_markdown(told)):  # reason and subject end their rows
        page = MarkdownIt("commonmark").enable("table").parse(text)
        parts = {child.type for token in page for child in token.children or ()}
        assert parts <= {"text", "text_special", "code_inline", "softbreak"}
        cells = [page[at + 1] for at, token in enumerate(page) if token.type == "td_open"]
        assert "".join(child.content for child in cells[-1].children or ()) == odd
