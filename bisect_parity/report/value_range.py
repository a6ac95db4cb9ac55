"""The range of values that a scale of colours spans. Pure."""

from __future__ import annotations

import numpy as np

__all__ = ["value_range"]


def value_range(values: np.ndarray) -> tuple[float, float]:
    """Least and greatest number of an array of any shape; two different numbers where all are alike."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low, low + max(1.0, abs(low)))  # beyond 2**53, 1 changes nothing
