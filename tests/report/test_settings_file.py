"""The settings file that is proposed, from what was found."""

from __future__ import annotations

import pytest

from bisect_parity.config import Thresholds
from bisect_parity.report.settings_file import RepositoryContents, settings_text


@pytest.mark.parametrize(
    ("roots", "code", "is_proposed"),
    [
        (["science/ocean/runs"], ["infra", "science", "web"], True),
        (["science/ocean/runs", "science/results"], ["science", "web"], True),
        (["science/ocean/runs"], ["science"], False),
        (["results"], ["results", "web"], False),
        (["science/runs", "web/results"], ["science", "web"], False),
        ([], ["science", "web"], False),
    ],
)
def test_the_folder_that_holds_all_results_is_proposed_as_the_code_where_there_are_others(
    roots: list[str], code: list[str], is_proposed: bool
) -> None:
    text = settings_text(RepositoryContents(roots=roots, code=code), Thresholds())
    assert ('# paths = ["science"]\n' in text) == is_proposed
    assert ("What was found without" in text) == bool(roots)  # an example is not told as found
