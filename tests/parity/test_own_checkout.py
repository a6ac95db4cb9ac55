from __future__ import annotations

import json
from pathlib import Path

import pytest

from bisect_parity.installed import environment_names
from bisect_parity.parity.own_checkout import loaded_folders, module_folders, path_in_tree


def made(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("is_linked", "loader"), [(False, "_b_editable_loader.py"), (True, "_editable_skbc_b.py")]
)
def test_what_is_editable_in_the_users_checkout_is_taken_from_the_tree_under_test(
    tmp_path: Path, *, is_linked: bool, loader: str
) -> None:
    top, tree = made(tmp_path / "checkout"), made(tmp_path / "tree")
    made(top / ".git/worktrees/other")
    for git_dir in (".git", ".git/modules/sub", "inner/.git"):
        made(top / git_dir / "objects")
        (top / git_dir / "HEAD").touch()
    (top / ".git/worktrees/other/commondir").write_text("../..\n")
    here = top
    if is_linked:  # the user works in another worktree than the one whose packages are installed
        here = made(tmp_path / "linked")
        (here / ".git").write_text(f"gitdir: {top / '.git/worktrees/other'}\n")
    for folder in ("src", "packages/a/src", "packages/b", "packages/gone", "sub/bin"):
        made(top / folder)
    for folder in ("src", "packages/a/src", "packages/b", "sub/bin", "bin"):
        made(tree / folder)
    site = made(top / ".venv/lib/python3.11/site-packages")
    (site / "__editable__.a.pth").write_text(
        f"{top / 'packages/a/src'}\n{top / 'packages/gone'}\n{tmp_path}\n"
    )
    for name in ("packages/a", "packages/b"):
        stated = {"dir_info": {"editable": name.endswith("a")}, "url": (top / name).as_uri()}
        (site / loader).touch()
        (made(site / f"{name[-1]}-1.dist-info") / "direct_url.json").write_text(json.dumps(stated))
    (top / ".venv/pyvenv.cfg").touch()
    made(top / ".venv/bin")
    (top / "sub/.git").write_text("gitdir: ../.git/modules/sub\n")
    (tmp_path / "link").symlink_to(top / "packages/b")
    (tmp_path / "python").symlink_to(top / ".venv/bin")
    pairs = {
        "/bin": "/bin",
        f"{top}/packages/b": f"{tree}/packages/b",
        f"{top}/.venv/bin": f"{top}/.venv/bin",
        f"{top}/packages/gone": f"{tree}/packages/gone:{top}/packages/gone",
        f"{top}/sub/bin": f"{tree}/sub/bin",
        f"{top}/inner/src": f"{top}/inner/src",
        f"{top}/../src": f"{top}/../src",
        f"{tmp_path}/link": f"{tree}/packages/b",
        f"{tmp_path}/python": f"{tmp_path}/python",
        f"{tmp_path}": f"{tmp_path}",
        "rel": "rel",
        "": "",
    }
    assert path_in_tree("PATH", ":".join(pairs), tree, here) == ":".join(pairs.values())
    assert path_in_tree("PATH", f"{top}/sub/bin", tree, top / ".git/modules/sub") == f"{tree}/bin"
    for name in ("packages/b", "packages/gone"):  # in a variable that is no search path
        expected = tree / name if (tree / name).exists() else top / name
        assert path_in_tree("MODEL_PATH", f"{top}/{name}", tree, here) == str(expected)
    program = top / ".venv/bin/python"
    found = module_folders(["sh", "-c", f"exec '{program}' t.py"], tree, here, "")
    assert found == (tree, tree / "src", tree / "packages/a/src", tree / "packages/b")
    assert loaded_folders([str(program)], here) == [Path("packages/b")]
    assert {"a/src from its folder", "packages/b from its folder"} <= environment_names([program])
