"""Random single changes to an attached bundle: how many does `verify` catch, and what does it call them?

    python -m benchmarks.tampering [--rounds N] [--seed N] [--signed]

Each round changes one thing, verifies, and puts it back: a bit or byte of a file or of the statement, a file
that is removed, added, renamed, cut off or swapped, an id, date or figure in the statement, the order of its
parts, white space, or the history itself. Between the changes the untouched bundle must verify.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define

from bisect_parity.attest.verify import verify_statement
from bisect_parity.commands.main import run
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.attest.verify import Verified

__all__ = ["CHANGES", "Stage", "tamper"]

BUNDLE = "reports/20250908T160130Z"


@define
class Stage:
    """An attached bundle in a repository of its own.

    Attributes:
        git: the repository.
        statement: path of the statement beside the bundle.
        key: public key, where it is signed.
        random: decides what is changed.
    """

    git: GitRunner
    statement: Path
    key: Path | None
    random: random.Random
    repository: Repository

    @classmethod
    def open(
        cls, place: Path, seed: int, key: Path | None, *, name: str = "r", statement: Path | None = None
    ) -> Stage:
        """A stage that was built in `place`."""
        git = GitRunner(place / name, init=False)
        repository = Repository.open(git.top, Journal(None, ["benchmark"]))
        beside = git.top / f"{BUNDLE}.provenance.json"
        return cls(git, statement or beside, key, random.Random(seed), repository)

    @property
    def bundle(self) -> Path:
        """The bundle's folder."""
        return self.git.top / BUNDLE

    def a_file(self) -> Path:
        """One of its files that is not empty."""
        files = (path for path in sorted(self.bundle.rglob("*")) if path.is_file() and not path.is_symlink())
        return self.random.choice([path for path in files if path.stat().st_size])

    def verify(self) -> Verified:
        """What `verify` says now."""
        return verify_statement(self.repository, self.git.top, self.statement, self.key)

    def rewrite(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the statement as a document, and write it as the tool writes."""
        document = json.loads(self.statement.read_text())
        change(document)
        self.statement.write_text(json.dumps(document, indent=2) + "\n")


def build(place: Path, seed: int, *, signed: bool) -> Stage:
    """A repository with a bundle and its statement."""
    git = GitRunner(place / "r")
    git.commit({"src/a.py": "A = 1\n"}, "First")
    git.commit({"src/a.py": "A = 2\n"}, "Second")
    files: dict[str, str | bytes | None] = {
        f"{BUNDLE}/benchmark_results.json": '[{"size": 4096, "correlation_warm": 0.9999}]',
        f"{BUNDLE}/env.json": json.dumps({"git_sha": git.head, "python": "3.11.9"}),
        f"{BUNDLE}/image.npy": bytes(range(256)) * 8,
        f"{BUNDLE}/profile/log.txt": "a\n" * 50,
        f"{BUNDLE}/empty.txt": "",
    }
    git.commit(files, "A run")
    (git.top / BUNDLE / "latest").symlink_to("env.json")
    key = None
    options = ["attach", "--quiet", "--beside", "--repo", str(git.top)]
    if signed:
        secret, key = place / "key.pem", place / "key.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", secret], check=True)
        subprocess.run(["openssl", "pkey", "-in", secret, "-pubout", "-out", key], check=True)
        options += ["--sign", str(secret)]
    if run(options) != 0:
        raise RuntimeError("attach failed")
    return Stage.open(place, seed, key)


def _flip(path: Path, choice: random.Random, *, whole: bool) -> None:
    content = bytearray(path.read_bytes())
    at = choice.randrange(len(content))
    content[at] ^= choice.randrange(1, 256) if whole else 1 << choice.randrange(8)
    path.write_bytes(content)


def _bit_of_file(stage: Stage) -> None:
    _flip(stage.a_file(), stage.random, whole=False)


def _byte_of_file(stage: Stage) -> None:
    _flip(stage.a_file(), stage.random, whole=True)


def _file_removed(stage: Stage) -> None:
    stage.a_file().unlink()


def _file_added(stage: Stage) -> None:
    name = stage.random.choice(
        ["new.json", "profile/new.txt", ".hidden", "x.provenance.json", "a/b/c", "\udcff"]
    )
    place = stage.bundle / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(stage.random.choice(["", "{}"]))


def _file_renamed(stage: Stage) -> None:
    path = stage.a_file()
    path.rename(path.with_name(path.name + "~"))


def _file_cut_off(stage: Stage) -> None:
    path = stage.a_file()
    os.truncate(path, stage.random.randrange(path.stat().st_size))


def _file_extended(stage: Stage) -> None:
    with stage.a_file().open("ab") as file:
        file.write(stage.random.randbytes(1))


def _files_swapped(stage: Stage) -> None:
    one = stage.a_file()
    other = next(path for path in iter(stage.a_file, None) if path != one)
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)


def _file_is_a_link(stage: Stage) -> None:
    path = stage.a_file()
    moved = stage.git.top / "elsewhere"
    path.rename(moved)
    path.symlink_to(moved)


def _file_is_a_pipe(stage: Stage) -> None:
    path = stage.a_file()
    path.unlink()
    os.mkfifo(path)


def _link_elsewhere(stage: Stage) -> None:
    (stage.bundle / "latest").unlink()
    (stage.bundle / "latest").symlink_to("image.npy")


def _bit_of_statement(stage: Stage) -> None:
    _flip(stage.statement, stage.random, whole=False)


def _byte_of_statement(stage: Stage) -> None:
    _flip(stage.statement, stage.random, whole=True)


def _statement_cut_off(stage: Stage) -> None:
    os.truncate(stage.statement, stage.random.randrange(stage.statement.stat().st_size))


def _statement_goes_on(stage: Stage) -> None:
    with stage.statement.open("a") as file:
        file.write(stage.random.choice([" ", "\n", "{}", "x"]))


def _line_of_statement(stage: Stage) -> None:
    lines = stage.statement.read_text().splitlines(keepends=True)
    del lines[stage.random.randrange(len(lines))]
    stage.statement.write_text("".join(lines))


def _digit_in(stage: Stage, pattern: str) -> None:
    """Change one digit in one of the texts that fit a pattern."""
    text = stage.statement.read_text()
    found = stage.random.choice(list(re.finditer(pattern, text)))
    at = stage.random.choice([place for place in range(*found.span()) if text[place] in "0123456789abcdef"])
    other = stage.random.choice([digit for digit in "0123456789" if digit != text[at]])
    stage.statement.write_text(text[:at] + other + text[at + 1 :])


def _id(stage: Stage) -> None:
    _digit_in(
        stage, r"(?<=\")[0-9a-f]{40,64}(?=\")" if stage.key is None else r"(?<=\"payload\": \")[\w+/=]+"
    )


def _date(stage: Stage) -> None:
    pattern = r"\d{4}-\d\d-\d\dT[\d:]+Z|(?<=date\": \")\d+ [-+]\d{4}"
    _digit_in(stage, pattern if stage.key is None else r"(?<=\"sig\": \")[\w+/=]+")


def _order(stage: Stage) -> None:
    def change(document: dict[str, Any]) -> None:
        if "payload" in document:
            items = list(document.items())
            document.clear()
            document.update(reversed(items))
        elif stage.random.random() < 0.5:
            document["subject"].append(document["subject"].pop(0))
        else:
            predicate = document["predicate"]
            key = stage.random.choice(list(predicate)[:-1])
            predicate[key] = predicate.pop(key)

    stage.rewrite(change)


def _commit_rewritten(stage: Stage) -> None:
    stage.git.git("commit", "-q", "--amend", "-m", "Rewritten", when=stage.git.clock + 60)
    stage.git.git("rebase", "-q", "--root", "--force-rebase", when=stage.git.clock + 60)


def _commit_replaced(stage: Stage) -> None:
    stage.git.git("replace", "HEAD~1", "HEAD~2")


def _object_damaged(stage: Stage) -> None:
    commit = stage.git.rev("HEAD~1")
    path = stage.git.top / ".git" / "objects" / commit[:2] / commit[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-3] + b"xyz")


CHANGES: dict[str, Callable[[Stage], None]] = {
    "a bit of a file": _bit_of_file,
    "a byte of a file": _byte_of_file,
    "a file removed": _file_removed,
    "a file added": _file_added,
    "a file renamed": _file_renamed,
    "a file cut off": _file_cut_off,
    "a file extended": _file_extended,
    "two files swapped": _files_swapped,
    "a file made a link": _file_is_a_link,
    "a file made a pipe": _file_is_a_pipe,
    "a link led elsewhere": _link_elsewhere,
    "a bit of the statement": _bit_of_statement,
    "a byte of the statement": _byte_of_statement,
    "the statement cut off": _statement_cut_off,
    "the statement extended": _statement_goes_on,
    "a line of the statement removed": _line_of_statement,
    "an id changed": _id,
    "a date changed": _date,
    "the order changed": _order,
    "the commit rewritten": _commit_rewritten,
    "the commit replaced": _commit_replaced,
    "the commit's object damaged": _object_damaged,
}


def tamper(stage: Stage, rounds: int) -> tuple[collections.Counter[str], list[str]]:
    """Make changes, and count what is caught: (caught of each kind, what was missed)."""
    held = stage.git.top.parent / "held"
    shutil.copytree(stage.git.top, held, symlinks=True)
    caught: collections.Counter[str] = collections.Counter()
    missed = []
    for number in range(rounds):
        names = list(CHANGES)
        name = names[number] if number < len(names) else stage.random.choice(names)
        CHANGES[name](stage)
        if stage.verify().failures:
            caught[name] += 1
        else:
            missed.append(name)
        shutil.rmtree(stage.git.top)
        shutil.copytree(held, stage.git.top, symlinks=True)
        if number % 50 == 0 and stage.verify().failures:
            missed.append(f"a false alarm after {name}: {stage.verify().failures}")
    return caught, missed


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signed", action="store_true", help="sign the statement, and verify with the key")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        stage = build(Path(place), options.seed, signed=options.signed)
        caught, missed = tamper(stage, options.rounds)
    for name, count in sorted(caught.items()):
        print(f"{count:5d} caught: {name}")
    print(f"{caught.total()} of {options.rounds} single changes were caught (goal: all)")
    for name in missed:
        print(f"MISSED: {name}")


if __name__ == "__main__":
    main()
