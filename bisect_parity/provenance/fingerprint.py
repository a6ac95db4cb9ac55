"""Code fingerprints: frames and digests that a run reported, checked against the code of candidates.

The checking is pure; reading is one `cat-file --batch-check` and one `cat-file --batch` for all runs
together, and nothing is ever checked out.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.digest import blob_id
from bisect_parity.errors import MissingObjectError
from bisect_parity.evidence.model import GIT_BLOB, Frame, Source, SourceDigest, flat
from bisect_parity.provenance.held import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.parameters import Fingerprint
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

LEAST_PROBABILITY = 1e-5
MOST_CANDIDATES = 60
MOST_FRAMES = 200
MOST_SUFFIXES = 6
MOST_DECORATORS = 10
LIBRARY = re.compile(r"(?:^|/)(?:site-packages|dist-packages|lib/python\d|importlib|<|built-in)")


@frozen
class Match:
    """How far a commit's code agrees with what a run reported.

    Attributes:
        agree: statements that fit: a frame's function stands at its line, a digest is equal.
        disagree: statements about files that the commit has, and that do not fit.
        example: one statement that does not fit, or one that does; to be quoted.
        positions: how many of the statements are frames, and not digests.
        differing: how many of those that do not fit are digests.
    """

    agree: int = 0
    disagree: int = 0
    example: str = ""
    positions: int = 0
    differing: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether digests were compared, and all that was compared fits."""
        return self.agree > self.positions and not self.disagree


@frozen
class _Reported:
    frames: dict[str, list[Frame]] = field(factory=dict)
    digests: dict[str, list[SourceDigest]] = field(factory=dict)

    def files(self) -> set[str]:
        return {*self.frames, *self.digests}


def _reported_of(subject: Subject) -> _Reported:
    """The frames and digests of a run, by the file that they are about; library files are left out."""
    found = _Reported()
    for bundle in subject.bundles:
        for findings in flat(bundle.findings):
            for frame in findings.frames:
                if not LIBRARY.search(frame.file) and len(found.frames.get(frame.file, ())) < MOST_FRAMES:
                    found.frames.setdefault(frame.file, []).append(frame)
            for digest in findings.digests:
                found.digests.setdefault(digest.file, []).append(digest)
    return found


def first_place(subject: Subject) -> Source:
    """Where the first frame or digest of a run was read."""
    for bundle in subject.bundles:
        for findings in flat(bundle.findings):
            if findings.frames:
                return findings.frames[0].source
            if findings.digests:
                return findings.digests[0].source
    return Source(subject.bundles[0].path)


