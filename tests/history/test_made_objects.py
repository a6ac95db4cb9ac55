from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import MissingObjectError
from bisect_parity.history.made_objects import MADE, ObjectMaker, headers_of
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

PATH = "deep/er/lib"


@pytest.mark.parametrize("count", [2, 300])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_large_tree_is_written_as_what_is_other_in_it(
    tmp_path: Path, count: int, object_format: str
) -> None:
    sandbox = Sandbox(tmp_path / "repository", object_format)
    length = 40 if object_format == "sha1" else 64
    entries = "".join(f"160000 {number:0{length}x}\tdeep/er/{number}\n" for number in range(1, 401))
    entries += f"160000 {'1' * length}\t{PATH}\n160000 {'2' * length}\tother\n"
    sandbox.git("update-index", "--index-info", stdin=entries)
    sandbox.git("commit", "-q", "-m", "base")
    repository = opened(sandbox.top)
    head = repository.resolve("HEAD")
    maker, header = ObjectMaker(repository), headers_of(repository, [head])[head]
    made: list[str] = []
    for number in range(count):
        pins = {PATH: f"{number + 500:0{length}x}", "other": "3" * length}
        made.append(maker.commit(maker.tree_with(head, pins), made[-1:], header))
    assert maker.tree_with(head, {"other": "2" * length}) == sandbox.git("rev-parse", "HEAD^{tree}")
    maker.write()
    assert repository.git("rev-list", made[-1]).decode().split() == made[::-1]
    expected = entries.replace("1" * length + "\t" + PATH, f"{count + 499:0{length}x}\t{PATH}")
    expected = expected.replace("2" * length, "3" * length)
    listed = sandbox.git("ls-tree", "-r", made[-1]).replace("commit ", "").splitlines()
    assert sorted(listed) == sorted(expected.splitlines())
    first, base = (sandbox.git("cat-file", "-p", commit).splitlines() for commit in (made[0], head))
    assert [line for line in first if line != MADE.decode()][1:] == base[1:]
    assert sandbox.git("for-each-ref", "--format=%(objectname)") == head
    sandbox.git("fsck", "--no-dangling", "--connectivity-only")
    size = sum(path.stat().st_size for path in (sandbox.top / ".git/objects").rglob("*.pack"))
    assert size < 600 * count  # each tree has 16 kB


def test_a_path_that_is_no_submodule_is_told(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "repository")
    head = sandbox.commit({"a/b": "1"})
    with pytest.raises(MissingObjectError, match="holds no submodule a/b"):
        ObjectMaker(opened(sandbox.top)).tree_with(head, {"a/b": "1" * 40})
