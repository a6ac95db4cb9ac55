"""JUnit's XML, as pytest, CTest, GoogleTest, Gradle and others write it: properties, times, outcomes."""

from __future__ import annotations

import re
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

__all__ = ["READER"]

MOST_CASES = 20_000
COUNTS = ("tests", "failures", "errors", "skipped")
_SUITE = re.compile(rb"<testsuites?[\s>]")
_OF_JAVA = re.compile(r"(?:java|sun|os|user|file|line|path|awt|jdk|env)\.")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)


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
