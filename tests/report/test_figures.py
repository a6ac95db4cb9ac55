from __future__ import annotations

import struct

import numpy as np
import pytest
from attrs import evolve

from bisect_parity.report.bisection_chart import draw_bisection
from bisect_parity.report.documents import read_as
from bisect_parity.report.figures import draw_difference, draw_history
from bisect_parity.report.search_documents import Bisection
from tests.report.output_folder import bisection


def size(png: bytes | None) -> tuple[int, int]:
    assert png is not None
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_metrics_of_tested_commits_are_a_png() -> None:
    chart = draw_bisection(read_as(Bisection, bisection().to_json()), {"correlation_min": 0.999})
    assert chart is not None
    marked = draw_history("$x_", chart, "first bad commit")
    assert size(marked)[0] == 1320
    assert marked != draw_history("$x_", evolve(chart, answer_x=None), "first bad commit")
    unlimited = evolve(chart.plots[0], threshold_y=None)
    assert marked != draw_history(
        "$x_", evolve(chart, plots=(unlimited, *chart.plots[1:])), "first bad commit"
    )


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
