"""A linked worktree of our own: what a commit says, byte for byte, whatever a case did there before."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import MissingObjectError, OutputError, RepositoryError, writing
from bisect_parity.history.complaints import FETCH_LFS, LACKS_OBJECT
from bisect_parity.history.conversions import CONVERSIONS, conversions_digest
from bisect_parity.history.export import FILE_TOO_LARGE, export_tree
from bisect_parity.history.lfs import LEFT_AS_POINTERS, NOT_FETCHED, absent_files, is_of_lfs
from bisect_parity.history.repository import Repository
from bisect_parity.history.submodules import fill_submodules, has_submodules

if TYPE_CHECKING:
    from bisect_parity.journal import Completed

OPTIONS = (
    "-c",
    "submodule.recurse=false",  # a checkout would enter, and want, every submodule
    "-c",
    "core.sparseCheckout=false",  # the user's own choice of files is not that of the commit
)
LAID = "bisect-parity-laid"  # the commit whose files lie there
REMEDY = "The git directory must be writable."
MAKE_ROOM = "Make room there, or have XDG_CACHE_HOME name another cache directory."
CASE_REMEDY = "See what the case does to it."
_LACKS_CONTENT = re.compile(rf"unable to read sha1|could not fetch|{LACKS_OBJECT.pattern}")


@frozen
class Worktree:
    """A linked worktree of our own.

    Every git command gets both of its directories: a case that deletes the file `.git` must not make
    git clean or check out in a repository further up.

    Attributes:
        path: its top, alone in a folder of its own.
        git_dir: its own git directory, below `worktrees/` of the common one.
        repository: the repository, seen from here.
        is_needed: whether a file may not be left out where the repository lacks its content.
    """

    path: Path
    git_dir: Path
    repository: Repository
    is_needed: Callable[[str], bool] = lambda _path: True

    @property
    def options(self) -> tuple[str, ...]:
        """The options of `git` that make it work here and nowhere else."""
        return (*OPTIONS, f"--git-dir={self.git_dir}", f"--work-tree={self.path}")

    def git_result(
        self, *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> Completed:
        """Run a git command here to its end, whatever its exit status; see `Repository.git_result`."""
        return self.repository.git_result(*self.options, *arguments, stdin=stdin, variables=variables)

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run a git command here and return its standard output.

        Raises:
            RepositoryError: git ended with another status than 0.
        """
        return self.repository.git(*self.options, *arguments, stdin=stdin)

    def head(self) -> str:
        """The id of the commit that is checked out."""
        return self.git("rev-parse", "--verify", "HEAD").decode().strip()

    def restore(self, commit: str, keep: Iterable[str] = ()) -> None:
        """Make the worktree what `commit` says, byte for byte.

        Submodules are filled from what the repository holds of them. Where git cannot check the commit out,
        since the content of files is missing, all the others are written without it.

        Args:
            commit: full id.
            keep: patterns of untracked files, as in .gitignore, that stay.

        Raises:
            RepositoryError: the commit, or a file of it that is needed, is not in the repository, or git
                cannot write the worktree.
            OutputError: the worktree cannot be written.
        """
        excluded = [word for pattern in keep for word in ("-e", pattern)]
        self.repair()
        self._forget_conversions(commit)
        self.clean(excluded)  # also of what another commit laid, where the index was forgotten
        words = ("checkout", "-q", "-f", "--detach", commit, "--")
        checkout = self.git_result(*NOT_FETCHED, *words)
        if checkout.status != 0 and is_of_lfs(checkout.stderr.decode(errors="backslashreplace")):
            self._refuse_absent(commit)
            checkout = self.git_result(*NOT_FETCHED, *LEFT_AS_POINTERS, *words)
        if checkout.status != 0:
            said = checkout.stderr.decode(errors="backslashreplace").strip()
            if not _LACKS_CONTENT.search(said):
                reason = said.partition("\n")[0].removeprefix("error: ").removeprefix("fatal: ")
                if checkout.status in FILE_TOO_LARGE:  # git is ended before it can say so
                    reason = "no space for a file of this size (ulimit -f)"
                is_full = re.search("space|quota", reason)
                remedy = MAKE_ROOM if is_full else "A checkout by hand fails as well."
                raise RepositoryError(f"cannot check out {commit} in {self.path}: {reason}", remedy)
            self._write(commit, excluded)
        if has_submodules(self.repository):
            self.clean(excluded)  # the files of one that is elsewhere, or is none, at this commit
        with writing(self.git_dir, REMEDY):
            (self.git_dir / LAID).write_text(f"{commit}\n")
        fill_submodules(self.repository, commit, self.path)

    def _refuse_absent(self, commit: str) -> None:
        """Refuse a commit that lacks what git LFS keeps of a file that is needed.

        Raises:
            MissingObjectError: it does.
        """
        lacking = next(filter(self.is_needed, absent_files(self.repository, commit)), None)
        if lacking is not None:
            raise MissingObjectError(f"the content of {lacking} (git LFS) is missing", FETCH_LFS)

    def _forget_conversions(self, commit: str) -> None:
        """Have git write all files anew where attributes differ: it looks at their content alone.

        A file whose content is the same in two commits would keep the line ends, or what a filter made of it.
        """
        laid = self.git_dir / LAID
        try:
            before = laid.read_text().strip()
            here = (self.git_dir / "HEAD").read_text().strip()
            is_here = before == (self.head() if here.startswith("ref:") else here)  # where reftables hold it
        except (OSError, UnicodeDecodeError, RepositoryError):
            is_here = False
        if is_here:
            words = ("diff-tree", "-r", "--quiet", before, commit, "--", ":(glob)**/.gitattributes")
            is_here = before == commit or self.git_result(*words).status == 0
        with writing(self.git_dir, REMEDY):
            laid.unlink(missing_ok=True)  # until all is written
            if not is_here:
                (self.git_dir / "index").unlink(missing_ok=True)

    def forget_other_settings(self) -> None:
        """Have git write all files anew where its settings for them are others than at the last call.

        Raises:
            OutputError: the git directory cannot be written.
        """
        digest = conversions_digest(self.repository)
        place = self.git_dir / CONVERSIONS
        with writing(self.git_dir, REMEDY):
            if not place.is_file() or place.read_text() != digest:
                (self.git_dir / LAID).unlink(missing_ok=True)
                place.write_text(digest)

    def clean(self, excluded: Iterable[str] = ()) -> None:
        """Remove all that is untracked or ignored, except what options of `git clean` exclude.

        What lies beside the worktree, as in `../build`, goes as well.

        Raises:
            RepositoryError, OutputError: something cannot be removed.
        """
        self.repair()
        with writing(self.path, CASE_REMEDY):
            (self.git_dir / "index.lock").unlink(missing_ok=True)  # of a git that was killed
            for beside in self.path.parent.iterdir():
                if beside != self.path:
                    remove_tree(beside)
        words = ("clean", "-ffdxq", *excluded)
        if self.git_result(*words).status != 0:
            _make_writable(self.path)
            self.git(*words)

    def _write(self, commit: str, excluded: Iterable[str]) -> None:
        """Check a commit out by hand: git gives up at the first file whose content is missing."""
        self.repair()
        self.git("read-tree", "--empty")
        self.clean(excluded)
        left_out = export_tree(self.repository, commit, self.path, self.is_needed)
        self.git("update-ref", "--no-deref", "HEAD", commit)
        self.git("read-tree", commit)
        names = "".join(f"{path}\0" for path in left_out)
        self.git("update-index", "-z", "--skip-worktree", "--stdin", stdin=os.fsencode(names))
        self.git("update-index", "-q", "--refresh")

    def repair(self) -> None:
        """Put back what ties the worktree to its repository, should a case, or a move, have broken it.

        Raises:
            OutputError: the worktree cannot be written.
        """
        replaced = next((path for path in (self.path.parent, self.path) if path.is_symlink()), None)
        if replaced is not None:
            raise OutputError(f"{replaced} was replaced by a link", CASE_REMEDY)
        link = self.path / ".git"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            _write_link(link, f"gitdir: {self.git_dir}\n")
            _write_link(self.git_dir / "gitdir", f"{link}\n")
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error}", CASE_REMEDY) from error

    def forget_bisection(self) -> None:
        """Remove what a bisection that was stopped left here: `git bisect start` would check it out first."""
        for file in self.git_dir.glob("BISECT_*"):
            file.unlink(missing_ok=True)


def remove_tree(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it, write-protected or not.

    Raises:
        OSError: something is left.
    """
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except PermissionError:
        _make_writable(path)
        shutil.rmtree(path)


def _write_link(link: Path, text: str) -> None:
    path = os.fsencode(text)  # which need not be UTF-8
    if link.is_symlink() or not link.is_file() or link.read_bytes() != path:
        remove_tree(link)
        link.write_bytes(path)


def _make_writable(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        Path(folder).chmod(0o700)
