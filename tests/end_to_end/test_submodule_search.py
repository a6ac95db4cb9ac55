"""A culprit that moves a submodule: the command goes on inside it, at once or later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.end_to_end.world import assert_fits, call
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_search_that_stopped_at_a_submodule_goes_on_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library, project = Sandbox(tmp_path / "library"), Sandbox(tmp_path / "project")
    lib = library.versions("value", ["1\n", "2\n", "5\n"])
    allowed = ("-c", "protocol.file.allow=always")
    project.git(*allowed, "submodule", "add", "-q", str(library.top), "lib")
    project.git("-C", "lib", "checkout", "-q", lib[0])
    project.commit({"t.sh": "test $(cat lib/value) -lt 4\n"})
    project.git("-C", "lib", "checkout", "-q", lib[2])
    culprit = project.commit({})
    monkeypatch.chdir(project.top)
    out, before = tmp_path / "out", project.snapshot()
    words = ("--good", "HEAD~1", "--bad", "HEAD", "--test", "sh t.sh", "--out", out, "--no-submodules")
    answer = call(capsys, "bisect", *words)
    (hint,) = [line for line in answer.out.splitlines() if line.startswith("To search them as well: ")]
    assert "inside the submodule" not in answer.out
    answer = call(capsys, *hint.partition(": bisect-parity ")[2].split())
    assert answer.status == 0, answer
    assert f"outcome: confirmed\nfirst bad commit: {culprit}" in answer.out
    assert f"\n  first bad commit: {lib[2]}\n" in answer.out
    assert f"lib {lib[1][:12]} good  (search)" in answer.err
    document = json.loads((out / "bisect.json").read_text())
    assert_fits(document)
    assert document["inside"]["search"]["first_bad"] == lib[2]
    assert f"first bad commit: [{lib[2]}]" in (out / "bisect.submodule.log").read_text().replace("'", "")
    assert lib[2] in (out / "issue.md").read_text()
    assert (out / "verdicts" / f"{document['inside']['search']['tested'][-1]['name']}.json").is_file()
    report = call(capsys, "report", out, "--out", tmp_path / "page.html")
    assert report.status == 0
    page = (tmp_path / "page.html").read_text()
    assert f"In the submodule lib, the first bad commit is {lib[2][:12]}" in page
    assert "submodule lib</code></h3>" in page
    assert project.snapshot() == before


def test_a_merge_of_another_history_below_a_folder_is_searched_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library, project = Sandbox(tmp_path / "library"), Sandbox(tmp_path / "project")
    lib = library.versions("value", ["1\n", "2\n", "3\n", "5\n", "6\n"])
    project.commit({"t.sh": "test $(cat vendor/lib/value) -lt 4\n"})
    project.git("fetch", "-q", str(library.top), "main:lib")
    merged = []
    for tip in (lib[0], lib[4]):
        project.git("merge", "-q", "-s", "ours", "--no-commit", "--allow-unrelated-histories", tip)
        project.git("rm", "-rq", "--ignore-unmatch", "vendor")
        project.git("read-tree", "--prefix=vendor/lib/", "-u", tip)
        merged.append(project.commit({"vendor/lib/ours.py": "x\n"}))
        project.commit({"notes.py": f"{tip}\n"})
    monkeypatch.chdir(project.top)
    out = tmp_path / "out"
    words = ("--good", merged[0], "--bad", "HEAD", "--test", "sh t.sh", "--out", out, "--no-submodules")
    answer = call(capsys, "bisect", *words)
    assert f"first bad commit: {merged[1]}\n" in answer.out
    assert f"below vendor/lib, whose commits may be to blame: git log --oneline {lib[0][:12]}.." in answer.out
    (hint,) = [line for line in answer.out.splitlines() if line.startswith("To search them as well: ")]
    answer = call(capsys, *hint.partition(": bisect-parity ")[2].split())
    assert answer.status == 0, answer
    assert f"\ninside the subtree vendor/lib, from {lib[0][:12]} to {lib[4][:12]}:\n" in answer.out
    assert f"\n  first bad commit: {lib[3]}\n" in answer.out
    lacks = "has code in the subtree vendor/lib that the other history lacks, or changes other code"
    assert (
        f"{merged[1][:12]} {lacks}: {merged[1][:12]} with the subtree vendor/lib as before is good"
        in answer.out
    )
    assert "skip" not in answer.err
    document = json.loads((out / "bisect.json").read_text())
    assert_fits(document)
    assert document["inside"]["is_subtree"]
    said = (out / "bisect.md").read_text()
    assert f"Inside the subtree `vendor/lib`: confirmed: first bad commit `{lib[3]}`" in said
    swept = call(capsys, "sweep", f"{merged[0]}..HEAD", "--test", "sh t.sh")
    assert (
        "  it moves vendor/lib, whose own commits may be to blame: bisect-parity bisect --good" in swept.out
    )
    assert call(capsys, "report", out, "--out", tmp_path / "page.html").status == 0
    page = (tmp_path / "page.html").read_text()
    assert f"In the subtree vendor/lib, the first bad commit is {lib[3][:12]}" in page


def test_a_sweep_prints_the_search_inside_where_a_verdict_changes_with_a_submodule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library, project = Sandbox(tmp_path / "library"), Sandbox(tmp_path / "project")
    lib = library.versions("value", ["1\n", "5\n"])
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.top), "lib")
    project.git("-C", "lib", "checkout", "-q", lib[0])
    good = project.commit({"t.sh": "test $(cat lib/value) -lt 4\n"})
    project.git("-C", "lib", "checkout", "-q", lib[1])
    bad = project.commit({})
    monkeypatch.chdir(project.top)
    out = tmp_path / "out"
    answer = call(capsys, "sweep", f"{good}..{bad}", "--test", "sh t.sh", "--out", out)
    document = json.loads((out / "sweep.json").read_text())
    assert_fits(document)
    assert document["flips"][0]["submodules"] == ["lib"]
    search = f"bisect-parity bisect --good {good[:12]} --bad {bad[:12]} --test 'sh t.sh'"
    assert f"  it moves lib, whose own commits may be to blame: {search}\n" in answer.out
    flaky = call(capsys, "bisect", "--flaky", "--good", good, "--bad", bad, "--test", "sh t.sh")
    assert f"first bad commit: {bad}\n" in flaky.out
    assert "It moves the submodule lib by 1 commit, which may be to blame: " in flaky.out
    assert "To search them: without --flaky, by a test that repeats itself until it decides." in flaky.out
