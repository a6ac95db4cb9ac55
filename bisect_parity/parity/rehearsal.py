"""What a check does first, done once before checks are forked: they inherit what Python and torch keep."""

from __future__ import annotations

import sysconfig

from bisect_parity.parity.case import case_of_table
from bisect_parity.parity.moments import compare_tensors
from bisect_parity.parity.torch_import import torch


def rehearse() -> None:
    """Compare two small images, look where packages are, and understand a case."""
    image = torch.arange(16.0).view(4, 4)
    compare_tensors(image, image.flip(0))
    sysconfig.get_paths()
    case_of_table("rehearsal", {"reference": ["true", "{out}"], "candidate": ["true", "{out}"]}, "rehearsal")
