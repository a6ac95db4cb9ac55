"""What of the images of a check outlives it, where that is wanted: the images, or small pictures of them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bisect_parity.errors import BisectParityError, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bisect_parity.parity.images import Image
    from bisect_parity.parity.runner import Runner


def keep_preview(reference: Image, candidate: Image, runner: Runner) -> None:
    """Keep small pictures of both images; a verdict does not depend on whether they can be made."""
    from bisect_parity.parity.preview import (  # noqa: PLC0415 - numpy is slow to import
        make_preview,
        save_preview,
    )

    try:
        first, second = (image.sheet().numpy() for image in (reference, candidate))
        save_preview(make_preview(first, second), runner.folder / f"{runner.step_name('preview')}.npz")
    except (BisectParityError, ValueError, MemoryError) as error:
        runner.notes.append(f"no preview was kept: {error}")


def keep_images(images: Sequence[Path], runner: Runner) -> None:
    """Keep whole images; one that was not made is none.

    Raises:
        OutputError: there is no room for them.
    """
    folder = runner.folder
    for image in images:
        try:
            shutil.copyfile(image, folder / f"{runner.step_name(image.stem)}{image.suffix}")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(
                f"cannot keep {image.name} in {folder}: {error.strerror}", "Make room there."
            ) from error
