"""CTest: times in seconds, figures that tests print, and the revision; its log has no year."""

from __future__ import annotations

from pathlib import PurePosixPath

from bisect_parity.evidence.formats.junit import CTEST as READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import find


def test_the_results_tell_begin_end_and_the_figures_of_each_test() -> None:
    found = find("ctest/Test.xml", "ctest")
    assert [(time.seconds, time.kind, time.marks) for time in found.times] == [
        (1795746761.0, TimeKind.UTC, "start"),
        (1795746761.0, TimeKind.UTC, "end"),
    ]
    assert {metric.name: metric.value for metric in found.metrics} == {
        "warm.correlation_warm": 0.99931,
        "warm.time": 0.017087,
        "sum.time": 0.015405,
    }
    assert {item.name: item.value for item in found.environment}["OSName"] == "Linux"


def test_the_update_step_tells_the_revision() -> None:
    (record,) = find("ctest/Update.xml", "ctest").records
    assert (record.text, record.key) == ("d2d62544cdad175c5283afb3750d40a92517f70e", "Revision")


def test_the_log_tells_the_day_and_the_minute() -> None:
    found = find("ctest/LastTest.log", "text")
    assert [(time.marks, time.resolution, time.lacks_year) for time in found.times] == [
        ("start", 60.0, True),
        ("end", 60.0, True),
    ]


def test_what_ctest_writes_of_a_build_says_nothing_of_a_run() -> None:
    head = b'<Site Generator="ctest-4.4.5"><Build/></Site>'
    assert not READER.claims(PurePosixPath("Test.xml"), b"<Site><Testing/></Site>")
    assert READER.read("Test.xml", head).times == ()
