"""Notes, commands.txt and logs: ids in every spelling, quotes left alone, each finding with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats import text_file
from bisect_parity.evidence.formats.text_file import READER, read_text
from bisect_parity.evidence.model import Record, TimeKind, Trust

ID = "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"
OTHER = "0e9dcb41c76477813eeab1db99e38f2a644ee2ea"


def records(text: str, path: str = "r/commands.txt") -> tuple[Record, ...]:
    return read_text(path, text).records


@pytest.mark.parametrize(
    "line",
    [
        "Total runtime: 14401 s",
        "| Wall time | 4:00:01 |",
        "\tElapsed (wall clock) time (h:mm:ss or m:ss): 4:00:01",
        "real\t240m1.000s",
    ],
)
def test_how_long_the_run_took_is_read_with_its_line(line: str) -> None:
    (took,) = read_text("r/run.log", f"starting\n{line}\n").durations
    assert took.seconds == 14_401.0
    assert took.source.line == 2


@pytest.mark.parametrize(
    "line",
    [
        f"**Git SHA:** {ID}",
        f"**Commit:** {ID}",
        f"**Commit**: `{ID}`",
        f"# Git SHA: {ID}",
        f"- Git SHA: {ID}",
        f"- **Git SHA**: {ID}",
        f"# Commit: {ID}",
        f"# Git Commit: {ID}",
        f"Current HEAD: {ID}",
        f"Git Head: {ID}",
        f"# SHA: {ID}",
        f"git_sha={ID}",
        f"git_sha: {ID}",
        f"| Git SHA | {ID} |",
        f"| git_sha | `{ID}` |",
        f"> Commit: {ID} Fix the beam centre",
        f"Git SHA (before the fix): {ID}",
        f"git rev-parse HEAD # -> {ID}",
        f"git rev-parse HEAD  # {ID}",
        f"$ git rev-parse HEAD\n{ID}",
        f"## Git SHA\n\n{ID}",
        f"## Git SHA (pre-commit)\n```\n{ID}\n```",
        f"Git commit:\n{ID}",
        f"  {ID}  ",
        f'```json\n{{\n  "git_sha": "{ID}",\n  "torch": "2.7"\n}}\n```',
        f'{{"git_commit": "{ID}"}}',
        f"\ufeff# Git SHA: {ID}",
        f"# Git SHA: {ID}\r\n# next\r\n",
        f"commit {ID}\nAuthor: A <a@example.org>\nDate:   Thu Oct 9 12:00:00 2025 -0700\n",
        f"HEAD is now at {ID} A subject",
    ],
)
def test_every_spelling_of_a_record_is_found(line: str) -> None:
    (record,) = READER.read("r/commands.txt", line.encode()).records
    assert (record.text, record.is_id) == (ID, True)


@pytest.mark.parametrize(
    "text",
    [
        "**Commit:** 7bc0b06  ",
        "$ git rev-parse --short HEAD\n7bc0b06",
        "git log -1 --oneline\n7bc0b06 A subject line",
        "git rev-parse --short HEAD # -> 7bc0b06",
        "Commit: feature/spec-based-2 (7bc0b06 + local changes)",
        "Git Commit: `7bc0b06` (feature/spec-based-2)",
    ],
)
def test_short_ids_are_found(text: str) -> None:
    assert [record.text for record in records(text)] == ["7bc0b06"]


@pytest.mark.parametrize(
    "text",
    [
        f"git show {ID}:tests/test_phi.py",
        "git show e9f48e2e --stat",
        "# Found resolution commit: e9f48e2e (2025-10-12)",
        "Notes that the flag has been removed (commit 1d5e403) and remaining work is plumbing",
        "- Implementation wiring: commit 2bdef49, 8f36b24 (batch API)",
        "# FINDING: cluster ALREADY RESOLVED in prior loop (commit e9f48e2e)",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  trace.json",
        f"{ID}  image.bin",
        f"sha1sum image.bin\n{ID}  image.bin",
        "git diff 1d5e403 8f36b24 -- src",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        f"| Fix commit | {OTHER} |",
        f"Parent commit: {OTHER}",
        "d41d8cd98f00b204e9800998ecf8427e  empty.txt",
    ],
)
def test_ids_of_other_things_are_no_records(text: str) -> None:
    assert [r for r in records(text) if r.is_id and r.trust is not Trust.PROSE] == []


@pytest.mark.parametrize(
    "line",
    [
        "git_sha: $(git rev-parse HEAD)",
        "**Git SHA:** $(git rev-parse HEAD)",
        "**Commit:** (to be filled by commit)",
        "**Commit:** (pending)",
        "# Git SHA: TBD",
        "**Git SHA:** (pre-commit)",
        "Commit: unknown",
    ],
)
def test_placeholders_are_shown_as_such(line: str) -> None:
    (record,) = records(line)
    assert not record.is_id


def test_an_editable_requirement_holds_the_id() -> None:
    line = f"-e git+ssh://git@example.org/lab/code.git@{ID}#egg=code"
    (record,) = records(line, "r/pip_freeze.txt")
    assert (record.text, record.trust) == (ID, Trust.MACHINE)


def test_credentials_in_a_requirement_are_not_kept() -> None:
    line = f"-e git+https://user:hunter2@example.org/code.git@{ID}#egg=code"
    assert "hunter2" not in repr(read_text("r/freeze.txt", line))


def test_a_record_knows_its_line() -> None:
    (record,) = records(f"# one\n# two\n# Git SHA: {ID}\n")
    assert (record.source.path, record.source.line) == ("r/commands.txt", 3)
    assert record.source.text == f"# Git SHA: {ID}"


def test_the_date_of_a_commit_that_git_log_told_is_not_that_of_the_run() -> None:
    commit = f"commit {ID}\nMerge: 1234567 89abcde\nAuthor: A <a@x>\nDate:   2025-10-09 22:05:00 -0700\n"
    found = read_text("r/git_info.txt", f"{commit}\n    why\n\n\nDate: 2025-10-09 23:00:00 -0700\n")
    assert [time.origin for time in found.times] == ["commit", "header"]


def test_header_times_are_read_with_what_they_mark() -> None:
    text = "# Date: 2025-10-09T07:04:58Z\nStart Time: 2025-10-09T00:05:40Z\nEnd Time: 2025-10-09T00:05:50Z\n"
    assert [(time.marks, time.kind) for time in read_text("r/c.txt", text).times] == [
        ("unknown", TimeKind.UTC),
        ("start", TimeKind.UTC),
        ("end", TimeKind.UTC),
    ]


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("- correlation_warm: 0.721175271078 (**BELOW**)", "correlation_warm", 0.721175271078),
        ("- **correlation_warm:** 0.721175 (threshold: 0.999)", "correlation_warm", 0.721175),
        ("- **Correlation (warm):** 0.721175 (required 0.99)", "correlation_warm", 0.721175),
        ("Correlation (cold run): 0.7212", "correlation_cold", 0.7212),
        ("correlation=0.721175", "correlation", 0.721175),
        ("correlation 0.721175", "correlation", 0.721175),
        ("  Correlation (cold)  7.2e-01", "correlation_cold", 0.72),
        ("| correlation_warm | 0.99999847 | yes |", "correlation_warm", 0.99999847),
        ("| sum_ratio | 1.0000124 |", "sum_ratio", 1.0000124),
        ("- sum_ratio: 9.9e-01", "sum_ratio", 0.99),
    ],
)
def test_figures_in_prose_are_read_at_the_trust_of_prose(line: str, name: str, value: float) -> None:
    (metric,) = read_text("r/summary.md", line).metrics
    assert (metric.name.lower(), metric.value, metric.trust) == (name, value, Trust.PROSE)


@pytest.mark.parametrize(
    "line",
    [
        "reason=Correlation below 0.99 threshold",
        "- correlation >= 0.999 is required",
        "correlation 2 of 3 failed",
        "the correlation 0.5",
        "sum_ratio: not computed",
        "Correlation: 1:2:3",
    ],
)
def test_thresholds_and_words_are_no_figures(line: str) -> None:
    assert read_text("r/summary.md", line).metrics == ()


def test_tracebacks_give_their_frames() -> None:
    text = 'Traceback (most recent call last):\n  File "/home/a/repo/src/x.py", line 12, in run\n    f()\n'
    (frame,) = read_text("r/run.log", text).frames
    assert (frame.file, frame.line, frame.function, frame.is_definition) == (
        "/home/a/repo/src/x.py",
        12,
        "run",
        False,
    )


def test_branch_and_device_are_read() -> None:
    found = read_text("r/summary.md", "**Branch:** feature/x\n- **Device:** CPU\n- **Dtype:** float32\n")
    assert [branch.value for branch in found.branches] == ["feature/x"]
    assert {p.name.lower(): p.value for p in (*found.environment, *found.parameters)} == {
        "device": "CPU",
        "dtype": "float32",
    }


def test_secrets_in_notes_are_never_kept() -> None:
    text = (
        "export GEMINI_API_KEY=AIzaSyA-1234567890abcdefghijklmnopqrs\n# token: hunter2hunter2\nDEVICE=cpu\n"
    )
    kept = repr(read_text("r/commands.txt", text))
    assert "AIzaSyA" not in kept
    assert "hunter2" not in kept


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    data = f"# Git SHA: {ID}\n".encode(encoding)
    assert [record.text for record in READER.read("r/commands.txt", data).records] == [ID]


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_without_complaint(data: bytes) -> None:
    READER.read("r/commands.txt", data)
    READER.read("r/summary.md", data)


WORDS = [
    "# Git SHA:",
    "Commit:",
    ID,
    ID[:7],
    "`",
    "|",
    "(",
    "$(git rev-parse HEAD)",
    "\n",
    " ",
    "=",
    "correlation",
]


@given(
    st.lists(
        st.sampled_from([*WORDS, "0.7", "-dirty", "```", "git rev-parse HEAD", "date: 2025-10-09"]),
        max_size=30,
    )
)
def test_any_mixture_of_known_words_gives_valid_records(words: list[str]) -> None:
    for record in records("".join(words)):
        assert not record.is_id or 7 <= len(record.text) <= 64
        assert len(record.source.text) <= 200


def test_of_a_long_log_its_beginning_and_its_end_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "MOST_LINES", 4)
    lines = [f"2025-10-09 16:17:{second:02},000 INFO loss: 0.{second}" for second in range(10, 30)]
    found = READER.read("run.log", "\n".join(lines).encode())
    assert [(time.marks, time.source.line) for time in found.times] == [("start", 1), ("end", 20)]
    assert [(metric.name, metric.value) for metric in found.metrics] == [("loss", 0.29)]
    assert [number for number, _ in text_file._lines("a\nb\nc\nd\ne\nf")] == [1, 2, 5, 6]


def test_lines_that_are_made_to_be_slow_are_not() -> None:
    line = "correlation " + "1" * 3900 + "y\n"  # seconds each, where digits can be shared out in several ways
    assert read_text("r/run.log", 300 * line, is_log=True).metrics == ()


@pytest.mark.parametrize(
    ("path", "log", "marks"),
    [
        ("logs/2025-10-09/run.log", "[10:11:12] begin\n[10:11:19] end\n", ["start", "end"]),
        ("logs/run_2025-10-09.log", "23:11:12 begin\n00:11:19 end\n", ["unknown"]),
        ("logs/2025-10-09/run.log", "00:00:12 step\n00:10:12 step\n", []),
        ("logs/2025-10-09T1010/run.log", "10:11:12 begin\n", []),
        ("logs/run.log", "10:11:12 begin\n", []),
        ("logs/2025-10-09/run.md", "10:11:12 begin\n", []),
    ],
)
def test_the_hours_of_a_log_need_a_day_and_are_no_hours_that_went_by(
    path: str, log: str, marks: list[str]
) -> None:
    assert [each.marks for each in READER.read(path, log.encode()).times] == marks
