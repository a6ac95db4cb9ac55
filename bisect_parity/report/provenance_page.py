"""provenance.md: the commit of every bundle in a table, then all clues. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.provenance.model import probability_text
from bisect_parity.report.markdown import code, escape, folded, one_line, table
from bisect_parity.report.provenance import TOP, explain
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.model import Resolution

__all__ = ["provenance_page"]


def provenance_page(resolutions: Sequence[Resolution]) -> Iterator[str]:
    """The Markdown of some resolutions."""
    yield "# Provenance"
    yield ""
    yield (
        f"{counted(len(resolutions), 'bundle')}. `confirmed` and `recorded` commits were written down by the"
        " run; `inferred` and `ambiguous` ones were not; `contradicted`: the record and the other clues"
        " disagree."
    )
    yield ""
    yield from table(
        ("bundle", "class", "commit", "probability", "dirty", "note"),
        [
            (
                code(item.path or TOP),
                str(item.resolution_class),
                code(item.commit[:SHORT]) if item.commit else "-",
                escape(probability_text(item.probability)) if item.commit else "-",
                str(item.dirty),
                escape(item.note),
            )
            for item in resolutions
        ],
    )
    yield ""
    yield "## Clues"
    for item in resolutions:
        yield ""
        lines = [line for line in list(explain(item))[1:] if line.strip()]
        yield from folded(item.path or TOP, [f"    {one_line(line)}" for line in lines])
