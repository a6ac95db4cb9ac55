"""The report as one HTML file: nothing is loaded, and nothing that evidence says becomes markup."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable
from importlib import resources
from typing import Any

import attrs
from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bisect_parity import __version__
from bisect_parity.files import printable
from bisect_parity.provenance.clues import clock_text, duration_text
from bisect_parity.report.account import Account
from bisect_parity.report.matrix import names_bundle
from bisect_parity.wording import TOP, probability_text

PACKAGE = "bisect_parity.report"
AUDIT = "bisect-parity audit --out DIR"


@frozen
class Section:
    """A part of the page: where it is, its name, its content, and the command that makes it."""

    anchor: str
    name: str
    tells: Callable[[Account], object]
    what: str
    command: str


SECTIONS = (
    Section("timeline", "Time line", lambda page: page.timeline, "Time line", AUDIT),
    Section("figures", "Figures over time", lambda page: page.figures, "", ""),
    Section("matrix", "Runs", lambda page: page.matrix, "Artifact matrix", AUDIT),
    Section("params", "Parameters", lambda page: page.params, "Parameter diff", AUDIT),
    Section(
        "diagnosis",
        "Diagnosis",
        lambda page: page.diagnosis,
        "Diagnosis",
        "bisect-parity diagnose --out DIR",
    ),
    Section(
        "isolation",
        "Isolation",
        lambda page: page.isolations,
        "Search among files, variables and parameters",
        "bisect-parity isolate --over files,env,params --out DIR",
    ),
    Section("rerun", "Reruns", lambda page: page.reruns, "Run again", "bisect-parity rerun BUNDLE --out DIR"),
    Section(
        "bisection",
        "Search",
        lambda page: page.searches or page.sweeps,
        "Search for the commit",
        "bisect-parity bisect --good REV --bad REV --out DIR",
    ),
    Section(
        "images",
        "Images",
        lambda page: page.pictures,
        "Kept images",
        "bisect-parity check --preview --out DIR",
    ),
    Section("clues", "Clues", lambda page: page.clued, "Clues", "bisect-parity provenance --out DIR"),
    Section("gaps", "Gaps", lambda page: page.matrix, "", ""),
    Section("commands", "Commands", lambda page: page.output.commands, "", ""),
)


def report_page(account: Account) -> str:
    """The HTML of an account: ASCII with character references, whatever encoding a server may claim."""
    css, js = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(js)}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    fields = attrs.asdict(account, recurse=False)
    present = [part for part in SECTIONS if part.tells(account)]
    ours = {
        "css": css,
        "js": js,
        "policy": policy,
        "sections": [(part.anchor, part.name) for part in present],
        "present": {part.anchor for part in present},
        "absent": [(part.what, part.command) for part in SECTIONS if part not in present and part.what],
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
    environment.tests["naming"] = names_bundle
    return environment


def _shown(value: Any) -> Any:
    """What an expression prints: text without control characters, marks of direction, or lone surrogates."""
    if isinstance(value, Markup) or not isinstance(value, str) or value.isprintable():
        return value
    return printable(value)


def _breakable(path: str) -> Markup:
    """A path that a narrow column breaks after its slashes."""
    return Markup("/<wbr>").join(_shown(path or TOP).split("/"))


def _asset(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    text = resources.files(PACKAGE).joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - not from evidence


def _hash(text: str) -> str:
    """The source expression by which a Content-Security-Policy admits this inline element only."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
