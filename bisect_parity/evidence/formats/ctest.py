"""CTest: what it writes for CDash, Testing/<stamp>/{Test,Update}.xml; its logs are read as others are."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.formats.tables import cell_value
from bisect_parity.evidence.formats.xml_document import Element, load_xml
from bisect_parity.evidence.model import Findings, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.formats.place import Place

__all__ = ["READER"]

MOST_TESTS = 20_000
HOST = ("CompilerName", "CompilerVersion", "OSName", "OSRelease", "ModelName", "BuildName")
_ROOT = re.compile(rb"<(?:Site|Update)[\s>]")


def _find(place: Place, root: Element) -> Findings:
    """Times in seconds since 1970; the figures that tests print as CTestMeasurement; the revision."""
    if root.name == "Update":
        return Findings(
            records=place.record("Revision", root.get("Revision")),
            times=place.time("StartTime", root.get("StartTime"), "start"),
        )
    testing = next(root.all("Testing"), Element(""))
    tests = [test for test in testing.all("Test") if test.children][:MOST_TESTS]
    started = place.time("StartTestTime", testing.get("StartTestTime"), "start")
    return Findings(
        times=started + place.time("EndTestTime", testing.get("EndTestTime"), "end"),
        metrics=tuple(chain.from_iterable(_figures(place, test) for test in tests)),
        environment=place.environment((name, name, root.attributes.get(name)) for name in HOST),
    )


def _figures(place: Place, test: Element) -> Iterator[Metric]:
    """The figures of one test, and how many seconds it took."""
    measured = (item for result in test.all("Results") for item in result.all("NamedMeasurement"))
    for item in measured:
        name = item.attributes.get("name", "")
        value = cell_value(name, item.get("Value"))
        is_number = isinstance(value, int | float) and item.attributes.get("type", "").startswith("numeric")
        if is_number and name != "Processors":
            shown = "time" if name == "Execution Time" else name
            yield from place.metric(f"{test.get('Name')}.{shown}", value)


READER = FormatReader(
    "ctest",
    ("test.xml", "update.xml"),
    lambda _, head: b'Generator="ctest' in head and _ROOT.search(head) is not None,
    document_reader(_find, load_xml),
)
