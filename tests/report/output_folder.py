"""An evidence output as the commands write it, from values: the documents are made by their own writers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, evolve

from bisect_parity.bisection.answer import Bisection
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.bisection.moves import Move
from bisect_parity.commands.provenance import document as provenance_document
from bisect_parity.config import Settings
from bisect_parity.diagnosis.diagnose import diagnose
from bisect_parity.diagnosis.figure_series import figure_series, history_order, trends
from bisect_parity.diagnosis.series import contrast_pair, every_run, select
from bisect_parity.evidence.model import Source
from bisect_parity.history.commit_summary import CommitSummary
from bisect_parity.history.interval import Interval
from bisect_parity.provenance.model import Candidate, Clue, Event
from bisect_parity.report.account import Account, NamedCommits, account_of
from bisect_parity.report.diagnosis_document import diagnosis_document
from bisect_parity.report.figures_document import figures_document
from bisect_parity.report.matrix_document import matrix_document
from bisect_parity.report.output import read_output
from bisect_parity.report.param_diff_document import param_diff_document
from bisect_parity.report.pictures import draw_all
from tests.report.evidence import bundle, resolution

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

__all__ = ["COMMITS", "START", "account", "bisection", "write_audit", "write_bisection", "write_json"]

START = 1760000000.0  # 2025-10-09 08:53:20 UTC
COMMITS = tuple(character * 40 for character in "abcdef")
GOOD = (("correlation_warm", 0.9999984741695391, 4096),)
BAD = (("correlation_warm", 0.7211752710777161, 4096),)
HOSTILE = "<script>alert(1)</script>\u202e]]>--><img src=x onerror=alert(2)>"


def write_json(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


def told(path: str, kind: str, commit: str, run_time: float) -> Resolution:
    """A resolution with a clue, a rival and a time line."""
    made = resolution(path, kind, commit, run_time=run_time)
    return evolve(
        made,
        run_time_error=600.0,
        candidates=(Candidate(commit, 0.9, "s"), Candidate(COMMITS[5], 0.1, "t")),
        clues=(Clue("stamp", Source(path, 0, path), f"the name of {path} states a time", commit, 2.5),),
        timeline=(Event(run_time, "run", "the run began"),),
        note="A note.",
    )


def write_audit(folder: Path, word: str = "run") -> None:
    """What `audit` writes of one good run and two bad ones, whose names hold `word`."""
    paths = [f"reports/{number}-{word}" for number in range(3)]
    bundles = [
        bundle(paths[0], BAD, commands=f"run.py --threads 1 --label {word!r}\n", records=[COMMITS[0]]),
        bundle(paths[1], GOOD, commands="run.py --threads 4\n"),
        bundle(paths[2], BAD, commands="run.py --threads 1\n"),
    ]
    kinds = ("confirmed", "inferred", "contradicted")
    resolutions = [
        told(path, kind, commit, START + 3600 * number)
        for number, (path, kind, commit) in enumerate(zip(paths, kinds, COMMITS, strict=False))
    ]
    settings = Settings()
    selection = select(bundles, resolutions, settings)
    write_json(folder / "artifact_matrix.json", matrix_document(selection, settings))
    write_json(folder / "provenance.json", provenance_document(resolutions, blind=False))
    pair = contrast_pair(selection.runs)
    write_json(folder / "param_diff.json", param_diff_document(selection, settings, pair, {}))
    (folder / "commands.txt").write_text(f"bisect-parity audit  # {word}\n", encoding="utf-8")


def check(number: int, commit: str, verdict: str, role: Role, correlation: float | None = None) -> Check:
    document = {} if correlation is None else {"comparison": {"correlation": correlation, "sum_ratio": 1.0}}
    return Check(
        name=f"{number:04d}-{commit[:12]}",
        commit=commit,
        code_state=f"state of {commit[0]}",
        role=role,
        size=64,
        verdict=verdict,
        reason="why",
        document=document,
        seconds=1.5,
    )


def bisection(outcome: Outcome = Outcome.CONFIRMED, subject: str = "A change") -> Bisection:
    """A search over five commits that ends at the fourth; the second cannot be tested."""
    facts = {
        commit: CommitSummary(
            commit, (COMMITS[number - 1],), f"2025-10-0{number + 1}T12:00:00Z", "A", subject
        )
        for number, commit in enumerate(COMMITS[:5])
    }
    is_found = outcome in (Outcome.CONFIRMED, Outcome.LIKELY)
    return Bisection(
        outcome=outcome,
        find=Find.REGRESSION,
        case="parity",
        size=64,
        case_size=64,
        good=COMMITS[0],
        bad=COMMITS[4],
        commits=9,
        code_states=5,
        says=("It was checked again.",),
        checks=(
            check(1, COMMITS[0], "good", Role.OLD_END, 0.9999999),
            check(2, COMMITS[4], "bad", Role.NEW_END, 0.5),
            check(3, COMMITS[1], "skip", Role.SEARCH),
            check(4, COMMITS[2], "good", Role.SEARCH, 1.0),
            check(5, COMMITS[3], "bad", Role.SEARCH, 0.6),
        ),
        first=COMMITS[3] if is_found else None,
        facts=facts,
    )


def write_bisection(folder: Path, outcome: Outcome = Outcome.CONFIRMED, subject: str = "A change") -> None:
    write_json(folder / "bisect.json", bisection(outcome, subject).to_json())


def write_diagnosis(folder: Path, word: str = "run") -> None:
    """What `diagnose` writes of fourteen runs, half of them bad, whose other figure is noise."""
    paths = [f"reports/{number:02d}-{word}" for number in range(14)]
    commits = [f"{number:040x}" for number in range(14)]
    made = [
        bundle(path, [*(GOOD if number < 7 else BAD), ("rmse", 0.01 * (number * 5 % 14) + 1.0, 4096)])
        for number, path in enumerate(paths)
    ]
    resolved = [
        told(path, "inferred", commit, START + number)
        for number, (path, commit) in enumerate(zip(paths, commits, strict=True))
    ]
    runs = every_run(made, resolved, Settings())
    found = trends(figure_series(runs), history_order(runs, {c: place for place, c in enumerate(commits)}))
    between = {(commits[6], commits[7]): Interval(3, 1, 2, 3, same_code=False)}
    figures = figures_document(runs, found, intervals=between)
    diagnosed = diagnose(select(made, resolved, Settings()).runs, {})
    write_json(folder / "diagnosis.json", diagnosis_document(diagnosed, [], figures=figures))


def write_sweep(folder: Path) -> None:
    """A sweep over four commits whose verdicts are good, bad, bad and good."""
    verdicts = ("good", "bad", "bad", "good")
    checks = [
        check(number, commit, verdict, Role.SEARCH, 1.0 if verdict == "good" else 0.5)
        for number, (commit, verdict) in enumerate(zip(COMMITS, verdicts, strict=False), 1)
    ]
    flips = ((0, 1, "good to bad"), (2, 3, "bad to good"))
    document = bisection().to_json() | {
        "schema": "bisect-parity/sweep",
        "from": COMMITS[0],
        "to": COMMITS[3],
        "complete": True,
        "flips": [
            {"before": COMMITS[before], "after": COMMITS[after], "change": change, "untested": 0}
            for before, after, change in flips
        ],
        "moves": [asdict(Move(COMMITS[0], COMMITS[1], "correlation", 1.0, 0.5, 500.0))],
        "tested": [one.to_json() for one in checks],
    }
    write_json(folder / "sweep.json", document)


def write_isolation(folder: Path) -> None:
    """One ignored file out of three changes flips the verdict."""
    document = {
        "schema": "bisect-parity/isolation",
        "version": 1,
        "outcome": "isolated",
        "commit": COMMITS[0],
        "over": ["files"],
        "changes": 3,
        "clean": "good",
        "changed": "bad",
        "found": [{"kind": "files", "name": "Fdump.bin", "state": "ignored"}],
        "says": ["Without it, the verdict is good."],
        "tests": [{"role": "clean", "changes": 0, "verdict": "good", "reason": "", "correlation": 1.0}],
    }
    write_json(folder / "isolate.json", document)


def write_images(folder: Path) -> None:
    """Two kept images that differ in one corner, beside the verdict on them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = np.mgrid[:96, :80]
    reference = (rows + columns).astype(np.float32)
    candidate = reference.copy()
    candidate[:8, :8] += 5
    candidate[95, 79] = np.nan
    np.save(folder / "reference.npy", reference)
    np.save(folder / "candidate.npy", candidate)
    write_json(
        folder / "verdict.json",
        {
            "schema": "bisect-parity/verdict",
            "version": 1,
            "verdict": "bad",
            "reason": "NaN",
            "comparison": {"shape": [96, 80]},
        },
    )


def account(folder: Path, history: NamedCommits | None = None) -> Account:
    """The account of what lies in a folder."""
    output = read_output(folder)
    return account_of(output, history or NamedCommits(), draw_all(output, 3))
