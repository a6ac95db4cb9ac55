"""The answers of `provenance` for one repository, ids hidden, held against its truth."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from attrs import evolve

from benchmarks.judgement import Judged
from benchmarks.simple_rules import RULES, answer_simply
from bisect_parity.config import find_settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.reflog import read_reflogs
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.past import past_bundles
from bisect_parity.provenance.resolve import blind_resolutions, resolve_bundles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bisect_parity.evidence.model import Bundle, Findings, TimeStatement
    from bisect_parity.provenance.model import Resolution

__all__ = ["judge"]

EXACT_KINDS = {"utc", "local", "epoch"}
DISHONEST_KINDS = {"local-as-utc", "invented"}


def judge(
    top: Path, truth: Sequence[dict[str, Any]], source: str, jitter: float = 0.0, *, taught: bool = False
) -> list[Judged]:
    """Resolve the bundles that `truth` names, with ids hidden, and hold the answers against it.

    Args:
        top: of the repository.
        truth: lines of a truth file.
        source: what the repository is called.
        jitter: standard deviation of an error of all times of a run, seconds.
        taught: hide from each run its own id only: those of the others teach, as in `evaluate`.
    """
    repository = Repository.open(top, Journal(None, ["provenance_accuracy"]))
    settings = find_settings(None, (repository.state_directory(),))
    present = discover(top, settings.evidence)
    names = {bundle.path: 0 for bundle in present}
    gone = [line["path"] for line in truth if _index(names, line["path"]) is None]
    past = {each.path: each for path in gone for each in past_bundles(repository, path, settings.evidence)}
    bundles = _jittered((*present, *past.values()), jitter)
    if taught:
        resolutions, *_ = blind_resolutions(repository, bundles, settings, None)
    else:
        resolutions = resolve_bundles(repository, bundles, settings, blind=True)
    found = {bundle.path: index for index, bundle in enumerate(bundles)}
    simple = answer_simply(repository, bundles)
    named = {each for answers in simple for each in answers.by_rule().values() if each}
    named |= {each.commit for each in resolutions if each.commit}
    named |= {_commit(line) for line in truth}
    existing = {each for each in named if repository.try_resolve(each)}
    states = CodeStates(repository, settings.code.paths).of(sorted(existing))
    logged = _logged(repository)
    judged = []
    for line in truth:
        index = _index(found, line["path"])
        commit = _commit(line)
        state = states.get(commit) or _state_of_gone(repository, settings.code.paths, line, states)
        answer = None if index is None else resolutions[index]
        rules = dict.fromkeys(RULES) if index is None else simple[index].by_rule()
        judged.append(_judged(source, line, commit, state, answer, rules, states, logged))
    return judged


def _commit(line: dict[str, Any]) -> str:
    commit: str = line.get("commit") or line["sha"]
    return commit


def _index(found: dict[str, int], path: str) -> int | None:
    """The bundle at `path`, or the outermost one below it."""
    below = [name for name in found if name == path or name.startswith(f"{path}/")]
    return found[min(below, key=len)] if below else None


def _state_of_gone(
    repository: Repository, paths: Sequence[str], line: dict[str, Any], states: dict[str, str]
) -> str | None:
    """The code state of a commit that is gone: that of any named commit with the same code tree."""
    if len(paths) != 1:
        return None
    names = sorted(states)
    for name, tree in zip(names, repository.objects(f"{each}:{paths[0]}" for each in names), strict=True):
        if tree is not None and tree[0] == line.get("code_state_key"):
            return states[name]
    return None


def _judged(
    source: str,
    line: dict[str, Any],
    commit: str,
    state: str | None,
    answer: Resolution | None,
    rules: dict[str, str | None],
    states: dict[str, str],
    logged: dict[str, set[str]],
) -> Judged:
    def is_state(other: str | None) -> bool:
        return other == commit or (state is not None and other is not None and states.get(other) == state)

    named = answer.commit if answer else None
    return Judged(
        source=source,
        path=line["path"],
        slices=_slices(line, logged, is_there=commit in states),
        truth=commit,
        answer=named,
        probability=min(1.0, answer.probability) if answer and named else 0.0,
        state_probability=min(1.0, answer.code_state_probability) if answer and named else 0.0,
        right=named == commit,
        state_right=is_state(named),
        nameable=commit in states,
        told_gone=answer is not None and answer.resolution_class is ResolutionClass.UNRESOLVED,
        rules={rule: (each == commit, is_state(each)) for rule, each in rules.items()},
        about=_about(line, answer),
    )


def _logged(repository: Repository) -> dict[str, set[str]]:
    """The commits that the HEAD reflog of each work tree names: name of the linked one, or "" -> full ids."""
    heads = [reflog for reflog in read_reflogs(repository) if reflog.ref == "HEAD"]
    return {
        reflog.path.removesuffix("logs/HEAD").strip("/").removeprefix("worktrees/"): {
            entry.new for entry in reflog.entries
        }
        for reflog in heads
    }


def _slices(line: dict[str, Any], logged: dict[str, set[str]], *, is_there: bool) -> tuple[str, ...]:
    """The groups that a bundle of a simulated history belongs to."""
    if "times" not in line:
        return ()
    kinds = [tuple(each.split()[1:]) for each in line["times"]]
    exact = any(moment == "start" and kind in EXACT_KINDS for moment, kind in kinds)
    honest = not any(kind in DISHONEST_KINDS for _, kind in kinds)
    found = ["run's reflog"] if line["reflog_covers"] else ["no reflog of the run"]
    is_ours = line["adding_commit"] is None or line["adding_commit"] in logged.get(line["linked"], ())
    if line["reflog_covers"] and exact and honest:
        found.append("run's reflog, start stated")
        # Results that came in by another clone or work tree do not say which one ran them.
        found.append(f"run's reflog, start stated, {'added there' if is_ours else 'added elsewhere'}")
    if is_there:
        # What was visited for one run alone leaves no trace outside the reflog.
        found.append("commit there, on a branch" if line["branch"] else "commit there, HEAD detached")
    else:
        found.append("commit gone")
    return tuple(found)


def _about(line: dict[str, Any], answer: Resolution | None) -> str:
    words = [f"true {_commit(line)[:10]}"]
    if answer and answer.commit:
        words.append(f"said {answer.commit[:10]}")
    keys = ("reachable", "style", "clone", "linked", "clock_error", "times", "branch", "record_kind")
    words += [f"{key}={line[key]}" for key in keys if line.get(key) not in (None, "", [], "none")]
    return " ".join(words)


def _jittered(bundles: Iterable[Bundle], jitter: float) -> list[Bundle]:
    """The bundles with all their times moved; copies of one run are moved alike."""
    return [_moved_bundle(bundle, jitter) for bundle in bundles]


def _moved_bundle(bundle: Bundle, jitter: float) -> Bundle:
    run = min(bundle.path, *bundle.twins) if bundle.twins else bundle.path
    shift = random.Random(run).gauss(0, jitter) if jitter else 0.0
    findings = tuple(_moved(each, shift) for each in bundle.findings)
    return evolve(bundle, stamps=_shifted(bundle.stamps, shift), findings=findings)


def _moved(findings: Findings, shift: float) -> Findings:
    runs = tuple(_moved(each, shift) for each in findings.runs)
    return evolve(findings, times=_shifted(findings.times, shift), runs=runs)


def _shifted(times: Iterable[TimeStatement], shift: float) -> tuple[TimeStatement, ...]:
    return tuple(evolve(each, seconds=each.seconds + shift) for each in times)
