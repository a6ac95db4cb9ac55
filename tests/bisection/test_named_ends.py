from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection.named_ends import moment_of, resolve_ends
from bisect_parity.errors import RepositoryError
from fixtures.git import GitRunner
from tests.history.checkout import opened

Made = tuple[GitRunner, list[str], list[str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Four commits on main, a minute after each other from 2025-09-08T16:00Z on, and two on a side branch."""
    made = GitRunner(tmp_path_factory.mktemp("dates") / "repository")
    on_main = [made.commit({"src/a": str(number)}, f"{number}") for number in range(4)]
    made.branch("side", on_main[1])
    made.checkout("side")
    on_side = [made.commit({"src/b": text}, text) for text in "12"]
    made.checkout("main")
    made.branch("2025-01-31", on_main[0])
    return made, on_main, on_side


def test_a_date_stands_for_the_last_commit_before_it(made: Made) -> None:
    repository, on_main = opened(made[0].top), made[1]
    found = resolve_ends(repository, {"--good": "2025-09-08T16:02:00Z", "--bad": "HEAD"})
    assert found == {"--good": on_main[1], "--bad": on_main[3]}
    found = resolve_ends(repository, {"--good": "2025-09-08 09:02:01-07:00", "--bad": "2025-09-10"})
    assert found == {"--good": on_main[2], "--bad": on_main[3]}


def test_a_date_is_looked_up_on_the_way_to_the_other_end(
    made: Made,
) -> None:
    found = resolve_ends(opened(made[0].top), {"--good": "2999-01-01", "--bad": "side"})
    assert found["--good"] == made[2][1]


def test_a_branch_that_is_named_like_a_date_is_a_branch(made: Made) -> None:
    found = resolve_ends(opened(made[0].top), {"--good": "2025-01-31", "--bad": "HEAD"})
    assert found["--good"] == made[1][0]


def test_a_date_before_all_commits_is_refused(made: Made) -> None:
    with pytest.raises(RepositoryError, match=r"--good 1999-01-01: no commit before it"):
        resolve_ends(opened(made[0].top), {"--good": "1999-01-01", "--bad": "HEAD"})


@pytest.mark.parametrize("text", ["2025-02-30", "2025-01-31T25:00", "2025-1-1", "20250131", "2025-01-31T10"])
def test_what_is_no_date_is_no_commit_either(made: Made, text: str) -> None:
    with pytest.raises(RepositoryError, match="names no commit"):
        resolve_ends(opened(made[0].top), {"--good": text, "--bad": "HEAD"})


@given(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - the strategy wants none
def test_every_usual_spelling_of_a_moment_is_read(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    for text in (f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{moment:%Y-%m-%d %H:%M:%S+00:00}", moment.isoformat()):
        assert moment_of(text) == moment
    assert moment_of(f"{moment:%Y-%m-%d}") is not None
