"""`isolate --over code`: the lines of a large commit that flip its verdict are named."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.report.documents import read_as
from bisect_parity.report.isolation import isolation_lines
from bisect_parity.report.trial_documents import Isolation
from tests.end_to_end.world import call, everything
from tests.parity.small_case import CANDIDATE, SmallCase

if TYPE_CHECKING:
    from pathlib import Path

INNOCENT = {f"sim/part_{n:02d}.py": f"VALUE = {n}\n" for n in range(20)}
GAIN = (
    "".join(f"# line {n}\n" for n in range(20)) + "GAIN = 1.0\n" + "".join(f"# more {n}\n" for n in range(9))
)
BROKEN = GAIN.replace("# line 3\n", "# line three\n").replace("1.0", "1.5").replace("# more 7\n", "")
# an import that the gain needs, in another file
NEEDED = "from sim.table import TABLE\nGAIN = TABLE[0]\n"


def isolated(
    capsys: pytest.CaptureFixture[str], made: SmallCase, *words: object, status: int = 0
) -> dict[str, Any]:
    before = everything(made.repo.top)
    answer = call(capsys, "isolate", "--repo", made.repo.top, "--over", "code", *words, "--json", "--quiet")
    assert answer.status == status, answer
    after = everything(made.repo.top)
    objects = {name for name in after if name.startswith(".git/objects/")}  # of partial commits
    assert {name: data for name, data in after.items() if name in before or name not in objects} == before
    document: dict[str, Any] = json.loads(answer.out)
    return document


def roles_and_verdicts(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(test["role"], test["verdict"]) for test in document["tests"]]


def large(top: Path, **middle: str) -> SmallCase:
    """A commit of more than twenty files that breaks the parity."""
    made = SmallCase(top, {"sim/gain.py": GAIN}, {**INNOCENT, **middle})
    made.write_case()
    return made


def test_the_line_among_twenty_files_is_named_with_its_patch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = large(tmp_path / "lab", **{"sim/gain.py": BROKEN})
    document = isolated(capsys, made, "--out", tmp_path / "out")
    assert document["outcome"] == "isolated"
    assert document["found"] == [
        {
            "kind": "code",
            "name": "sim/gain.py:21",
            "state": "modified",
            "path": "sim/gain.py",
            "lines": [21, 21],
        }
    ]
    assert (document["commit"], document["before"]) == (made.end, made.middle)
    assert (document["clean"], document["changed"], document["changes"]) == ("good", "bad", 21)
    assert roles_and_verdicts(document)[-3:] == [
        ("before it", "good"),
        ("with it", "bad"),
        ("without it", "good"),
    ]
    assert document["checks"] <= 2 + 5 + 2 + 3  # the ends, the files, the hunks, the proof
    patch = (tmp_path / "out/isolated.patch").read_text()
    assert "-GAIN = 1.0\n+GAIN = 1.5\n" in patch
    assert patch.count("@@ ") == 1
    assert "-GAIN = 1.0" in document["patch"]
    made.repo.git("apply", "-R", "--check", str(tmp_path / "out/isolated.patch"))
    page = (tmp_path / "out/isolate.md").read_text()
    assert "    +GAIN = 1.5\n" in page
    told = "\n".join(isolation_lines(read_as(Isolation, document)))
    assert "change: sim/gain.py:21 (modified)\n  @@ -18,7 +18,7 @@\n   # line 17\n" in told
    assert call(capsys, "report", "--repo", made.repo.top, tmp_path / "out").status == 0
    report = (tmp_path / "out/report.html").read_text()
    assert f"In {made.end[:12]}, the change of sim/gain.py:21 turns the verdict from good to bad." in report


def test_a_change_that_needs_another_is_told_apart_from_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = large(tmp_path / "lab", **{"sim/gain.py": NEEDED, "sim/table.py": "TABLE = [1.5]\n"})
    document = isolated(capsys, made)
    assert document["outcome"] in {"isolated", "likely"}
    assert [change["name"] for change in document["found"]] in (["sim/gain.py"], ["sim/gain.py:1-2"])
    assert document["beside"] >= 1
    assert "skip" in {verdict for _, verdict in roles_and_verdicts(document)}


def test_two_changes_that_each_suffice_are_both_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = CANDIDATE.replace("GAIN *", "1.5 *")
    made = large(tmp_path / "lab", **{"sim/gain.py": BROKEN, "sim/__main__.py": broken})
    document = isolated(capsys, made)
    assert document["outcome"] == "likely"
    names = [change["path"] for some in (document["found"], *document["others"]) for change in some]
    assert sorted(names) == ["sim/__main__.py", "sim/gain.py"]
    assert document["says"][1].startswith("Others do the same: ")


def test_several_commits_can_be_searched_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = SmallCase(tmp_path / "lab", {"sim/gain.py": "GAIN = 1.5\n"}, INNOCENT)
    made.write_case()
    document = isolated(capsys, made, "--from", made.start, "--at", made.end)
    assert [change["path"] for change in document["found"]] == ["sim/gain.py"]
    assert document["before"] == made.start


def test_a_limit_on_checks_is_kept_and_what_is_left_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = large(tmp_path / "lab", **{"sim/gain.py": BROKEN})
    document = isolated(capsys, made, "--most-checks", 8)
    assert document["checks"] <= document["most_checks"] == 8
    assert document["outcome"] == "likely"
    assert "sim/gain.py" in {change["path"] for change in document["found"]}
    assert 1 < len(document["found"]) < 21
    assert "The search ended at --max-checks 8: not all of it may be needed." in document["says"]


def test_another_failure_than_the_one_asked_for_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without its import a test fails as well, for another reason."""
    test = "from sim.gain import gain\nassert gain() == 1, 'too large'\n"
    old = "def gain():\n    return 1\n\n\n\n# end\n"
    made = SmallCase(tmp_path / "lab", {}, {"sim/gain.py": old, "judge.py": test})
    new = "def gain():\n    return 1 + math.floor(1.5)\n\n\n\nimport math\n"
    commit = made.repo.commit({"sim/gain.py": new, **INNOCENT}, "last")
    document = isolated(capsys, made, "--at", commit, "--test", f"{sys.executable} judge.py")
    assert [part["lines"] for part in document["found"]] == [[2, 2]]
    assert document["beside"] > 0
    told = {(test["verdict"], test["reason"].partition(" (")[0]) for test in document["tests"]}
    other = "it fails otherwise: the test failed: NameError: name 'math' is not defined"
    assert told == {
        ("good", "the test passed"),
        ("bad", "the test failed: AssertionError: too large"),
        ("skip", other),
    }


