"""Reports of tests in XML: JUnit's, as pytest, GoogleTest, Gradle and others write it, and CTest's."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from attrs import evolve

from bisect_parity.evidence.durations import value_durations
from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import DocumentError
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.formats.tables import cell_value
from bisect_parity.evidence.model import Duration, Findings, Metric, Parameter, TimeStatement, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.formats.place import Place

MOST_BYTES = 32 << 20
MOST_ELEMENTS = 400_000
DEEPEST = 64
MOST_CASES = 20_000
COUNTS = ("tests", "failures", "errors", "skipped")
_COUNT = re.compile(r"\d{1,9}")  # Python refuses to read a number of thousands of digits
_SUITE = re.compile(rb"<testsuites?[\s>]")
_OF_JAVA = re.compile(r"(?:java|sun|os|user|file|line|path|awt|jdk|env)\.")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
MOST_TESTS = 20_000
HOST = ("CompilerName", "CompilerVersion", "OSName", "OSRelease", "ModelName", "BuildName")
_ROOT = re.compile(rb"<(?:Site|Update)[\s>]")


class _Builder(TreeBuilder):
    """Keeps to the limits: no document type, so no entities; names lose their namespaces."""

    count = depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self.count, self.depth = self.count + 1, self.depth + 1
        if self.count > MOST_ELEMENTS:
            raise DocumentError(f"XML of more than {MOST_ELEMENTS} elements is not read")
        if self.depth > DEEPEST + 1:
            raise DocumentError("XML is nested too deeply")
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str, /) -> Element:
        self.depth -= 1
        return super().end(tag)

    def doctype(self, *_declared: object) -> None:
        raise DocumentError("XML with a document type is not read: its entities may be anything")


def load_xml(data: bytes) -> Element:
    """Parse one XML document, and return its root.

    Raises:
        DocumentError: too large, nested too deep, with a document type, or no XML.
    """
    if len(data) > MOST_BYTES:
        raise DocumentError(f"XML of {len(data)} bytes is not read: the limit is {MOST_BYTES}")
    parser = XMLParser(target=_Builder())  # noqa: S314 - what makes others unsafe is refused
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DocumentError:
        raise
    except (ParseError, LookupError, ValueError) as error:  # an encoding that Python does not know
        raise DocumentError(f"not valid XML: {error}") from error
    return root


def _find(place: Place, root: Element) -> Findings:
    suites = [suite for suite in _nested(root) if suite.tag == "testsuite"]
    times: list[TimeStatement] = []
    durations: list[Duration] = []
    environment: list[Parameter] = []
    stated: dict[str, Any] = {}
    for suite in (root, *(suite for suite in suites if suite is not root)):
        given = suite.attrib
        times += place.time("timestamp", given.get("timestamp", ""), "start")
        took = given.get("time", "")
        durations += value_durations("elapsed_s", took, place.source("time", took))
        facts = (("host", "hostname", given.get("hostname")),)
        environment += [] if environment else place.environment(facts)
        stated |= _properties(suite)
    cases = [case for suite in suites for case in suite.iterfind("testcase")][:MOST_CASES]
    stated |= {_name(case): properties for case in cases if (properties := _properties(case))}
    found = collect(place.path, stated, Trust.MACHINE)
    return evolve(
        found,
        times=(*times, *found.times),
        durations=(*durations, *found.durations),
        environment=(*environment, *found.environment),
        metrics=(*found.metrics, *_counts(place, suites), *_seconds(place, cases)),
    )


def _nested(element: Element) -> Iterator[Element]:
    """An element and the suites in it, at any depth; no document is deeper than is read."""
    yield element
    for child in element.iterfind("testsuite"):
        yield from _nested(child)


def _properties(element: Element) -> dict[str, Any]:
    """Names and values, as `record_property` writes them; those of a Java machine are left out."""
    each = (item.attrib for group in element.iterfind("properties") for item in group.iterfind("property"))
    pairs = ((item.get("name", ""), item.get("value", "")) for item in each)
    return {name: cell_value(name, value) for name, value in pairs if name and not _OF_JAVA.match(name)}


def _name(case: Element) -> str:
    """What a test is called: the name of its class is part of it, if it adds something."""
    own, group = case.attrib.get("name", ""), case.attrib.get("classname", "")
    return own if group in ("", own) else f"{group}.{own}"


def _counts(place: Place, suites: list[Element]) -> Iterator[Metric]:
    """How many tests there were and failed, in all suites that hold tests."""
    holding = [suite.attrib for suite in suites if suite.find("testcase") is not None]
    for name in COUNTS:
        values = [int(given[name]) for given in holding if _COUNT.fullmatch(given.get(name, ""))]
        yield from place.metric(name, sum(values)) if values else ()


def _seconds(place: Place, cases: list[Element]) -> Iterator[Metric]:
    """How long each test took."""
    for case in cases:
        took = cell_value("time", case.attrib.get("time", ""))
        if isinstance(took, int | float):
            yield from place.metric(f"{_name(case)}.time", took)


READER = FormatReader(
    "junit",
    (".xml",),
    lambda _, head: _SUITE.search(head) is not None and _DOCTYPE.search(head) is None,
    document_reader(_find, load_xml),
)


def _find_ctest(place: Place, root: Element) -> Findings:
    """Times in seconds since 1970; the figures that tests print as CTestMeasurement; the revision."""
    if root.tag == "Update":
        return Findings(
            records=place.record("Revision", _text(root, "Revision")),
            times=place.time("StartTime", _text(root, "StartTime"), "start"),
        )
    testing = next(root.iterfind("Testing"), Element("Testing"))
    tests = [test for test in testing.iterfind("Test") if len(test)][:MOST_TESTS]
    started = place.time("StartTestTime", _text(testing, "StartTestTime"), "start")
    return Findings(
        times=started + place.time("EndTestTime", _text(testing, "EndTestTime"), "end"),
        metrics=tuple(chain.from_iterable(_figures(place, test) for test in tests)),
        environment=place.environment((name, name, root.attrib.get(name)) for name in HOST),
    )


def _text(element: Element, name: str) -> str:
    """The text of the first child of a name; empty where there is none."""
    return (element.findtext(name) or "").strip()


def _figures(place: Place, test: Element) -> Iterator[Metric]:
    """The figures of one test, and how many seconds it took."""
    measured = (item for result in test.iterfind("Results") for item in result.iterfind("NamedMeasurement"))
    for item in measured:
        name = item.attrib.get("name", "")
        value = cell_value(name, _text(item, "Value"))
        is_number = isinstance(value, int | float) and item.attrib.get("type", "").startswith("numeric")
        if is_number and name != "Processors":
            shown = "time" if name == "Execution Time" else name
            yield from place.metric(f"{_text(test, 'Name')}.{shown}", value)


CTEST = FormatReader(
    "ctest",
    ("test.xml", "update.xml"),
    lambda _, head: b'Generator="ctest' in head and _ROOT.search(head) is not None,
    document_reader(_find_ctest, load_xml),
)
