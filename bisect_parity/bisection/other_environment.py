"""The same code had another verdict before: then the environment is to blame, and no commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.parity.environment import BESIDE
from bisect_parity.parity.figure import judged_again
from bisect_parity.parity.verdict import DECIDED
from bisect_parity.redaction import is_public_setting
from bisect_parity.wording import SHORT, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.bisection.model import Check
    from bisect_parity.parity.cache import VerdictCache
    from bisect_parity.parity.case import Case

MOST_TOLD = 6
WORDS = {
    "programs_sha256": "a program outside of the repository",
    "git_settings_sha256": "the settings of git for what it writes into files (core.autocrlf, filters)",
}


def other_environment_text(cache: VerdictCache, check: Check, case: Case) -> tuple[str, ...]:
    """What is said of the latest check of the same content that had the other verdict; empty without one.

    Args:
        cache: of the user.
        check: that came to a verdict, with its verdict.json.
        case: that was checked.
    """
    digests, now = check.document.get("digests"), check.document.get("environment")
    if not isinstance(digests, dict) or not isinstance(now, dict) or check.verdict not in DECIDED:
        return ()
    for document in cache.in_other_environments(digests):
        known = judged_again(document, case)
        then = known.get("environment")
        if isinstance(then, dict) and known["verdict"] in DECIDED and known["verdict"] != check.verdict:
            return (_text(check, known, [*_packages(cache, then, now), *_differences(then, now)]),)
    return ()


def _text(check: Check, known: Mapping[str, Any], differences: Sequence[str]) -> str:
    named = first_of(differences, MOST_TOLD)
    was = f"was {known['verdict']} at {known['started']}"
    return (
        f"The code of {check.commit[:SHORT]} {was}, with the same case, in another environment: {named}. So"
        " the environment changed the verdict, and not a commit."
    )


def _packages(cache: VerdictCache, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What was installed, removed or of another version then; that it was, where no list is known."""
    digests = [str(each.get("packages_sha256")) for each in (then, now)]
    if digests[0] == digests[1]:
        return
    before, after = ({*cache.packages(digest)} for digest in digests)
    if not before or not after:
        yield "the versions of the installed packages"
    for name in sorted(before - after):
        yield f"{name.removesuffix(f' {BESIDE}')} was installed"
    for name in sorted(after - before):
        yield f"{name.removesuffix(f' {BESIDE}')} is installed now"


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What of two environments differs; values of variables only where they are no secret."""
    for name in sorted({*then, *now} - {"variables", "packages_sha256"}):
        if then.get(name) != now.get(name):
            yield WORDS.get(name) or f"{name} was {then.get(name)}, and is {now.get(name)}"
    before, after = then.get("variables") or {}, now.get("variables") or {}
    for name in sorted({*before, *after}):
        values = before.get(name), after.get(name)
        if values[0] == values[1]:
            continue
        if all(value is None or is_public_setting(name, value) for value in values):
            was, is_now = ("unset" if value is None else value for value in values)
            yield f"${name} was {was}, and is {is_now}"
        else:
            yield f"${name} has another value"
