"""How a bad image is related to its reference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.parity import relation
from bisect_parity.parity.moments import compare_tensors
from bisect_parity.parity.relation import TURNS, relations, scale_text
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST = 0.999


def image(rows: int = 40, columns: int = 40, seed: int = 1) -> torch.Tensor:
    return torch.rand(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 2


def _taken(pixels: torch.Tensor, name: str) -> torch.Tensor:
    height, width = pixels.shape
    row, column = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return pixels[TURNS[name](row, column, height, width)]


@pytest.mark.parametrize("name", TURNS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_turned_or_mirrored_image_is_named(name: str, dtype: torch.dtype) -> None:
    reference = image().to(dtype)
    noise = 1 + 0.002 * image(seed=2).to(dtype)
    (told,) = relations(reference, _taken(reference, name) * noise, LEAST)
    assert told.startswith(f"The candidate is like the reference {name}: correlation 0.99")


@given(st.integers(-15, 15), st.integers(-20, 20).filter(bool))
@settings(max_examples=30)
def test_a_moved_image_is_named_with_its_way(down: int, right: int) -> None:
    scene = image(100, 140)
    reference = scene[30:70, 40:100]
    candidate = scene[30 - down : 70 - down, 40 - right : 100 - right]
    told = relations(reference, candidate, LEAST)
    way = f"{counted(down, 'row')} and {counted(right, 'column')}"
    assert told[0].startswith(f"The candidate is like the reference moved by {way}: correlation ")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("transposed", lambda pixels: pixels.T),
        ("mirrored, top to bottom", lambda pixels: pixels.flip(0)),
        ("mirrored, left to right", lambda pixels: pixels.flip(1)),
        ("turned by 180 degrees", lambda pixels: pixels.rot90(2)),
        ("turned by 90 degrees", lambda pixels: pixels.rot90(1)),
        ("turned by 270 degrees", lambda pixels: pixels.rot90(3)),
        ("transposed along the other diagonal", lambda pixels: pixels.rot90(2).T),
    ],
)
def test_a_turn_is_what_its_name_says(name: str, expected: Callable[[torch.Tensor], torch.Tensor]) -> None:
    assert expected(image()).equal(_taken(image(), name))


@pytest.mark.parametrize(
    ("factor", "offset", "told"),
    [
        (0.98, 0.0, "0.98 times the reference"),
        (-1.0, 0.0, "-1 times the reference"),
        (1.0, 7.5, "the reference plus 7.5"),
        (3.0, -2.0, "3 times the reference plus -2"),
    ],
)
def test_a_straight_line_is_told(factor: float, offset: float, told: str) -> None:
    moments = compare_tensors(image(), factor * image() + offset)
    assert scale_text(moments) == f"By least squares, the candidate is {told}."


def test_a_large_image_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relation, "SAMPLE_PIXELS", 2**12)
    monkeypatch.setattr(relation, "CROP", 128)
    reference = image(190, 190)
    (told,) = relations(reference, reference.T.contiguous(), LEAST)
    assert told == "The candidate is like the reference transposed: correlation 1."
    candidate = torch.zeros_like(reference)
    candidate[7:, :-40] = reference[:-7, 40:]
    (told,) = relations(reference, candidate, LEAST)
    assert told.startswith("The candidate is like the reference moved by 7 rows and -40 columns")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int16, torch.int32])
def test_bytes_in_the_other_order_are_told(dtype: torch.dtype) -> None:
    reference = (image() * 100).to(dtype)
    octets = reference.view(torch.uint8).reshape(*reference.shape, -1).flip(-1).contiguous()
    candidate = octets.view(dtype).reshape(reference.shape)
    (told,) = relations(reference, candidate, LEAST)
    assert "--byte-order" in told


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [
        (image(), image(seed=2)),
        (image(), image(41)),
        (image(), torch.full((40, 40), 3.0)),
        (torch.full((40, 40), 3.0), image()),
        (image(), image() * math.nan),
        (image(), image() * math.inf),
        (image(), (image() * 50).to(torch.uint8).flip(0) // 100),
        (torch.stack([image(), image(seed=2)]), torch.stack([image(seed=2), image()])),
        (image(1, 1), image(1, 1)),
    ],
)
def test_nothing_is_said_of_what_is_not_related(reference: torch.Tensor, candidate: torch.Tensor) -> None:
    assert relations(reference, candidate, LEAST) == []
