"""The report as one HTML file: nothing is loaded, and nothing that evidence says becomes markup."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bisect_parity import __version__
from bisect_parity.files import printable
from bisect_parity.provenance.clues import clock_text, duration_text
from bisect_parity.report.provenance import probability_text

if TYPE_CHECKING:
    from bisect_parity.report.account import Account

__all__ = ["report_page"]

PACKAGE = "bisect_parity.report"
SECTIONS = (
    ("timeline", "Time line"),
    ("matrix", "Runs"),
    ("params", "Parameters"),
    ("diagnosis", "Diagnosis"),
    ("isolation", "Isolation"),
    ("bisection", "Search"),
    ("images", "Images"),
    ("clues", "Clues"),
    ("gaps", "Gaps"),
    ("commands", "Commands"),
)


def report_page(account: Account) -> str:
    """The HTML of an account: ASCII with character references, whatever encoding a server may claim."""
    css, js = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(js)}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    fields = attrs.asdict(account, recurse=False)
    ours = {
        "css": css,
        "js": js,
        "policy": policy,
        "sections": SECTIONS,
        "sources": account.output.sources() or ["kept images"],
        "version": __version__,
    }
    text = _environment().get_template("report.html.j2").render(fields | ours)
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(PACKAGE),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "chance": probability_text,
        "clock": clock_text,
        "duration": duration_text,
        "path": _breakable,
    }
    return environment


def _shown(value: Any) -> Any:
    """What an expression prints: text without control characters, marks of direction, or lone surrogates."""
    if isinstance(value, Markup) or not isinstance(value, str) or value.isprintable():
        return value
    return printable(value)


def _breakable(path: str) -> Markup:
    """A path that a narrow column breaks after its slashes."""
    return Markup("/<wbr>").join(_shown(path).split("/"))


def _asset(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    text = resources.files(PACKAGE).joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - not from evidence


def _hash(text: str) -> str:
    """The source expression by which a Content-Security-Policy admits this inline element only."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
