from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.commands.main import run
from bisect_parity.config import load_settings
from bisect_parity.files import cache_directory
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import OWN_WORKTREE
from bisect_parity.journal import Journal
from bisect_parity.parity.cache import Memory, VerdictCache, cache_key, verdict_cache
from bisect_parity.parity.case import find_case
from bisect_parity.parity.recall import Recall
from tests.history.checkout import opened
from tests.parity.small_case import SIZE, SmallCase

JOURNAL = Journal(None, ["test"])
PARTS = {"code_state": "a" * 64, "case": "b" * 64}
KEY = cache_key(PARTS)
DOCUMENT = {"verdict": "bad", "reason": "r", "started": "2025-10-09T12:00:00.000Z"}


@pytest.fixture
def cache(tmp_path: Path) -> VerdictCache:
    return VerdictCache(tmp_path / "verdicts")


def stored(cache: VerdictCache) -> Path:
    assert cache.begin(KEY, PARTS) == ""
    assert cache.finish(KEY, PARTS, DOCUMENT) == ""
    return cache.path(KEY)


def test_what_was_stored_is_read_again(cache: VerdictCache) -> None:
    stored(cache)
    assert cache.read(KEY) == (DOCUMENT, "checked at 2025-10-09T12:00:00.000Z")


def test_the_nearest_entry_is_that_which_differs_in_the_fewest_parts(cache: VerdictCache) -> None:
    assert cache.nearest(PARTS) is None
    stored(cache)
    other = {"code_state": "c" * 64, "case": "d" * 64}
    cache.finish(cache_key(other), other, DOCUMENT | {"reason": "far"})
    cache.begin("e" * 64, {})
    assert cache.nearest(PARTS | {"case": "f" * 64}) == (DOCUMENT, ["case"])
    assert cache.nearest(PARTS) == (DOCUMENT | {"reason": "far"}, ["case", "code_state"])


def test_a_check_that_was_begun_and_not_ended_is_not_believed(cache: VerdictCache) -> None:
    cache.begin(KEY, PARTS)
    document, reason = cache.read(KEY)
    assert document is None
    assert "did not end" in reason


@given(data=st.data())
def test_an_entry_of_which_one_byte_was_changed_is_not_believed_or_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    cache = VerdictCache(tmp_path_factory.mktemp("c"))
    path = stored(cache)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    document, _ = cache.read(KEY)
    assert document in (None, DOCUMENT)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b"{}", b"[" * 100_000, b" " * (2**20 + 1)]
)
def test_a_file_that_is_no_entry_is_not_believed(cache: VerdictCache, content: bytes) -> None:
    stored(cache).write_bytes(content)
    document, reason = cache.read(KEY)
    assert document is None
    assert "damaged" in reason


def test_an_entry_under_another_key_is_not_believed(cache: VerdictCache) -> None:
    other = cache_key(PARTS | {"case": "c" * 64})
    place = cache.path(other)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(stored(cache).read_bytes())
    assert cache.read(other)[0] is None


def test_an_abort_is_never_kept_nor_what_another_run_may_change(cache: VerdictCache) -> None:
    for verdict, is_repeatable in (("abort", True), ("skip", False), ("bad", False)):
        memory = Memory(cache, "")
        assert memory.recall(PARTS) is None
        memory.keep(DOCUMENT | {"verdict": verdict}, is_repeatable)
        assert memory.state == "not kept"
        assert not cache.path(KEY).exists()