def test_a_figure_needs_no_limit_unless_it_varies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = BROKEN.replace("# more 8", "OTHER = 0.25")
    made = large(tmp_path / "lab", **{"sim/gain.py": broken})
    script = 'import sim.gain as g; print("gain", 2 * g.GAIN + getattr(g, "OTHER", 0))'
    line = f"{sys.executable} -c '{script}'"
    document = isolated(capsys, made, "--test", line, "--figure", "gain")
    assert (document["clean"], document["changed"], document["outcome"]) == ("good", "bad", "isolated")
    assert [(part["path"], part["lines"]) for part in document["found"]] == [("sim/gain.py", [21, 21])]
    tested = {test["verdict"] for test in document["tests"]}
    assert tested == {"good", "bad"}  # a figure of 3 fails as one of 3.25
    assert document["tests"][0]["reason"] == "figure 2, at most 2.6 is good"
    assert document["case"].endswith(" --figure gain --limit 2.6 --better lower")
    line = line.replace("g.GAIN", 'g.GAIN + __import__("random").random()')
    document = isolated(capsys, made, "--test", line, "--figure", "gain", status=3)
    assert document["says"][0].startswith("The figure varies: 2.")


def test_a_bisection_of_a_large_commit_proposes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = large(tmp_path / "lab", **{"sim/gain.py": BROKEN})
    words = ("--good", made.start, "--bad", made.end, "--out", tmp_path / "out")
    answer = call(capsys, "bisect", "--repo", made.repo.top, *words, "--sum-ratio-tolerance", "0.004")
    options = "--case parity --correlation-min 0.999 --sum-ratio-tolerance 0.004"
    assert f"isolate --over code --at {made.end[:12]} {options}" in answer.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--over", "code,files"), "--over code is tried alone"),
        (
            ("--over", "code", "--good", "x", "--bad", "y"),
            "--good and --bad name runs, and --over code takes commits",
        ),
        (("--from", "HEAD~1"), "--from belongs to --over code"),
        (("--over", "code", "--at", "HEAD~2"), "has no parent here to compare it with"),
        (("--over", "code", "--from", "HEAD"), "holds the same files as"),
        (("--over", "code", "--from", "nowhere"), "'nowhere' names no commit"),
        (("--over", "code", "--test", "true", "--correlation-min", "0.5"), "there are no thresholds"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    made = SmallCase(tmp_path / "lab")
    made.write_case()
    answer = call(capsys, "isolate", "--repo", made.repo.top, *words)
    assert answer.status in (2, 3)
    assert said in answer.err
    assert not (made.repo.top / "reports").exists()


def test_a_commit_that_is_as_good_as_before_leaves_nothing_to_isolate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = large(tmp_path / "lab")
    document = isolated(capsys, made, status=4)
    assert document["outcome"] == "nothing-to-isolate"
    assert document["patch"] is None
