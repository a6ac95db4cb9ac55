"""An evaluation in text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.provenance.evaluate import Evaluation


def evaluation_lines(result: Evaluation) -> Iterator[str]:
    """The figures, the reliability table, and the misses with their reasons."""
    low, high = result.top_1_interval
    yield f"{counted(result.count, 'bundle')} with a recorded commit; {result.left_out} without were left out"
    if result.unanswered:
        yield f"{result.unanswered} of them got no answer: nothing identifies their commit"
    yield f"right commit          {result.top_1:.3f}  (95 % interval {low:.3f} to {high:.3f})"
    yield f"right code state      {result.same_code_state:.3f}"
    yield f"mean stated           {result.mean_stated:.3f}"
    yield f"Brier score           {result.brier:.4f}"
    yield f"log loss              {result.log_loss:.4f}"
    yield f"calibration error     {result.calibration_error:.4f}"
    yield ""
    yield "stated        bundles  mean stated  right   95 % interval"
    for item in result.reliability:
        low, high = item.interval
        yield (
            f"{item.lowest:.2f} to {item.highest:.2f}  {item.count:7d}  {item.mean_probability:11.3f}"
            f"  {item.frequency:.3f}   {low:.3f} to {high:.3f}"
        )
    if result.misses:
        yield ""
        yield "misses:"
    for miss in result.misses:
        named = miss.inferred[:SHORT] if miss.inferred else "nothing"
        state = ", same code state" if miss.same_code_state else ""
        yield f"  {miss.path}: recorded {miss.recorded[:SHORT]}, inferred {named} at {miss.stated:.3f}{state}"
        yield f"    the recorded one had {miss.true_probability:.3f}: {miss.reason}"