def test_a_place_that_cannot_be_written_turns_the_cache_off(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(VerdictCache(tmp_path / "file" / "below"), "")
    assert memory.recall(PARTS) is None
    memory.keep(DOCUMENT, True)
    assert memory.to_json()["state"] == "off"
    assert "cannot write" in memory.to_json()["reason"]


class TestChecks:
    """Checks in a worktree that bears the marker of our own."""

    @pytest.fixture
    def case(self, tmp_path: Path) -> SmallCase:
        case = SmallCase(tmp_path / "r", {"sim/__main__.py": "raise SystemExit(9)\n"})
        case.write_case()
        return case

    @pytest.fixture
    def tree(self, case: SmallCase, tmp_path: Path) -> Path:
        linked = case.repo.worktree(tmp_path / "linked", case.middle)
        git_dir = Path(linked.git("rev-parse", "--absolute-git-dir"))
        (git_dir / OWN_WORKTREE).write_text("ours\n")
        return linked.top

    def check(self, tree: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
        run(["check", "--json", "--repo", str(tree), *words])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    def entries(self) -> list[Path]:
        return sorted((cache_directory() / "verdicts").glob("*/*.json"))

    def test_a_second_check_of_the_same_code_is_not_run(
        self, tree: Path, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first = self.check(tree, capsys)
        assert (first["verdict"], first["cache"]["state"]) == ("skip", "kept")
        assert len(self.entries()) == 1
        second = self.check(tree, capsys)
        assert (second["verdict"], second["cache"]["state"]) == ("skip", "known")
        assert second["reason"] == first["reason"]
        assert second["cache"]["commit"] == case.middle
        assert set(second["timings"]) == {"total"}

    def test_another_commit_with_the_same_code_is_known_and_says_from_where(
        self, tree: Path, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.check(tree, capsys)
        (tree / "README.md").write_text("documentation\n")
        case.repo.git("-C", str(tree), "add", "README.md")
        case.repo.git("-C", str(tree), "commit", "-q", "-m", "documentation")
        second = self.check(tree, capsys)
        assert second["commit"] != case.middle
        assert second["cache"]["state"] == "known"
        assert second["cache"]["commit"] == case.middle
        run(["check", "--repo", str(tree), "--explain-cache"])
        told = capsys.readouterr().err
        assert f"not run: checked at {second['cache']['started']}, at commit {case.middle[:12]}" in told
        assert f"cache: code_state {second['digests']['code_state']}" in told

    def test_what_is_known_is_told_without_a_check(
        self, tree: Path, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = load_settings(case.write_case())
        recall = Recall(verdict_cache(), find_case(settings, None), case.repo.top, None, JOURNAL, os.environ)
        states = CodeStates(opened(tree), ()).of([case.start, case.middle])
        assert recall.result(case.middle, states[case.middle], SIZE) is None
        checked = self.check(tree, capsys)
        told = recall.result(case.middle, states[case.middle], SIZE)
        assert told is not None
        known = self.check(tree, capsys)
        changing = {"started": "", "timings": {}}
        assert json.loads(json.dumps(told.to_json())) | changing == known | changing
        assert told.verdict == checked["verdict"]
        assert recall.result(case.start, states[case.start], SIZE) is None
        assert recall.result(case.middle, states[case.middle], SIZE * 2) is None

    def test_no_verdict_by_other_rules_is_told(
        self, tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.check(tree, capsys)["cache"]["state"] == "kept"
        assert self.check(tree, capsys)["cache"]["state"] == "known"
        monkeypatch.setattr("bisect_parity.parity.recall.RULES_VERSION", 0)
        assert self.check(tree, capsys)["cache"]["state"] == "kept"

    def test_no_verdict_of_a_case_that_keeps_products_is_told(self, case: SmallCase) -> None:
        settings = load_settings(case.write_case({"keep": ["build"]}))
        recall = Recall(verdict_cache(), find_case(settings, None), case.repo.top, None, JOURNAL, os.environ)
        assert recall.result(case.middle, "0" * 64, SIZE) is None

    def test_other_code_and_another_case_and_environment_are_checked_anew(
        self, tree: Path, case: SmallCase, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.check(tree, capsys)
        case.repo.git("-C", str(tree), "checkout", "-q", case.start)
        run(["check", "--repo", str(tree), "--explain-cache"])
        told = capsys.readouterr()
        assert told.out.startswith("good")
        assert f"is skip, at commit {case.middle[:12]}, and differs in code_state\n" in told.err
        case.repo.git("-C", str(tree), "checkout", "-q", case.middle)
        case.write_case({"on_candidate_crash": "bad", "pass": ["LD_PRELOAD_NOT"]})
        assert self.check(tree, capsys)["verdict"] == "bad"
        monkeypatch.setenv("LD_PRELOAD_NOT", "x")
        assert self.check(tree, capsys)["cache"]["state"] == "kept"
        assert len(self.entries()) == 4

    def test_the_user_s_own_checkout_neither_reads_nor_writes(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        case.repo.checkout(case.middle)
        document = self.check(case.repo.top, capsys)
        assert document["cache"]["state"] == "off"
        assert "not in a worktree of the tool's own" in document["cache"]["reason"]
        assert self.entries() == []

    @pytest.mark.parametrize("name", ["build/Fdump.bin", "untracked.txt", "reference.py"])
    def test_a_tree_with_a_file_of_its_own_neither_reads_nor_writes(
        self, tree: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        self.check(tree, capsys)
        before = self.entries()[0].read_bytes()
        (tree / name).parent.mkdir(exist_ok=True)
        with (tree / name).open("a") as file:
            file.write("# changed\n")
        document = self.check(tree, capsys)
        assert document["cache"]["state"] == "off"
        assert name.partition("/")[0] in document["cache"]["reason"]
        assert [path.read_bytes() for path in self.entries()] == [before]

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"keep": ["build"]}, "keeps build products"),
            ({"environment": {"DATA": "{repository}/data"}}, "reads from the user's repository"),
        ],
    )
    def test_a_case_that_depends_on_more_than_the_commit_is_not_remembered(
        self,
        tree: Path,
        case: SmallCase,
        capsys: pytest.CaptureFixture[str],
        changes: dict[str, Any],
        why: str,
    ) -> None:
        case.write_case(changes)
        assert why in self.check(tree, capsys)["cache"]["reason"]
        assert self.entries() == []

    def test_no_cache_means_none(self, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.check(tree, capsys, "--no-cache")["cache"] == {"state": "off", "reason": "--no-cache"}
        assert self.entries() == []

    def test_a_killed_check_leaves_an_entry_that_is_not_believed(self, tree: Path, case: SmallCase) -> None:
        case.write_case({"reference": ["sh", "-c", "kill -9 $PPID", "{out}"]})
        child = os.fork()
        if child == 0:
            run(["check", "--repo", str(tree)])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == 9
        (entry,) = self.entries()
        assert json.loads(entry.read_text())["state"] == "pending"
        key = entry.stem
        assert VerdictCache(cache_directory() / "verdicts").read(key)[0] is None
