"""JUnit's XML: what pytest and CTest write; documents with a type are never opened."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats import junit
from bisect_parity.evidence.formats.junit import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import THIRD, find

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite name="x" tests="1"><testcase name="&b;"/></testsuite>"""
OUTSIDE = (
    b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&a;"/></testsuite>"""
)


def test_pytest_tells_when_it_began_how_long_it_took_and_what_the_tests_recorded() -> None:
    found = find("junit/pytest.xml", "junit")
    assert [(time.seconds, time.kind, time.marks) for time in found.times] == [
        (1795746759.400224, TimeKind.UTC, "start")
    ]
    assert [duration.seconds for duration in found.durations] == [0.15]
    assert [record.text for record in found.records] == [THIRD]
    figures = {metric.name: metric.value for metric in found.metrics}
    assert figures["test_parity.test_warm.correlation_warm"] == 0.99931
    assert figures["test_parity.test_sizes[16].rmse"] == 0.016
    assert figures["test_parity.test_sizes[16].time"] == 0.003
    assert [figures[name] for name in ("tests", "failures", "errors", "skipped")] == [5.0, 1.0, 0.0, 1.0]
    assert {item.name: item.value for item in found.parameters}["image_size"] == 64
    assert [(item.name, item.value) for item in found.environment] == [("host", "host")]


def test_a_suite_counts_whose_tests_hold_nothing() -> None:
    found = READER.read(
        "x.xml",
        b'<s:testsuites xmlns:s="urn:s"><s:testsuite tests="2" errors="%s"><s:testcase name="a"/>'
        b"</s:testsuite></s:testsuites>" % (b"9" * 5000),
    )
    assert [(metric.name, metric.value) for metric in found.metrics] == [("tests", 2.0)]


def test_ctest_writes_local_time() -> None:
    found = find("junit/ctest.xml", "junit")
    assert [(time.kind, time.marks) for time in found.times] == [(TimeKind.LOCAL, "start")]
    assert {metric.name: metric.value for metric in found.metrics}["warm.time"] == 0.0180108


def test_the_properties_of_a_java_machine_are_not_kept() -> None:
    found = READER.read(
        "x.xml",
        b'<testsuite tests="0"><properties><property name="user.name" value="someone"/>'
        b'<property name="nx" value="64"/></properties></testsuite>',
    )
    assert [(item.name, item.value) for item in found.parameters] == [("nx", 64)]


@pytest.mark.parametrize("document", [BOMB, OUTSIDE])
def test_a_document_type_is_refused_and_no_entity_is_resolved(document: bytes) -> None:
    assert not READER.claims(PurePosixPath("x.xml"), document)
    found = READER.read("x.xml", document)
    assert [problem.message for problem in found.problems] == [
        "XML with a document type is not read: its entities may be anything"
    ]
    assert (found.metrics, found.parameters) == ((), ())


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "not valid XML: no element found"),
        (b"<testsuite>", "not valid XML: no element found"),
        (b'<?xml version="1.0" encoding="no-such"?><testsuite/>', "not valid XML: unknown encoding"),
        (b"<testsuite>" * 100, "XML is nested too deeply"),
        (b"<testsuite>" + b"<a/>" * 1000 + b"</testsuite>", "XML of more than"),
    ],
    ids=["empty", "cut off", "encoding", "deep", "many"],
)
def test_what_cannot_be_read_is_a_problem(
    document: bytes, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(junit, "MOST_ELEMENTS", 1000)
    (problem,) = READER.read("x.xml", document).problems
    assert problem.message.startswith(says)


def test_other_xml_is_left_alone() -> None:
    assert not READER.claims(PurePosixPath("pom.xml"), b"<project><testSource>x</testSource></project>")
