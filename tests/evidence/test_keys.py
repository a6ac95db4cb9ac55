"""Which keys hold ids, times and figures, what an id's value may look like, and what is secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.keys import (
    hides_all,
    is_figure,
    is_id_key,
    is_metric,
    is_secret,
    is_time_key,
    make_record,
    one_line,
    time_marks,
)
from bisect_parity.evidence.model import Source, Trust
from bisect_parity.redaction import is_public_variable, redact

ID = "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"
SOURCE = Source("env.json", 0, "")


@pytest.mark.parametrize(
    "key",
    [
        "git_sha",
        "git_commit",
        "git_head",
        "commit_sha",
        "commit",
        "git_short_sha",
        "commit_hash",
        "Git SHA",
        "Commit",
        "Git Commit",
        "Git commit",
        "Current HEAD",
        "Git Head",
        "SHA",
        "HEAD",
        "repo_sha",
        "git_hash",
        "git-sha",
        "commit_id",
        "git_commit_hash",
        "head_sha",
    ],
)
def test_every_spelling_of_an_id_key_is_known(key: str) -> None:
    assert is_id_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "sha256",
        "Found resolution commit",
        "author",
        "commit message",
        "fixed_in",
        "md5",
        "headline",
        "branch",
    ],
)
def test_other_keys_are_no_id_keys(key: str) -> None:
    assert not is_id_key(key)


@pytest.mark.parametrize(
    "key",
    ["parent_commit", "base_commit", "fix_commit", "resolution_commit", "baseline_sha", "previous_commit"],
)
def test_a_key_that_names_another_commit_is_no_id_key(key: str) -> None:
    assert not is_id_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "timestamp",
        "timestamp_utc",
        "timestamp_iso",
        "date_utc",
        "Date",
        "Start Time",
        "start_time",
        "datetime",
        "datetime_complete",
        "time_start_unix",
        "test_time",
        "experiment_date",
        "t_start",
        "run_at",
        "measured_on",
        "when",
        "start_ts",
        "begin_time",
        "timeStarted",
        "run_start",
        "unix_time",
        "end_utc",
    ],
)
def test_time_keys_are_known(key: str) -> None:
    assert is_time_key(key)


@pytest.mark.parametrize("key", ["py_time_warm", "c_time", "update", "timeout", "duration", "runtime", "run"])
def test_durations_are_no_times(key: str) -> None:
    assert not is_time_key(key)


def test_a_key_tells_start_from_end() -> None:
    keys = ("begin_time", "End Time", "finished_at", "datetime_complete", "date")
    assert [time_marks(key) for key in keys] == ["start", "end", "end", "end", "unknown"]


@pytest.mark.parametrize(
    "key",
    [
        "loss",
        "train/box_loss",
        "val_acc",
        "eval_accuracy",
        "metrics/mAP50(B)",
        "bbox/AP",
        "acc_norm,none",
        "top1_error",
        "energy_drift",
        "mean_ms",
        "ops_per_sec",
        "wall_time",
        "wall_clock_seconds",
        "runtimeMs",
        "python_median_time",
        "solve_rate",
        "rms_Ec",
        "mae_caustic",
        "checkoutLatencyMs",
        "end_to_end_MBps",
        "valLoss",
        "evidence_trust_score",
        "rmse",
    ],
)
def test_what_is_usually_measured_is_known_by_its_name(key: str) -> None:
    assert is_figure(key)


@pytest.mark.parametrize(
    "key",
    [
        "lr",
        "target_accuracy",
        "error_threshold",
        "loss_weight",
        "mse_weight",
        "lossless",
        "mapping",
        "total_time",
        "exposure_time",
        "end_time",
        "learning_rate",
        "sample_rate",
        "timestep",
    ],
)
def test_what_is_set_before_a_run_is_no_figure(key: str) -> None:
    assert not is_figure(key)


@pytest.mark.parametrize(
    ("key", "hides"),
    [
        ("password", True),
        ("HF_TOKEN", True),
        ("auth", True),
        ("tokens_per_s", False),
        ("max_new_tokens", False),
        ("total_tokens", False),
        ("authors", False),
        ("auth_header", True),
        ("access_tokens", True),
        ("accessToken", True),
        ("token_2", True),
        ("private_tokenizer", True),
        ("session_id", True),
        ("session_info", False),
    ],
)
def test_numbers_and_objects_are_hidden_under_keys_that_are_surely_secret(key: str, hides: bool) -> None:
    assert is_secret(key)
    assert hides_all(key) is hides


@pytest.mark.parametrize(
    "key", ["correlation_warm", "correlation", "sum_ratio", "speedup_warm", "c_sum", "py_sum", "rmse"]
)
def test_figures_of_parity_are_known(key: str) -> None:
    assert is_metric(key)


@pytest.mark.parametrize(
    ("value", "text", "dirty"),
    [
        (ID, ID, None),
        (ID.upper(), ID, None),
        (f"  {ID}\n", ID, None),
        (f"`{ID}`", ID, None),
        ("0e9dcb4", "0e9dcb4", None),
        ("877d8c84", "877d8c84", None),
        (f"{ID}-dirty", ID, True),
        ("0e9dcb4 Fix the sign of phi", "0e9dcb4", None),
        ("feature/spec-based-2 (e301a47 + local changes)", "e301a47", True),
        ("cd19919 (current)", "cd19919", None),
        ("v1.2-14-g2414721", "2414721", None),
        ("v1.2-14-g2414721-dirty", "2414721", True),
        ("a" * 64, "a" * 64, None),
    ],
)
def test_an_id_is_taken_out_of_its_surroundings(value: str, text: str, dirty: bool | None) -> None:
    record = make_record("git_sha", value, Trust.HEADER, SOURCE)
    assert record is not None
    assert (record.text, record.is_id, record.dirty) == (text, True, dirty)


@pytest.mark.parametrize(
    "value",
    [
        "$(git rev-parse HEAD)",
        "(to be filled by commit)",
        "TBD",
        "HEAD",
        "unknown",
        "(pending)",
        "(pre-commit)",
        "N/A",
        "<sha>",
        "unversioned",
        "`$(git rev-parse HEAD)`",
    ],
)
def test_what_stands_in_an_ids_place_is_shown_as_a_placeholder(value: str) -> None:
    record = make_record("git_sha", value, Trust.HEADER, SOURCE)
    assert record is not None
    assert not record.is_id


@pytest.mark.parametrize(
    "value", ["20251009", "2025-10-09", "vectorization Phase D complete", 7, None, [], "", True]
)
def test_dates_words_and_numbers_are_no_ids(value: object) -> None:
    record = make_record("commit", value, Trust.MACHINE, SOURCE)
    assert record is None or not record.is_id


def test_a_subject_that_speaks_of_dirt_says_nothing_of_the_working_tree() -> None:
    record = make_record("Commit", "0e9dcb4 Handle modified files and dirty trees", Trust.HEADER, SOURCE)
    assert record is not None
    assert record.dirty is None


def test_an_id_of_a_megabyte_is_no_id() -> None:
    record = make_record("git_sha", "ab" * 2**19, Trust.MACHINE, SOURCE)
    assert record is None or (not record.is_id and len(record.text) <= 200)


@given(st.text(max_size=3000))
def test_a_record_is_hex_or_no_id_whatever_stands_there(text: str) -> None:
    record = make_record("git_sha", text, Trust.MACHINE, SOURCE)
    if record is not None and record.is_id:
        assert 7 <= len(record.text) <= 64
        assert set(record.text) <= set("0123456789abcdef")


SECRETS = [
    "GEMINI_API_KEY=AIzaSyA-1234567890abcdefghijklmnopqrs",
    "OPENAI_API_KEY: sk-abcdefghijklmnop1234567890",
    '"api_key": "0123456789abcdef-secret"',
    "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "Authorization: Bearer abcdef0123456789abcdef",
    "git clone https://user:hunter2secret@example.org/r.git",
    "curl -H 'X-Token: s3cr3ts3cr3ts3cr3t'",
    "train.py --password=hunter2hunter2 --size 4096",
    "train.py --api-key hunter2hunter2 --size 4096",
    "DB_PASSWORD='two words'",
]


@pytest.mark.parametrize("line", SECRETS)
def test_a_quoted_line_holds_no_secret(line: str) -> None:
    shown = one_line(line)
    for secret in (
        "AIzaSyA",
        "abcdefghijklmnop",
        "0123456789abcdef",
        "wJalrXUtn",
        "hunter2",
        "s3cr3t",
        "two words",
        "words",
    ):
        assert secret not in shown


def test_an_ordinary_line_is_quoted_as_it_stands() -> None:
    line = "# Git SHA: 0e9dcb4 (feature/spec-based-2), key finding: tokens are fine"
    assert redact(line) == line


def test_a_quote_is_one_short_printable_line() -> None:
    shown = one_line("a\x1b[31mred\x00\r\n\tb" + "x" * 1000)
    assert len(shown) <= 200
    assert shown.isprintable()


@pytest.mark.parametrize(
    "name",
    [
        "GEMINI_API_KEY",
        "HF_TOKEN",
        "CUDA_API_TOKEN",
        "PATH",
        "SSH_CLIENT",
        "NB_SECRET",
        "MKL_PASSWORD",
        "USER",
    ],
)
def test_secret_and_private_variables_are_not_kept(name: str) -> None:
    assert not is_public_variable(name)


@pytest.mark.parametrize(
    "name",
    [
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "CUDA_VISIBLE_DEVICES",
        "CUBLAS_WORKSPACE_CONFIG",
        "KMP_DUPLICATE_LIB_OK",
        "NB_C_BIN",
        "STAMP",
        "DEVICE",
        "LOADEDMODULES",
        "HOSTNAME",
    ],
)
def test_variables_that_change_results_are_kept(name: str) -> None:
    assert is_public_variable(name)


@pytest.mark.parametrize("name", ["api_key", "GITHUB_TOKEN", "db.password", "client_secret", "private_key"])
def test_secret_names_are_known(name: str) -> None:
    assert is_secret(name)
