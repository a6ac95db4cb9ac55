"""Reports of tests in XML: JUnit's, as pytest, GoogleTest, Gradle and others write it, and CTest's."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.durations import value_durations
from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.formats.tables import cell_value
from bisect_parity.evidence.formats.xml_document import Element, load_xml
from bisect_parity.evidence.model import Duration, Findings, Metric, Parameter, TimeStatement, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.formats.place import Place

MOST_CASES = 20_000
COUNTS = ("tests", "failures", "errors", "skipped")
_SUITE = re.compile(rb"<testsuites?[\s>]")
_OF_JAVA = re.compile(r"(?:java|sun|os|user|file|line|path|awt|jdk|env)\.")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
MOST_TESTS = 20_000
HOST = ("CompilerName", "CompilerVersion", "OSName", "OSRelease", "ModelName", "BuildName")
_ROOT = re.compile(rb"<(?:Site|Update)[\s>]")


def _find(place: Place, root: Element) -> Findings:
    suites = [suite for suite in _nested(root) if suite.name == "testsuite"]
    times: list[TimeStatement] = []
    durations: list[Duration] = []
    environment: list[Parameter] = []
    stated: dict[str, Any] = {}
    for suite in (root, *(suite for suite in suites if suite is not root)):
        given = suite.attributes
        times += place.time("timestamp", given.get("timestamp", ""), "start")
        took = given.get("time", "")
        durations += value_durations("elapsed_s", took, place.source("time", took))
        facts = (("host", "hostname", given.get("hostname")),)
        environment += [] if environment else place.environment(facts)
        stated |= _properties(suite)
    cases = [case for suite in suites for case in suite.all("testcase")][:MOST_CASES]
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
    for child in element.all("testsuite"):
        yield from _nested(child)


def _properties(element: Element) -> dict[str, Any]:
    """Names and values, as `record_property` writes them; those of a Java machine are left out."""
    each = (item.attributes for group in element.all("properties") for item in group.all("property"))
    pairs = ((item.get("name", ""), item.get("value", "")) for item in each)
    return {name: cell_value(name, value) for name, value in pairs if name and not _OF_JAVA.match(name)}


def _name(case: Element) -> str:
    """What a test is called: the name of its class is part of it, if it adds something."""
    own, group = case.attributes.get("name", ""), case.attributes.get("classname", "")
    return own if group in ("", own) else f"{group}.{own}"


def _counts(place: Place, suites: list[Element]) -> Iterator[Metric]:
    """How many tests there were and failed, in all suites that hold tests."""
    holding = [suite.attributes for suite in suites if any(suite.all("testcase"))]
    for name in COUNTS:
        values = [int(given[name]) for given in holding if given.get(name, "").isdecimal()]
        yield from place.metric(name, sum(values)) if values else ()


def _seconds(place: Place, cases: list[Element]) -> Iterator[Metric]:
    """How long each test took."""
    for case in cases:
        took = cell_value("time", case.attributes.get("time", ""))
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


CTEST = FormatReader(
    "ctest",
    ("test.xml", "update.xml"),
    lambda _, head: b'Generator="ctest' in head and _ROOT.search(head) is not None,
    document_reader(_find_ctest, load_xml),
)
