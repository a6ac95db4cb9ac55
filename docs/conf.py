"""How the documentation is built: `make docs`. Nothing is fetched, and every warning is an error."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from bisect_parity import __version__

if TYPE_CHECKING:
    import click
    from sphinx.application import Sphinx

project = "bisect-parity"
author = "The bisect-parity developers"
copyright = "the bisect-parity developers, MIT licence"  # noqa: A001 - Sphinx's name for it
release = version = __version__

extensions = ["myst_parser", "sphinx_click"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nitpicky = True
exclude_patterns = ["site"]

html_theme = "furo"
html_title = f"bisect-parity {__version__}"
html_show_sourcelink = False
pygments_style = "friendly"
pygments_dark_style = "monokai"


def setup(app: Sphinx) -> None:
    """Help texts are plain text: they are shown as they are, and "|x|" is no substitution in them."""

    def describe(_app: Sphinx, context: click.Context, lines: list[str]) -> None:
        text = inspect.cleandoc(context.command.help or "").replace("\b\n", "")
        lines[:] = ["::", "", *(f"    {line}".rstrip() for line in text.splitlines()), ""]

    def escape(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
        lines[:] = [line.replace("|", r"\|") for line in lines]

    app.connect("sphinx-click-process-description", describe)
    app.connect("sphinx-click-process-options", escape)