def _suffixes(path: str) -> list[str]:
    """The names under which a reported file may be tracked, longest first."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    shortest = 1 if len(parts) == 1 and not path.startswith("/") else 2
    tails = ["/".join(parts[start:]) for start in range(len(parts)) if len(parts) - start >= shortest]
    return tails[-MOST_SUFFIXES:]


def match_file(content: bytes, frames: Iterable[Frame], digests: Iterable[SourceDigest]) -> Match:
    """Check what was reported of one file against one version of it."""
    lines = [line.decode("utf-8", errors="replace") for line in content.splitlines()]  # a form feed ends none
    fits: list[str] = []
    misfits: list[str] = []
    frames = tuple(frames)
    for frame in frames:
        shown = f"{frame.file}({frame.line}): {frame.function}"
        (fits if _stands_at(lines, frame) else misfits).append(shown)
    differing = 0
    for digest in digests:
        stated, found = digest.hexdigest.lower(), _digests(digest.algorithm, content)
        equal = any(each.startswith(stated) for each in found)
        differing += not equal
        (fits if equal else misfits).append(f"{digest.file} {digest.algorithm}:{digest.hexdigest[:12]}")
    return Match(len(fits), len(misfits), (misfits or fits or [""])[0], len(frames), differing)


def _stands_at(lines: list[str], frame: Frame) -> bool:
    """Whether the function stands at the line: its `def` (or first decorator), or a body within it."""
    if not 0 < frame.line <= len(lines):
        return False
    if frame.function in ("<module>", "") or frame.function.startswith("<"):
        return True  # modules, lambdas and comprehensions have no line that names them
    name = re.escape(frame.function.rpartition(".")[2])
    definition = re.compile(rf"\s*(?:async\s+)?(?:def|class)\s+{name}\b")
    return _begins_at(lines, frame.line, definition) or (
        not frame.is_definition and _is_within(lines, frame.line, definition)
    )


def _begins_at(lines: list[str], number: int, definition: re.Pattern[str]) -> bool:
    """Whether the definition begins at a line, decorators first."""
    for line in lines[number - 1 : number - 1 + MOST_DECORATORS]:
        if definition.match(line):
            return True
        if not line.lstrip().startswith("@"):
            return False
    return False


def _is_within(lines: list[str], number: int, definition: re.Pattern[str]) -> bool:
    """Whether the definition stands above a line, and less deep."""
    depth = _depth(lines[number - 1])
    return any(definition.match(line) and _depth(line) < depth for line in lines[: number - 1])


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _digests(algorithm: str, content: bytes) -> Iterator[str]:
    """The digests that a file may have once checked out: git on Windows may end its lines with CR LF."""
    if algorithm == GIT_BLOB:
        yield from (blob_id(content, digits) for digits in (40, 64))
    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return
    yield hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
    if b"\r" not in content and b"\0" not in content:
        yield hashlib.new(algorithm, content.replace(b"\n", b"\r\n"), usedforsecurity=False).hexdigest()


def read_matches(
    repository: Repository, subjects: Sequence[Subject], posteriors: Sequence[Posterior]
) -> list[dict[str, Match]]:
    """For each run, how far each of its candidates agrees; empty where nothing was reported."""
    asked: list[tuple[int, str, str]] = []  # run, candidate, reported file
    names: list[str] = []
    stated = [_reported_of(subject) for subject in subjects]
    for number, (statements, posterior) in enumerate(zip(stated, posteriors, strict=True)):
        files = sorted(statements.files())
        least = 0.0 if statements.digests else LEAST_PROBABILITY  # a digest identifies an old commit, too
        for commit in posterior.likely(MOST_CANDIDATES, least) if files else ():
            for file in files:
                for suffix in _suffixes(file):
                    asked.append((number, commit, file))
                    names.append(f"{commit}:{suffix}")
    blobs = blob_ids(repository, names)
    wanted = dict.fromkeys(blob for blob in blobs if blob)
    contents = {
        blob: answer[2]
        for blob, answer in zip(wanted, repository.objects(wanted), strict=True)
        if answer is not None and answer[1] == "blob"
    }
    found: dict[tuple[int, str, str], str] = {}
    for key, blob in zip(asked, blobs, strict=True):
        if blob in contents:
            found.setdefault(key, blob)  # the longest suffix is asked first
    known: dict[tuple[int, str, str], Match] = {}
    matches: list[dict[str, Match]] = [{} for _ in subjects]
    for (number, commit, file), blob in found.items():
        statements = stated[number]
        if (number, file, blob) not in known:
            frames, digests = statements.frames.get(file, ()), statements.digests.get(file, ())
            known[number, file, blob] = match_file(contents[blob], frames, digests)
        matches[number][commit] = _sum(matches[number].get(commit, Match()), known[number, file, blob])
    return matches


def blob_ids(repository: Repository, names: list[str]) -> list[str]:
    """The ids of the files that `COMMIT:PATH` name; empty text where there is none."""
    if not names:
        return []
    request = "".join(name.replace("\n", " ") + "\n" for name in names).encode(errors="surrogateescape")
    try:
        answer = repository.git("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=request)
    except MissingObjectError:  # a clone without contents: there is nothing to compare with
        return [""] * len(names)
    lines = answer.split(b"\n")[:-1]  # what is missing is answered with its name, whatever stands in it
    return [line.partition(b" ")[0].decode("ascii") if line.endswith(b" blob") else "" for line in lines]


def _sum(one: Match, other: Match) -> Match:
    example = other.example if other.disagree and not one.disagree else one.example or other.example
    positions, differing = one.positions + other.positions, one.differing + other.differing
    return Match(one.agree + other.agree, one.disagree + other.disagree, example, positions, differing)


def apply(
    posterior: Posterior, matches: Mapping[str, Match], parameters: Fingerprint, kind: str = "fingerprint"
) -> Posterior:
    """Multiply the posterior by the likelihood of the matches: a misfit is rare in the true commit.

    Digests that fit no candidate speak for none of them: they may be those of a changed working tree,
    or not of the files' bytes. A candidate that all of them fit is at least as probable beforehand as
    any commit elsewhere: its code shows that it was checked out, or copied, when the history says another.
    """
    if not any(match.agree or match.positions for match in matches.values()):
        return posterior
    factors = np.full(len(posterior.commits), parameters.unknown)
    whole = {commit for commit, match in matches.items() if match.is_whole}
    least = posterior.elsewhere / max(parameters.alternatives, len(whole))
    before = posterior.probabilities.copy()
    for place, commit in enumerate(posterior.commits):
        match = matches.get(commit)
        if match is not None and match.agree + match.disagree:
            share = match.disagree / (match.agree + match.disagree)
            factors[place] = max((1 - share) ** parameters.sharpness, parameters.least)
            if commit in whole:
                before[place] = max(before[place], least)
            elif whole and match.differing:
                factors[place] = min(factors[place], parameters.differs)
    alone = posterior.alone | {kind: factors / factors.sum()}
    weighted = before * factors
    elsewhere = posterior.elsewhere * _unknown(before, factors, parameters)
    total = weighted.sum() + elsewhere
    if total <= 0:
        return evolve(posterior, alone=alone)
    return evolve(posterior, probabilities=weighted / total, elsewhere=float(elsewhere / total), alone=alone)


def fitting(matches: Mapping[str, Match], parameters: Fingerprint) -> frozenset[str]:
    """The candidates whose code fits, where it distinguishes them from others; else none."""
    compared = {commit: match for commit, match in matches.items() if match.agree + match.disagree}
    fits = {
        commit
        for commit, match in compared.items()
        if (match.agree / (match.agree + match.disagree)) ** parameters.sharpness >= parameters.fits
    }
    return frozenset(fits) if len(fits) < len(compared) else frozenset()


def _unknown(probabilities: np.ndarray, factors: np.ndarray, parameters: Fingerprint) -> float:
    """How probable it is that another commit than the named ones fits: no more than they do, if any does."""
    if factors.max(initial=0.0) < parameters.fits:
        return parameters.unknown
    return min(parameters.unknown, float(probabilities @ factors / max(probabilities.sum(), SMALLEST)))
