from __future__ import annotations

from bisect_parity.bisection.code_isolation import cut_short


def test_where_hardly_anything_could_be_tested_a_rename_is_to_be_made_first() -> None:
    said = "The search ended at --max-checks 200: not all of it may be needed."
    assert cut_short(200, left=4, files=300) == [said]
    first, more = cut_short(200, left=902, files=301)
    assert first == said
    assert more.endswith("make the rename alone on its parent, and compare with that (--from).")
