from __future__ import annotations

import struct

import numpy as np
import pytest

from bisect_parity.report.figures import draw_difference, draw_history
from bisect_parity.report.search_documents import CheckedCommit

THRESHOLDS = {"correlation_min": 0.999, "sum_ratio_tolerance": 5e-3}
ORDER = [letter * 40 for letter in "abcde"]


def check(
    place: int, verdict: str, correlation: float | None = None, ratio: float | None = None
) -> CheckedCommit:
    return CheckedCommit(
        f"000{place}-x", ORDER[place], verdict=verdict, correlation=correlation, sum_ratio=ratio
    )


CHECKS = [
    check(0, "good", 1.0, 1.0),
    check(4, "bad", 0.83, 1.5),
    check(2, "skip"),
    check(1, "good", 1 - 1e-12, 0.9999),
    check(3, "bad", float("nan"), float("inf")),
]


def size(png: bytes | None) -> tuple[int, int]:
    assert png is not None
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_metrics_of_tested_commits_are_a_png_of_one_size() -> None:
    marked = draw_history("$x_", CHECKS, ORDER, {ORDER[3]: "first bad commit"}, THRESHOLDS)
    assert size(marked) == (1320, 720)
    assert marked != draw_history("$x_", CHECKS, ORDER, {}, THRESHOLDS)
    assert marked != draw_history("$x_", CHECKS, ORDER, {ORDER[3]: "first bad commit"}, {})


def test_one_metric_alone_is_drawn_as_well() -> None:
    assert size(draw_history("", [check(0, "good", 1.0)], ORDER[:1], {}, THRESHOLDS))


def test_nothing_is_drawn_where_no_images_were_compared() -> None:
    assert draw_history("", [check(2, "skip")], ORDER, {}, THRESHOLDS) is None


def test_a_good_image_against_a_bad_one_is_a_png() -> None:
    good = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    bad = good.copy()
    bad[1, 2] = np.nan
    assert size(draw_difference(good, bad, ("good", "bad"))) == (1320, 468)
    assert size(draw_difference(good, good, ("good", "bad")))
    assert size(draw_difference(np.full((2, 2), np.nan), np.zeros((2, 2)), ("good", "bad")))


def test_a_line_of_numbers_is_drawn_as_a_line() -> None:
    good = np.linspace(0, 1, 12, dtype=np.float32)
    line, image = (
        draw_difference(pixels, pixels**2, ("good", "bad")) for pixels in (good[None], good.reshape(3, 4))
    )
    assert size(line) == size(image) == (1320, 468)
    assert line != image


def test_images_of_different_shapes_have_no_difference() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        draw_difference(np.zeros((2, 2)), np.zeros((2, 3)), ("good", "bad"))
