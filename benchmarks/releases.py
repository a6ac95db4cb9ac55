"""Which release of a real package changed a result: `bisect --test`, beside plain `git bisect run`.

    python -m benchmarks.releases FOLDER STORY [--python PYTHON]

FOLDER holds the source archives of the releases of a package (`NAME-VERSION.tar.gz` or `.zip`), as they were
published; STORY is one of `releases.json`: two releases, and a number that the package computes, and whether
it is as it was. Each release becomes a commit, in the order of versions, with a tag. PYTHON has what the
package needs. What the test said last of every release is printed, and what both searches say.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from fixtures.git import GitRunner, first_named, sealed_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STORIES = Path(__file__).with_name("releases.json")
_ARCHIVE = re.compile(r"(.+)-(\d[^-]*)\.(?:tar\.(?:gz|bz2|xz)|tgz|zip)")
_FIRST = re.compile(r"first bad commit: ([0-9a-f]{40})")
_CANDIDATE = re.compile(r"  candidate ([0-9a-f]{40}) ")


def build(package: str, archives: Iterable[Path], top: Path) -> dict[str, str]:
    """Make a history of releases, and return the commit of each, by version and in that order.

    Args:
        package: its name, in lower case.
        archives: of its releases; others, and those that cannot be read, are passed over.
        top: the repository to make.
    """
    releases: list[tuple[Version, str, float, Path]] = []
    for archive in archives:
        found = _ARCHIVE.fullmatch(archive.name)
        folder = top.with_name(f"{top.name}-{archive.name}")
        if found is None or found[1].lower() != package:
            continue
        if (moment := _unpacked(archive, folder)) is not None:
            releases.append((Version(found[2]), found[2], moment, folder))
    repo, commits, now = GitRunner(top), {}, 0.0
    for _, version, moment, folder in sorted(releases):
        now = max(now + 1, moment)  # archives that are built to be the same bytes state one time for all
        for old in top.iterdir():
            if old.name != ".git":
                shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
        inside = list(folder.iterdir())
        source = inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
        for path in source.iterdir():
            shutil.move(path, top / path.name)
        shutil.rmtree(folder)
        repo.git("add", "--all", "--force")
        repo.git("commit", "-q", "--allow-empty", "-m", f"Release {version}", when=now)
        repo.git("tag", version)
        commits[version] = repo.git("rev-parse", "HEAD")
    return commits


def _unpacked(archive: Path, folder: Path) -> float | None:
    """POSIX seconds of the newest file of an archive, which is unpacked; None where it is damaged."""
    try:
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as zipped:
                zipped.extractall(folder)  # noqa: S202 - which keeps all inside
                return max(datetime(*each.date_time, tzinfo=UTC).timestamp() for each in zipped.infolist())
        with tarfile.open(archive) as tarred:
            tarred.extractall(folder, filter="data")
            return max(each.mtime for each in tarred.getmembers())
    except (OSError, ValueError, zipfile.BadZipFile, tarfile.TarError) as error:
        sys.stderr.write(f"{archive.name}: {error}\n")
        return None


def said_by_each(top: Path, commits: Iterable[str], command: Sequence[str]) -> list[tuple[int, str]]:
    """The status and the last line of the command in each commit, one after another."""
    repo, said = GitRunner(top, init=False), []
    for commit in commits:
        repo.git("checkout", "-q", "--detach", commit)
        repo.git("clean", "-fdxq")
        done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False)
        said.append((done.returncode, ((done.stdout + done.stderr).strip().splitlines() or [""])[-1]))
    repo.git("checkout", "-qf", "main")
    return said


def asked_of_git(top: Path, good: str, bad: str, command: Sequence[str]) -> tuple[str | None, int]:
    """The commit that `git bisect run` names, and how many it tried."""
    said = ""
    for words in (("start", bad, good), ("run", *command), ("reset",)):
        done = subprocess.run(
            ["git", "bisect", *words],
            cwd=top,
            env=sealed_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        said += done.stdout
    return first_named(said), len(re.findall(r"^running ", said, re.MULTILINE))


def asked_of_us(top: Path, good: str, bad: str, command: str) -> tuple[list[str], str]:
    """The commits that `bisect` names, one or those that are left, and what it says of its outcome."""
    words = ["bisect", "--good", good, "--bad", bad, "--test", command]
    done = subprocess.run(
        [sys.executable, "-m", "bisect_parity", *words], cwd=top, capture_output=True, text=True, check=False
    )
    told = [line for line in done.stdout.splitlines() if line.startswith(("outcome: ", "checks: "))]
    return _FIRST.findall(done.stdout) or _CANDIDATE.findall(done.stdout), ", ".join(told)


def main() -> None:
    """Build the history, try every release between the ends, search twice, and print."""
    stories = json.loads(STORIES.read_text(encoding="ascii"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("story", choices=stories)
    parser.add_argument("--python", default=sys.executable)
    asked = parser.parse_args()
    story = stories[asked.story]
    code = "\n".join([*story["code"], f"assert value == {story['value']!r}, value"])
    command = [asked.python, "-c", code]
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch, "releases")
        commits = build(story["package"], asked.folder.iterdir(), top)
        versions = {commit: version for version, commit in commits.items()}
        order = list(commits)
        span = order[order.index(story["good"]) : order.index(story["bad"]) + 1]
        for version, (status, line) in zip(
            span, said_by_each(top, map(commits.__getitem__, span), command), strict=True
        ):
            print(f"{version:<12} {status:>3}  {line[:100]}")
        named, tried = asked_of_git(top, story["good"], story["bad"], command)
        print(f"git bisect run: {versions.get(named or '', 'nothing')}, {tried} checks")
        ours, told = asked_of_us(top, story["good"], story["bad"], shlex.join(command))
        print(f"bisect-parity: {', '.join(versions[commit] for commit in ours) or 'nothing'}; {told}")


if __name__ == "__main__":
    main()
